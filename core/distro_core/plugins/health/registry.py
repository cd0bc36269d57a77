"""The health checks of plugins, by plugin and name: two plugins may call theirs the same."""

from __future__ import annotations

import re

from distro_core.plugins.offers import Registry
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.health import CHECK_NAME, LONGEST_CHECK, MOST_CHECKS, HealthCheck


class HealthRegistry(Registry[HealthCheck]):
    """By ``plugin/name``."""

    def __init__(self) -> None:
        super().__init__("health check", "name", HealthCheck)

    def add(self, plugin: str, offered: HealthCheck) -> None:
        """Take a check; raises `PluginError` for one that says too little or whose name the plugin has already."""
        if not isinstance(offered, HealthCheck):
            raise PluginError(plugin, f"its health check is {type(offered).__name__}, not HealthCheck")
        if not re.fullmatch(CHECK_NAME, offered.name) or not offered.title:
            raise PluginError(plugin, f"its health check {offered.name!r} has no good name or no title")
        if not 0 < offered.timeout <= LONGEST_CHECK:
            raise PluginError(plugin, f"its health check {offered.name} may take {offered.timeout:g} seconds")
        key, own = f"{plugin}/{offered.name}", self._offers.setdefault(plugin, {})
        if key in own:
            raise PluginError(plugin, f"it has two health checks {offered.name}", SetupFailure.KEY_TAKEN)
        if len(own) >= MOST_CHECKS:
            raise PluginError(plugin, f"it has more than {MOST_CHECKS} health checks")
        own[key] = offered

    def empty(self) -> HealthRegistry:
        """A registry of this kind without anything."""
        return HealthRegistry()
