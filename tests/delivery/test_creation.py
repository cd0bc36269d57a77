"""Deliveries are made once, all or none, and say by themselves what kind of message they are."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from distro_core.delivery.batch_ids import next_batch_id
from distro_core.delivery.batches import complete_batch, insert_batch
from distro_core.delivery.deliveries import DeliveryFilter
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label


async def set_delivery(label: Label, delivery: DeliveryDocument, status: Status) -> None:
    """A delivery that has ended in a status, its batch closed."""
    await label.scope.store.collection(DeliveryDocument).update(delivery.id, Change(set={"status": status}))
    closed = Change(set={"status": BatchStatus.SENT, "claims": ()})
    await label.scope.store.collection(BatchDocument).update(delivery.batch_id, closed)


async def refused(creation: object) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(DomainError) as caught:
        await creation  # type: ignore[misc]
    errors = caught.value.errors if isinstance(caught.value, DomainErrors) else (caught.value,)
    return [(error.code, error.path) for error in errors]


@pytest.mark.proves("QUE-01", "MSG-03")
async def test_a_delivery_is_stored_with_its_message_id_and_waits_in_the_queue(label: Label) -> None:
    release, target = await label.release(), await label.target()

    (delivery,) = await label.deliveries.create([release.id], target.id)

    assert (delivery.status, delivery.subtype, delivery.history) == (Status.CREATED, MessageSubtype.INITIAL, ())
    assert (delivery.release_id, delivery.target_id) == (release.id, target.id)
    assert delivery.message_id
    batch = await label.scope.store.collection(BatchDocument).get(delivery.batch_id)
    assert (batch.status, batch.delivery_ids, batch.planned) == (BatchStatus.OPEN, (delivery.id,), ())
    assert await label.deliveries.get(delivery.id) == delivery


@pytest.mark.proves("IDM-01")
async def test_the_same_key_gives_the_same_delivery(label: Label) -> None:
    release, target = await label.release(), await label.target()

    first = await label.deliveries.create([release.id], target.id, Wish(idempotency_key="order 1"))
    again = await label.deliveries.create([release.id], target.id, Wish(idempotency_key="order 1"))

    assert [delivery.id for delivery in again] == [delivery.id for delivery in first]
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 1


@pytest.mark.proves("IDM-01")
async def test_the_same_key_at_the_same_moment_gives_the_same_deliveries(label: Label) -> None:
    releases, target = [await label.release() for _ in range(2)], await label.target()
    ids = [release.id for release in releases]

    made = await asyncio.gather(
        *(label.deliveries.create(ids, target.id, Wish(idempotency_key="order 2")) for _ in range(12))
    )

    assert len({tuple(delivery.id for delivery in deliveries) for deliveries in made}) == 1
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 2
    assert await label.scope.store.collection(BatchDocument).count({}) == 1


@pytest.mark.proves("IDM-01")
async def test_a_key_does_not_cover_another_request(label: Label) -> None:
    release, other, target = await label.release(), await label.release(), await label.target()
    await label.deliveries.create([release.id], target.id, Wish(idempotency_key="order 3"))

    assert await refused(label.deliveries.create([other.id], target.id, Wish(idempotency_key="order 3"))) == [
        ("IDEMPOTENCY_KEY_REUSED", ("idempotency_key",))
    ]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_sensible_length(label: Label, key: str) -> None:
    creation = label.deliveries.create([new_id()], new_id(), Wish(idempotency_key=key))

    assert await refused(creation) == [("IDEMPOTENCY_KEY_INVALID", ("idempotency_key",))]


async def test_keys_of_two_tenants_do_not_meet(label: Label, other_label: Label) -> None:
    for each in (label, other_label):
        release, target = await each.release(), await each.target()
        (delivery,) = await each.deliveries.create([release.id], target.id, Wish(idempotency_key="order 4"))
        assert delivery.release_id == release.id


async def test_without_a_key_a_second_open_delivery_is_refused_also_in_parallel(label: Label) -> None:
    release, target = await label.release(), await label.target()

    outcomes = await asyncio.gather(
        *(label.deliveries.create([release.id], target.id) for _ in range(8)), return_exceptions=True
    )

    codes = sorted(outcome.code for outcome in outcomes if isinstance(outcome, DomainError))
    assert len(codes) == 7
    assert set(codes) <= {"ALREADY_DELIVERED", "DELIVERY_IN_PROGRESS"}
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 1


async def test_an_open_delivery_of_older_content_is_in_the_way_even_of_force(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliveries.create([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")

    assert await refused(label.deliveries.create([release.id], target.id, Wish(force=True))) == [
        ("DELIVERY_IN_PROGRESS", ("release_ids", 0))
    ]


async def test_a_claim_that_a_crash_left_behind_is_no_obstacle(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (delivery,) = await label.deliveries.create([release.id], target.id)
    ended = Change(set={"status": Status.NEEDS_ATTENTION})
    await label.scope.store.collection(DeliveryDocument).update(delivery.id, ended)

    (again,) = await label.deliveries.create([release.id], target.id)

    assert again.id != delivery.id


@pytest.mark.proves("MSG-02", "MSG-03")
async def test_a_completed_delivery_to_the_same_target_makes_the_next_an_update(label: Label) -> None:
    release, target, elsewhere = await label.release(), await label.target(), await label.target()
    (first,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, first, Status.LIVE)
    await label.retitle(release.id, "Night Drive (Deluxe)")

    (second,) = await label.deliveries.create([release.id], target.id)
    (there,) = await label.deliveries.create([release.id], elsewhere.id)

    assert (second.subtype, there.subtype) == (MessageSubtype.UPDATE, MessageSubtype.INITIAL)


@pytest.mark.proves("MSG-03")
@pytest.mark.parametrize("ended", [Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED, Status.CANCELLED])
async def test_after_a_delivery_that_did_not_arrive_the_next_is_still_initial(label: Label, ended: Status) -> None:
    release, target = await label.release(), await label.target()
    (first,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, first, ended)

    (second,) = await label.deliveries.create([release.id], target.id)

    assert second.subtype is MessageSubtype.INITIAL


@pytest.mark.proves("MSG-01")
async def test_a_release_that_is_taken_down_is_delivered_as_takedown_and_afterwards_as_initial(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (first,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, first, Status.LIVE)

    await label.releases.take_down(release.id)
    (takedown,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, takedown, Status.REMOVED)
    await label.releases.set_status(release.id, ReleaseStatus.READY)
    (again,) = await label.deliveries.create([release.id], target.id)

    assert (takedown.subtype, again.subtype) == (MessageSubtype.TAKEDOWN, MessageSubtype.INITIAL)


@pytest.mark.proves("TGT-06", "MSG-02")
async def test_test_deliveries_do_not_count_for_real_ones(label: Label) -> None:
    release, target = await label.release(), await label.target(test_mode=True)
    (tried,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, tried, Status.LIVE)
    await label.targets.update(target.id, TargetChanges(test_mode=False))

    (real,) = await label.deliveries.create([release.id], target.id)

    assert (tried.test, real.test) == (True, False)
    assert real.subtype is MessageSubtype.INITIAL


@pytest.mark.proves("IDM-02")
async def test_an_unchanged_release_is_not_sent_again_unless_forced(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (first,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, first, Status.LIVE)

    assert await refused(label.deliveries.create([release.id], target.id)) == [
        ("ALREADY_DELIVERED", ("release_ids", 0))
    ]
    (forced,) = await label.deliveries.create([release.id], target.id, Wish(force=True))

    assert forced.content_hash == first.content_hash


@pytest.mark.proves("IDM-02")
@pytest.mark.parametrize("waits", [Status.CREATED, Status.SCHEDULED, Status.QUEUED, Status.RETRYING])
async def test_what_only_waits_is_not_delivered_yet(label: Label, waits: Status) -> None:
    release, target = await label.release(), await label.target()
    (first,) = await label.deliveries.create([release.id], target.id)
    await label.scope.store.collection(DeliveryDocument).update(first.id, Change(set={"status": waits}))

    with pytest.raises(DomainError) as caught:
        await label.deliveries.create([release.id], target.id)

    assert (caught.value.code, caught.value.path) == ("DELIVERY_IN_PROGRESS", ("release_ids", 0))
    assert first.id in caught.value.message
    assert caught.value.message.endswith(f"is {waits.value}: cancel it or wait")


async def test_each_release_is_told_by_itself_whether_it_waits_or_was_delivered(label: Label) -> None:
    delivered, waiting, target = await label.release(), await label.release(), await label.target()
    (there,) = await label.deliveries.create([delivered.id], target.id)
    await set_delivery(label, there, Status.LIVE)
    await label.deliveries.create([waiting.id], target.id)

    assert await refused(label.deliveries.create([waiting.id, delivered.id], target.id)) == [
        ("DELIVERY_IN_PROGRESS", ("release_ids", 0)),
        ("ALREADY_DELIVERED", ("release_ids", 1)),
    ]


@pytest.mark.proves("IDM-02")
async def test_a_changed_title_and_changed_terms_are_something_new_to_tell(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (first,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, first, Status.LIVE)

    await label.targets.update(target.id, TargetChanges(commercial_terms=target.commercial_terms[:1]))
    (second,) = await label.deliveries.create([release.id], target.id)
    await set_delivery(label, second, Status.UPDATED)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    (third,) = await label.deliveries.create([release.id], target.id)

    assert len({first.content_hash, second.content_hash, third.content_hash}) == 3


@pytest.mark.proves("TGT-05")
async def test_what_cannot_be_delivered_is_refused_with_its_place_and_nothing_is_made(
    label: Label, other_label: Label
) -> None:
    good, draft = await label.release(), await label.release(ready=False)
    archived, foreign = await label.release(), await other_label.release()
    await label.releases.set_status(archived.id, ReleaseStatus.ARCHIVED)
    target, inactive = await label.target(), await label.target(active=False)
    foreign_target = await other_label.target()
    create = label.deliveries.create

    assert await refused(create([good.id, draft.id, archived.id, foreign.id], target.id)) == [
        ("RELEASE_NOT_READY", ("release_ids", 1)),
        ("RELEASE_ARCHIVED", ("release_ids", 2)),
        ("NOT_FOUND", ("release_ids", 3)),
    ]
    assert await refused(create([good.id], inactive.id)) == [("TARGET_INACTIVE", ("target_id",))]
    assert await refused(create([good.id], foreign_target.id)) == [("NOT_FOUND", ("target_id",))]
    assert await refused(create([], target.id)) == [("RELEASES_INVALID", ("release_ids",))]
    assert await refused(create([good.id, good.id], target.id)) == [("RELEASE_NAMED_TWICE", ("release_ids", 1))]
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 0
    assert await label.scope.store.collection(BatchDocument).count({}) == 0


async def test_several_releases_travel_in_one_batch(label: Label) -> None:
    releases, target = [await label.release() for _ in range(3)], await label.target()

    made = await label.deliveries.create([release.id for release in releases], target.id)

    assert len({delivery.batch_id for delivery in made}) == 1
    assert [delivery.release_id for delivery in made] == [release.id for release in releases]
    assert len({delivery.message_id for delivery in made}) == 3


async def test_a_batch_that_was_half_made_is_completed_by_whoever_meets_it(label: Label) -> None:
    planned = tuple(
        DeliveryDocument(
            release_id=new_id(),
            target_id="target",
            batch_id="20260101000000000",
            subtype=MessageSubtype.INITIAL,
            format="ern/4.3",
            message_id=new_id(),
            content_hash="0" * 64,
        )
        for _ in range(3)
    )
    batch = BatchDocument(
        id="20260101000000000",
        target_id="target",
        delivery_ids=tuple(delivery.id for delivery in planned),
        planned=planned,
        due_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    stored = await insert_batch(label.scope, batch)
    await label.scope.store.collection(DeliveryDocument).insert(planned[0])

    await asyncio.gather(*(complete_batch(label.scope, stored) for _ in range(4)))

    assert await label.scope.store.collection(DeliveryDocument).count({}) == 3
    assert (await label.scope.store.collection(BatchDocument).get(batch.id)).planned == ()


async def test_the_database_itself_refuses_what_must_be_unique(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id, Wish(idempotency_key="order 5"))
    batch = await label.scope.store.collection(BatchDocument).get(made.batch_id)

    same_key = batch.model_copy(update={"id": "20260101000000000", "claims": ()})
    same_claim = batch.model_copy(update={"id": "20260101000000001", "idempotency_key": None})
    same_message = made.model_copy(update={"id": new_id()})

    assert await refused(insert_batch(label.scope, same_key)) == [("IDEMPOTENCY_KEY_TAKEN", ("idempotency_key",))]
    assert await refused(insert_batch(label.scope, same_claim)) == [("DELIVERY_IN_PROGRESS", ())]
    deliveries = label.scope.store.collection(DeliveryDocument)
    assert await refused(deliveries.insert(same_message)) == [("MESSAGE_ID_TAKEN", ())]


@pytest.mark.proves("CHO-01")
async def test_batch_ids_are_times_in_utc_unique_among_tenants_and_growing_under_concurrency(
    label_a: Scope, label_b: Scope
) -> None:
    scopes = [label_a, label_b] * 100

    ids = await asyncio.gather(*(next_batch_id(scope.store, scope.clock) for scope in scopes))

    assert len(set(ids)) == 200
    assert all(re.fullmatch(r"[0-9]{17}", batch_id) for batch_id in ids)
    for batch_id in ids:
        datetime.strptime(batch_id[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    later = await next_batch_id(label_a.store, label_a.clock)
    assert later > max(ids)


@pytest.mark.proves("CHO-01")
async def test_batch_ids_grow_over_the_turn_of_a_minute_and_when_the_clock_goes_back(label_a: Scope) -> None:
    clock = FixedClock(datetime(2099, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC))

    before = await next_batch_id(label_a.store, clock)
    after = await next_batch_id(label_a.store, clock)
    clock.set(datetime(2099, 12, 31, 12, 0, 0, tzinfo=UTC))
    behind = await next_batch_id(label_a.store, clock)

    assert (before, after, behind) == ("20991231235959999", "21000101000000000", "21000101000000001")


async def test_deliveries_are_listed_newest_first_and_narrowed(label: Label, other_label: Label) -> None:
    target, elsewhere = await label.target(), await label.target()
    releases = [await label.release() for _ in range(2)]
    (one,) = await label.deliveries.create([releases[0].id], target.id)
    (two,) = await label.deliveries.create([releases[1].id], target.id)
    (three,) = await label.deliveries.create([releases[0].id], elsewhere.id)
    await set_delivery(label, three, Status.LIVE)

    newest = await label.deliveries.page(first=2)
    rest = await label.deliveries.page(first=2, after=newest.cursors[-1])
    to_target = await label.deliveries.page(DeliveryFilter(target_id=target.id), Order("id"))
    live = await label.deliveries.page(DeliveryFilter(statuses=(Status.LIVE, Status.UPDATED)))
    of_release = await label.deliveries.page(DeliveryFilter(release_id=releases[1].id))

    assert [delivery.id for delivery in newest.documents] == [three.id, two.id]
    assert [delivery.id for delivery in rest.documents] == [one.id]
    assert [delivery.id for delivery in to_target.documents] == [one.id, two.id]
    assert [delivery.id for delivery in live.documents] == [three.id]
    assert [delivery.id for delivery in of_release.documents] == [two.id]
    assert (await other_label.deliveries.page()).documents == []
    for call in (other_label.deliveries.get, other_label.deliveries.retry, other_label.deliveries.cancel):
        assert await refused(call(one.id)) == [("NOT_FOUND", ())]
    assert await refused(other_label.deliveries.logs(one.id)) == [("NOT_FOUND", ())]
