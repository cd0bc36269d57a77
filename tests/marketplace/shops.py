"""A platform that buys at a market of tests, and what tests do with it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from distro_core.clock import Clock
from distro_core.marketplace.install.documents import InstalledPlugin, PluginJobDocument, PluginSetDocument
from distro_core.marketplace.install.processes import PluginProcessDocument
from distro_core.marketplace.registry.documents import RegistryStateDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import FoundPlugin, find_plugins
from distro_core.plugins.enablement import PluginService
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from tests.marketplace.market import Market

CARRIER = """
from distro_sdk import Plugin

class Nowhere:
    title = "Nowhere"
    configuration = None
    capabilities = None
    def __init__(self, key):
        self.key = key
    def connect(self, configuration):
        raise NotImplementedError

class Owl(Plugin):
    id = {id!r}

    def register_transports(self):
        return (Nowhere({key!r}),)
"""


def fresh_id(name: str = "owl") -> str:
    """An id that no other test uses: modules stay in the process."""
    return f"{name}-{secrets.token_hex(4)}"


class Shop:
    """`folder`: where wheels are unpacked on this machine."""

    def __init__(self, platform: Platform, market: Market) -> None:
        self.platform = platform
        self.market = market
        self.jobs = platform.marketplace.jobs
        self.folder = platform.settings.data_path / "plugins"

    async def install(self, plugin: str, **options: Any) -> PluginJobDocument:
        return await self.finish(await self.jobs.install(plugin, tenant_id="label", by="somebody", **options))

    async def uninstall(self, plugin: str, **options: Any) -> PluginJobDocument:
        return await self.finish(await self.jobs.uninstall(plugin, tenant_id="label", by="somebody", **options))

    async def finish(self, job: PluginJobDocument) -> PluginJobDocument:
        await self.jobs.run(job.id)
        return await self.jobs.get(job.id, "label")

    async def installed(self) -> dict[str, InstalledPlugin]:
        return dict((await self.platform.marketplace.plugin_set.read()).plugins)

    async def plugins_of(self, tenant_id: str) -> PluginService:
        scope = await self.platform.scope(tenant_id, SYSTEM_ACTOR)
        return PluginService(scope, self.platform.control, self.platform.runtimes)

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    def wheels(self) -> list[str]:
        stored = self.platform.settings.data_path / "objects" / "_plugins" / "wheels"
        return sorted(path.stem for path in stored.glob("*.whl"))


@asynccontextmanager
async def open_shop(
    settings: Settings, market: Market, clock: Clock | None = None, beside: Sequence[FoundPlugin] = (), **changes: Any
) -> AsyncIterator[Shop]:
    """A process of a platform. `beside`: what is installed in its environment, too; `changes`: of its settings."""
    changed = settings.model_copy(update={"registries": (market.setting,), "registry_lifetime": 0.0, **changes})
    # What was worked out of other settings.
    vars(changed).pop("data_path", None)
    async with open_platform(changed, clock=clock, find=lambda: (*find_plugins(), *beside)) as platform:
        yield Shop(platform, market)


async def empty_shop(shop: Shop) -> None:
    """Forget what tests have installed."""
    control = shop.platform.control
    for job in await control.collection(PluginJobDocument).list({}):
        await shop.platform.queue.cancel(f"plugin_job:{job.id}")
    for document in (PluginSetDocument, PluginJobDocument, PluginProcessDocument, RegistryStateDocument):
        await control.collection(document).raw.delete_many({})
    forget_modules(shop.folder)
    data = shop.platform.settings.data_path
    await asyncio.to_thread(shutil.rmtree, data / "objects" / "_plugins", ignore_errors=True)
    await asyncio.to_thread(shutil.rmtree, shop.folder, ignore_errors=True)


def forget_modules(folder: Path) -> None:
    """Let this process import anew what it has imported of plugins in a folder."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
