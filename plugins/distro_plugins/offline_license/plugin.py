"""The plugin that registers the verifier of signed licence tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from distro_plugins.offline_license.verifier import OfflineLicenseVerifier, TrustedKey
from distro_sdk.licensing import LicenseVerifier
from distro_sdk.models.base import Model
from distro_sdk.plugin import Plugin


class LicenseSettings(Model):
    """What the operator sets. `keys`: public keys that licences may be signed with, beside those of registries."""

    keys: tuple[TrustedKey, ...] = ()


class OfflineLicensePlugin(Plugin):
    """Licences of the kind `offline`."""

    id: ClassVar[str] = "offline-license"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._verifier = OfflineLicenseVerifier(LicenseSettings.model_validate(self.settings).keys)

    def register_license_verifiers(self) -> Sequence[LicenseVerifier]:
        """The one verifier."""
        return (self._verifier,)
