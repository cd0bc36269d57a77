"""A running platform for the tests of plugins; the SDK's fixture `running_platform` finds it here."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from distro_core.assets.service import AssetService
from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.catalogue.releases import ReleaseService
from distro_core.embedded import embedded_services
from distro_core.identity.documents import TenantDocument
from distro_core.licensing.held import HeldLicense
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import PLATFORM_DISTRIBUTION, FoundPlugin, find_plugins
from distro_core.plugins.enablement import PluginService
from distro_core.plugins.own_collections import open_collection
from distro_core.plugins.port import TenantPlugins
from distro_core.plugins.tasks.service import PluginTaskService
from distro_core.plugins.versions import kept_versions
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.driver import Driver, DriverClient, close_client, open_client
from distro_core.store.outbox import OutboxRelay
from distro_sdk.collections import OwnCollection
from distro_sdk.manifest import OFFLINE, PluginManifest
from distro_sdk.migrations import Ladder
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.events import Event
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.clock import SettableClock


class EventRecorder(Plugin):
    """A plugin that remembers in `told`, by tenant, what it is told."""

    id: ClassVar[str] = "event-recorder"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.told: defaultdict[str, list[Event]] = defaultdict(list)

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Remember an event under the tenant that it was told for."""
        self.told[context.tenant_id].append(event)


_RECORDER = FoundPlugin(
    id=EventRecorder.id,
    distribution=PLATFORM_DISTRIBUTION,
    built_in=True,
    import_class=lambda: EventRecorder,
    manifest=PluginManifest(
        id=EventRecorder.id,
        name="Event recorder",
        version="0.1.0",
        publisher="Stardust Distro contributors",
        support="The issues of the platform's repository",
        description="Remembers the events of a platform under test.",
        sdk=">=0.1",
        hooks=("on_event",),
    ),
)


class RunningPlatform:
    """What `distro_sdk.testing.platform.RunningPlatform` promises. `platform`: for tests that reach into the core."""

    def __init__(
        self, platform: Platform, plugin_id: str, clock: SettableClock, tenants: Sequence[TenantDocument]
    ) -> None:
        recorder = platform.runtimes.current.loaded[EventRecorder.id].plugin
        assert isinstance(recorder, EventRecorder)
        self.platform = platform
        self.plugin_id = plugin_id
        self.clock = clock
        self.tenant_id, self.other_tenant_id = [tenant.id for tenant in tenants]
        self._store = platform.control.tenant(tenants[0].id, tenants[0].key)
        self.events = recorder.told[self.tenant_id]

    async def scope(self, tenant_id: str) -> Scope:
        """What services need to work for a tenant."""
        return await self.platform.scope(tenant_id, SYSTEM_ACTOR)

    async def plugins(self, tenant_id: str) -> TenantPlugins:
        """What a tenant has of plugins."""
        return (await self.scope(tenant_id)).plugins

    async def add_release(self, tenant_id: str, title: str) -> str:
        """Store a draft release and return its id."""
        release = await ReleaseService(await self.scope(tenant_id)).create(ReleaseDraft(title=title))
        return release.id

    async def add_audio(self, tenant_id: str, file_name: str, content: bytes) -> Asset:
        """Upload an audio file; raises `DomainError` where it is refused."""

        async def blocks() -> AsyncIterator[bytes]:
            yield content

        stored = await AssetService(await self.scope(tenant_id)).receive(AssetKind.AUDIO, file_name, blocks())
        return stored.asset()

    async def configure(self, tenant_id: str, configuration: Mapping[str, Any]) -> None:
        """Set a tenant's configuration of the plugin under test; raises `DomainErrors` where it is wrong."""
        service = _plugins_of(self.platform, await self.scope(tenant_id))
        await service.configure(self.plugin_id, configuration)

    async def license(self, *features: str) -> None:
        """Give the first tenant a licence for the plugin under test, with these features."""
        await _license(self.platform, self.tenant_id, self.plugin_id, features)

    def collection(self, name: str) -> OwnCollection:
        """What the plugin under test keeps for the first tenant."""
        return open_collection(self._store, self.plugin_id, name, ladder=self._ladder)

    @property
    def _ladder(self) -> Ladder:
        return self.platform.runtimes.current.loaded[self.plugin_id].ladder

    async def keep_as_of_version(self, version: int, collection: str, key: str, content: Mapping[str, Any]) -> None:
        """Keep a document as an earlier version of the plugin did, in a tenant that has had no other version yet."""
        earlier = open_collection(self._store, self.plugin_id, collection, ladder=Ladder(documents_version=version))
        await earlier.put(key, content)
        kept = kept_versions(
            await self.platform.memory.get(self.platform.control, self.tenant_id), self.plugin_id, self._ladder
        )
        change = Change(set={f"plugin_versions.{self.plugin_id}": kept.model_copy(update={"documents": version})})
        await self.platform.control.collection(TenantDocument).update(self.tenant_id, change)
        self.platform.memory.forget(self.tenant_id)

    async def run_due_tasks(self) -> int:
        """Run every task of the first tenant's plugins that is due by the clock; how many."""
        service = PluginTaskService(scope := await self.scope(self.tenant_id))
        await service.wake_due()
        return sum([await service.run(key) for key in scope.plugins.tasks])

    async def settle(self) -> None:
        """Tell every event that has happened so far to the plugins."""
        relay = OutboxRelay(self.platform)
        told = await relay.relay_all()
        while told:
            told = await relay.relay_all()


@contextmanager
def private_servers(folder: Path) -> Iterator[Path]:
    """Run a database and a queue in a folder, whatever event loops the tests use."""
    loop = asyncio.new_event_loop()
    servers = AsyncExitStack()
    try:
        urls = loop.run_until_complete(servers.enter_async_context(embedded_services(_settings(folder, {}))))
        loop.run_until_complete(_keep_expired(urls.mongo_url))
        yield folder
    finally:
        loop.run_until_complete(servers.aclose())
        loop.close()


async def keep_expired(client: DriverClient) -> None:
    """Let a database drop nothing because of its age: it goes by the machine's clock, and tests have their own."""
    await client["admin"].command({"setParameter": 1, "ttlMonitorEnabled": False})


@asynccontextmanager
async def running_platform(
    folder: Path, plugin_id: str, plugin_settings: Mapping[str, Any], clock: SettableClock
) -> AsyncIterator[RunningPlatform]:
    """A platform on the servers of a folder, with two fresh tenants of which one has switched a plugin on.

    Raises `DomainError` NOT_FOUND or PLUGIN_UNUSABLE for a plugin that cannot be switched on.
    """
    settings = _settings(folder, {plugin_id: dict(plugin_settings)})
    async with open_platform(settings, clock=clock, find=lambda: (*find_plugins(), _RECORDER)) as platform:
        tenants = [await _fresh_tenant(platform, name) for name in ("with", "without")]
        running = RunningPlatform(platform, plugin_id, clock, tenants)
        try:
            await running.license()
            await _plugins_of(platform, await running.scope(running.tenant_id)).enable(plugin_id)
            await _plugins_of(platform, await running.scope(running.other_tenant_id)).disable(plugin_id)
            await running.settle()
            running.events.clear()
            yield running
        finally:
            for tenant in tenants:
                await platform.control.drop_tenant(tenant.key)
                await platform.control.collection(TenantDocument).delete(tenant.id)


async def _keep_expired(mongo_url: str) -> None:
    client = open_client(mongo_url, Driver.PYMONGO)
    await keep_expired(client)
    await close_client(client)


def _settings(folder: Path, plugins: dict[str, dict[str, Any]]) -> Settings:
    """Settings that nothing of the environment can turn against servers that are not ours."""
    return Settings(_env_file=None, data_dir=folder, mongo_url=None, redis_url=None, objects_url=None, plugins=plugins)


def _plugins_of(platform: Platform, scope: Scope) -> PluginService:
    return PluginService(scope, platform.control, platform.runtimes)


async def _license(platform: Platform, tenant_id: str, plugin_id: str, features: Sequence[str]) -> None:
    now = platform.clock.now()
    held = HeldLicense(
        sealed=None, verifier=OFFLINE, features=tuple(features), verified_at=now, added_at=now, added_by=SYSTEM_ACTOR
    )
    await platform.control.collection(TenantDocument).update(tenant_id, Change(set={f"licenses.{plugin_id}": held}))


async def _fresh_tenant(platform: Platform, name: str) -> TenantDocument:
    tenants = platform.control.collection(TenantDocument)
    tenant = await tenants.insert(TenantDocument(key=f"t{new_id()}", name=f"Label {name} the plugin"))
    await platform.create_tenant_database(tenant)
    return tenant
