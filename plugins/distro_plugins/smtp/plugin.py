"""The plugin that registers mail as a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from distro_plugins.smtp.connection import open_connection
from distro_plugins.smtp.notifier import SmtpNotifier
from distro_plugins.smtp.settings import NOT_SET, MailConfiguration, SmtpSettings, server_of
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.health import CheckResult, CheckStatus, HealthCheck
from distro_sdk.notifiers import Notifier
from distro_sdk.plugin import Plugin, PluginContext


class SmtpPlugin(Plugin):
    """Mail over SMTP."""

    id: ClassVar[str] = "smtp"
    configuration: ClassVar[type[BaseModel] | None] = MailConfiguration

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._mail = SmtpSettings.model_validate(self.settings)

    def register_notifiers(self) -> Sequence[Notifier]:
        """Return the channel `mail`."""
        return (SmtpNotifier(self._mail),)

    def register_health_checks(self) -> Sequence[HealthCheck]:
        """Return the question whether the mail server can be reached."""
        return (HealthCheck("server", "Mail server", self._check_server, timeout=2 * self._mail.timeout),)

    async def check_config(self, context: PluginContext) -> None:
        """Sign in to a server of the tenant's own; raises `DomainError` with the server's code."""
        if context.configuration.get("host") is None:
            return
        try:
            async with open_connection(server_of(self._mail, context.configuration)):
                pass
        except TransportError as error:
            raise DomainError(error.code, error.message, ("host",)) from error

    async def _check_server(self, context: PluginContext | None) -> CheckResult:
        try:
            server = server_of(self._mail, context.configuration if context else None)
            async with open_connection(server) as client:
                await client.noop()
        except TransportError as error:
            unused = error.code == NOT_SET.code
            return CheckResult(CheckStatus.UNUSED if unused else CheckStatus.DOWN, error.message)
        return CheckResult(CheckStatus.UP, f"{server.host} answers")
