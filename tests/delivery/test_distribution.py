"""A release and its platforms: distributed, resubmitted, withdrawn."""

from __future__ import annotations

from typing import Any

import pytest

from distro_core.catalogue.drafts import ReleaseChanges
from distro_core.delivery.batches import drop_claims
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.requests.distribution import Destination, DistributionService, Outcome, Plan
from distro_core.delivery.requests.recurrence import Timing
from distro_core.delivery.requests.schedule_documents import ScheduleDocument
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.queue.port import Priority
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from tests.delivery.label import Label
from tests.delivery.transports import HookedTransport, cut, with_transport

LATER = Timing.model_validate({"starts_at": "2099-03-01T18:00", "timezone": "Europe/Berlin"})


def service(label: Label) -> DistributionService:
    return DistributionService(label.scope)


async def faults(wish: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(DomainError) as refused:
        await wish
    errors = refused.value.errors if isinstance(refused.value, DomainErrors) else (refused.value,)
    return [(error.code, error.path) for error in errors]


def codes(outcomes: tuple[Outcome, ...]) -> list[str | None]:
    return [outcome.error.code if outcome.error else None for outcome in outcomes]


async def ends(label: Label, delivery: DeliveryDocument, status: Status) -> None:
    """A platform's verdict, with the batch closed."""
    await label.scope.store.collection(DeliveryDocument).update(delivery.id, Change(set={"status": status}))
    await drop_claims(label.scope, delivery.batch_id, [delivery])
    closed = Change(set={"status": BatchStatus.FAILED, "holder": None})
    await label.scope.store.collection(BatchDocument).update(delivery.batch_id, closed)


@pytest.mark.proves("DMG-01", "TAP-01", "SVC-01", "WFL-09")
async def test_a_release_goes_to_several_targets_at_once(label: Label) -> None:
    release, targets = await label.release(), [await label.target() for _ in range(3)]
    wish = Wish(priority=Priority.HIGH, notify_on_completion=True, idempotency_key="order 1")

    first = await service(label).distribute(release.id, Destination([each.id for each in targets]), Plan(wish))
    again = await service(label).distribute(release.id, Destination([each.id for each in targets]), Plan(wish))

    deliveries = [outcome.delivery for outcome in first if outcome.delivery]
    assert [(each.target_id, each.priority) for each in deliveries] == [(each.id, Priority.HIGH) for each in targets]
    assert all(each.notify_on_completion for each in deliveries)
    assert [outcome.delivery for outcome in again] == deliveries
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 3


@pytest.mark.proves("DMG-02")
async def test_with_an_unknown_target_or_platform_nothing_is_made(label: Label, other_label: Label) -> None:
    release, ours, theirs = await label.release(), await label.target(), await other_label.target()
    off = await label.target(active=False)
    chosen = Destination([ours.id, theirs.id, off.id], ["nowhere", "conformance-receiver"])

    found = await faults(service(label).distribute(release.id, chosen, Plan()))

    assert found == [
        ("NOT_FOUND", ("target_ids", 1)),
        ("TARGET_INACTIVE", ("target_ids", 2)),
        ("NOT_FOUND", ("platforms", 0)),
    ]
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 0


@pytest.mark.proves("DMG-02")
@pytest.mark.parametrize(
    ("to", "path"),
    [
        (Destination([f"unknown-{number}" for number in range(1_500)]), ("target_ids",)),
        (Destination((), [f"unknown-{number}" for number in range(101)]), ("platforms",)),
    ],
)
async def test_a_list_that_is_too_long_is_one_fault_and_not_one_for_each_entry(
    label: Label, to: Destination, path: tuple[str]
) -> None:
    release = await label.release()

    assert await faults(service(label).distribute(release.id, to, Plan())) == [("TARGETS_INVALID", path)]


@pytest.mark.proves("DMG-01")
async def test_an_unknown_release_or_one_that_is_not_ready_goes_nowhere(label: Label, other_label: Label) -> None:
    theirs, draft, target = await other_label.release(), await label.release(ready=False), await label.target()
    there = Destination([target.id])

    assert await faults(service(label).distribute(theirs.id, there, Plan())) == [("NOT_FOUND", ("release_id",))]
    assert await faults(service(label).distribute(draft.id, there, Plan())) == [("RELEASE_NOT_READY", ("status",))]
    assert await faults(service(label).distribute(draft.id, Destination(), Plan())) != []


async def test_a_platform_means_all_its_active_targets(label: Label) -> None:
    release, one, two = await label.release(), await label.target(), await label.target()
    await label.target(active=False)

    outcomes = await service(label).distribute(release.id, Destination((), ["conformance-receiver"]), Plan())

    assert {outcome.target_id for outcome in outcomes} == {one.id, two.id}


async def test_what_one_target_objects_to_does_not_keep_the_others(label: Label) -> None:
    release, has_it, has_not = await label.release(), await label.target(), await label.target()
    await label.deliver([release.id], has_it.id)

    outcomes = await service(label).distribute(release.id, Destination([has_it.id, has_not.id]), Plan())

    assert codes(outcomes) == ["ALREADY_DELIVERED", None]


@pytest.mark.proves("DMG-04")
async def test_a_release_that_a_platform_would_refuse_is_not_sent_where_that_is_asked(label: Label) -> None:
    release, target = await label.release(), await label.target(minimum_cover=20_000)

    found = await faults(service(label).distribute(release.id, Destination([target.id]), Plan(require_ready=True)))

    assert {path for _, path in found} == {("target_ids", 0)}
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 0


@pytest.mark.proves("SVC-01", "TAP-01")
async def test_a_distribution_for_later_is_a_schedule_for_each_target(label: Label) -> None:
    release, targets = await label.release(), [await label.target() for _ in range(2)]
    there = Destination([each.id for each in targets])

    first = await service(label).distribute(release.id, there, Plan(timing=LATER))
    second = await service(label).distribute(release.id, there, Plan(timing=LATER))
    past = Timing.model_validate({"starts_at": "2020-01-01T00:00"})
    once_until = LATER.model_copy(update={"frequency": None, "ends_on": LATER.starts_at.date()})

    assert [outcome.schedule.target_id for outcome in first if outcome.schedule] == [each.id for each in targets]
    assert codes(second) == ["SCHEDULE_CONFLICT", "SCHEDULE_CONFLICT"]
    assert await faults(service(label).distribute(release.id, there, Plan(timing=past))) == [
        ("SCHEDULE_IN_PAST", ("timing", "starts_at"))
    ]
    assert await faults(service(label).distribute(release.id, there, Plan(timing=once_until))) == [
        ("SCHEDULE_NOT_RECURRING", ("timing", "ends_on"))
    ]
    assert await label.scope.store.collection(ScheduleDocument).count({}) == 2
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 0


async def test_resubmitted_is_only_where_it_was_refused(label: Label) -> None:
    release, targets = await label.release(), [await label.target() for _ in range(4)]
    made = [(await label.deliveries.create([release.id], each.id))[0] for each in targets]
    statuses = [Status.LIVE, Status.REJECTED, Status.FAILED, Status.NEEDS_ATTENTION]
    for delivery, status in zip(made, statuses, strict=True):
        await ends(label, delivery, status)

    outcomes = await service(label).resubmit(release.id)

    assert codes(outcomes) == [None, None, None]
    moved = {outcome.target_id: outcome.delivery.status for outcome in outcomes if outcome.delivery}
    assert moved == {
        targets[1].id: Status.VALIDATING,
        targets[2].id: Status.RETRYING,
        targets[3].id: Status.RETRYING,
    }
    assert (await label.deliveries.get(made[0].id)).status is Status.LIVE


async def test_resubmitting_says_of_each_target_that_was_named(label: Label) -> None:
    release, live, refused, never = (
        await label.release(),
        await label.target(),
        await label.target(),
        await label.target(),
    )
    for target, status in ((live, Status.LIVE), (refused, Status.REJECTED)):
        (made,) = await label.deliveries.create([release.id], target.id)
        await ends(label, made, status)

    outcomes = await service(label).resubmit(release.id, [live.id, refused.id, never.id])

    assert codes(outcomes) == ["NOT_REFUSED", None, "NOT_REFUSED"]


@pytest.mark.proves("SVC-04", "TAP-04")
async def test_a_takedown_everywhere_reaches_every_target_that_has_it_with_its_reason(label: Label) -> None:
    release, has_it, too, never = (
        await label.release(),
        await label.target(),
        await label.target(),
        await label.target(),
    )
    for target in (has_it, too):
        await label.deliver([release.id], target.id)

    outcomes = await service(label).withdraw(release.id, "the sample was not cleared")
    removed = [await label.work(outcome.delivery) for outcome in outcomes if outcome.delivery]

    assert {outcome.target_id for outcome in outcomes} == {has_it.id, too.id}
    assert never.id not in {each.target_id for each in removed}
    assert [(each.subtype, each.status) for each in removed] == [(MessageSubtype.TAKEDOWN, Status.REMOVED)] * 2
    asked = [line for line in removed[0].history if line.status is Status.TAKEDOWN_REQUESTED]
    assert [(line.details, line.by) for line in asked] == [("the sample was not cleared", label.scope.actor)]
    assert (await label.releases.get(release.id)).status is ReleaseStatus.TAKEN_DOWN


@pytest.mark.proves("SVC-04")
async def test_taken_down_at_one_target_it_stays_at_the_others(label: Label) -> None:
    release, leaves, stays = await label.release(), await label.target(), await label.target()
    for target in (leaves, stays):
        await label.deliver([release.id], target.id)

    outcomes = await service(label).withdraw(release.id, "only there", [leaves.id])
    removed = [await label.work(outcome.delivery) for outcome in outcomes if outcome.delivery]
    again = await label.deliver([release.id], leaves.id)

    assert [each.status for each in removed] == [Status.REMOVED]
    assert (await label.releases.get(release.id)).status is ReleaseStatus.DELIVERED
    assert again.subtype is MessageSubtype.INITIAL, "the platform has it no more"
    assert again.files != ()


async def test_a_takedown_needs_a_reason_and_a_target_that_has_it(label: Label, other_label: Label) -> None:
    release, never = await label.release(), await label.target()

    assert await faults(service(label).withdraw(release.id, "  ", [never.id])) == [("REASON_MISSING", ("reason",))]
    assert codes(await service(label).withdraw(release.id, "gone", [never.id])) == ["NOT_YET_DELIVERED"]
    theirs = await other_label.target()
    assert await faults(service(label).withdraw(release.id, "gone", [theirs.id])) == [("NOT_FOUND", ("target_ids", 0))]
    assert (await label.releases.get(release.id)).status is ReleaseStatus.READY


async def test_an_inactive_target_can_be_named_for_resubmission(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await ends(label, made, Status.REJECTED)
    await label.targets.update(target.id, TargetChanges(active=False))
    await label.releases.update(release.id, ReleaseChanges(title="Mended"))

    assert codes(await service(label).resubmit(release.id, [target.id])) == [None]


@pytest.mark.parametrize("committed", [False, True], ids=["incomplete", "perhaps complete"])
async def test_resubmitted_is_the_release_as_it_is_now_unless_the_old_package_may_be_there(
    label: Label, committed: bool
) -> None:
    async def refuse(path: str) -> None:
        if not committed or "BatchComplete" in path:
            raise cut()

    line = HookedTransport(before=refuse)
    label = Label(with_transport(label.scope, line), label.folder)
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"retry_attempts": 1}))
    release, target = await label.release(), await label.target(transport="hooked")
    failed = await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Mended in the meantime")
    line.before = HookedTransport().before

    (outcome,) = await service(label).resubmit(release.id)
    assert outcome.delivery is not None
    delivery = await label.work(outcome.delivery)

    assert (failed.status, failed.committed_at is not None) == (Status.FAILED, committed)
    assert delivery.status is Status.DISTRIBUTED
    told = await label.scope.objects.get(delivery.message_key or "")
    assert (b"Mended in the meantime" in told) is not committed
    assert (delivery.message_id == failed.message_id, delivery.batch_id == failed.batch_id) == (committed, committed)
    markers = [name for name in label.files() if "BatchComplete" in name]
    assert [name.partition("/")[0] for name in markers] == [delivery.batch_id]


async def test_a_message_is_not_sent_again_once_the_release_was_taken_down(label: Label) -> None:
    async def refuse(path: str) -> None:
        raise cut()

    label = Label(with_transport(label.scope, HookedTransport(before=refuse)), label.folder)
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"retry_attempts": 1}))
    release, target, other = await label.release(), await label.target(transport="hooked"), await label.target()
    failed = await label.deliver([release.id], target.id)
    await label.deliver([release.id], other.id)
    await label.releases.take_down(release.id)

    assert await faults(label.deliveries.retry(failed.id)) == [("RELEASE_STATUS_CHANGED", ())]
    assert (await label.deliveries.get(failed.id)).status is Status.FAILED
