"""Events are told at least once: to plugins, and to whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.clock import SystemClock
from distro_core.databases import TENANT_DOCUMENTS, with_outbox
from distro_core.delivery.documents import DeliveryDocument
from distro_core.embedded import ServiceUrls
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import FoundPlugin
from distro_core.redis_broadcast import RedisBroadcast
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.collection import Change, Collection
from distro_core.store.documents import Document, new_id
from distro_core.store.outbox import OutboxRelay
from distro_sdk.manifest import PluginManifest
from distro_sdk.models.events import Event, PluginEnablementChanged, ReleaseChanged
from distro_sdk.plugin import Plugin, PluginContext

Told = list[tuple[str, str]]
"""Tenant and event ids, in the order in which they were told."""


class NoteDocument(Document):
    """As little as a document needs, among the releases, whose outboxes are looked at."""

    collection: ClassVar[str] = ReleaseDocument.collection


class DiaryPlugin(Plugin):
    """Writes down what it is told; `refuses` and `holds` make it fail or wait."""

    id: ClassVar[str] = "diary"
    told: ClassVar[Told] = []
    refuses: ClassVar[set[str]] = set()
    holds: ClassVar[asyncio.Event | None] = None

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Write the event down, or fail."""
        self.told.append((context.tenant_id, event.id))
        if self.holds is not None:
            await self.holds.wait()
        if event.id in self.refuses:
            raise RuntimeError("the diary is full")


def _find_diary() -> tuple[FoundPlugin, ...]:
    manifest = PluginManifest(
        id="diary",
        name="Diary",
        version="1.0.0",
        publisher="Tests",
        support="tests@example.org",
        description="Writes events down.",
        sdk=">=0.1",
        hooks=("on_event",),
    )
    return (FoundPlugin("diary", "stardust-distro", True, lambda: DiaryPlugin, manifest),)


@pytest.fixture(scope="module")
async def listening(settings: Settings, services: ServiceUrls) -> AsyncIterator[Platform]:
    """A platform on the session's servers whose only plugin keeps a diary."""
    async with open_platform(settings, find=_find_diary) as running:
        yield running


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> type[DiaryPlugin]:
    """The plugin with an empty diary."""
    monkeypatch.setattr(DiaryPlugin, "told", [])
    monkeypatch.setattr(DiaryPlugin, "refuses", set())
    monkeypatch.setattr(DiaryPlugin, "holds", None)
    return DiaryPlugin


async def test_an_event_is_told_to_plugins_and_listeners_and_then_forgotten(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    tenants = listening.control.collection(TenantDocument)
    event = _enablement(tenant_a)
    before = await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[event])

    async with listening.broadcast.listen(f"{tenant_a.key}:events") as heard:
        count = await OutboxRelay(listening).relay_control()
        message = await anext(heard)

    assert count == 1
    assert diary.told == [(tenant_a.id, event.id)]
    assert message == event.model_dump(mode="json")
    assert await _outbox(tenants, tenant_a.id) == []
    assert await tenants.get(tenant_a.id) == before
    assert await OutboxRelay(listening).relay_control() == 0


async def test_events_of_a_document_are_told_in_order(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    tenants = listening.control.collection(TenantDocument)
    events = [_enablement(tenant_a) for _ in range(5)]
    for event in events:
        await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[event])

    await OutboxRelay(listening).relay_control()

    assert diary.told == [(tenant_a.id, event.id) for event in events]


async def test_an_event_that_a_plugin_could_not_take_is_told_again(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    tenants = listening.control.collection(TenantDocument)
    full, fine = _enablement(tenant_a), _enablement(tenant_a)
    await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[full, fine])
    diary.refuses.add(full.id)

    told_first = await OutboxRelay(listening).relay_control()
    left = await _outbox(tenants, tenant_a.id)
    told_too_soon = await OutboxRelay(listening).relay_control()
    diary.refuses.clear()
    await _let_claims_expire(tenants)
    told_later = await OutboxRelay(listening).relay_control()

    assert (told_first, told_too_soon, told_later) == (1, 0, 1)
    assert left == [full.id]
    assert diary.told == [(tenant_a.id, full.id), (tenant_a.id, fine.id), (tenant_a.id, full.id)]
    assert await _outbox(tenants, tenant_a.id) == []


async def test_an_event_that_could_not_be_broadcast_is_told_again(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    tenants = listening.control.collection(TenantDocument)
    event = _enablement(tenant_a)
    await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[event])
    nowhere = RedisBroadcast("unix:///nowhere/valkey.sock")

    told_to_nobody = await OutboxRelay(replace(listening, broadcast=nowhere)).relay_control()
    await nowhere.close()
    await _let_claims_expire(tenants)
    told_later = await OutboxRelay(listening).relay_control()

    assert (told_to_nobody, told_later) == (0, 1)
    assert diary.told == [(tenant_a.id, event.id)] * 2


async def test_a_relay_that_dies_while_it_tells_loses_nothing(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = listening.control.collection(TenantDocument)
    event = _enablement(tenant_a)
    await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[event])
    monkeypatch.setattr(diary, "holds", asyncio.Event())
    dying = asyncio.create_task(OutboxRelay(listening).relay_control())
    await _until(lambda: len(diary.told) == 1)

    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    monkeypatch.setattr(diary, "holds", None)
    await _let_claims_expire(tenants)
    await OutboxRelay(listening).relay_control()

    assert diary.told == [(tenant_a.id, event.id)] * 2
    assert await _outbox(tenants, tenant_a.id) == []


async def test_two_relays_share_the_work(
    listening: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    notes = {}
    for tenant in (tenant_a, tenant_b):
        collection = (await listening.scope(tenant.id, SYSTEM_ACTOR)).store.collection(NoteDocument)
        notes[tenant.id] = [await _note(collection, tenant) for _ in range(10)]

    counts = await asyncio.gather(*(OutboxRelay(listening).relay_all() for _ in range(2)))

    assert sum(counts) == 20
    assert sorted(diary.told) == sorted((tenant, event) for tenant, events in notes.items() for event in events)


async def test_a_listener_hears_of_its_own_tenant_only(
    listening: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    ids = {}
    for tenant in (tenant_a, tenant_b):
        collection = (await listening.scope(tenant.id, SYSTEM_ACTOR)).store.collection(NoteDocument)
        ids[tenant.id] = await _note(collection, tenant)

    async with listening.broadcast.listen(f"{tenant_b.key}:events") as heard:
        await OutboxRelay(listening).relay_tenant(tenant_a.id)
        await OutboxRelay(listening).relay_tenant(tenant_b.id)
        message = await anext(heard)

    assert message["id"] == ids[tenant_b.id]


async def test_events_of_a_deleted_tenant_are_dropped(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    tenants = listening.control.collection(TenantDocument)
    gone = tenant_a.model_copy(update={"id": new_id()})
    await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[_enablement(gone)])

    count = await OutboxRelay(listening).relay_control()

    assert count == 1
    assert diary.told == []
    assert await OutboxRelay(listening).relay_tenant(gone.id) == 0


async def test_a_running_relay_is_woken_by_a_write_in_any_process(
    platform: Platform, listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    stop = asyncio.Event()
    relay = asyncio.create_task(OutboxRelay(listening).run(stop, interval=3600))
    elsewhere = (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).store.collection(NoteDocument)

    async with listening.broadcast.listen(f"{tenant_a.key}:events") as heard:
        written = [await _note(elsewhere, tenant_a) for _ in range(3)]
        told = [(await anext(heard))["id"] for _ in written]
    control_event = _enablement(tenant_a)
    tenants = platform.control.collection(TenantDocument)
    await tenants.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[control_event])
    await _until(lambda: (tenant_a.id, control_event.id) in diary.told)
    stop.set()
    await relay

    assert sorted(told) == sorted(written)


async def test_a_running_relay_finds_what_nobody_told_of(
    listening: Platform, tenant_a: TenantDocument, diary: type[DiaryPlugin]
) -> None:
    unwatched = Collection(listening.control.collection(TenantDocument).raw, TenantDocument)
    event = _enablement(tenant_a)
    await unwatched.update(tenant_a.id, Change(set={"name": "Renamed"}), events=[event])
    stop = asyncio.Event()

    relay = asyncio.create_task(OutboxRelay(listening).run(stop, interval=3600))
    await _until(lambda: (tenant_a.id, event.id) in diary.told)
    stop.set()
    await relay

    assert await _outbox(unwatched, tenant_a.id) == []


async def test_looking_for_events_reads_an_index(platform: Platform, tenant_a: TenantDocument) -> None:
    store = (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).store

    plan = await store.database.command(
        {"explain": {"find": DeliveryDocument.collection, "filter": {"outbox.id": {"$exists": True}}}}
    )

    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    assert {ReleaseDocument, AssetDocument, DeliveryDocument} <= set(with_outbox(TENANT_DOCUMENTS))


def _enablement(tenant: TenantDocument) -> PluginEnablementChanged:
    return PluginEnablementChanged(
        id=new_id(), tenant_id=tenant.id, at=SystemClock().now(), plugin_id="diary", enabled=True
    )


async def _note(collection: Collection[NoteDocument], tenant: TenantDocument) -> str:
    """Store a note with an event, and return the event's id."""
    draft = NoteDocument()
    event = ReleaseChanged(
        id=new_id(), tenant_id=tenant.id, at=SystemClock().now(), release_id=draft.id, change="created", revision=1
    )
    await collection.insert(draft, events=[event])
    return event.id


async def _outbox(collection: Collection[TenantDocument], id: str) -> list[str]:
    raw = await collection.raw.find_one({"_id": id})
    return [event["id"] for event in raw["outbox"]]


async def _let_claims_expire(collection: Collection[TenantDocument]) -> None:
    past = datetime(2000, 1, 1, tzinfo=UTC)
    await collection.raw.update_many({"outbox_claim": {"$exists": True}}, {"$set": {"outbox_claim.until": past}})


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)
