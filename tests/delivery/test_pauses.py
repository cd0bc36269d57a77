"""Targets that are paused or have hours: what waits stays queued, what runs ends."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from distro_core.delivery.documents import BatchDocument
from distro_core.delivery.due import wake_due
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.delivery.targets.pauses import PauseService
from distro_core.delivery.targets.times import OffPeak, TargetSchedule
from distro_core.platform import Platform
from distro_core.queue.port import Priority
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.test_worker import until
from tests.delivery.transports import HookedTransport, pass_on
from tests.delivery.workers import worker

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def test_nothing_begins_at_a_paused_target(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    paused = await PauseService(label.scope).pause(target.id, "they move house")

    after = await label.work(made)

    batch = await label.scope.store.collection(BatchDocument).get(made.batch_id)
    assert (after.status, after.attempts, label.files()) == (Status.CREATED, (), [])
    assert (batch.attempt, batch.holder, batch.leased_until) == (0, None, None)
    assert paused.paused is not None
    assert (paused.paused.reason, paused.paused.by) == ("they move house", label.scope.actor)
    assert await wake_due([label.scope]) == 0


async def test_what_is_under_way_ends_although_its_target_is_paused(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    async def pause(path: str) -> None:
        line.before = pass_on
        await PauseService(label.scope).pause(target.id, "too late")

    line.before = pause

    assert (await label.work(made)).status is Status.DISTRIBUTED


async def test_a_resumed_target_gets_what_waited(label: Label, platform: Platform) -> None:
    release, target = await label.release(), await label.target()
    pauses = PauseService(label.scope)
    await pauses.pause(target.id, "they move house")
    async with worker(platform, sweep_interval=60.0):
        (made,) = await label.deliveries.create([release.id], target.id)
        await pauses.resume(target.id)
        delivery = await until(label, made, Status.DISTRIBUTED)

    assert len(delivery.attempts) == 1


async def test_pausing_is_refused_twice_without_reason_and_to_strangers(label: Label, other_label: Label) -> None:
    target = await label.target()
    pauses = PauseService(label.scope)

    async def code(wish: object) -> str:
        with pytest.raises(DomainError) as refused:
            await wish  # type: ignore[misc]
        return refused.value.code

    assert await code(pauses.resume(target.id)) == "TARGET_NOT_PAUSED"
    assert await code(pauses.pause(target.id, " ")) == "REASON_MISSING"
    await pauses.pause(target.id, "once")
    assert await code(pauses.pause(target.id, "twice")) == "TARGET_PAUSED"
    assert await code(PauseService(other_label.scope).resume(target.id)) == "NOT_FOUND"
    await pauses.resume(target.id)
    await label.targets.delete(target.id)
    assert await code(pauses.pause(target.id, "gone")) == "NOT_FOUND"


@pytest.mark.proves("WFL-11")
async def test_outside_its_hours_a_target_is_left_in_peace(label: Label) -> None:
    clock = FixedClock(NOON)
    label = label.with_scope(clock=clock)
    hours = OffPeak(begins=time(1, 0), ends=time(5, 0))
    release, target = await label.release(), await label.target(off_peak=hours)

    early = await label.deliver([release.id], target.id)
    batch = await label.scope.store.collection(BatchDocument).get(early.batch_id)
    clock.set(batch.due_at)
    delivered = await label.work(early)

    assert (early.status, early.scheduled_at) == (Status.CREATED, datetime(2026, 3, 3, 1, 0, tzinfo=UTC))
    assert (batch.due_at, batch.attempt) == (early.scheduled_at, 0)
    assert delivered.status is Status.DISTRIBUTED


@pytest.mark.proves("TGT-04", "SCH-01")
async def test_a_delivery_begins_when_its_target_says_unless_it_hurries(label: Label) -> None:
    label = label.with_scope(clock=FixedClock(NOON))
    schedule = TargetSchedule.model_validate(
        {"type": "recurring", "frequency": "weekly", "time": "03:00", "timezone": "Europe/Berlin"}
    )
    releases, target = [await label.release() for _ in range(4)], await label.target(schedule=schedule)
    later = NOON + timedelta(hours=2)

    made = [
        (await label.deliveries.create([release.id], target.id, wish))[0]
        for release, wish in zip(
            releases,
            [Wish(), Wish(priority=Priority.URGENT), Wish(immediate=True), Wish(due_at=later, immediate=True)],
            strict=True,
        )
    ]

    monday = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
    assert [delivery.scheduled_at for delivery in made] == [monday, None, None, later]


async def test_a_takedown_does_not_wait_for_the_schedule(label: Label) -> None:
    schedule = TargetSchedule.model_validate({"type": "scheduled", "time": "03:00"})
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.targets.update(target.id, TargetChanges(schedule=schedule))
    await label.releases.set_status(release.id, ReleaseStatus.TAKEN_DOWN)

    (made,) = await label.deliveries.create([release.id], target.id)

    assert made.scheduled_at is None
