"""The set of installed plugins: read whole, changed atomically, and told to every process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from distro_core.broadcast import Broadcast
from distro_core.marketplace.install.documents import MOST_INSTALLED, THE_SET, InstalledPlugin, PluginSetDocument
from distro_core.marketplace.wheels.names import check_shadows
from distro_core.plugins.requirements import requirements_not_met, unmet_by_plugins
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

CHANNEL = "plugins"
"""Here it is told that the set has changed: {"generation": …}."""


class PluginSet:
    """The installed plugins of the deployment."""

    def __init__(self, control: ControlStore, broadcast: Broadcast) -> None:
        self._sets = control.collection(PluginSetDocument)
        self._broadcast = broadcast

    async def read(self) -> PluginSetDocument:
        """The set as it is now; empty where nothing was ever installed."""
        return await self._sets.find(THE_SET) or PluginSetDocument(id=THE_SET)

    async def put(self, plugin: InstalledPlugin) -> PluginSetDocument:
        """Install a plugin, or another version of it; changes nothing where this one is installed already.

        Raises what `check_place` raises, judged in the very moment of the change.
        """

        def put(plugins: dict[str, InstalledPlugin]) -> None:
            check_place(plugin, plugins)
            plugins[plugin.id] = plugin

        return await self._change(put)

    async def remove(self, plugin: str) -> PluginSetDocument:
        """Take a plugin out; changes nothing where it is gone already. Raises PLUGIN_IN_USE where another needs it."""

        def remove(plugins: dict[str, InstalledPlugin]) -> None:
            check_dependents(plugin, plugins)
            plugins.pop(plugin, None)

        return await self._change(remove)

    async def judge(self, verdicts: Mapping[str, tuple[str, str | None]]) -> PluginSetDocument:
        """Note by plugin id why the wheel with a SHA-256 is revoked, or that it is not; others stay as they are."""

        def judge(plugins: dict[str, InstalledPlugin]) -> None:
            for id, (sha256, reason) in verdicts.items():
                if id in plugins and plugins[id].sha256 == sha256:
                    plugins[id] = plugins[id].model_copy(update={"revoked": reason})

        return await self._change(judge)

    async def _change(self, change: Callable[[dict[str, InstalledPlugin]], None]) -> PluginSetDocument:
        """Apply a change to what is there now; again where somebody else was faster."""
        while True:
            current = await self.read()
            plugins = dict(current.plugins)
            change(plugins)
            if _identity(plugins) == _identity(current.plugins):
                return current
            changed = await self._write(current, plugins)
            if changed is not None:
                await self._broadcast.publish(CHANNEL, {"generation": changed.generation})
                return changed

    async def _write(
        self, current: PluginSetDocument, plugins: Mapping[str, InstalledPlugin]
    ) -> PluginSetDocument | None:
        """The set as it was written, or None where it is another one by now."""
        if current.generation == 0:
            try:
                return await self._sets.insert(PluginSetDocument(id=THE_SET, generation=1, plugins=plugins))
            except DomainError as error:
                if error.code != "ALREADY_EXISTS":
                    raise
                return None
        where = {"id": THE_SET, "revision": current.revision}
        change = Change(set={"plugins": plugins}, increment={"generation": 1})
        return await self._sets.try_update(where, change)


def _identity(plugins: Mapping[str, InstalledPlugin]) -> Mapping[str, tuple[str, str | None]]:
    return {id: (plugin.sha256, plugin.revoked) for id, plugin in plugins.items()}


def check_place(plugin: InstalledPlugin, plugins: Mapping[str, InstalledPlugin]) -> None:
    """Whether a plugin fits beside the others.

    Raises PLUGIN_LIMIT_REACHED, PLUGIN_SHADOWS_MODULE, PLUGIN_KEY_TAKEN, PLUGIN_REQUIREMENTS_NOT_MET, or
    PLUGIN_IN_USE where a plugin needs another version of it.
    """
    others = {id: other for id, other in plugins.items() if id != plugin.id}
    if len(others) >= MOST_INSTALLED:
        raise DomainError("PLUGIN_LIMIT_REACHED", f"at most {MOST_INSTALLED} plugins can be installed")
    check_shadows(plugin.top_levels, {id: other.top_levels for id, other in others.items()})
    for id, other in others.items():
        if taken := {(kind, key) for kind, keys in plugin.offers.items() for key in keys} & {
            (kind, key) for kind, keys in other.offers.items() for key in keys
        }:
            raise key_taken(*min(taken), id)
    _check_needs(plugin, others)


def check_dependents(plugin: str, plugins: Mapping[str, InstalledPlugin]) -> None:
    """Raises PLUGIN_IN_USE where another plugin needs this one."""
    if needing := sorted(id for id, other in plugins.items() if id != plugin and plugin in other.manifest.requires):
        raise DomainError("PLUGIN_IN_USE", f"plugin {plugin} is needed by plugin {', '.join(needing)}")


def key_taken(kind: str, key: str, holder: str) -> DomainError:
    """The error for a key that another plugin has. `kind`: the name of the registry, such as ``transports``."""
    return DomainError("PLUGIN_KEY_TAKEN", f"its key {key} among {kind} is already provided by plugin {holder}")


def _check_needs(plugin: InstalledPlugin, others: Mapping[str, InstalledPlugin]) -> None:
    """Judge requirements among installed plugins; those of plugins that come otherwise are judged when they load."""
    known = {id: other.version for id, other in others.items() if id in plugin.manifest.requires}
    needed = {id: needed for id, needed in plugin.manifest.requires.items() if id in known}
    if reasons := unmet_by_plugins(needed, known):
        raise DomainError("PLUGIN_REQUIREMENTS_NOT_MET", requirements_not_met(plugin.manifest.name, reasons))
    for id, other in others.items():
        if plugin.id in other.manifest.requires and (
            reasons := unmet_by_plugins({plugin.id: other.manifest.requires[plugin.id]}, {plugin.id: plugin.version})
        ):
            raise DomainError("PLUGIN_IN_USE", f"plugin {id} would not work any more: {'; '.join(reasons)}")
