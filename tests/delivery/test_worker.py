"""Workers and the sweeper: what is due is done, whatever the queue forgot (rows QUE-01, QUE-04, LOC-02)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog.testing
from redis.asyncio import Redis

from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.sweeper import sweep, sweep_tenant
from distro_core.delivery.targets.documents import TargetDocument, TargetLimits
from distro_core.embedded import ServiceUrls
from distro_core.platform import Platform
from distro_core.platforms.housekeeping import keep_house
from distro_core.store.collection import Change
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.answers import answer, put_answer
from tests.delivery.dsp import ended
from tests.delivery.label import Label
from tests.delivery.workers import worker

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def until(label: Label, delivery: DeliveryDocument, status: Status) -> DeliveryDocument:
    async with asyncio.timeout(60):
        while (current := await label.deliveries.get(delivery.id)).status is not status:
            await asyncio.sleep(0.02)
    return current


@pytest.mark.proves("QUE-04", "SVC-02")
async def test_a_worker_takes_up_what_is_asked_for(label: Label, platform: Platform) -> None:
    release, target = await label.release(), await label.target()

    async with worker(platform, sweep_interval=60.0):
        (made,) = await label.deliveries.create([release.id], target.id)
        delivery = await until(label, made, Status.DISTRIBUTED)

    assert len(delivery.attempts) == 1


@pytest.mark.proves("QUE-01")
async def test_nothing_is_lost_when_the_queue_loses_everything(
    label: Label, platform: Platform, services: ServiceUrls
) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()

    async with worker(platform):
        delivery = await until(label, made, Status.DISTRIBUTED)

    assert delivery.receipt is not None


@pytest.mark.proves("LOC-02")
async def test_the_batch_of_a_dead_worker_is_found(label: Label, platform: Platform) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    now = label.scope.clock.now()
    dead = Change(set={"holder": "dead", "leased_until": now + timedelta(seconds=1)}, increment={"attempt": 1})
    await label.scope.store.collection(BatchDocument).update(made.batch_id, dead)

    async with worker(platform):
        delivery = await until(label, made, Status.DISTRIBUTED)

    assert delivery.receipt is not None


async def test_an_answer_is_looked_for_although_the_queue_forgot_it(
    label: Label, platform: Platform, services: ServiceUrls
) -> None:
    release, target = await label.release(), await label.target(acknowledges=True)
    delivery = await label.deliver([release.id], target.id)
    put_answer(label.folder, "ACK_1.xml", answer(delivery.message_id, status="ReleaseMadeAvailableToConsumers"))
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()

    async with worker(platform):
        after = await ended(label, delivery)

    assert after.status is Status.LIVE


async def test_the_sweeper_asks_only_for_what_is_due_and_free(label: Label) -> None:
    releases, target = [await label.release() for _ in range(4)], await label.target()
    made = [(await label.deliveries.create([release.id], target.id))[0] for release in releases]
    batches = label.scope.store.collection(BatchDocument)
    later = label.scope.clock.now() + timedelta(hours=1)
    await batches.update(made[1].batch_id, Change(set={"due_at": later}))
    await batches.update(made[2].batch_id, Change(set={"holder": "somebody", "leased_until": later}))
    await label.deliveries.cancel(made[3].id)
    await label.work(made[3])
    waiting = label.scope.clock.now() - timedelta(seconds=1)
    await label.scope.store.collection(TargetDocument).update(
        target.id, Change(set={"acknowledgements_due_at": waiting})
    )

    assert await sweep_tenant(label.scope) == 2


@pytest.mark.proves("RTY-01", "DMG-05")
async def test_a_worker_makes_all_attempts_by_itself(label: Label, platform: Platform) -> None:
    release = await label.release()
    target = await label.target(
        transport="sftp",
        settings={"host": "127.0.0.1", "port": 1, "username": "nobody", "host_key": f"SHA256:{'A' * 43}"},
        secrets={"password": "never sent"},
        limits=TargetLimits(attempts=3),
    )

    async with worker(platform, retry_delay=0.1, sweep_interval=60.0):
        (made,) = await label.deliveries.create([release.id], target.id)
        delivery = await until(label, made, Status.FAILED)

    assert len(delivery.attempts) == 3
    assert delivery.error is not None
    assert delivery.error.code == "CONNECTION_REFUSED"


async def test_a_tenant_that_is_gone_does_not_stop_the_worker(label: Label, platform: Platform) -> None:
    await platform.queue.enqueue("deliver", {"tenant_id": "gone", "batch_id": "gone"}, key="deliver:gone")
    release, target = await label.release(), await label.target()

    async with worker(platform):
        (made,) = await label.deliveries.create([release.id], target.id)
        delivery = await until(label, made, Status.DISTRIBUTED)

    assert delivery.receipt is not None


async def test_a_tenant_whose_documents_cannot_be_read_keeps_no_other_waiting(
    label: Label, other_label: Label, platform: Platform, services: ServiceUrls
) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    broken, theirs = await other_label.release(), await other_label.target()
    (bad,) = await other_label.deliveries.create([broken.id], theirs.id)
    batches = other_label.scope.store.collection(BatchDocument).raw
    await batches.update_one({"_id": bad.batch_id}, {"$set": {"delivery_ids": "nonsense"}})
    targets = other_label.scope.store.collection(TargetDocument).raw
    await targets.update_one({"_id": theirs.id}, {"$set": {"acknowledgements_due_at": LONG_AGO, "name": 7}})
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()

    with structlog.testing.capture_logs() as lines:
        await sweep(platform)
        await keep_house(platform)
    async with worker(platform):
        delivery = await until(label, made, Status.DISTRIBUTED)

    assert delivery.receipt is not None
    left_out = [line["tenant_id"] for line in lines if line["event"] == "tenant_left_out"]
    assert set(left_out) == {other_label.scope.tenant_id}
