"""A run of a schedule meets a release of which another delivery is under way: the others go, and nothing gets lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.requests.left_behind import describe_left_behind
from distro_core.delivery.requests.recurrence import Frequency
from distro_core.delivery.requests.schedule_documents import ScheduleDocument, ScheduleRun, ScheduleStatus
from distro_core.delivery.requests.schedules import ScheduleService
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.notifications.documents import NotificationType
from distro_core.platform import Platform
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.notifiers import NotificationSeverity
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.test_schedules import notifications, plan, timing
from tests.delivery.transports import HookedTransport, pass_on

DAY = 86_400


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def line() -> HookedTransport:
    return HookedTransport()


@pytest.fixture
def planner(label: Label, line: HookedTransport, clock: FixedClock) -> Label:
    """A label whose line and clock are set by the test."""
    return with_line(label, line, clock)


async def delivered_before(label: Label, count: int) -> tuple[TargetDocument, Sequence[ReleaseDocument]]:
    """A target with releases that it has."""
    releases = [await label.release(title=f"Drive {n}") for n in range(count)]
    target = await label.target(transport="hooked")
    await label.deliver([release.id for release in releases], target.id)
    return target, releases


async def sent_by(label: Label, run: ScheduleRun) -> list[str]:
    return [(await label.deliveries.get(id)).release_id for id in run.delivery_ids]


async def last_run(label: Label, schedule: ScheduleDocument) -> ScheduleRun:
    return (await ScheduleService(label.scope).get(schedule.id)).runs[-1]


async def work_all(label: Label, run: ScheduleRun) -> None:
    for id in run.delivery_ids:
        await label.work(await label.deliveries.get(id))


@pytest.mark.proves("SCH-03")
async def test_the_others_are_sent_and_the_one_that_is_under_way_goes_with_the_next_run(
    platform: Platform, planner: Label, other_label: Label, line: HookedTransport, clock: FixedClock
) -> None:
    target, (busy, changed, unchanged) = await delivered_before(planner, 3)
    await planner.retitle(busy.id, "Night Drive (first draft)")
    line.connecting = cut_always
    under_way = await planner.deliver([busy.id], target.id)  # its message is written, and waits to be sent again
    line.connecting = pass_on
    ids = (busy.id, changed.id, unchanged.id)
    daily = await plan(planner, release_ids=ids, target_id=target.id, timing=timing(frequency=Frequency.DAILY))
    for release in (busy, changed):
        await planner.retitle(release.id, "Night Drive (Deluxe)")
    clock.advance(DAY)

    await asyncio.gather(*(ScheduleService(planner.scope).run(daily.id) for _ in range(4)))
    first = await last_run(planner, daily)
    told = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    await work_all(planner, first)
    arrived = await planner.work(under_way)
    clock.advance(DAY)
    await ScheduleService(planner.scope).run(daily.id)
    second = await last_run(planner, daily)
    await work_all(planner, second)
    clock.advance(DAY)
    await ScheduleService(planner.scope).run(daily.id)

    assert (under_way.status, arrived.status) == (Status.RETRYING, Status.UPDATED)
    assert (await sent_by(planner, first), first.left_behind) == ([changed.id], (busy.id,))
    assert (first.code, first.message) == ("DELIVERY_IN_PROGRESS", describe_left_behind([busy.id], again=True))
    (notice,) = told
    assert (notice.severity, notice.release_id, notice.message, notice.action) == (
        NotificationSeverity.WARNING,
        busy.id,
        first.message,
        "",
    )
    assert notice.title == "Night Drive (Deluxe) stayed behind when the others were sent to Example DSP as scheduled"
    assert (await sent_by(planner, second), second.left_behind, second.code) == ([busy.id], (), None)
    assert (await last_run(planner, daily)).code == "ALREADY_DELIVERED"
    assert await other_label.scope.store.collection(DeliveryDocument).count({}) == 0
    assert list(await notifications(platform, other_label)) == []


@pytest.mark.proves("SCH-03")
async def test_what_the_delivery_under_way_tells_itself_is_not_sent_twice(planner: Label, clock: FixedClock) -> None:
    target, (busy, changed) = await delivered_before(planner, 2)
    await planner.retitle(busy.id, "Night Drive (first draft)")
    (under_way,) = await planner.deliveries.create([busy.id], target.id)  # its message is not written yet
    ids = (busy.id, changed.id)
    daily = await plan(planner, release_ids=ids, target_id=target.id, timing=timing(frequency=Frequency.DAILY))
    for release in (busy, changed):
        await planner.retitle(release.id, "Night Drive (Deluxe)")
    clock.advance(DAY)

    await ScheduleService(planner.scope).run(daily.id)
    first = await last_run(planner, daily)
    await work_all(planner, first)
    await planner.work(under_way)
    clock.advance(DAY)
    await ScheduleService(planner.scope).run(daily.id)

    assert (await sent_by(planner, first), first.left_behind) == ([changed.id], (busy.id,))
    second = await last_run(planner, daily)
    assert (second.code, second.delivery_ids, second.left_behind) == ("ALREADY_DELIVERED", (), ())


async def test_a_release_with_nothing_new_is_not_told_of_although_its_delivery_is_under_way(
    planner: Label, clock: FixedClock
) -> None:
    target, (busy, changed) = await delivered_before(planner, 2)
    await planner.retitle(busy.id, "Night Drive (Deluxe)")
    await planner.deliveries.create([busy.id], target.id)
    daily = await plan(
        planner, release_ids=(busy.id, changed.id), target_id=target.id, timing=timing(frequency=Frequency.DAILY)
    )
    await planner.retitle(changed.id, "Day Drive")
    clock.advance(DAY)

    await ScheduleService(planner.scope).run(daily.id)

    run = await last_run(planner, daily)
    assert (await sent_by(planner, run), run.left_behind, run.code) == ([changed.id], (), None)


@pytest.mark.proves("IDM-02", "SCH-03")
async def test_a_run_whose_very_content_waits_already_has_nothing_new_and_alarms_nobody(
    platform: Platform, planner: Label, clock: FixedClock
) -> None:
    target, (busy,) = await delivered_before(planner, 1)
    await planner.retitle(busy.id, "Night Drive (Deluxe)")
    await planner.deliveries.create([busy.id], target.id)
    daily = await plan(planner, release_ids=(busy.id,), target_id=target.id, timing=timing(frequency=Frequency.DAILY))
    clock.advance(DAY)

    await ScheduleService(planner.scope).run(daily.id)

    run = await last_run(planner, daily)
    (told,) = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    assert (run.code, run.delivery_ids, run.left_behind) == ("ALREADY_DELIVERED", (), ())
    assert told.severity is NotificationSeverity.INFO


@pytest.mark.proves("SCH-03")
async def test_a_run_that_is_made_again_tells_of_the_same_releases(planner: Label, clock: FixedClock) -> None:
    schedules = ScheduleService(planner.scope)
    target, (busy, changed) = await delivered_before(planner, 2)
    await planner.retitle(busy.id, "Night Drive (first draft)")
    (under_way,) = await planner.deliveries.create([busy.id], target.id)
    made = await plan(
        planner, release_ids=(busy.id, changed.id), target_id=target.id, timing=timing(frequency=Frequency.DAILY)
    )
    for release in (busy, changed):
        await planner.retitle(release.id, "Night Drive (Deluxe)")
    clock.advance(DAY)
    await schedules.run(made.id)
    before = await last_run(planner, made)
    undone = Change(set={"run": 1, "runs": (), "next_run_at": made.next_run_at})
    await planner.scope.store.collection(ScheduleDocument).update(made.id, undone)
    await planner.deliveries.cancel(under_way.id)

    await schedules.run(made.id)

    assert before.left_behind == (busy.id,)
    assert await last_run(planner, made) == before


async def test_where_nothing_else_would_travel_the_run_makes_nothing(
    platform: Platform, planner: Label, clock: FixedClock
) -> None:
    target, (busy, unchanged) = await delivered_before(planner, 2)
    await planner.retitle(busy.id, "Night Drive (first draft)")
    await planner.deliveries.create([busy.id], target.id)
    once = await plan(planner, release_ids=(busy.id, unchanged.id), target_id=target.id)
    await planner.retitle(busy.id, "Night Drive (Deluxe)")
    clock.advance(DAY)

    await ScheduleService(planner.scope).run(once.id)

    after = await ScheduleService(planner.scope).get(once.id)
    (run,) = after.runs
    (told,) = [each for each in await notifications(platform, planner) if each.type is NotificationType.SCHEDULE]
    assert (after.status, run.code, run.delivery_ids, run.left_behind) == (
        ScheduleStatus.FAILED,
        "DELIVERY_IN_PROGRESS",
        (),
        (),
    )
    assert told.severity is NotificationSeverity.ERROR


async def test_after_the_last_run_somebody_has_to_see_to_what_was_left_behind(
    planner: Label, clock: FixedClock
) -> None:
    target, (busy, changed) = await delivered_before(planner, 2)
    await planner.retitle(busy.id, "Night Drive (first draft)")
    await planner.deliveries.create([busy.id], target.id)
    once = await plan(planner, release_ids=(busy.id, changed.id), target_id=target.id)
    for release in (busy, changed):
        await planner.retitle(release.id, "Night Drive (Deluxe)")
    clock.advance(DAY)

    await ScheduleService(planner.scope).run(once.id)

    after = await ScheduleService(planner.scope).get(once.id)
    (run,) = after.runs
    assert (after.status, run.left_behind, len(run.delivery_ids)) == (ScheduleStatus.FAILED, (busy.id,), 1)
    assert run.message.endswith("deliver what is new then when that has ended")


async def test_who_names_releases_without_a_schedule_is_refused_all_of_them(planner: Label) -> None:
    target, (busy, changed) = await delivered_before(planner, 2)
    for release in (busy, changed):
        await planner.retitle(release.id, "Night Drive (Deluxe)")
    await planner.deliveries.create([busy.id], target.id, Wish(force=True))
    batches = planner.scope.store.collection(BatchDocument)
    before = await batches.count({})

    with pytest.raises(DomainError) as refused:
        await planner.deliveries.create([changed.id, busy.id], target.id, Wish(force=True))

    assert (refused.value.code, refused.value.path) == ("DELIVERY_IN_PROGRESS", ("release_ids", 1))
    assert await batches.count({}) == before


def test_a_message_names_five_releases_at_most() -> None:
    message = describe_left_behind([str(number) for number in range(7)], again=True)

    assert message.endswith("release 0, 1, 2, 3, 4 and 2 more; what is new then goes with the next run")
