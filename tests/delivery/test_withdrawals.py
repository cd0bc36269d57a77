"""A release that is taken down while its deliveries wait or are under way: none of them arrives (row SVC-04)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.failures.attention import AttentionResolution, AttentionService
from distro_core.delivery.requests.distribution import DistributionService, Outcome
from distro_core.delivery.targets.drafts import TargetChanges
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from tests.delivery.label import Label
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport, cut, pass_on

WHY = "the sample was not cleared"


async def cut_at_cover(path: str) -> None:
    if path.endswith(".jpg"):
        raise cut()


async def cut_at_marker(path: str) -> None:
    if path.endswith("BatchComplete.txt"):
        raise cut()


def impatient(label: Label, line: HookedTransport) -> Label:
    """A label whose deliveries are tried again at once."""
    return with_line(label, line).with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))


async def withdraw(label: Label, release_id: str, target_ids: Sequence[str] | None = None) -> Sequence[Outcome]:
    return await DistributionService(label.scope).withdraw(release_id, WHY, target_ids)


def told(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """By target what came of it: the kind and status of its delivery, or the error."""
    return {
        each.target_id: each.error.code
        if each.error
        else f"{each.delivery.subtype.value} {each.delivery.status.value}"
        if each.delivery
        else ""
        for each in outcomes
    }


async def batch_of(label: Label, delivery: DeliveryDocument) -> BatchDocument:
    return await label.scope.store.collection(BatchDocument).get(delivery.batch_id)


@pytest.mark.proves("SVC-04")
async def test_a_takedown_everywhere_ends_what_waits_to_be_tried_again(label: Label, other_label: Label) -> None:
    line = HookedTransport(before=cut_at_cover)
    label = impatient(label, line)
    release, live, down = await label.release(), await label.target(), await label.target(transport="hooked")
    there = await label.deliver([release.id], live.id)
    waiting = await label.deliver([release.id], down.id)
    theirs, their_target = await other_label.release(), await other_label.target()
    (their_delivery,) = await other_label.deliveries.create([theirs.id], their_target.id)

    outcomes = await withdraw(label, release.id)
    line.before = pass_on
    after = await label.work(waiting)

    assert (there.status, waiting.status) == (Status.DISTRIBUTED, Status.RETRYING)
    assert told(outcomes) == {live.id: "takedown created", down.id: "initial cancelled"}
    assert (after.status, after.history[-1].details, len(after.attempts)) == (Status.CANCELLED, WHY, 1)
    assert label.markers() == [f"{there.batch_id}/BatchComplete.txt"]
    assert (await batch_of(label, waiting)).claims == ()
    assert (await other_label.deliveries.get(their_delivery.id)).status is Status.CREATED
    assert (await other_label.releases.get(theirs.id)).status is ReleaseStatus.READY


@pytest.mark.proves("SVC-04")
async def test_a_takedown_everywhere_ends_an_upload_that_is_under_way(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    release, target, never = await label.release(), await label.target(transport="hooked"), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    found: list[Outcome] = []

    async def take_down_meanwhile(path: str) -> None:
        if path.endswith(".jpg"):
            line.before = pass_on
            found.extend(await withdraw(label, release.id))

    line.before = take_down_meanwhile
    delivery = await label.work(made)

    assert never.id not in told(found)
    assert told(found) == {target.id: "initial cancelled"}
    assert (delivery.status, delivery.receipt, label.markers()) == (Status.CANCELLED, None, [])


@pytest.mark.proves("SVC-04")
async def test_an_update_under_way_is_ended_and_the_release_taken_down_there(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    (update,) = await label.deliveries.create([release.id], target.id)

    (outcome,) = await withdraw(label, release.id)
    assert outcome.delivery is not None
    removed = await label.work(outcome.delivery)

    assert update.subtype is MessageSubtype.UPDATE
    assert (await label.deliveries.get(update.id)).status is Status.CANCELLED
    assert (removed.subtype, removed.status, removed.reason) == (MessageSubtype.TAKEDOWN, Status.REMOVED, WHY)


@pytest.mark.proves("SVC-04")
async def test_at_named_targets_what_is_under_way_is_ended_and_nothing_elsewhere(
    label: Label, other_label: Label
) -> None:
    release = await label.release()
    has, gets, elsewhere, never = [await label.target() for _ in range(4)]
    await label.deliver([release.id], has.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    (update,) = await label.deliveries.create([release.id], has.id)
    (first,) = await label.deliveries.create([release.id], gets.id)
    (goes_on,) = await label.deliveries.create([release.id], elsewhere.id)
    theirs, their_target = await other_label.release(), await other_label.target()
    (their_delivery,) = await other_label.deliveries.create([theirs.id], their_target.id)

    outcomes = await withdraw(label, release.id, [has.id, gets.id, never.id])
    arrived = await label.work(goes_on)

    assert told(outcomes) == {has.id: "takedown created", gets.id: "initial cancelled", never.id: "NOT_YET_DELIVERED"}
    assert (await label.deliveries.get(update.id)).status is Status.CANCELLED
    assert (await label.deliveries.get(first.id)).history[-1].details == WHY
    assert arrived.status is Status.DISTRIBUTED
    assert (await label.releases.get(release.id)).status is ReleaseStatus.DELIVERED
    assert (await other_label.deliveries.get(their_delivery.id)).status is Status.CREATED


@pytest.mark.proves("SVC-04")
async def test_at_a_named_target_the_first_upload_is_ended_or_it_is_too_late(label: Label) -> None:
    line, found = HookedTransport(), list[Sequence[Outcome]]()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    def withdraw_at(ending: str) -> None:
        async def hook(path: str) -> None:
            if path.endswith(ending):
                line.before = pass_on
                found.append(await withdraw(label, release.id, [target.id]))

        line.before = hook

    withdraw_at(".jpg")
    stopped = await label.work(made)
    left_alone = label.markers()
    withdraw_at("BatchComplete.txt")
    arrived = await label.deliver([release.id], target.id)

    assert [told(each) for each in found] == [{target.id: "initial cancelled"}, {target.id: "DELIVERY_COMPLETING"}]
    assert (stopped.status, stopped.receipt, left_alone) == (Status.CANCELLED, None, [])
    assert (arrived.status, label.markers()) == (Status.DISTRIBUTED, [f"{arrived.batch_id}/BatchComplete.txt"])


@pytest.mark.proves("SVC-04")
async def test_where_it_is_too_late_to_cancel_the_user_is_told(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)
    found: list[Outcome] = []

    async def take_down_meanwhile(path: str) -> None:
        if path.endswith("BatchComplete.txt"):
            found.extend(await withdraw(label, release.id))

    line.before = take_down_meanwhile
    arrived = await label.work(made)
    line.before = pass_on
    again = await withdraw(label, release.id)

    assert told(found) == {target.id: "DELIVERY_COMPLETING"}
    assert found[0].error is not None
    assert found[0].error.message.endswith(f"take the release down there when delivery {made.id} has ended")
    assert arrived.status is Status.DISTRIBUTED
    assert told(again) == {target.id: "takedown created"}


@pytest.mark.proves("SVC-04")
async def test_what_arrives_while_it_is_to_be_cancelled_is_taken_down(label: Label) -> None:
    under_way, looked, arrived = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(DistributionService):
        async def _under_way(self, release_id: str) -> dict[str, DeliveryDocument]:
            found = await super()._under_way(release_id)
            looked.set()
            await arrived.wait()
            return found

    async def wait_for_the_look(path: str) -> None:
        under_way.set()
        await looked.wait()

    async def arrive() -> DeliveryDocument:
        delivery = await label.work(made)
        arrived.set()
        return delivery

    async def take_down() -> Sequence[Outcome]:
        await under_way.wait()
        return await Slow(label.scope).withdraw(release.id, WHY)

    label = with_line(label, HookedTransport(before=wait_for_the_look))
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    delivery, outcomes = await asyncio.gather(arrive(), take_down())

    assert delivery.status is Status.DISTRIBUTED
    assert told(outcomes) == {target.id: "takedown created"}


@pytest.mark.proves("SVC-04")
async def test_what_ends_by_itself_because_the_release_was_taken_down_is_told_too(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    take_down = ReleaseService.take_down

    async def take_down_and_let_a_worker_be_faster(self: ReleaseService, release_id: str) -> ReleaseDocument:
        down = await take_down(self, release_id)
        assert (await label.work(made)).status is Status.NEEDS_ATTENTION
        return down

    monkeypatch.setattr(ReleaseService, "take_down", take_down_and_let_a_worker_be_faster)
    outcomes = await withdraw(label, release.id)

    assert told(outcomes) == {target.id: "initial cancelled"}
    assert (await label.deliveries.get(made.id)).failed_at is None


async def test_a_takedown_that_is_under_way_is_not_cancelled(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)

    first, second = await withdraw(label, release.id), await withdraw(label, release.id)

    assert told(first) == {target.id: "takedown created"}
    assert told(second) == {target.id: "DELIVERY_IN_PROGRESS"}
    assert first[0].delivery is not None
    assert (await label.work(first[0].delivery)).status is Status.REMOVED


@pytest.mark.proves("SVC-04")
async def test_targets_that_have_it_and_take_no_deliveries_are_told(label: Label) -> None:
    release = await label.release()
    off, gone, never = await label.target(), await label.target(), await label.target()
    for target in (off, gone):
        await label.deliver([release.id], target.id)
    for target in (off, never):
        await label.targets.update(target.id, TargetChanges(active=False))
    await label.targets.delete(gone.id)

    outcomes = await withdraw(label, release.id)

    assert told(outcomes) == {off.id: "TARGET_INACTIVE", gone.id: "NOT_FOUND"}
    assert (await label.releases.get(release.id)).status is ReleaseStatus.TAKEN_DOWN
    assert await label.scope.store.collection(DeliveryDocument).count({"subtype": MessageSubtype.TAKEDOWN}) == 0


@pytest.mark.proves("SVC-04")
async def test_a_written_message_is_not_sent_again_by_itself_once_the_release_was_taken_down(label: Label) -> None:
    line = HookedTransport(before=cut_at_cover)
    label = impatient(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    waiting = await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)
    line.before, sent = pass_on, len(line.put)

    delivery = await label.work(waiting)

    assert (waiting.status, waiting.message_key is not None) == (Status.RETRYING, True)
    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert (delivery.error.code, delivery.error.retryable) == ("RELEASE_STATUS_CHANGED", False)
    assert (len(line.put), label.markers()) == (sent, [])
    assert ((await batch_of(label, delivery)).status, (await batch_of(label, delivery)).claims) == (
        BatchStatus.FAILED,
        (),
    )


@pytest.mark.proves("SVC-04")
async def test_taken_down_during_a_second_attempt_no_marker_is_sent_and_the_others_go_on(label: Label) -> None:
    line = HookedTransport(before=cut_at_cover)
    label = impatient(label, line)
    releases, target = [await label.release() for _ in range(2)], await label.target(transport="hooked")
    made = await label.deliveries.create([release.id for release in releases], target.id)
    await label.work(made[0])

    line.once_before(".jpg", lambda: label.releases.take_down(releases[0].id))
    stopped = await label.work(made[0])
    left_alone = label.markers()
    other = await label.work(made[1])

    assert (stopped.status, stopped.error and stopped.error.code) == (Status.NEEDS_ATTENTION, "RELEASE_STATUS_CHANGED")
    assert stopped.attempts[-1].ended_at is not None
    assert left_alone == []
    assert other.status is Status.DISTRIBUTED
    assert other.batch_id > made[0].batch_id
    assert label.markers() == [f"{other.batch_id}/BatchComplete.txt"]
    manifest = (label.folder / other.batch_id / "BatchManifest.xml").read_text()
    assert [each.message_id in manifest for each in made] == [False, True]


async def test_brought_back_it_is_sent_under_another_message_id_for_the_old_one_may_lie_there(label: Label) -> None:
    line = HookedTransport(before=cut_at_marker)
    label = impatient(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    waiting = await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)
    line.before = pass_on
    stopped = await label.work(waiting)
    await label.releases.set_status(release.id, ReleaseStatus.READY)

    again = await AttentionService(label.scope).resolve(stopped.id, AttentionResolution.RETRY, "it is back")
    delivery = await label.work(again)

    assert (waiting.committed_at is not None, stopped.status) == (True, Status.NEEDS_ATTENTION)
    assert delivery.status is Status.DISTRIBUTED
    assert delivery.message_id != stopped.message_id
    assert label.markers() == [f"{delivery.batch_id}/BatchComplete.txt"]


async def test_a_package_that_stands_complete_at_the_receiver_is_known_to_be_there(label: Label) -> None:
    async def lose_the_answer(path: str) -> None:
        if path.endswith("BatchComplete.txt"):
            line.connecting = cut_always
            raise cut()

    line = HookedTransport(after=lose_the_answer)
    label = impatient(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    waiting = await label.deliver([release.id], target.id)
    too_late = await withdraw(label, release.id)
    line.after = line.connecting = pass_on

    arrived = await label.work(waiting)
    again = await withdraw(label, release.id)

    assert (waiting.status, told(too_late)) == (Status.RETRYING, {target.id: "DELIVERY_COMPLETING"})
    assert arrived.status is Status.DISTRIBUTED
    assert told(again) == {target.id: "takedown created"}


async def test_a_takedown_is_tried_again_although_its_release_was_archived_since(label: Label) -> None:
    line = HookedTransport()
    label = impatient(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)
    line.before = cut_always
    waiting = await label.deliver([release.id], target.id)
    await label.releases.set_status(release.id, ReleaseStatus.ARCHIVED)
    line.before = pass_on

    removed = await label.work(waiting)

    assert (waiting.subtype, waiting.status) == (MessageSubtype.TAKEDOWN, Status.RETRYING)
    assert removed.status is Status.REMOVED


async def test_a_takedown_is_not_tried_again_where_the_release_is_back(label: Label) -> None:
    line = HookedTransport()
    label = impatient(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    there = await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)
    line.before = cut_always
    waiting = await label.deliver([release.id], target.id)
    await label.releases.set_status(release.id, ReleaseStatus.READY)
    line.before = pass_on

    delivery = await label.work(waiting)

    assert waiting.status is Status.RETRYING
    assert (delivery.status, delivery.error and delivery.error.code) == (
        Status.NEEDS_ATTENTION,
        "RELEASE_STATUS_CHANGED",
    )
    assert label.markers() == [f"{there.batch_id}/BatchComplete.txt"]
