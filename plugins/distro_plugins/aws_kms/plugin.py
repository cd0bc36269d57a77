"""The plugin that registers the key provider of AWS KMS, once the operator has named a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from distro_plugins.aws_kms.provider import KmsProvider
from distro_plugins.aws_kms.settings import KmsSettings
from distro_sdk.keys import KeyProvider
from distro_sdk.plugin import Plugin


class AwsKmsPlugin(Plugin):
    """The key provider `aws-kms` (row SEC-07)."""

    id: ClassVar[str] = "aws-kms"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._provider = KmsProvider(KmsSettings.model_validate(self.settings)) if self.settings else None

    def register_key_providers(self) -> Sequence[KeyProvider]:
        """The one provider, where it is set up."""
        return () if self._provider is None else (self._provider,)
