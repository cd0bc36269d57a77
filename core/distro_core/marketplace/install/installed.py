"""The installed plugins of this process: brought to the newest generation of the set, whatever machine it runs on.

First installations, and whatever concerns code that was never imported here, take effect at once. Python cannot forget
code: where another version was imported, or what was imported is gone, the process is `stale` and is to be recycled.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from time import time
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from distro_core.broadcast import Broadcast
from distro_core.marketplace.install.artefacts import Artefacts
from distro_core.marketplace.install.documents import InstalledPlugin
from distro_core.marketplace.install.folders import PluginFolders
from distro_core.marketplace.install.imports import PluginImports, imported_from
from distro_core.marketplace.install.plugin_set import CHANNEL, PluginSet
from distro_core.marketplace.install.processes import PluginProcesses
from distro_core.marketplace.registry.settings import RevokedPlugins
from distro_core.plugins.discovery import FoundPlugin, read_manifest, refuse_taken_ids, refuse_unmet
from distro_core.plugins.runtime import Finder, RuntimeHolder
from distro_sdk.errors import DomainError, PluginError, SetupFailure
from distro_sdk.plugin import ENTRY_POINT_GROUP

log = structlog.get_logger("distro.marketplace")


KEEP_RETIRED = 900.0
"""Seconds for which the folder of a plugin that is gone is kept: other processes may still import from it."""


@dataclass(frozen=True)
class _Present:
    """A plugin as this process has it. `fault`: why it could not be brought here."""

    plugin: InstalledPlugin
    fault: str | None = None


class InstalledPlugins:
    """`find`: how plugins are found that are not installed from a registry; `interval`: seconds between two looks;
    `revoked`: what revoked plugins may still do.

    `stale`: set once this process is to be recycled; `waiting`: by plugin id, what it is to be recycled for.
    """

    def __init__(
        self,
        plugin_set: PluginSet,
        artefacts: Artefacts,
        folders: PluginFolders,
        find: Finder,
        processes: PluginProcesses,
        *,
        interval: float,
        revoked: RevokedPlugins = RevokedPlugins.WARN,
    ) -> None:
        self.stale = asyncio.Event()
        self.waiting: dict[str, str] = {}
        self.generation = 0
        self._set = plugin_set
        self._artefacts = artefacts
        self._folders = folders
        self._find = find
        self._processes = processes
        self._waiting_elsewhere: frozenset[str] = frozenset()
        self._interval = interval
        self._revoked = revoked
        self._imports = PluginImports()
        self._present: dict[str, _Present] = {}
        self._syncing = asyncio.Lock()

    def find(self) -> Sequence[FoundPlugin]:
        """Every plugin: those of the environment, then those that were installed from a registry."""
        own = [self._found(present) for _, present in sorted(self._present.items())]
        return refuse_unmet(refuse_taken_ids([*self._find(), *own]))

    def has_imported(self, plugin: InstalledPlugin) -> bool:
        """Whether this process has run code of this very version."""
        return imported_from(plugin.top_levels, self._folders.path(plugin.sha256))

    async def is_imported(self, plugin: InstalledPlugin) -> bool:
        """Whether any process of the deployment has run code of this very version, as far as they have said."""
        return self.has_imported(plugin) or await self._processes.have_imported(plugin.sha256)

    def waits(self, plugin: str) -> bool:
        """Whether a process of the deployment has yet to begin anew for a plugin, as far as they have said."""
        return plugin in self.waiting or plugin in self._waiting_elsewhere

    async def restore(self) -> None:
        """Bring the whole set here, before the first runtime is built; a plugin that cannot be brought has a fault."""
        current = await self._set.read()
        for plugin in current.plugins.values():
            await self._admit(plugin)
        self.generation = current.generation

    async def sync(self, runtimes: RuntimeHolder) -> None:
        """Work towards the newest generation; does nothing where it is reached."""
        async with self._syncing:
            current = await self._set.read()
            before = dict(self._present)
            gone = await self._withdraw(current.plugins)
            for plugin in current.plugins.values():
                await self._admit(plugin)
                if self._stops(plugin):
                    gone.append(plugin.id)
            if self._present != before:
                await runtimes.refresh(gone)
                log.info("plugins_synchronised", generation=current.generation, stale=self.stale.is_set())
            self.generation = current.generation

    async def exchange(self) -> None:
        """Let the other processes know what this one cannot forget, and learn what they wait for."""
        present = [each.plugin for each in self._present.values()]
        await self._processes.tell([each.sha256 for each in present if self.has_imported(each)], self.waiting)
        self._waiting_elsewhere = await self._processes.waiting()

    async def sweep(self) -> None:
        """Remove from this machine what was not wanted any more a while ago."""
        wanted = {plugin.sha256 for plugin in (await self._set.read()).plugins.values()}
        wanted |= {present.plugin.sha256 for present in self._present.values()}
        await asyncio.to_thread(self._folders.sweep, wanted, time() - KEEP_RETIRED)

    @asynccontextmanager
    async def following(self, broadcast: Broadcast, runtimes: RuntimeHolder) -> AsyncIterator[None]:
        """While this is entered, changes of the set take effect here: at once when told, else with the next look."""
        async with broadcast.listen(CHANNEL) as changes:
            tasks = [
                asyncio.create_task(self._hear(changes, runtimes), name="hear of plugins"),
                asyncio.create_task(self._look(runtimes), name="look for plugins"),
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Let nothing be imported from here any more."""
        with contextlib.suppress(PyMongoError, OSError):
            await self._processes.leave()
        for present in self._present.values():
            self._imports.withdraw(present.plugin.top_levels)

    async def _hear(self, changes: AsyncIterator[Mapping[str, Any]], runtimes: RuntimeHolder) -> None:
        async for _ in changes:
            await self._sync_patiently(runtimes)

    async def _look(self, runtimes: RuntimeHolder) -> None:
        while True:
            await self._sync_patiently(runtimes)
            with contextlib.suppress(PyMongoError, OSError):
                await self.exchange()
                await self.sweep()
            await asyncio.sleep(self._interval)

    async def _sync_patiently(self, runtimes: RuntimeHolder) -> None:
        try:
            await self.sync(runtimes)
        except (PyMongoError, OSError, DomainError, PluginError) as error:
            # The next look tries again.
            log.error("plugins_not_synchronised", reason=str(error))

    async def _withdraw(self, wanted: Mapping[str, InstalledPlugin]) -> list[str]:
        """Take away what is not wanted any more; the ids of plugins that are gone."""
        gone = []
        for id, present in list(self._present.items()):
            if id in wanted:
                continue
            gone.append(id)
            del self._present[id]
            self._imports.withdraw(present.plugin.top_levels)
            if self.has_imported(present.plugin):
                self._recycle(id, "it was uninstalled")
            self._folders.retire(present.plugin.sha256)
        return gone

    async def _admit(self, plugin: InstalledPlugin) -> None:
        """Bring one plugin here, unless it is, or unless an earlier version was imported."""
        present = self._present.get(plugin.id)
        if present is not None and present.fault is None:
            if present.plugin.sha256 == plugin.sha256:
                self._present[plugin.id] = _Present(plugin)
                return
            if self.has_imported(present.plugin):
                self._recycle(plugin.id, f"version {plugin.version} was installed")
                return
            self._imports.withdraw(present.plugin.top_levels)
            self._folders.retire(present.plugin.sha256)
        try:
            await self._unpack(plugin)
        except (DomainError, OSError) as error:
            log.error("plugin_not_brought", plugin=plugin.id, reason=str(error))
            self._present[plugin.id] = _Present(plugin, f"it cannot be brought to this machine: {error}")
            return
        self._imports.offer(plugin.top_levels, self._folders.path(plugin.sha256))
        self._present[plugin.id] = _Present(plugin)

    async def _unpack(self, plugin: InstalledPlugin) -> None:
        if self._folders.has(plugin.sha256):
            return
        with self._folders.unfinished() as folder:
            wheel = folder / "plugin.whl"
            await self._artefacts.fetch(plugin.sha256, wheel)
            await asyncio.to_thread(self._folders.unpack, wheel, plugin.sha256)

    def _recycle(self, plugin: str, reason: str) -> None:
        if not self.stale.is_set():
            log.warning("process_is_stale", plugin=plugin, reason=reason)
        self.waiting[plugin] = reason
        self.stale.set()

    def _stops(self, plugin: InstalledPlugin) -> bool:
        return plugin.revoked is not None and self._revoked is RevokedPlugins.STOP

    def _found(self, present: _Present) -> FoundPlugin:
        plugin = present.plugin
        entry = EntryPoint(plugin.id, plugin.entry, ENTRY_POINT_GROUP)
        found = FoundPlugin(
            id=plugin.id,
            distribution=plugin.distribution,
            built_in=False,
            import_class=entry.load,
            fault=present.fault,
            failure=None if present.fault is None else SetupFailure.MISSING,
            revoked=plugin.revoked,
            offers=plugin.offers,
        )
        if present.fault is not None:
            return found
        if self._stops(plugin):
            return replace(found, fault=f"it is not trusted any more: {plugin.revoked}", failure=SetupFailure.REVOKED)
        try:
            manifest = read_manifest(plugin.id, entry.module, [str(self._folders.path(plugin.sha256))])
        except PluginError as error:
            return replace(found, fault=error.message, failure=error.failure)
        return replace(found, manifest=manifest)
