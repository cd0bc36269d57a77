"""The hooks `installed` and `uninstalling`: once for each tenant and version, noted in the tenant's database."""

from __future__ import annotations

from distro_core.plugins.contexts import Contexts
from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_core.plugins.own_collections import own_prefix
from distro_core.plugins.runtime import LoadedPlugin
from distro_core.store.stores import TenantStore
from distro_sdk.plugin import overridden_hooks

LIFECYCLE_HOOKS = frozenset({"installed", "uninstalling"})
NOTE = "installed"


class PluginLife:
    """The lives of plugins with one tenant."""

    def __init__(self, store: TenantStore, dispatcher: Dispatcher) -> None:
        self._store = store
        self._dispatcher = dispatcher

    async def begin(self, loaded: LoadedPlugin, contexts: Contexts) -> None:
        """Let a plugin prepare what it keeps, unless this version did before; raises `DomainError`.

        When two processes begin at once the hook runs twice, which plugins must bear.
        """
        if not LIFECYCLE_HOOKS & overridden_hooks(type(loaded.plugin)):
            return
        notes = self._store.database[note_collection(loaded.id)]
        noted = await notes.find_one({"_id": NOTE})
        previous = None if noted is None else str(noted["version"])
        if previous == loaded.manifest.version:
            return
        await self._dispatcher.call("installed", await contexts.bind(loaded.id, loaded.plugin.installed), previous)
        noting = {"$set": {"version": loaded.manifest.version}}
        await notes.find_one_and_update({"_id": NOTE}, noting, upsert=True)

    async def end(self, hook: Implementation, *, purge: bool) -> None:
        """Let a plugin say goodbye by its hook `uninstalling`; a failure is logged: a broken plugin must go, too."""
        await self._dispatcher.tell("uninstalling", [hook], purge)
        await self._store.database.command({"drop": note_collection(hook.plugin)})


async def has_begun(store: TenantStore, plugin: str) -> bool:
    """Whether a plugin has prepared what it keeps for a tenant."""
    return await store.database[note_collection(plugin)].find_one({"_id": NOTE}) is not None


def note_collection(plugin: str) -> str:
    """Where it is noted; no collection of a plugin can have this name, and a purge removes it with them."""
    return f"{own_prefix(plugin)}_life"
