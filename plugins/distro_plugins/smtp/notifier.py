"""Hands letters to a mail server, one for each recipient."""

from __future__ import annotations

import aiosmtplib

from distro_plugins.smtp.connection import open_connection
from distro_plugins.smtp.failures import smtp_error
from distro_plugins.smtp.letter import write_letter
from distro_plugins.smtp.settings import MailConfiguration, SmtpSettings, server_of
from distro_sdk.notifiers import Notice
from distro_sdk.plugin import PluginContext


class SmtpNotifier:
    """Mail (row EML-01)."""

    key = "mail"
    title = "Mail"
    personal = True

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    async def send(self, context: PluginContext, notice: Notice) -> None:
        """Send a letter; raises `TransportError`."""
        assert notice.recipient is not None
        server = server_of(self._settings, context.configuration)
        own = MailConfiguration.model_validate(dict(context.configuration))
        letter = write_letter(notice, notice.recipient, server.sender, own)
        async with open_connection(server) as client:
            try:
                await client.send_message(letter, sender=server.sender, recipients=[notice.recipient.email])
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                raise smtp_error(error, f"send mail through {server.host}") from error
