"""The plugin that registers the readers of `https` addresses and, where the operator allows it, of `http` ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from distro_plugins.registry_http.settings import RegistryHttpSettings
from distro_plugins.registry_http.source import HttpRegistrySource
from distro_sdk.plugin import Plugin
from distro_sdk.registries import RegistrySource


class RegistryHttpPlugin(Plugin):
    """Addresses of the scheme `https`."""

    id: ClassVar[str] = "registry-http"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._operator = RegistryHttpSettings.model_validate(self.settings)

    def register_registry_sources(self) -> Sequence[RegistrySource]:
        """One reader for each scheme that is allowed."""
        return tuple(HttpRegistrySource(scheme, self._operator) for scheme in self._operator.schemes)
