"""The platform: everything that a process of it shares, opened once and closed in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from distro_core.announcer import Announcer
from distro_core.broadcast import Broadcast
from distro_core.clock import Clock, SystemClock
from distro_core.databases import CONTROL_DOCUMENTS, CONTROL_SCHEMA, TENANT_DOCUMENTS, TENANT_SCHEMA, with_outbox
from distro_core.delivery.limits.sessions import SessionPool
from distro_core.delivery.plugin_view import TenantDeliveries
from distro_core.delivery.run_logs import LogWriter
from distro_core.embedded import embedded_services
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.marketplace import Marketplace, open_shelf
from distro_core.notifications.plugin_notices import PluginNotices
from distro_core.notifications.service import NotificationService
from distro_core.objects.open import open_object_storage
from distro_core.objects.port import ObjectStorage
from distro_core.plugins.circuits import PluginCircuits
from distro_core.plugins.contexts import Reach
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.migrations import Upkeep
from distro_core.plugins.runtime import Finder, RuntimeHolder, open_runtimes
from distro_core.queue.arq_queue import ArqTaskQueue
from distro_core.queue.port import TaskQueue
from distro_core.redis_broadcast import RedisBroadcast
from distro_core.scope import Scope
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.providers import KeyProviders, faults_of_providers, registered_providers
from distro_core.settings import Settings
from distro_core.store.documents import Document
from distro_core.store.driver import close_client, open_client
from distro_core.store.migrations import migrate
from distro_core.store.outbox import EventHandler
from distro_core.store.stores import ControlStore, TenantStore
from distro_sdk.models.events import Event

TENANT_MEMORY = 5.0
"""Seconds for which a tenant's document is remembered at most; a change is usually announced at once."""


BeganWith = Callable[[TenantStore], Awaitable[frozenset[str]]]
"""Says with which licensed plugins work of a tenant began."""


class TenantMemory:
    """Tenants' documents by id, read again after a change or `TENANT_MEMORY` seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[TenantDocument, float]] = {}
        self._changes = 0

    async def get(self, control: ControlStore, tenant_id: str) -> TenantDocument:
        """A tenant; raises NOT_FOUND."""
        known = self._known.get(tenant_id)
        if known is not None and monotonic() < known[1]:
            return known[0]
        changes = self._changes
        tenant = await control.collection(TenantDocument).get(tenant_id)
        if changes == self._changes:
            self._known[tenant_id] = (tenant, monotonic() + TENANT_MEMORY)
        return tenant

    def forget(self, tenant_id: str) -> None:
        """Read a tenant again next time."""
        self._changes += 1
        self._known.pop(tenant_id, None)


@dataclass(frozen=True)
class Platform:
    """What a process shares: stores, objects, queue, broadcasts, secrets and plugins.

    `redis_url`: where `run_tasks` finds the queue; `sessions`: a worker's open connections to targets;
    `log_writer`: of the deliveries that it makes.
    """

    settings: Settings
    clock: Clock
    redis_url: str
    control: ControlStore
    objects: ObjectStorage
    queue: TaskQueue
    broadcast: Broadcast
    sealer: EnvelopeSealer
    runtimes: RuntimeHolder
    marketplace: Marketplace
    memory: TenantMemory
    upkeep: Upkeep
    sessions: SessionPool | None = None
    log_writer: LogWriter = field(default_factory=LogWriter)

    @property
    def outboxes(self) -> tuple[Sequence[type[Document]], Sequence[type[Document]]]:
        """The types of document with events, in the control database and in a tenant's."""
        return with_outbox(CONTROL_DOCUMENTS), with_outbox(TENANT_DOCUMENTS)

    @property
    def event_handlers(self) -> Sequence[EventHandler]:
        """What in the core wants to be told of events."""
        return (self._notify,)

    async def scope(self, tenant_id: str, actor: str, began_with: BeganWith | None = None) -> Scope:
        """What services need to work for a tenant on somebody's behalf; raises NOT_FOUND.

        `actor`: id of a user or API key, or `SYSTEM_ACTOR`; `began_with`: with which licensed plugins the work began
        that is to go on, asked only where it matters. The plugins are those that the tenant has enabled now and has a
        licence for, or began with.
        """
        tenant = await self.memory.get(self.control, tenant_id)
        store = self.control.tenant(tenant.id, tenant.key)
        runtime = await self.runtimes.with_plugins_of(tenant)
        tenant = await self.upkeep.bring_up_all(tenant, runtime)
        kept = await began_with(store) if began_with is not None and runtime.licensed else frozenset()
        rights = await self.marketplace.licensing.rights(tenant, runtime, kept)
        return Scope(
            store=store,
            actor=actor,
            plugins=runtime.for_tenant(tenant, rights, self._reach(store)),
            objects=self.objects,
            queue=self.queue,
            broadcast=self.broadcast,
            sealer=self.sealer,
            clock=self.clock,
            settings=self.settings,
            sessions=self.sessions,
            log_writer=self.log_writer,
            require_validation=tenant.require_validation,
            rights=rights,
            licensed_plugins=rights.running(runtime.licensed),
        )

    def _reach(self, store: TenantStore) -> Reach:
        deliveries = partial(TenantDeliveries, store, self.queue, self.clock)
        notices = PluginNotices(store, self.clock, self.settings.notification_lifetime)
        return Reach(store, self.sealer, self.clock, deliveries, notices.keep)

    async def create_tenant_database(self, tenant: TenantDocument) -> None:
        """Make or migrate a tenant's database; changes nothing in one that is up to date."""
        await migrate(self.control.tenant(tenant.id, tenant.key).database, TENANT_SCHEMA)

    async def tenants(self) -> list[TenantDocument]:
        """Every tenant, oldest first."""
        tenants = self.control.collection(TenantDocument)
        found: list[TenantDocument] = []
        while page := await tenants.list({"id": {"$gt": found[-1].id if found else ""}}):
            found.extend(page)
        return found

    async def tenant_ids(self) -> Sequence[str]:
        """The id of every tenant, oldest first."""
        raw = self.control.collection(TenantDocument).raw
        return [tenant["_id"] for tenant in await raw.find({}, {"_id": 1}).sort([("_id", 1)]).to_list(length=None)]

    async def _notify(self, scope: Scope, event: Event) -> None:
        tenant = await self.memory.get(self.control, scope.tenant_id)
        await NotificationService(scope).notify(event, tenant.notified_statuses)


@asynccontextmanager
async def open_platform(
    settings: Settings, *, clock: Clock | None = None, find: Finder = find_plugins
) -> AsyncIterator[Platform]:
    """A running platform: servers reached or started, databases migrated, plugins started.

    `clock`: where the time comes from, the machine's unless given; `find`: which plugins are installed.
    Raises `EmbeddedServiceError`, `PluginError`, or `DomainError` KEY_PROVIDER_UNKNOWN and
    KEY_PROVIDER_NOT_SET_UP.
    """
    memory = TenantMemory()
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(embedded_services(settings))
        broadcast = RedisBroadcast(urls.redis_url)
        stack.push_async_callback(broadcast.close)
        queue = ArqTaskQueue(urls.redis_url)
        stack.push_async_callback(queue.close)
        announcer = Announcer(broadcast, memory.forget)
        await stack.enter_async_context(announcer.running())
        client = open_client(urls.mongo_url, settings.mongo_driver)
        stack.push_async_callback(close_client, client)
        log_writer = LogWriter()
        stack.push_async_callback(log_writer.close)
        control = ControlStore(client, announcer.written)
        await migrate(control.database, CONTROL_SCHEMA)
        objects = await stack.enter_async_context(open_object_storage(settings))
        shelf = await stack.enter_async_context(open_shelf(settings, control, objects, broadcast, find))
        circuits = PluginCircuits(
            control, broadcast, clock or SystemClock(), most=settings.plugin_failures, rest=settings.plugin_rest
        )
        await stack.enter_async_context(circuits.following())
        runtimes = await stack.enter_async_context(
            open_runtimes(
                settings=settings.plugins,
                hook_timeout=settings.plugin_timeout,
                trace=settings.trace_plugins,
                find=shelf.installed.find,
                circuits=circuits,
            )
        )
        keys = KeyProviders(
            KeyFile(settings.data_path / "keys" / "wrapping.json"),
            settings.key_provider,
            registered_providers(runtimes),
            settings.plugin_timeout,
            faults_of_providers(runtimes),
        )
        keys.check()
        sealer = EnvelopeSealer(control, keys)
        marketplace = await stack.enter_async_context(
            shelf.marketplace(settings, runtimes, queue, sealer, clock or SystemClock())
        )
        platform = Platform(
            settings=settings,
            clock=clock or SystemClock(),
            redis_url=urls.redis_url,
            control=control,
            objects=objects,
            queue=queue,
            broadcast=broadcast,
            sealer=sealer,
            runtimes=runtimes,
            marketplace=marketplace,
            memory=memory,
            upkeep=Upkeep(control, sealer, settings.plugin_timeout),
            log_writer=log_writer,
        )
        for tenant in await platform.tenants():
            await platform.create_tenant_database(tenant)
        yield platform
