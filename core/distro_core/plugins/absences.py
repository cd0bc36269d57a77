"""What a tenant lacks: which installed plugin has what a target names, and what goes no further without a plugin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from distro_core.identity.documents import TenantDocument
from distro_core.licensing.rights import NO_RIGHTS, Rights
from distro_core.marketplace.licensing import license_required
from distro_core.plugins.dispatcher import Implementation
from distro_sdk.errors import DomainError, Path, SetupFailure
from distro_sdk.plugin import PluginContext

if TYPE_CHECKING:
    from distro_core.plugins.discovery import FoundPlugin
    from distro_core.plugins.runtime import Runtime

MOST_SUSPECTS = 3
"""Plugins that are named where nobody knows what they add."""

CLOSED = {
    "before_release": frozenset({"before_release"}),
    "before_asset_process": frozenset({"before_asset_process"}),
    "prepare_message": frozenset({"prepare_message"}),
    "before_delivery": frozenset({"before_delivery", "register_validators"}),
}
"""What does not go on without a plugin that has one of these hooks: it was to check or amend it."""


class _Kind(NamedTuple):
    registry: str
    code: str


_KINDS = {
    "platform": _Kind("platforms", "PLATFORM_UNKNOWN"),
    "transport": _Kind("transports", "TRANSPORT_UNKNOWN"),
    "format": _Kind("message_builders", "FORMAT_UNKNOWN"),
    "choreography": _Kind("choreographies", "CHOREOGRAPHY_UNKNOWN"),
    "genre_provider": _Kind("genre_mappers", "GENRE_PROVIDER_UNKNOWN"),
    "adapter": _Kind("platform_adapters", "ADAPTER_UNKNOWN"),
}
"""What a target names, by its field."""


@dataclass(frozen=True)
class Absences:
    """Knows all installed plugins, as one tenant stands with them. `rights`: what its licences allow."""

    runtime: Runtime
    tenant: TenantDocument
    rights: Rights = NO_RIGHTS

    def find_reason(self, registry: str, key: str) -> str | None:
        """Which plugin would have a key, and why it does not take part; None where no installed plugin can have it."""
        owner: str | None = _registry(self.runtime, registry).provider(key)
        for found in self.runtime.found.values():
            # What is not imported is known by what it registered when it was tried before its installation.
            if owner is None and key in found.offers.get(registry, ()):
                owner = found.id
        if owner is not None:
            return f"it is of plugin {owner}{self._obstacles(owner)}"
        suspects = [found.id for found in self.runtime.found.values() if self._may_have(found, registry)]
        if not suspects:
            return None
        told = "; ".join(f"plugin {id}{self._obstacles(id)}" for id in sorted(suspects)[:MOST_SUSPECTS])
        return f"it may be of {told}"

    def refusals(self, hook: str) -> tuple[Implementation, ...]:
        """What refuses in place of the plugins that the tenant has switched on and that cannot be used.

        A plugin whose registry does not trust it any more is none of them: the operator stops it to go on without it.
        """
        runtime, hooks = self.runtime, CLOSED.get(hook, frozenset())
        stopped = {id for id, failure in runtime.failures.items() if failure is SetupFailure.REVOKED}
        return tuple(
            Implementation(id, partial(_refuse, id, fault), PluginContext(self.tenant.id, id))
            for id, fault in runtime.faults.items()
            if id not in stopped and self._is_missed(id, hooks)
        )

    def _is_missed(self, plugin: str, hooks: frozenset[str]) -> bool:
        """Whether the tenant counts on a plugin for one of these hooks, as far as its manifest can be read."""
        found = self.runtime.found.get(plugin)
        if found is None or found.manifest is None or not self.runtime.is_enabled(plugin, self.tenant):
            return False
        return self.rights.allows(plugin, found.manifest.license_model) and not hooks.isdisjoint(found.manifest.hooks)

    def _may_have(self, found: FoundPlugin, registry: str) -> bool:
        """Whether a plugin adds something of that kind of which nobody knows the keys, for it was never asked."""
        if found.id in self.runtime.loaded or found.offers or found.manifest is None:
            return False
        return f"register_{registry}" in found.manifest.hooks

    def _obstacles(self, plugin: str) -> str:
        """What keeps a plugin from taking part, as the end of a sentence."""
        found = self.runtime.found.get(plugin)
        fault = self.runtime.faults.get(plugin, found.fault if found is not None else None)
        if fault is not None:
            return f", which cannot be used: {fault}"
        words = "" if self.runtime.is_enabled(plugin, self.tenant) else ", which is not enabled"
        manifest = found.manifest if found is not None else None
        if manifest is not None and not self.rights.allows(plugin, manifest.license_model):
            words += f". {license_required().message}"
        return words


def unknown(name: str, key: str, path: Path | None = None, absences: Absences | None = None) -> DomainError:
    """The error for a key that no plugin of the tenant has.

    `name`: the field of a target that names it; `path`: where it stands, that field unless given; `absences`: who
    knows of other plugins, None where nobody does.
    """
    kind = _KINDS[name]
    message = f"there is no {name.replace('_', ' ')} {key}"
    reason = absences.find_reason(kind.registry, key) if absences is not None else None
    return DomainError(kind.code, message if reason is None else f"{message}: {reason}", path or (name,))


async def _refuse(plugin: str, fault: str, *_: object) -> Any:
    raise DomainError("PLUGIN_UNUSABLE", f"plugin {plugin} was to see this first, and cannot be used: {fault}")


def _registry(runtime: Runtime, name: str) -> Any:
    return getattr(runtime.registries, name)
