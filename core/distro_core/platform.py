"""The platform: everything that a process of it shares, opened once and closed in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from distro_core.broadcast import Broadcast
from distro_core.clock import Clock, SystemClock
from distro_core.databases import CONTROL_SCHEMA, TENANT_SCHEMA
from distro_core.embedded import embedded_services
from distro_core.identity.documents import TenantDocument
from distro_core.objects.open import open_object_storage
from distro_core.objects.port import ObjectStorage
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.runtime import Finder, RuntimeHolder, open_runtimes
from distro_core.queue.arq_queue import ArqTaskQueue
from distro_core.queue.port import TaskQueue
from distro_core.redis_broadcast import RedisBroadcast
from distro_core.scope import Scope
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.port import Sealer
from distro_core.settings import Settings
from distro_core.store.collection import Order
from distro_core.store.driver import close_client, open_client
from distro_core.store.migrations import migrate
from distro_core.store.stores import ControlStore


class Platform:
    """What a process shares: stores, objects, queue, broadcasts, secrets and plugins."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        redis_url: str,
        control: ControlStore,
        objects: ObjectStorage,
        queue: TaskQueue,
        broadcast: Broadcast,
        sealer: Sealer,
        runtimes: RuntimeHolder,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.redis_url = redis_url
        self.control = control
        self.objects = objects
        self.queue = queue
        self.broadcast = broadcast
        self.sealer = sealer
        self.runtimes = runtimes
        self._migrated: set[str] = set()

    async def scope(self, tenant_id: str, actor: str) -> Scope:
        """What services need to work for a tenant on somebody's behalf; raises NOT_FOUND.

        `actor`: id of a user or API key, or `SYSTEM_ACTOR`. The plugins are those that the tenant has enabled now.
        """
        tenant = await self.control.collection(TenantDocument).get(tenant_id)
        if tenant_id not in self._migrated:
            await self.create_tenant_database(tenant)
        return Scope(
            store=self.control.tenant(tenant.id, tenant.key),
            actor=actor,
            plugins=await self.runtimes.for_tenant(tenant),
            objects=self.objects,
            queue=self.queue,
            broadcast=self.broadcast,
            sealer=self.sealer,
            clock=self.clock,
            settings=self.settings,
        )

    async def create_tenant_database(self, tenant: TenantDocument) -> None:
        """Make or migrate a tenant's database; changes nothing in one that is up to date."""
        await migrate(self.control.tenant(tenant.id, tenant.key).database, TENANT_SCHEMA)
        self._migrated.add(tenant.id)

    async def tenants(self) -> list[TenantDocument]:
        """Every tenant, oldest first."""
        tenants = self.control.collection(TenantDocument)
        found: list[TenantDocument] = []
        while page := await tenants.list({"id": {"$gt": found[-1].id if found else ""}}, order=Order()):
            found.extend(page)
        return found


@asynccontextmanager
async def open_platform(
    settings: Settings, *, clock: Clock | None = None, find: Finder = find_plugins
) -> AsyncIterator[Platform]:
    """A running platform: servers reached or started, control database migrated, plugins started.

    `clock`: where the time comes from, the machine unless given; `find`: which plugins are installed.
    Raises `EmbeddedServiceError` or `PluginError`.
    """
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(embedded_services(settings))
        client = open_client(urls.mongo_url, settings.mongo_driver)
        stack.push_async_callback(close_client, client)
        control = ControlStore(client)
        await migrate(control.database, CONTROL_SCHEMA)
        queue = ArqTaskQueue(urls.redis_url)
        stack.push_async_callback(queue.close)
        broadcast = RedisBroadcast(urls.redis_url)
        stack.push_async_callback(broadcast.close)
        objects = await stack.enter_async_context(open_object_storage(settings))
        runtimes = await stack.enter_async_context(
            open_runtimes(
                settings=settings.plugins,
                hook_timeout=settings.plugin_timeout,
                trace=settings.trace_plugins,
                find=find,
            )
        )
        yield Platform(
            settings=settings,
            clock=clock or SystemClock(),
            redis_url=urls.redis_url,
            control=control,
            objects=objects,
            queue=queue,
            broadcast=broadcast,
            sealer=EnvelopeSealer(control, KeyFile(settings.data_path / "keys" / "wrapping.json")),
            runtimes=runtimes,
        )
