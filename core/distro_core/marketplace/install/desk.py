"""What the steps of every job need."""

from __future__ import annotations

from dataclasses import dataclass

from distro_core.clock import Clock
from distro_core.marketplace.install.artefacts import Artefacts
from distro_core.marketplace.install.folders import PluginFolders
from distro_core.marketplace.install.installed import InstalledPlugins
from distro_core.marketplace.install.plugin_set import PluginSet
from distro_core.marketplace.licensing import LicenseService
from distro_core.marketplace.registry.catalogue import Registries
from distro_core.plugins.runtime import RuntimeHolder
from distro_core.secrets.port import Sealer
from distro_core.settings import Settings
from distro_core.store.stores import ControlStore


@dataclass(frozen=True)
class Desk:
    """The services of the marketplace, together."""

    settings: Settings
    control: ControlStore
    clock: Clock
    registries: Registries
    licenses: LicenseService
    plugin_set: PluginSet
    artefacts: Artefacts
    folders: PluginFolders
    installed: InstalledPlugins
    runtimes: RuntimeHolder
    sealer: Sealer
