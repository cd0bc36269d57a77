"""The plugin that registers the verifier that asks a licence server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from distro_plugins.license_server.settings import LicenseServerSettings
from distro_plugins.license_server.verifier import LicenseServerVerifier
from distro_sdk.health import HealthCheck
from distro_sdk.licensing import LicenseVerifier
from distro_sdk.plugin import Plugin


class LicenseServerPlugin(Plugin):
    """Licences of the kind `license-server`."""

    id: ClassVar[str] = "license-server"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._verifier = LicenseServerVerifier(LicenseServerSettings.model_validate(self.settings))

    def register_license_verifiers(self) -> Sequence[LicenseVerifier]:
        """The one verifier."""
        return (self._verifier,)

    def register_health_checks(self) -> Sequence[HealthCheck]:
        """The question whether the server can be reached."""
        return (HealthCheck("server", "Licence server", self._verifier.check, timeout=61),)
