"""The marketplace of a process: what is offered, what is installed, and the jobs that change it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from distro_core.broadcast import Broadcast
from distro_core.clock import Clock
from distro_core.licensing.service import Licensing
from distro_core.marketplace.install.artefacts import Artefacts
from distro_core.marketplace.install.desk import Desk
from distro_core.marketplace.install.folders import PluginFolders
from distro_core.marketplace.install.installed import InstalledPlugins
from distro_core.marketplace.install.jobs import PluginJobs
from distro_core.marketplace.install.plugin_set import PluginSet
from distro_core.marketplace.install.processes import PluginProcesses
from distro_core.marketplace.install.revocations import Revocations
from distro_core.marketplace.registry.catalogue import Registries
from distro_core.objects.port import ObjectStorage
from distro_core.plugins.runtime import Finder, RuntimeHolder
from distro_core.publishing.own_registry import OwnRegistry
from distro_core.queue.port import TaskQueue
from distro_core.secrets.port import Sealer
from distro_core.settings import Settings
from distro_core.store.stores import ControlStore


@dataclass(frozen=True)
class Marketplace:
    """`registries`: what is offered; `plugin_set`, `installed`: what is installed, in the deployment and here;
    `jobs`: installations and uninstallations; `licensing`: who may use what; `own_registry`: what is
    published here.
    """

    registries: Registries
    plugin_set: PluginSet
    installed: InstalledPlugins
    jobs: PluginJobs
    licensing: Licensing
    own_registry: OwnRegistry


@dataclass(frozen=True)
class PluginShelf:
    """What is installed, before any plugin runs: the runtime is built from it."""

    control: ControlStore
    objects: ObjectStorage
    broadcast: Broadcast
    plugin_set: PluginSet
    artefacts: Artefacts
    folders: PluginFolders
    installed: InstalledPlugins

    @asynccontextmanager
    async def marketplace(
        self,
        settings: Settings,
        runtimes: RuntimeHolder,
        queue: TaskQueue,
        sealer: Sealer,
        clock: Clock,
    ) -> AsyncIterator[Marketplace]:
        """The marketplace; while it is entered, what is installed anywhere takes effect here."""
        own = OwnRegistry(self.control, self.objects, sealer=sealer, clock=clock, settings=settings)
        judge = Revocations(self.plugin_set).judge
        registries = Registries(settings, self.control, runtimes, clock, own, judge=judge)
        licensing = Licensing(self.control, registries, runtimes, sealer=sealer, clock=clock, settings=settings)
        desk = Desk(
            settings=settings,
            control=self.control,
            clock=clock,
            registries=registries,
            licenses=licensing,
            plugin_set=self.plugin_set,
            artefacts=self.artefacts,
            folders=self.folders,
            installed=self.installed,
            runtimes=runtimes,
            sealer=sealer,
        )
        async with self.installed.following(self.broadcast, runtimes):
            jobs = PluginJobs(desk, queue, self.broadcast)
            yield Marketplace(registries, self.plugin_set, self.installed, jobs, licensing, own)


@asynccontextmanager
async def open_shelf(
    settings: Settings, control: ControlStore, objects: ObjectStorage, broadcast: Broadcast, find: Finder
) -> AsyncIterator[PluginShelf]:
    """What is installed, brought to this machine. `find`: how plugins of the environment are found."""
    plugin_set = PluginSet(control, broadcast)
    artefacts = Artefacts(objects)
    folders = PluginFolders(settings.data_path / "plugins")
    installed = InstalledPlugins(
        plugin_set,
        artefacts,
        folders,
        find,
        PluginProcesses(control),
        interval=settings.plugin_set_interval,
        revoked=settings.plugins_revoked,
    )
    await installed.restore()
    try:
        yield PluginShelf(control, objects, broadcast, plugin_set, artefacts, folders, installed)
    finally:
        await installed.close()
