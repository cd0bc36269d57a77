"""Schedules: what is planned happens once, at its time, although clocks change and machines stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from redis.asyncio import Redis

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.requests.recurrence import Frequency, Timing
from distro_core.delivery.requests.schedule_documents import ScheduleDocument, ScheduleStatus
from distro_core.delivery.requests.schedules import (
    OnConflict,
    ScheduleChanges,
    ScheduleDraft,
    ScheduleFilter,
    ScheduleService,
)
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.embedded import ServiceUrls
from distro_core.notifications.documents import NotificationDocument, NotificationType
from distro_core.notifications.service import NotificationService
from distro_core.notifications.wording import SCHEDULE_ACTION
from distro_core.platform import Platform
from distro_core.queue.port import Priority
from distro_core.store.collection import Change
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.notifiers import NotificationSeverity
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.workers import worker


@pytest.fixture
def clock() -> FixedClock:
    """12:00 UTC on 1 March 2026."""
    return FixedClock()


@pytest.fixture
def planner(label: Label, clock: FixedClock) -> Label:
    """A label whose clock is set by the test."""
    return label.with_scope(clock=clock)


def timing(starts_at: str = "2026-03-01T18:00", timezone: str = "UTC", **fields: Any) -> Timing:
    return Timing.model_validate({"starts_at": starts_at, "timezone": timezone, **fields})


async def plan(label: Label, **fields: Any) -> ScheduleDocument:
    """A schedule of a fresh release at a fresh target, unless given."""
    given: dict[str, Any] = {"timing": timing(), **fields}
    if "release_ids" not in given:
        given["release_ids"] = ((await label.release()).id,)
    if "target_id" not in given:
        given["target_id"] = (await label.target()).id
    return await ScheduleService(label.scope).create(ScheduleDraft(**given))


async def code(wish: Any) -> str:
    with pytest.raises(DomainError) as refused:
        await wish
    return refused.value.code


async def deliveries(label: Label) -> int:
    return await label.scope.store.collection(DeliveryDocument).count({})


@pytest.mark.proves("SCH-02", "SCD-01", "SCD-04", "SVC-09")
async def test_a_schedule_delivers_when_its_moment_in_its_zone_has_come(planner: Label, clock: FixedClock) -> None:
    schedules = ScheduleService(planner.scope)
    made = await plan(planner, timing=timing("2026-03-29T02:30", "Europe/Berlin"), priority=Priority.HIGH)

    early = await schedules.run_due()
    clock.set(datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    ran = await schedules.run_due()
    after = await schedules.get(made.id)

    assert made.next_run_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "02:30 is skipped in this night"
    assert (early, ran) == (0, 1)
    assert (after.status, after.next_run_at, after.claims) == (ScheduleStatus.ENDED, None, ())
    (run,) = after.runs
    delivery = await planner.deliveries.get(run.delivery_ids[0])
    assert (delivery.release_id, delivery.priority) == (made.release_ids[0], Priority.HIGH)


@pytest.mark.proves("SCH-03", "SCD-06")
async def test_runs_that_were_missed_are_made_up_for_by_one(planner: Label, clock: FixedClock) -> None:
    schedules = ScheduleService(planner.scope)
    daily = timing("2026-03-01T18:00", frequency=Frequency.DAILY)
    made = await plan(planner, timing=daily)
    clock.set(START + timedelta(days=5))

    ran = [await schedules.run_due(), await schedules.run_due()]
    after = await schedules.get(made.id)

    assert ran == [1, 0]
    assert await deliveries(planner) == 1
    assert after.status is ScheduleStatus.ACTIVE
    assert after.next_run_at == datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
    assert after.runs[0].due_at == datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


async def test_a_series_sends_what_has_changed_and_says_where_nothing_has(planner: Label, clock: FixedClock) -> None:
    schedules = ScheduleService(planner.scope)
    made = await plan(planner, timing=timing(frequency=Frequency.WEEKLY, ends_on="2026-03-15"))
    release_id = made.release_ids[0]

    for week in range(3):
        clock.set(datetime(2026, 3, 1, 18, 0, tzinfo=UTC) + timedelta(weeks=week))
        assert await schedules.run(made.id)
        after = await schedules.get(made.id)
        for delivery_id in after.runs[-1].delivery_ids:
            await planner.work(await planner.deliveries.get(delivery_id))
        if week == 1:
            await planner.retitle(release_id, "Night Drive (Deluxe)")

    assert [run.code for run in after.runs] == [None, "ALREADY_DELIVERED", None]
    assert after.status is ScheduleStatus.ENDED, "15 March was its last day"
    assert await deliveries(planner) == 2


@pytest.mark.proves("SCH-03")
async def test_a_run_that_a_crash_cut_short_is_made_once(planner: Label, clock: FixedClock) -> None:
    schedules = ScheduleService(planner.scope)
    made = await plan(planner, timing=timing(frequency=Frequency.DAILY))
    clock.advance(86_400)
    await schedules.run(made.id)
    undone = Change(set={"run": 1, "runs": (), "next_run_at": made.next_run_at})
    await planner.scope.store.collection(ScheduleDocument).update(made.id, undone)

    await asyncio.gather(*(schedules.run(made.id) for _ in range(4)))

    assert await deliveries(planner) == 1
    after = await schedules.get(made.id)
    assert (after.run, len(after.runs), after.runs[0].code) == (2, 1, None)


async def test_a_release_that_is_not_ready_when_its_time_comes_is_told_of(planner: Label, clock: FixedClock) -> None:
    release = await planner.release(ready=False)
    made = await plan(planner, release_ids=(release.id,))
    clock.advance(86_400)

    await ScheduleService(planner.scope).run(made.id)

    after = await ScheduleService(planner.scope).get(made.id)
    assert (after.status, after.runs[0].code, after.runs[0].delivery_ids) == (
        ScheduleStatus.FAILED,
        "RELEASE_NOT_READY",
        (),
    )


async def notifications(platform: Platform, label: Label) -> Sequence[NotificationDocument]:
    """What a tenant was told, once every event is told."""
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    return (await NotificationService(label.scope).page()).documents


async def test_people_are_told_once_of_a_run_that_could_make_nothing(
    platform: Platform, planner: Label, other_label: Label, clock: FixedClock
) -> None:
    release, target = await planner.release(ready=False), await planner.target()
    made = await plan(planner, release_ids=(release.id,), target_id=target.id)
    clock.advance(86_400)

    await asyncio.gather(*(ScheduleService(planner.scope).run(made.id) for _ in range(4)))

    (told,) = await notifications(platform, planner)
    assert (told.type, told.severity, told.release_id, told.target_id) == (
        NotificationType.SCHEDULE,
        NotificationSeverity.ERROR,
        release.id,
        target.id,
    )
    assert told.title == "Night Drive could not be delivered to Example DSP as scheduled"
    assert (told.message != "", told.action) == (True, SCHEDULE_ACTION)
    assert list(await notifications(platform, planner)) == [told]
    assert list(await notifications(platform, other_label)) == []


async def test_a_run_with_nothing_new_is_told_without_alarm(
    platform: Platform, planner: Label, clock: FixedClock
) -> None:
    release, target = await planner.release(), await planner.target()
    await planner.deliver([release.id], target.id)
    made = await plan(planner, release_ids=(release.id,), target_id=target.id)
    clock.advance(86_400)

    await ScheduleService(planner.scope).run(made.id)

    (told,) = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    assert (told.severity, told.title, told.action) == (
        NotificationSeverity.INFO,
        "Night Drive had nothing new for Example DSP",
        "",
    )


async def test_a_run_sends_what_has_changed_although_others_of_its_releases_have_not(
    platform: Platform, planner: Label, other_label: Label, clock: FixedClock
) -> None:
    schedules, target = ScheduleService(planner.scope), await planner.target()
    changed, unchanged = await planner.release(), await planner.release()
    releases = (unchanged.id, changed.id)
    await planner.deliver(releases, target.id)
    made = await plan(planner, release_ids=releases, target_id=target.id, timing=timing(frequency=Frequency.DAILY))
    await planner.retitle(changed.id, "Night Drive (Deluxe)")
    clock.advance(86_400)

    await asyncio.gather(*(schedules.run(made.id) for _ in range(4)))

    (run,) = (await schedules.get(made.id)).runs
    sent = [await planner.deliveries.get(id) for id in run.delivery_ids]
    assert (run.code, run.message, [each.release_id for each in sent]) == (None, "", [changed.id])
    assert await deliveries(planner) == 3
    told = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    assert (told, await deliveries(other_label)) == ([], 0)


@pytest.mark.proves("SCH-03")
async def test_a_run_that_is_made_again_sends_what_it_chose_the_first_time(planner: Label, clock: FixedClock) -> None:
    schedules, target = ScheduleService(planner.scope), await planner.target()
    first, second = await planner.release(), await planner.release()
    releases = (first.id, second.id)
    await planner.deliver(releases, target.id)
    made = await plan(planner, release_ids=releases, target_id=target.id, timing=timing(frequency=Frequency.DAILY))
    await planner.retitle(first.id, "Night Drive (Deluxe)")
    clock.advance(86_400)
    await schedules.run(made.id)
    (before,) = (await schedules.get(made.id)).runs
    undone = Change(set={"run": 1, "runs": (), "next_run_at": made.next_run_at})
    await planner.scope.store.collection(ScheduleDocument).update(made.id, undone)
    await planner.retitle(second.id, "Day Drive")

    await schedules.run(made.id)
    again = await schedules.get(made.id)
    clock.advance(86_400)
    await planner.work(await planner.deliveries.get(before.delivery_ids[0]))
    await schedules.run(made.id)

    (repeated,) = again.runs
    last = (await schedules.get(made.id)).runs[-1]
    assert (before.code, repeated.code, repeated.delivery_ids) == (None, None, before.delivery_ids)
    assert [(await planner.deliveries.get(id)).release_id for id in last.delivery_ids] == [second.id]
    assert await deliveries(planner) == 4


async def test_a_fault_among_releases_with_nothing_new_is_told_as_one(
    platform: Platform, planner: Label, clock: FixedClock
) -> None:
    schedules, target = ScheduleService(planner.scope), await planner.target()
    unchanged, unready = await planner.release(), await planner.release(ready=False)
    await planner.deliver([unchanged.id], target.id)
    made = await plan(planner, release_ids=(unchanged.id, unready.id), target_id=target.id)
    clock.advance(86_400)

    await schedules.run(made.id)

    (run,) = (await schedules.get(made.id)).runs
    (told,) = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    assert (run.code, run.delivery_ids) == ("RELEASE_NOT_READY", ())
    assert (told.severity, told.title, told.message, told.action) == (
        NotificationSeverity.ERROR,
        "Night Drive and 1 more could not be delivered to Example DSP as scheduled",
        run.message,
        SCHEDULE_ACTION,
    )
    assert "nothing has changed" not in run.message


async def test_several_releases_have_nothing_new_only_together(
    platform: Platform, planner: Label, clock: FixedClock
) -> None:
    schedules, target = ScheduleService(planner.scope), await planner.target()
    releases = ((await planner.release()).id, (await planner.release()).id)
    await planner.deliver(releases, target.id)
    made = await plan(planner, release_ids=releases, target_id=target.id)
    clock.advance(86_400)

    await schedules.run(made.id)

    (run,) = (await schedules.get(made.id)).runs
    (told,) = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    assert (run.code, run.delivery_ids, await deliveries(planner)) == ("ALREADY_DELIVERED", (), 2)
    assert (told.severity, told.title) == (
        NotificationSeverity.INFO,
        "Night Drive and 1 more had nothing new for Example DSP",
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (timing("2026-03-01T11:59"), "SCHEDULE_IN_PAST"),
        (timing("2026-03-01T12:30", "Europe/Berlin"), "SCHEDULE_IN_PAST"),
        (timing("2026-03-05T12:00", frequency="daily", ends_on="2026-03-04"), "SCHEDULE_EMPTY"),
        (timing("2026-03-05T12:00", ends_on="2026-03-09"), "SCHEDULE_NOT_RECURRING"),
    ],
)
async def test_what_cannot_run_is_not_stored(planner: Label, when: Timing, expected: str) -> None:
    assert await code(plan(planner, timing=when)) == expected
    assert await planner.scope.store.collection(ScheduleDocument).count({}) == 0


async def test_a_schedule_needs_releases_and_a_target_of_ones_own(planner: Label, other_label: Label) -> None:
    theirs, target = await other_label.release(), await planner.target()

    assert await code(plan(planner, release_ids=(theirs.id,))) == "NOT_FOUND"
    assert await code(plan(planner, target_id=(await other_label.target()).id)) == "NOT_FOUND"
    assert await code(plan(planner, release_ids=())) == "RELEASES_INVALID"
    await planner.targets.update(target.id, TargetChanges(active=False))
    assert await code(plan(planner, target_id=target.id)) == "TARGET_INACTIVE"


@pytest.mark.proves("SCD-03")
async def test_a_second_schedule_is_refused_or_takes_the_place_of_the_first(planner: Label) -> None:
    first = await plan(planner)
    same = {"release_ids": first.release_ids, "target_id": first.target_id}

    refused = await code(plan(planner, **same))
    second = await plan(planner, **same, on_conflict=OnConflict.REPLACE, timing=timing("2026-03-02T09:00"))

    replaced = await ScheduleService(planner.scope).get(first.id)
    assert refused == "SCHEDULE_CONFLICT"
    assert (replaced.status, replaced.next_run_at) == (ScheduleStatus.CANCELLED, None)
    assert second.next_run_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.proves("SCD-03")
async def test_of_several_that_replace_at_once_one_is_left(planner: Label) -> None:
    first = await plan(planner)
    draft = {"release_ids": first.release_ids, "target_id": first.target_id, "on_conflict": OnConflict.REPLACE}

    await asyncio.gather(*(plan(planner, **draft) for _ in range(4)), return_exceptions=True)

    active = await ScheduleService(planner.scope).page(ScheduleFilter(statuses=(ScheduleStatus.ACTIVE,)))
    assert len(active.documents) == 1


@pytest.mark.proves("SCD-02")
async def test_a_schedule_can_be_changed_and_cancelled_while_it_is_active(planner: Label, clock: FixedClock) -> None:
    schedules = ScheduleService(planner.scope)
    made = await plan(planner)

    moved = await schedules.update(made.id, ScheduleChanges(timing=timing("2026-03-03T08:00")))
    in_past = await code(schedules.update(made.id, ScheduleChanges(timing=timing("2026-02-01T08:00"))))
    stale = await code(schedules.update(made.id, ScheduleChanges(priority=Priority.LOW), revision=1))
    urgent = await schedules.update(made.id, ScheduleChanges(priority=Priority.URGENT))
    cancelled = await schedules.cancel(made.id)
    clock.advance(30 * 86_400)

    assert moved.next_run_at == urgent.next_run_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert (in_past, stale) == ("SCHEDULE_IN_PAST", "REVISION_CONFLICT")
    assert (urgent.priority, cancelled.status) == (Priority.URGENT, ScheduleStatus.CANCELLED)
    assert await schedules.run_due() == 0
    assert await code(schedules.cancel(made.id)) == "SCHEDULE_ENDED"
    assert await code(schedules.update(made.id, ScheduleChanges(force=True))) == "SCHEDULE_ENDED"
    assert await deliveries(planner) == 0


@pytest.mark.proves("SCH-DB")
async def test_schedules_are_listed_by_what_they_are_of(planner: Label, other_label: Label) -> None:
    one, two = await plan(planner), await plan(planner)
    schedules = ScheduleService(planner.scope)

    async def ids(**fields: Any) -> list[str]:
        return [found.id for found in (await schedules.page(ScheduleFilter(**fields))).documents]

    assert await ids() == [two.id, one.id]
    assert await ids(release_id=one.release_ids[0]) == [one.id]
    assert await ids(target_id=two.target_id) == [two.id]
    assert await ids(statuses=(ScheduleStatus.ENDED,)) == []
    assert await code(ScheduleService(other_label.scope).get(one.id)) == "NOT_FOUND"


@pytest.mark.proves("QUE-04", "SCD-04")
async def test_a_worker_runs_a_schedule_although_the_queue_forgot_it(
    label: Label, platform: Platform, services: ServiceUrls
) -> None:
    releases, target = ((await label.release()).id,), await label.target()
    # Whole seconds are told: it is more than two from now.
    soon = label.scope.clock.now() + timedelta(seconds=3)
    given = timing(soon.strftime("%Y-%m-%dT%H:%M:%S"))
    made = await plan(label, timing=given, release_ids=releases, target_id=target.id)
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()

    async with worker(platform), asyncio.timeout(60):
        while not (run := (await ScheduleService(label.scope).get(made.id)).runs):
            await asyncio.sleep(0.05)
        while (await label.deliveries.get(run[0].delivery_ids[0])).status is not Status.DISTRIBUTED:
            await asyncio.sleep(0.05)

    late = run[0].ran_at - run[0].due_at
    assert late < timedelta(seconds=60)


@pytest.mark.parametrize("field", ["starts_at", "ends_on"])
@pytest.mark.parametrize("year", ["0001", "1899", "2201", "9999"])
def test_the_ends_of_the_calendar_are_no_time_for_a_schedule(field: str, year: str) -> None:
    given = {"starts_at": "2026-03-01T18:00", "frequency": "daily", "timezone": "America/New_York"}
    ends = {"starts_at": f"{year}-12-31T23:59", "ends_on": f"{year}-01-01"}

    with pytest.raises(ValidationError, match="a year from 1900 to 2200"):
        Timing.model_validate({**given, field: ends[field]})


def with_series(label: Label, clock: FixedClock, most: int) -> Label:
    settings = label.scope.settings.model_copy(update={"target_series": most})
    return label.with_scope(clock=clock, settings=settings)


async def test_a_target_has_no_more_series_than_allowed_and_other_tenants_have_their_own(
    label: Label, other_label: Label, clock: FixedClock
) -> None:
    planner, beside = with_series(label, clock, 2), with_series(other_label, clock, 2)
    schedules, stored = ScheduleService(planner.scope), planner.scope.store.collection(ScheduleDocument)
    target, another, foreign = await planner.target(), await planner.target(), await beside.target()
    daily, weekly = timing(frequency=Frequency.DAILY), timing(frequency=Frequency.WEEKLY)
    first = await plan(planner, target_id=target.id, timing=daily)
    await plan(planner, target_id=target.id, timing=weekly)

    too_many = await code(plan(planner, target_id=target.id, timing=daily))
    once = await plan(planner, target_id=target.id)
    becomes_one = await code(schedules.update(once.id, ScheduleChanges(timing=weekly)))
    kept = await stored.count({"target_id": target.id})
    replaced = await plan(
        planner, target_id=target.id, timing=weekly, release_ids=first.release_ids, on_conflict=OnConflict.REPLACE
    )
    changed = await schedules.update(replaced.id, ScheduleChanges(timing=daily))
    await plan(planner, target_id=another.id, timing=daily)
    await plan(beside, target_id=foreign.id, timing=daily)
    await schedules.cancel(replaced.id)
    again = await plan(planner, target_id=target.id, timing=daily)

    assert (too_many, becomes_one, kept) == ("SCHEDULES_TOO_MANY", "SCHEDULES_TOO_MANY", 3)
    assert (await schedules.get(once.id)).timing.frequency is None
    assert (await schedules.get(first.id)).status is ScheduleStatus.CANCELLED
    assert (changed.timing, again.status) == (daily, ScheduleStatus.ACTIVE)
    assert await beside.scope.store.collection(ScheduleDocument).count({}) == 1


async def test_series_that_are_made_at_once_never_pass_the_limit(label: Label, clock: FixedClock) -> None:
    planner = with_series(label, clock, 3)
    target, daily = await planner.target(), timing(frequency=Frequency.DAILY)
    releases = [await planner.release() for _ in range(8)]

    made = await asyncio.gather(
        *(plan(planner, target_id=target.id, timing=daily, release_ids=(release.id,)) for release in releases),
        return_exceptions=True,
    )

    refused = [each for each in made if isinstance(each, DomainError)]
    stored = await planner.scope.store.collection(ScheduleDocument).list({"target_id": target.id})
    assert {each.code for each in refused} == {"SCHEDULES_TOO_MANY"}
    assert len(stored) == len(made) - len(refused) <= 3
    assert {each.id for each in stored} == {each.id for each in made if isinstance(each, ScheduleDocument)}
