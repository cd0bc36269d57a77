"""What the operator allows: which plugins may come, change or go (allow, block and lock lists, read-only mode)."""

from __future__ import annotations

from distro_core.settings import Settings
from distro_sdk.errors import DomainError


class OperatorRules:
    """The rules of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._read_only = settings.marketplace_read_only
        self._allowed = settings.plugins_allowed
        self._blocked = frozenset(settings.plugins_blocked)
        self._locked = frozenset(settings.plugins_locked)

    def refusal(self, plugin: str) -> DomainError | None:
        """Why a plugin may not be installed at all, or None."""
        if plugin in self._blocked:
            return DomainError("PLUGIN_BLOCKED", f"the operator has blocked plugin {plugin}")
        if self._allowed is not None and plugin not in self._allowed:
            return DomainError("PLUGIN_BLOCKED", f"plugin {plugin} is none of those that the operator allows")
        return None

    def check_change(self, plugin: str) -> None:
        """Raises MARKETPLACE_READ_ONLY or PLUGIN_LOCKED where a plugin must neither come, change nor go."""
        if self._read_only:
            raise DomainError("MARKETPLACE_READ_ONLY", "the operator lets nobody install or uninstall plugins")
        if plugin in self._locked:
            raise DomainError("PLUGIN_LOCKED", f"the operator has locked plugin {plugin}: it stays as it is")

    def check_install(self, plugin: str) -> None:
        """Raises what `check_change` raises, or PLUGIN_BLOCKED."""
        self.check_change(plugin)
        if refusal := self.refusal(plugin):
            raise refusal
