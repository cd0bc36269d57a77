"""What is more urgent goes first, whatever the queue forgot and whoever asked (rows QUE-05, WFL-09, JOB-07)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from distro_core.delivery.batches import DELIVER_TASK, wake
from distro_core.delivery.documents import BatchDocument, DeliveryDocument, WaitReason
from distro_core.delivery.due import wake_due
from distro_core.delivery.limits.waits import LONGEST_FIRST, end_waits, that_wait
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.embedded import ServiceUrls
from distro_core.platform import Platform
from distro_core.queue.arq_queue import run_tasks
from distro_core.queue.port import Priority
from distro_core.store.codec import encode
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.delivery.test_phases import stages
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport
from tests.delivery.workers import worker

NOBODY: dict[str, Any] = {"delivery_ids": ()}
"""A batch that only waits for its turn."""


async def many_targets(label: Label, count: int) -> list[TargetDocument]:
    """Targets that differ in nothing but their ids."""
    first = await label.target()
    copies = [first.model_copy(update={"id": new_id()}) for _ in range(count - 1)]
    stored = label.scope.store.collection(TargetDocument)
    return [first, *await asyncio.gather(*(stored.insert(copy) for copy in copies))]


async def queue_order(services: ServiceUrls, count: int) -> list[str]:
    """The batches of the next tasks, in their order."""
    order: list[str] = []
    stop = asyncio.Event()

    async def note(payload: Mapping[str, Any]) -> None:
        order.append(payload["batch_id"])
        if len(order) == count:
            stop.set()

    async with asyncio.timeout(60):
        await run_tasks(services.redis_url, {DELIVER_TASK: note}, 1, stop)
    return order


@pytest.fixture
async def empty_queue(services: ServiceUrls) -> None:
    """No task of an earlier test waits."""
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()


@pytest.mark.slow
@pytest.mark.proves("QUE-05", "WFL-09")
async def test_of_a_hundred_that_wait_the_urgent_one_is_delivered_next(
    label: Label, platform: Platform, empty_queue: None
) -> None:
    release, targets = await label.release(), await many_targets(label, 101)
    low = [
        (await label.deliveries.create([release.id], each.id, Wish(priority=Priority.LOW)))[0] for each in targets[1:]
    ]

    async with worker(platform, worker_concurrency=1, sweep_interval=60.0):
        await some_are_there(label, low)
        (urgent,) = await label.deliveries.create([release.id], targets[0].id, Wish(priority=Priority.URGENT))
        asked = label.scope.clock.now()
        async with asyncio.timeout(60):
            while (await label.deliveries.get(urgent.id)).status is not Status.DISTRIBUTED:
                await asyncio.sleep(0.01)
        after = await arrived(label, low)

    # By what is written down: how much later this looks says nothing.
    done = await label.deliveries.get(urgent.id)
    begun = [each.started_at for each in [await label.deliveries.get(one.id) for one in low] if each.started_at]
    assert done.started_at is not None
    assert len([at for at in begun if asked < at < done.started_at]) <= 1, "the one that was taken already"
    assert after < 100


async def arrived(label: Label, deliveries: list[DeliveryDocument]) -> int:
    ids = [delivery.id for delivery in deliveries]
    return await label.scope.store.collection(DeliveryDocument).count(
        {"id": {"$in": ids}, "status": Status.DISTRIBUTED}
    )


async def some_are_there(label: Label, deliveries: list[DeliveryDocument]) -> None:
    async with asyncio.timeout(60):
        while not await arrived(label, deliveries):
            await asyncio.sleep(0.01)


@pytest.mark.proves("QUE-05", "QUE-01")
async def test_an_emptied_queue_is_filled_in_the_order_of_priority_over_all_tenants(
    label: Label, other_label: Label, platform: Platform, services: ServiceUrls, empty_queue: None
) -> None:
    made: dict[str, str] = {}
    for each, priorities in ((label, [Priority.LOW, Priority.NORMAL]), (other_label, [Priority.HIGH, Priority.URGENT])):
        release = await each.release()
        for priority in priorities:
            target = await each.target()
            (delivery,) = await each.deliveries.create([release.id], target.id, Wish(priority=priority))
            made[delivery.batch_id] = priority
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()

    woken = await wake_due([label.scope, other_label.scope])
    again = await wake_due([label.scope, other_label.scope])
    order = await queue_order(services, 4)

    assert (woken, again) == (4, 4)
    assert [made[batch_id] for batch_id in order] == ["urgent", "high", "normal", "low"]


@pytest.mark.proves("QUE-01")
async def test_the_sweeper_wakes_more_than_a_page_of_what_the_queue_forgot(
    label: Label, platform: Platform, services: ServiceUrls, empty_queue: None
) -> None:
    now = label.scope.clock.now()
    batches = [BatchDocument(target_id="t", delivery_ids=(), due_at=now) for _ in range(450)]
    await asyncio.gather(*map(label.scope.store.collection(BatchDocument).insert, batches))

    first = await wake_due([label.scope])
    queued = await platform.queue.depth()
    second = await wake_due([label.scope])

    assert (first, queued) == (450, 450)
    assert second == 200, "what the queue knows is not gone through again"


async def test_a_retry_keeps_the_priority(label: Label) -> None:
    settings = label.scope.settings.model_copy(update={"retry_attempts": 1})
    label = with_line(label, HookedTransport(connecting=cut_always)).with_scope(settings=settings)
    release, target = await label.release(), await label.target(transport="hooked")
    failed = await label.deliver([release.id], target.id, priority=Priority.HIGH)

    again = await label.deliveries.retry(failed.id)

    batch = await label.scope.store.collection(BatchDocument).get(again.batch_id)
    assert (again.priority, batch.priority) == (Priority.HIGH, Priority.HIGH)


async def waiting_since(label: Label, target: TargetDocument, hours: float, priority: Priority) -> BatchDocument:
    """A batch that has waited for a connection to a target for so long."""
    now = label.scope.clock.now()
    batch = BatchDocument(
        target_id=target.id,
        delivery_ids=(),
        priority=priority,
        due_at=now + timedelta(hours=1),
        waits_for=WaitReason.CONNECTIONS,
        waits_since=now - timedelta(hours=hours),
    )
    return await label.scope.store.collection(BatchDocument).insert(batch)


@pytest.mark.proves("QUE-05")
async def test_of_one_priority_who_has_waited_longest_goes_first_whatever_its_id(
    label: Label, other_label: Label, platform: Platform, services: ServiceUrls, empty_queue: None
) -> None:
    target, elsewhere, theirs = await label.target(), await label.target(), await other_label.target()
    waits: dict[str, str] = {}
    for name, hours, priority in [
        ("young", 1.0, Priority.NORMAL),
        ("old", 3.0, Priority.NORMAL),
        ("middle", 2.0, Priority.NORMAL),
        ("low", 2.5, Priority.LOW),
        ("urgent", 0.1, Priority.URGENT),
    ]:
        waits[(await waiting_since(label, target, hours, priority)).id] = name
    strangers = [await waiting_since(other_label, theirs, 9, Priority.NORMAL)]
    strangers.append(await waiting_since(label, elsewhere, 9, Priority.NORMAL))
    batches = label.scope.store.collection(BatchDocument)

    for _ in range(3):
        await end_waits(label.scope, target.id, WaitReason.CONNECTIONS, most=1)
    now = label.scope.clock.now()
    first = [waits[id] for id in waits if (await batches.get(id)).due_at <= now]
    await end_waits(label.scope, target.id, WaitReason.CONNECTIONS)
    await wake(label.scope, await batches.insert(BatchDocument(id="new", target_id=target.id, due_at=now, **NOBODY)))
    order = await queue_order(services, 6)

    assert sorted(first) == ["middle", "old", "urgent"]
    told = {**waits, "new": "new"}
    assert [told[id] for id in order] == ["urgent", "old", "middle", "low", "young", "new"]
    for scope, batch in zip((other_label.scope, label.scope), strangers, strict=True):
        assert (await scope.store.collection(BatchDocument).get(batch.id)).due_at > now


@pytest.mark.proves("QUE-05")
async def test_what_waits_until_a_moment_has_its_turn_by_when_it_began_to_wait(
    label: Label, platform: Platform, services: ServiceUrls, empty_queue: None
) -> None:
    now = label.scope.clock.now()
    soon, since = now + timedelta(seconds=0.3), now - timedelta(hours=2)
    patient = BatchDocument(id="patient", target_id="t", due_at=soon, waits_since=since, **NOBODY)
    due = BatchDocument(id="due", target_id="t", due_at=now - timedelta(hours=1), **NOBODY)

    for batch in (due, patient):
        await wake(label.scope, batch)
    await asyncio.sleep(0.4)

    assert await queue_order(services, 2) == ["patient", "due"]


async def test_who_waits_is_found_by_an_index_in_the_order_of_waiting(label: Label) -> None:
    target, now = await label.target(), label.scope.clock.now()
    for hours in range(5):
        await waiting_since(label, target, hours, Priority.NORMAL)
    where = that_wait(target.id, WaitReason.CONNECTIONS, now)
    query = {"filter": encode({**where, "priority": Priority.NORMAL}), "sort": {LONGEST_FIRST.field: 1, "_id": 1}}

    explained = await label.scope.store.database.command({"explain": {"find": BatchDocument.collection, **query}})

    assert stages(explained) == ["FETCH", "IXSCAN waits"]
