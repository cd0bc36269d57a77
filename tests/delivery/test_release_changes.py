"""A release whose status is changed while its first delivery waits or travels: it does not go live (row SVC-04)."""

from __future__ import annotations

import pytest

from distro_core.delivery.documents import BatchDocument
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport

UNDELIVERABLE = [
    (ReleaseStatus.TAKEN_DOWN, "RELEASE_STATUS_CHANGED"),
    (ReleaseStatus.DRAFT, "RELEASE_NOT_READY"),
    (ReleaseStatus.ARCHIVED, "RELEASE_ARCHIVED"),
]
"""What the catalogue lets a release become that is ready, and what its deliveries say of it."""


@pytest.mark.proves("SVC-04")
@pytest.mark.parametrize(("status", "code"), UNDELIVERABLE)
async def test_changed_during_the_first_upload_nothing_completes_its_package(
    label: Label, other_label: Label, status: ReleaseStatus, code: str
) -> None:
    line = HookedTransport()
    label, other_label = with_line(label, line), with_line(other_label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)
    theirs, their_target = await other_label.release(), await other_label.target(transport="hooked")

    line.once_before(".jpg", lambda: label.releases.set_status(release.id, status))
    delivery = await label.work(made)
    their_delivery = await other_label.deliver([theirs.id], their_target.id)

    assert (delivery.status, delivery.receipt, label.markers()) == (Status.NEEDS_ATTENTION, None, [])
    assert delivery.error is not None
    assert (delivery.error.code, delivery.error.retryable) == (code, False)
    assert delivery.status_details == delivery.error.message
    assert [attempt.ended_at is not None for attempt in delivery.attempts] == [True]
    assert (await label.scope.store.collection(BatchDocument).get(made.batch_id)).claims == ()
    assert their_delivery.status is Status.DISTRIBUTED
    assert other_label.markers() == [f"{their_delivery.batch_id}/BatchComplete.txt"]


@pytest.mark.proves("SVC-04")
@pytest.mark.parametrize(("status", "code"), UNDELIVERABLE)
async def test_changed_while_the_first_delivery_waits_nothing_is_sent(
    label: Label, status: ReleaseStatus, code: str
) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.releases.set_status(release.id, status)

    delivery = await label.work(made)

    assert (delivery.status, delivery.error and delivery.error.code) == (Status.NEEDS_ATTENTION, code)
    assert label.files() == []


@pytest.mark.proves("SVC-04")
async def test_one_release_of_a_batch_taken_down_during_the_first_upload_lets_the_others_arrive(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    releases, target = [await label.release() for _ in range(2)], await label.target(transport="hooked")
    made = await label.deliveries.create([release.id for release in releases], target.id)

    line.once_before(".jpg", lambda: label.releases.take_down(releases[0].id))
    stopped = await label.work(made[0])
    left_alone = label.markers()
    other = await label.work(made[1])

    assert (stopped.status, stopped.error and stopped.error.code) == (Status.NEEDS_ATTENTION, "RELEASE_STATUS_CHANGED")
    assert left_alone == []
    assert (other.status, label.markers()) == (Status.DISTRIBUTED, [f"{other.batch_id}/BatchComplete.txt"])


async def test_an_update_under_way_does_not_complete_and_the_takedown_can_be_made_at_once(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    there = await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    (update,) = await label.deliveries.create([release.id], target.id)

    line.once_before(".xml", lambda: label.releases.take_down(release.id))
    stopped = await label.work(update)
    takedown = await label.deliver([release.id], target.id)

    assert (stopped.subtype, stopped.status) == (MessageSubtype.UPDATE, Status.NEEDS_ATTENTION)
    assert (takedown.subtype, takedown.status) == (MessageSubtype.TAKEDOWN, Status.REMOVED)
    assert label.markers() == [f"{each.batch_id}/BatchComplete.txt" for each in (there, takedown)]


@pytest.mark.proves("RTS-04")
@pytest.mark.parametrize(("status", "code"), UNDELIVERABLE)
async def test_it_can_be_tried_again_once_the_release_is_back_and_not_before(
    label: Label, other_label: Label, status: ReleaseStatus, code: str
) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.releases.set_status(release.id, status)
    stopped = await label.work(made)

    with pytest.raises(DomainError) as too_early:
        await label.deliveries.retry(made.id)
    with pytest.raises(DomainError) as of_strangers:
        await other_label.deliveries.retry(made.id)
    if status is ReleaseStatus.ARCHIVED:
        await label.releases.set_status(release.id, ReleaseStatus.DRAFT)
        with pytest.raises(DomainError) as still_not_back:
            await label.deliveries.retry(made.id)
        assert still_not_back.value.code == "RETRY_NEEDS_CHANGE"
    await label.releases.set_status(release.id, ReleaseStatus.READY)
    again = await label.deliveries.retry(made.id)
    arrived = await label.work(again)

    assert (stopped.status, stopped.error and stopped.error.code) == (Status.NEEDS_ATTENTION, code)
    assert (too_early.value.code, of_strangers.value.code) == ("RETRY_NEEDS_CHANGE", "NOT_FOUND")
    assert (arrived.id, arrived.status) == (made.id, Status.DISTRIBUTED)
    assert label.markers() == [f"{arrived.batch_id}/BatchComplete.txt"]


@pytest.mark.proves("RTS-04")
async def test_a_delivery_that_failed_for_another_reason_is_not_helped_by_a_status_that_fits_as_well(
    label: Label,
) -> None:
    async def refuse(path: str) -> None:
        raise TransportError(ErrorCategory.METADATA_INVALID, "REFUSED", "we do not take this", retryable=False)

    line = HookedTransport(connecting=refuse)
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    failed = await label.deliver([release.id], target.id)
    elsewhere = await label.target()
    await label.deliver([release.id], elsewhere.id)

    with pytest.raises(DomainError) as unchanged:
        await label.deliveries.retry(failed.id)

    assert failed.status is Status.FAILED
    assert (await label.releases.get(release.id)).status is ReleaseStatus.DELIVERED
    assert unchanged.value.code == "RETRY_NEEDS_CHANGE"
