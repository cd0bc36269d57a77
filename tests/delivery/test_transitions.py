"""The 18 statuses of a delivery and the one table of their changes (section D6)."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.transitions import (
    TRANSITIONS,
    InvalidTransition,
    LeaseLost,
    change_status,
    check_transition,
    delivery_channel,
)
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import ValidationResult

TABLE = """
created | validating, queued, failed, cancelled
validating | queued, needs_attention, failed, cancelled
queued | preparing, scheduled, failed, cancelled
scheduled | queued, preparing, failed, cancelled
preparing | uploading, needs_attention, failed, cancelled
uploading | processing_by_platform, distributed, failed, cancelled
processing_by_platform | distributed, live, rejected, failed
distributed | live, rejected, updating, takedown_requested, failed
live | updating, takedown_requested, rejected
failed | retrying, needs_attention, cancelled
retrying | validating, preparing, uploading, failed
needs_attention | validating, retrying, cancelled, failed
rejected | validating, needs_attention, cancelled
updating | updated, failed
updated | live, updating, takedown_requested
takedown_requested | removed, failed
removed | validating
cancelled |
"""

ALLOWED = {
    (Status(line.split("|")[0].strip()), Status(to.strip()))
    for line in TABLE.strip().splitlines()
    for to in line.split("|")[1].split(",")
    if to.strip()
}
ALL_PAIRS = list(product(Status, Status))


async def stored_delivery(scope: Scope, status: Status, holder: str | None = None) -> DeliveryDocument:
    delivery = DeliveryDocument(
        release_id=new_id(),
        target_id=new_id(),
        batch_id="20260101000000000",
        status=status,
        subtype=MessageSubtype.INITIAL,
        format="ern/4.3",
        message_id=new_id(),
        content_hash="0" * 64,
        holder=holder,
        validation=ValidationResult(xml_valid=True) if status is Status.VALIDATING else None,
    )
    return await scope.store.collection(DeliveryDocument).insert(delivery)


@pytest.mark.proves("STT-01")
def test_the_table_has_every_status_and_the_pairs_of_section_d6() -> None:
    pairs = {(previous, status) for previous, allowed in TRANSITIONS.items() for status in allowed}

    assert len(Status) == 18
    assert set(TRANSITIONS) == set(Status)
    assert pairs == ALLOWED


@pytest.mark.proves("STT-01")
@pytest.mark.parametrize(("previous", "status"), ALL_PAIRS)
def test_every_other_pair_is_refused_in_the_promised_words(previous: Status, status: Status) -> None:
    if (previous, status) in ALLOWED:
        check_transition(previous, status)
        return

    with pytest.raises(InvalidTransition) as refused:
        check_transition(previous, status)

    assert refused.value.code == "INVALID_STATUS_TRANSITION"
    assert refused.value.message == f"Invalid status transition from {previous.value} to {status.value}"


@pytest.mark.proves("STT-01", "STT-02", "STT-03")
async def test_every_pair_is_written_or_refused_in_the_database(label_a: Scope) -> None:
    async def try_pair(previous: Status, status: Status) -> tuple[Status, Status] | None:
        delivery = await stored_delivery(label_a, previous)
        try:
            moved = await change_status(label_a, delivery, status, details="why")
        except InvalidTransition:
            kept = await label_a.store.collection(DeliveryDocument).get(delivery.id)
            assert (kept.status, kept.history) == (previous, ())
            return None
        (line,) = moved.history
        assert (line.previous, line.status, line.by, line.details) == (previous, status, label_a.actor, "why")
        assert (moved.status, moved.status_details) == (status, "why")
        return previous, status

    written = [await try_pair(*pair) for pair in ALL_PAIRS]

    assert {pair for pair in written if pair} == ALLOWED


@pytest.mark.proves("VAL-01")
async def test_nothing_is_queued_from_validation_without_a_verdict(label_a: Scope) -> None:
    deliveries = label_a.store.collection(DeliveryDocument)
    unjudged = await deliveries.update(
        (await stored_delivery(label_a, Status.VALIDATING)).id, Change(set={"validation": None})
    )

    with pytest.raises(DomainError) as refused:
        await change_status(label_a, unjudged, Status.QUEUED)
    verdict = Change(set={"validation": ValidationResult(xml_valid=True)})
    judged = await change_status(label_a, unjudged, Status.QUEUED, change=verdict)

    assert refused.value.code == "VALIDATION_MISSING"
    assert judged.validation == ValidationResult(xml_valid=True)


@pytest.mark.proves("STT-01", "STT-02")
async def test_of_many_at_once_exactly_one_writes(label_a: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.CREATED)

    async def move(status: Status) -> Status | str:
        try:
            await change_status(label_a, delivery, status)
        except DomainError as error:
            return error.code
        return status

    wanted = [Status.VALIDATING, Status.QUEUED, Status.FAILED, Status.CANCELLED] * 8
    outcomes = await asyncio.gather(*map(move, wanted))

    latest = await label_a.store.collection(DeliveryDocument).get(delivery.id)
    winners = [outcome for outcome in outcomes if isinstance(outcome, Status)]
    assert winners == [latest.status]
    assert [line.status for line in latest.history] == winners
    assert set(outcomes) - set(winners) <= {"INVALID_STATUS_TRANSITION", "DELIVERY_CHANGED"}


@pytest.mark.proves("STT-01")
async def test_who_was_overtaken_hears_what_stands_there_now(label_a: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.CREATED)
    await change_status(label_a, delivery, Status.CANCELLED)

    with pytest.raises(InvalidTransition) as refused:
        await change_status(label_a, delivery, Status.QUEUED)

    assert refused.value.message == "Invalid status transition from cancelled to queued"


async def test_a_step_that_would_be_allowed_from_the_new_status_too_is_not_taken_unseen(label_a: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.CREATED)
    await change_status(label_a, delivery, Status.VALIDATING)

    with pytest.raises(DomainError) as refused:
        await change_status(label_a, delivery, Status.CANCELLED)

    assert refused.value.code == "DELIVERY_CHANGED"


@pytest.mark.proves("LOC-01")
async def test_a_worker_without_the_lease_cannot_write(label_a: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.PREPARING, holder="new worker")

    with pytest.raises(LeaseLost) as refused:
        await change_status(label_a, delivery, Status.UPLOADING, holder="old worker")
    moved = await change_status(label_a, delivery, Status.UPLOADING, holder="new worker")

    assert refused.value.code == "LEASE_LOST"
    assert len(moved.history) == 1


@pytest.mark.proves("STT-02")
async def test_history_has_one_line_per_change_in_order(label_a: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.CREATED)
    way = [Status.VALIDATING, Status.QUEUED, Status.PREPARING, Status.UPLOADING, Status.DISTRIBUTED, Status.LIVE]

    for status in way:
        said = {"current_step": status.value, "validation": ValidationResult(xml_valid=True)}
        delivery = await change_status(label_a, delivery, status, change=Change(set=said))

    assert [line.status for line in delivery.history] == way
    assert [line.previous for line in delivery.history] == [Status.CREATED, *way[:-1]]
    assert sorted(line.at for line in delivery.history) == [line.at for line in delivery.history]
    assert delivery.current_step == "live"


@pytest.mark.proves("STT-01", "STT-02")
async def test_statuses_on_the_way_are_written_and_told_but_never_seen_alone(label_a: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.UPLOADING)

    moved = await change_status(label_a, delivery, Status.RETRYING, via=((Status.FAILED, "cut"),), details="again")
    with pytest.raises(InvalidTransition) as refused:
        await change_status(label_a, moved, Status.LIVE, via=((Status.UPLOADING, ""),))

    told = [(line.previous, line.status, line.details) for line in moved.history]
    assert told == [(Status.UPLOADING, Status.FAILED, "cut"), (Status.FAILED, Status.RETRYING, "again")]
    assert moved.revision == delivery.revision + 1
    raw = await label_a.store.collection(DeliveryDocument).raw.find_one({"_id": delivery.id})
    assert [event["status"] for event in raw["outbox"]] == ["failed", "retrying"]
    assert refused.value.message == "Invalid status transition from uploading to live"
    assert (await label_a.store.collection(DeliveryDocument).get(delivery.id)).status is Status.RETRYING


@pytest.mark.proves("STT-05")
async def test_a_change_is_broadcast_and_lies_in_the_outbox(label_a: Scope, label_b: Scope) -> None:
    delivery = await stored_delivery(label_a, Status.CREATED)
    raw = label_a.store.collection(DeliveryDocument).raw

    async with (
        label_a.broadcast.listen(delivery_channel(label_a.tenant_key, delivery.id)) as heard,
        label_a.broadcast.listen(delivery_channel(label_b.tenant_key, delivery.id)) as elsewhere,
    ):
        await change_status(label_a, delivery, Status.QUEUED)
        async with asyncio.timeout(30):
            event = await anext(heard)
        await label_a.broadcast.publish(delivery_channel(label_b.tenant_key, delivery.id), {"only": "this"})
        async with asyncio.timeout(30):
            assert await anext(elsewhere) == {"only": "this"}

    assert (event["type"], event["delivery_id"]) == ("delivery.status_changed", delivery.id)
    assert (event["previous"], event["status"]) == ("created", "queued")
    stored = await raw.find_one({"_id": delivery.id})
    assert [told["id"] for told in stored["outbox"]] == [event["id"]]
