"""Cancelling: before, during and between attempts, and too late (row QUE-06)."""

from __future__ import annotations

import asyncio

import pytest

from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport, cut, pass_on


@pytest.mark.proves("QUE-06")
async def test_cancelled_before_a_worker_came_nothing_is_sent(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)

    cancelled = await label.deliveries.cancel(made.id)
    after = await label.work(made)

    assert (cancelled.status, after.status, after.attempts) == (Status.CANCELLED, Status.CANCELLED, ())
    assert label.files() == []
    batch = await label.scope.store.collection(BatchDocument).get(made.batch_id)
    assert (batch.status, batch.claims) == (BatchStatus.CANCELLED, ())


@pytest.mark.proves("QUE-06")
@pytest.mark.parametrize("name", ["BatchManifest.xml", ".wav", ".jpg"])
async def test_cancelled_during_the_upload_there_is_no_completion_marker(label: Label, name: str) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    async def cancel_when_it_passes(path: str) -> None:
        if path.endswith(name):
            line.before = pass_on
            await label.deliveries.cancel(made.id)

    line.before = cancel_when_it_passes
    delivery = await label.work(made)

    assert delivery.status is Status.CANCELLED
    assert label.markers() == []
    assert delivery.receipt is None
    assert delivery.attempts[0].ended_at is not None
    batch = await label.scope.store.collection(BatchDocument).get(made.batch_id)
    assert (batch.status, batch.holder, batch.claims) == (BatchStatus.CANCELLED, None, ())


@pytest.mark.proves("QUE-06")
async def test_cancelled_between_two_attempts_there_is_no_other(label: Label) -> None:
    line = HookedTransport(connecting=cut_always)
    label = with_line(label, line).with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))
    release, target = await label.release(), await label.target(transport="hooked")
    waiting = await label.deliver([release.id], target.id)

    cancelled = await label.deliveries.cancel(waiting.id)
    after = await label.work(waiting)

    assert [line.status for line in cancelled.history][-3:] == [Status.RETRYING, Status.FAILED, Status.CANCELLED]
    assert (after.status, len(after.attempts), line.connections) == (Status.CANCELLED, 1, 1)


@pytest.mark.proves("QUE-06")
async def test_cancelled_while_the_marker_is_written_is_too_late(label: Label) -> None:
    refusals: list[str] = []
    line = HookedTransport()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    async def try_to_cancel(path: str) -> None:
        if path.endswith("BatchComplete.txt"):
            with pytest.raises(DomainError) as refused:
                await label.deliveries.cancel(made.id)
            refusals.append(refused.value.code)

    line.before = try_to_cancel
    delivery = await label.work(made)

    assert refusals == ["DELIVERY_COMPLETING"]
    assert delivery.status is Status.DISTRIBUTED


async def test_what_is_live_or_cancelled_cannot_be_cancelled(label: Label) -> None:
    release, target = await label.release(), await label.target()
    delivery = await label.deliver([release.id], target.id)
    other = await label.release()
    (made,) = await label.deliveries.create([other.id], target.id)
    await label.deliveries.cancel(made.id)

    for ended in (delivery, made):
        with pytest.raises(DomainError) as refused:
            await label.deliveries.cancel(ended.id)
        assert refused.value.code == "INVALID_STATUS_TRANSITION"


async def test_after_cancelling_the_release_can_be_delivered_again(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.deliveries.cancel(made.id)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.DISTRIBUTED


@pytest.mark.proves("QUE-06", "CHO-08")
async def test_the_rest_of_a_batch_goes_on_in_a_folder_of_its_own(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    releases, target = [await label.release() for _ in range(3)], await label.target(transport="hooked")
    made = await label.deliveries.create([release.id for release in releases], target.id)

    async def cancel_the_second(path: str) -> None:
        if path.endswith(".jpg"):
            line.before = pass_on
            await label.deliveries.cancel(made[1].id)

    line.before = cancel_the_second
    await label.work(made[0])
    left_alone = label.markers()
    moved = await label.work(made[0])

    after = [await label.deliveries.get(delivery.id) for delivery in made]
    assert [each.status for each in after] == [Status.DISTRIBUTED, Status.CANCELLED, Status.DISTRIBUTED]
    assert left_alone == []
    assert label.markers() == [f"{moved.batch_id}/BatchComplete.txt"]
    assert {each.batch_id for each in after} == {made[0].batch_id, moved.batch_id}
    assert moved.batch_id > made[0].batch_id
    assert [each.message_id for each in after] == [each.message_id for each in made]
    assert moved.attempts[0].error is not None
    assert moved.attempts[0].error.code == "BATCH_REGROUPED"


async def test_a_release_that_left_between_attempts_is_not_in_the_folder_that_is_finished(label: Label) -> None:
    async def cut_at_the_cover(path: str) -> None:
        if path.endswith(".jpg"):
            raise cut()

    line = HookedTransport(before=cut_at_the_cover)
    label = with_line(label, line).with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))
    releases, target = [await label.release() for _ in range(2)], await label.target(transport="hooked")
    made = await label.deliveries.create([release.id for release in releases], target.id)
    await label.work(made[0])
    await label.deliveries.cancel(made[1].id)
    line.before = pass_on

    await label.work(made[0])
    delivery = await label.work(made[0])

    assert delivery.status is Status.DISTRIBUTED
    assert delivery.batch_id > made[0].batch_id
    manifest = (label.folder / delivery.batch_id / "BatchManifest.xml").read_text()
    assert [each.message_id in manifest for each in made] == [True, False]
    assert label.markers() == [f"{delivery.batch_id}/BatchComplete.txt"]


async def test_cancelling_and_working_at_the_same_moment_ends_one_way_or_the_other(label: Label) -> None:
    target = await label.target()
    releases = [await label.release() for _ in range(6)]

    async def race(release_id: str, pause: float) -> DeliveryDocument:
        (made,) = await label.deliveries.create([release_id], target.id)

        async def cancel() -> None:
            await asyncio.sleep(pause)
            await label.deliveries.cancel(made.id)

        _, outcome = await asyncio.gather(label.work(made), cancel(), return_exceptions=True)
        assert outcome is None or isinstance(outcome, DomainError)
        return await label.deliveries.get(made.id)

    ended = await asyncio.gather(*(race(release.id, place * 0.03) for place, release in enumerate(releases)))

    for delivery in ended:
        marker = f"{delivery.batch_id}/BatchComplete.txt"
        assert delivery.status in {Status.CANCELLED, Status.DISTRIBUTED}
        assert (marker in label.files()) is (delivery.status is Status.DISTRIBUTED)
