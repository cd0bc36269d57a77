"""Receipts that are archived, and reports that count the deliveries themselves (rows RCP-01, RCP-04, RCP-05)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distro_core.delivery.documents import DeliveryDocument, Receipt
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED
from distro_core.platforms.receipt_archive import archive_receipts, find_receipt, load_receipt, write_receipt
from distro_core.platforms.reconciliation import ReconciliationCounts, reconcile
from distro_core.scope import Scope
from distro_core.store.codec import encode_document
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import MessageSubtype
from tests.api.world import delivery_document, target_document
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label

START = datetime(2030, 1, 1, tzinfo=UTC)
TARGETS = ("shop", "store", "gone")
PROTOCOLS = ("sftp", "ftp", None)
NAMES = {
    **dict.fromkeys(TRANSFERRED, "completed"),
    Status.FAILED: "failed",
    Status.REJECTED: "failed",
    Status.NEEDS_ATTENTION: "needs_attention",
    Status.CANCELLED: "cancelled",
}
made_deliveries = st.lists(
    st.tuples(
        st.sampled_from(Status),
        st.sampled_from(TARGETS),
        st.sampled_from(MessageSubtype),
        st.sampled_from(PROTOCOLS),
        st.integers(0, 10),
    ),
    max_size=25,
)


def receipt_of(delivery_id: str, protocol: str, completed: datetime = START) -> Receipt:
    return Receipt(
        id=f"RCP-{delivery_id}",
        delivery_id=delivery_id,
        release_id="r",
        target_id="t",
        tenant_id="tenant",
        release_title="Night Drive",
        release_artist="The Example",
        icpn="4006381333931",
        target_name="Shop",
        target_protocol=protocol,
        target_type=TargetType.DSP,
        message_type="NewReleaseMessage",
        message_subtype=MessageSubtype.INITIAL,
        format="ern/4.3",
        message_id=f"m {delivery_id}",
        batch_id="20300101000000000",
        status=Status.DISTRIBUTED,
        delivery_started=completed,
        delivery_completed=completed,
        delivery_duration=0.0,
        audio_count=1,
        image_count=1,
        total_files=2,
        total_bytes=10,
        files=(),
        durations={},
        hashes_verified=False,
        validation_valid=True,
        schema_judge=None,
        attempts=1,
    )


async def put(scope: Scope, made: list[tuple[Status, str, MessageSubtype, str | None, int]]) -> None:
    """Exactly these deliveries, made so many hours after the start."""
    raw = scope.store.collection(DeliveryDocument).raw
    await raw.delete_many({})
    documents = []
    for status, target_id, subtype, protocol, hours in made:
        id = new_id()
        fields: dict[str, Any] = {
            "id": id,
            "status": status,
            "subtype": subtype,
            "message_id": id,
            "created_at": START + timedelta(hours=hours),
            "receipt": receipt_of(id, protocol) if protocol else None,
        }
        documents.append(encode_document(delivery_document(new_id(), target_id).model_copy(update=fields)))
    if documents:
        await raw.insert_many(documents)


def counted(made: list[tuple[Status, str, MessageSubtype, str | None, int]]) -> ReconciliationCounts:
    """The counts, one delivery after the other."""
    number = Counter(NAMES.get(status, "in_progress") for status, *_ in made)
    arrived = sum(1 for status, _, _, protocol, _ in made if protocol and status in TRANSFERRED)
    return ReconciliationCounts(total=len(made), **number, files=2 * arrived, bytes=10 * arrived)


@pytest.mark.proves("RCP-04")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=made_deliveries, begin=st.integers(0, 11), length=st.integers(0, 11))
async def test_a_report_counts_the_deliveries_of_any_period(
    label_a: Scope, made: list[tuple[Status, str, MessageSubtype, str | None, int]], begin: int, length: int
) -> None:
    await put(label_a, made)
    targets = label_a.store.collection(TargetDocument)
    for name in TARGETS[:2]:
        if await targets.find(name) is None:
            await targets.insert(target_document().model_copy(update={"id": name, "name": name.title()}))
    end = begin + length
    inside = [each for each in made if begin <= each[4] < end]

    report = await reconcile(label_a, START + timedelta(hours=begin), START + timedelta(hours=end))

    by_target = {name: counted([each for each in inside if each[1] == name]) for name in {each[1] for each in inside}}
    kinds = {f"NewReleaseMessage {each[2].value}" for each in inside}
    home = {"shop": "local-folder", "store": "local-folder", "gone": "unknown"}
    protocols = {each[3] or home[each[1]] for each in inside}
    assert report.summary == counted(inside)
    assert {group.key: group.counts for group in report.by_target} == by_target
    assert {group.key: group.counts for group in report.by_message_type} == {
        kind: counted([each for each in inside if kind.endswith(each[2].value)]) for kind in kinds
    }
    assert {group.key: group.counts for group in report.by_protocol} == {
        name: counted([each for each in inside if (each[3] or home[each[1]]) == name]) for name in protocols
    }
    assert {group.key: group.name for group in report.by_target}.get("shop", "Shop") == "Shop"


@pytest.mark.proves("RCP-04")
async def test_a_period_that_ends_before_it_begins_is_refused(label_a: Scope) -> None:
    with pytest.raises(DomainError) as refused:
        await reconcile(label_a, START, START - timedelta(seconds=1))

    assert refused.value.code == "PERIOD_INVALID"


async def with_receipt(scope: Scope, status: Status, days: float) -> DeliveryDocument:
    id = new_id()
    receipt = receipt_of(id, "sftp", scope.clock.now() - timedelta(days=days))
    fields = {"id": id, "status": status, "message_id": id, "receipt": receipt}
    draft = delivery_document(new_id(), "shop").model_copy(update=fields)
    return await scope.store.collection(DeliveryDocument).insert(draft)


@pytest.mark.proves("RCP-05", "RCP-01")
async def test_old_receipts_go_into_the_archive_and_are_found_there(label_a: Scope, label_b: Scope) -> None:
    scope = replace(label_a, clock=FixedClock())
    deliveries = scope.store.collection(DeliveryDocument)
    old = await with_receipt(scope, Status.LIVE, 90.01)
    young = await with_receipt(scope, Status.LIVE, 89.99)
    may_be_sent_again = await with_receipt(scope, Status.REJECTED, 200)
    before = await reconcile(scope, datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

    archived = await archive_receipts(scope)
    again = await archive_receipts(scope)

    stored = await deliveries.get(old.id)
    assert (archived, again, stored.receipt) == (1, 0, None)
    assert stored.aftermath.archived_receipt is not None
    assert stored.aftermath.archived_receipt.key == f"{scope.tenant_key}/receipts/RCP-{old.id}.json"
    assert await find_receipt(scope, stored) == old.receipt
    assert old.receipt is not None
    assert await scope.objects.get(stored.aftermath.archived_receipt.key) == write_receipt(old.receipt)
    assert (await deliveries.get(young.id)).receipt == young.receipt
    assert (await deliveries.get(may_be_sent_again.id)).receipt == may_be_sent_again.receipt
    after = await reconcile(scope, before.start, before.end)
    assert (after.summary, after.by_protocol) == (before.summary, before.by_protocol)
    with pytest.raises(DomainError) as foreign:
        await load_receipt(label_b, old.id)
    assert foreign.value.code == "NOT_FOUND"


@pytest.mark.proves("RCP-05")
async def test_time_and_number_are_settings(label_a: Scope) -> None:
    settings = label_a.settings.model_copy(update={"receipt_retention": 86_400.0, "receipt_archive_batch": 2})
    scope = replace(label_a, clock=FixedClock(), settings=settings)
    for days in (3, 2, 4, 0.5):
        await with_receipt(scope, Status.DISTRIBUTED, days)

    assert [await archive_receipts(scope) for _ in range(3)] == [2, 1, 0]


@pytest.mark.proves("RCP-05")
async def test_a_run_that_breaks_off_loses_no_receipt(label_a: Scope) -> None:
    scope = replace(label_a, clock=FixedClock())
    old = await with_receipt(scope, Status.LIVE, 100)
    assert old.receipt is not None
    # What a run left behind that stored the copy and went no further.
    await scope.objects.put(f"{scope.tenant_key}/receipts/{old.receipt.id}.json", b"half")

    archived = await archive_receipts(scope)

    assert archived == 1
    assert await load_receipt(scope, old.id) == old.receipt


@pytest.mark.proves("RCP-02")
async def test_a_receipt_never_changes_through_what_comes_after(label: Label) -> None:
    target = await label.target()
    sent = await label.deliver([(await label.release()).id], target.id)

    await label.scope.store.collection(DeliveryDocument).update(sent.id, Change(set={"status_details": "later"}))

    assert sent.receipt is not None
    assert await load_receipt(label.scope, sent.id) == sent.receipt
    assert Receipt.model_validate_json(write_receipt(sent.receipt)) == sent.receipt
