"""The plugin that registers the key provider of AWS KMS, once the operator has named a key, and looks after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from distro_plugins.aws_kms.provider import KmsProvider
from distro_plugins.aws_kms.settings import KmsSettings
from distro_sdk.errors import DomainError
from distro_sdk.health import CheckResult, CheckStatus, HealthCheck
from distro_sdk.keys import KeyProvider
from distro_sdk.plugin import Plugin, PluginContext


class AwsKmsPlugin(Plugin):
    """The key provider `aws-kms` (row SEC-07)."""

    id: ClassVar[str] = "aws-kms"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._provider = KmsProvider(KmsSettings.model_validate(self.settings)) if self.settings else None

    def register_key_providers(self) -> Sequence[KeyProvider]:
        """The one provider, where it is set up."""
        return () if self._provider is None else (self._provider,)

    def register_health_checks(self) -> Sequence[HealthCheck]:
        """Whether the wrapping key can be used. Not critical: what was opened stays open, and the rest waits."""
        return (HealthCheck("key", "The wrapping key in AWS KMS", self._check_key),)

    async def _check_key(self, context: PluginContext | None) -> CheckResult:
        if self._provider is None:
            return CheckResult(CheckStatus.UNUSED, "no key of AWS KMS is set up")
        try:
            state = await self._provider.state()
        except DomainError as error:
            return CheckResult(CheckStatus.DOWN, error.message)
        status = CheckStatus.UP if state == "Enabled" else CheckStatus.DOWN
        return CheckResult(status, f"the key is {state}")
