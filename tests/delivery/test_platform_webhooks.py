"""Calls of platforms move deliveries of one target and of nobody else's (rows API-40, WFL-19, WFL-20)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.answers import Applied
from distro_core.delivery.status.platform_words import WORDS, read_word
from distro_core.delivery.status.reports import apply_report
from distro_core.delivery.status.webhook_documents import WebhookCallDocument
from distro_core.delivery.status.webhooks import WebhookService, receive_acknowledgement, receive_call
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.adapters import StatusReport
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import AcknowledgementStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from tests.api.world import delivery_document, target_document
from tests.delivery.answers import answer
from tests.delivery.clocks import START

PROMISED = {
    AcknowledgementStatus.RECEIVED: {"processing", "in progress", "validating"},
    AcknowledgementStatus.LIVE: {
        "published",
        "live",
        "available",
        "delivered",
        "published with issues",
        "partially available",
    },
    AcknowledgementStatus.REJECTED: {"rejected", "declined"},
    AcknowledgementStatus.FAILED: {"error", "failed"},
    AcknowledgementStatus.REMOVED: {"removed", "taken down"},
}
"""Row WFL-20, written down a second time."""

AFTER = {
    AcknowledgementStatus.RECEIVED: Status.PROCESSING_BY_PLATFORM,
    AcknowledgementStatus.LIVE: Status.LIVE,
    AcknowledgementStatus.REJECTED: Status.REJECTED,
    AcknowledgementStatus.FAILED: Status.FAILED,
}


async def waiting(scope: Scope, target: TargetDocument | None = None, **fields: Any) -> DeliveryDocument:
    """A delivery that waits for its platform."""
    known = target or await scope.store.collection(TargetDocument).insert(target_document())
    given = {"status": Status.PROCESSING_BY_PLATFORM, "message_id": new_id(), **fields}
    draft = delivery_document(new_id(), known.id).model_copy(update=given)
    return await scope.store.collection(DeliveryDocument).insert(draft)


async def now_of(scope: Scope, delivery: DeliveryDocument) -> DeliveryDocument:
    return await scope.store.collection(DeliveryDocument).get(delivery.id)


async def target_of(scope: Scope, delivery: DeliveryDocument) -> TargetDocument:
    return await scope.store.collection(TargetDocument).get(delivery.target_id)


def call(*reports: dict[str, Any], **beside: Any) -> bytes:
    return json.dumps({"deliveries": list(reports), **beside}).encode()


@pytest.mark.proves("WFL-20", "STT-06")
def test_every_word_has_its_meaning() -> None:
    assert {word: meaning for meaning, words in PROMISED.items() for word in words} == dict(WORDS)
    assert read_word(" Published_With-Issues ") is AcknowledgementStatus.LIVE
    assert read_word("TAKEN DOWN") is AcknowledgementStatus.REMOVED
    assert [read_word(word) for word in ("", "lively", "live!", "not live", "processing\x00")] == [None] * 5


@pytest.mark.proves("WFL-20", "STT-06")
@pytest.mark.parametrize("word", [*WORDS, "a word of next year"])
async def test_every_word_brings_a_waiting_delivery_where_it_should_and_an_unknown_one_nowhere(
    label_a: Scope, word: str
) -> None:
    delivery = await waiting(label_a)
    takedown = await waiting(label_a, subtype=MessageSubtype.TAKEDOWN, status=Status.TAKEDOWN_REQUESTED)

    await apply_report(label_a, delivery, StatusReport(word=word))
    await apply_report(label_a, takedown, StatusReport(word=word))

    meaning = WORDS.get(word)
    after = await now_of(label_a, delivery)
    assert after.status is AFTER.get(meaning or AcknowledgementStatus.RECEIVED, Status.PROCESSING_BY_PLATFORM)
    removed, failed = Status.REMOVED, Status.FAILED
    expected = {
        AcknowledgementStatus.REMOVED: removed,
        AcknowledgementStatus.REJECTED: failed,
        AcknowledgementStatus.FAILED: failed,
    }
    assert (await now_of(label_a, takedown)).status is expected.get(
        meaning or AcknowledgementStatus.RECEIVED, Status.TAKEDOWN_REQUESTED
    )
    assert (after.acknowledgement is None) == (meaning is None)


@pytest.mark.proves("API-40", "WFL-19", "RCP-03")
async def test_a_call_moves_deliveries_by_each_of_their_names(label_a: Scope) -> None:
    first = await waiting(label_a)
    target = await target_of(label_a, first)
    second = await waiting(label_a, target)
    third = await waiting(label_a, target, aftermath={"reference": "DSP-3"})

    outcomes = await receive_call(
        label_a,
        target,
        call(
            {"messageId": first.message_id, "status": "live", "platformIds": {"shop": "album-1"}},
            {"deliveryId": second.id, "status": "rejected", "text": "the cover is blurred"},
            {"reference": "DSP-3", "status": "In-Progress"},
            {"reference": "DSP-4", "status": "live"},
        ),
    )

    assert outcomes == Counter({Applied.CHANGED: 3, Applied.UNKNOWN: 1})
    after = [await now_of(label_a, each) for each in (first, second, third)]
    assert [each.status for each in after] == [Status.LIVE, Status.REJECTED, Status.PROCESSING_BY_PLATFORM]
    assert after[0].aftermath.platform_ids == {"shop": "album-1"}
    assert after[1].status_details == "the cover is blurred"
    assert after[1].error is not None
    assert (after[1].error.code, after[1].error.message) == ("PLATFORM_REFUSED", "the cover is blurred")


@pytest.mark.proves("API-40")
async def test_the_same_call_again_changes_nothing(label_a: Scope) -> None:
    delivery = await waiting(label_a)
    target = await target_of(label_a, delivery)
    body = call({"deliveryId": delivery.id, "status": "rejected"}, id="event-1")

    first = await receive_call(label_a, target, body)
    second = await receive_call(label_a, target, body)
    renamed = await receive_call(label_a, target, call({"deliveryId": delivery.id, "status": "live"}, id="event-1"))

    assert (first, second, renamed) == (Counter({Applied.CHANGED: 1}), None, None)
    after = await now_of(label_a, delivery)
    assert (after.status, len(after.history)) == (Status.REJECTED, 1)
    assert await label_a.store.collection(WebhookCallDocument).count({}) == 1


async def test_an_earlier_word_that_comes_late_changes_nothing(label_a: Scope) -> None:
    delivery = await waiting(label_a)
    target = await target_of(label_a, delivery)
    now = label_a.clock.now()
    report = {"deliveryId": delivery.id}

    await receive_call(label_a, target, call({**report, "status": "live", "at": now.isoformat()}))
    earlier = (now - timedelta(hours=1)).isoformat()
    late = await receive_call(label_a, target, call({**report, "status": "rejected", "at": earlier}))

    assert late == Counter({Applied.KNOWN: 1})
    assert (await now_of(label_a, delivery)).status is Status.LIVE


async def test_a_clock_that_is_ahead_does_not_make_later_words_old(label_a: Scope) -> None:
    delivery = await waiting(label_a)
    target = await target_of(label_a, delivery)
    ahead = (label_a.clock.now() + timedelta(days=900)).isoformat()

    await receive_call(label_a, target, call({"deliveryId": delivery.id, "status": "processing", "at": ahead}))
    await receive_call(label_a, target, call({"deliveryId": delivery.id, "status": "live"}))

    assert (await now_of(label_a, delivery)).status is Status.LIVE


async def test_a_call_for_a_delivery_that_is_not_written_down_yet_is_to_come_again(label_a: Scope) -> None:
    delivery = await waiting(label_a, status=Status.UPLOADING)
    target = await target_of(label_a, delivery)
    body = call({"deliveryId": delivery.id, "status": "live"})

    with pytest.raises(DomainError) as early:
        await receive_call(label_a, target, body)

    assert early.value.code == "WEBHOOK_TOO_EARLY"
    assert await label_a.store.collection(WebhookCallDocument).count({}) == 0


@pytest.mark.proves("API-40", "WFL-19")
async def test_a_call_by_a_reference_that_is_not_written_down_yet_is_to_come_again(
    label_a: Scope, label_b: Scope
) -> None:
    now = label_a.clock.now()
    handed_over = await waiting(label_a, status=Status.UPLOADING, committed_at=now)
    target = await target_of(label_a, handed_over)
    elsewhere = await target_of(label_a, await waiting(label_a, status=Status.UPLOADING))
    foreign = await target_of(label_b, await waiting(label_b))
    body = call({"reference": "DSP-1", "status": "live"}, id="event-1")

    with pytest.raises(DomainError) as early:
        await receive_call(label_a, target, body)
    not_remembered = await label_a.store.collection(WebhookCallDocument).count({})
    others = [await receive_call(label_a, elsewhere, body), await receive_call(label_b, foreign, body)]
    noted = Change(set={"status": Status.PROCESSING_BY_PLATFORM, "aftermath.reference": "DSP-1"})
    await label_a.store.collection(DeliveryDocument).update(handed_over.id, noted)
    again = await receive_call(label_a, target, body)

    assert (early.value.code, not_remembered) == ("WEBHOOK_TOO_EARLY", 0)
    assert others == [Counter({Applied.UNKNOWN: 1})] * 2, "nothing is under way there whose reference is missing"
    assert again == Counter({Applied.CHANGED: 1})
    assert (await now_of(label_a, handed_over)).status is Status.LIVE


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.UPLOADING},
        {"status": Status.UPLOADING, "committed_at": START, "aftermath": {"reference": "DSP-2"}},
        {"status": Status.FAILED, "committed_at": START},
        {"status": Status.PROCESSING_BY_PLATFORM, "committed_at": START},
    ],
)
async def test_a_reference_that_nothing_under_way_can_have_is_unknown(label_a: Scope, fields: dict[str, Any]) -> None:
    delivery = await waiting(label_a, **fields)
    target = await target_of(label_a, delivery)

    outcomes = await receive_call(label_a, target, call({"reference": "DSP-1", "status": "live"}))
    by_message = await receive_call(label_a, target, call({"messageId": "M", "reference": "DSP-1", "status": "live"}))

    assert (outcomes, by_message) == (Counter({Applied.UNKNOWN: 1}), Counter({Applied.UNKNOWN: 1}))
    assert await now_of(label_a, delivery) == delivery


@pytest.mark.proves("API-40")
async def test_a_reference_that_an_update_shares_means_the_update(label_a: Scope) -> None:
    shared: dict[str, Any] = {"aftermath": {"reference": "DSP-1"}, "release_id": new_id()}
    first = await waiting(label_a, status=Status.LIVE, batch_id="20260301120000000", **shared)
    target = await target_of(label_a, first)
    later = {"batch_id": "20260302120000000", "subtype": MessageSubtype.UPDATE, "release_id": shared["release_id"]}
    update = await waiting(label_a, target, status=Status.UPLOADING, committed_at=label_a.clock.now(), **later)
    body = call({"reference": "DSP-1", "status": "live"}, id="event-1")

    with pytest.raises(DomainError) as early:
        await receive_call(label_a, target, body)
    noted = Change(set={"status": Status.UPDATING, "aftermath.reference": "DSP-1"})
    await label_a.store.collection(DeliveryDocument).update(update.id, noted)
    again = await receive_call(label_a, target, body)

    assert (early.value.code, again) == ("WEBHOOK_TOO_EARLY", Counter({Applied.CHANGED: 1}))
    assert ((await now_of(label_a, first)), (await now_of(label_a, update)).status) == (first, Status.UPDATED)


@pytest.mark.proves("API-40")
async def test_a_call_reaches_no_delivery_to_another_target_or_of_another_tenant(
    label_a: Scope, label_b: Scope
) -> None:
    own, elsewhere, foreign = await waiting(label_a), await waiting(label_a), await waiting(label_b)
    target = await target_of(label_a, own)

    outcomes = await receive_call(
        label_a,
        target,
        call(
            {"deliveryId": elsewhere.id, "status": "live"},
            {"messageId": foreign.message_id, "status": "live"},
            {"deliveryId": own.id, "messageId": elsewhere.message_id, "status": "live"},
        ),
    )

    assert outcomes == Counter({Applied.UNKNOWN: 3})
    untouched = [(label_a, own), (label_a, elsewhere), (label_b, foreign)]
    assert {(await now_of(scope, each)).status for scope, each in untouched} == {Status.PROCESSING_BY_PLATFORM}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"deliveries": []}',
        b'{"deliveries": [{"status": "live"}]}',
        b'{"deliveries": [{"messageId": "M"}]}',
        b'{"deliveries": [{"messageId": {"$ne": null}, "status": "live"}]}',
        b'{"deliveries": [{"messageId": "M", "status": "live", "platformIds": {"a.b": "c"}}]}',
        call(*[{"messageId": "M", "status": "live"}] * 101),
        b"\xff" * 10,
    ],
)
async def test_a_body_that_says_nothing_known_is_refused(label_a: Scope, body: bytes) -> None:
    target = await label_a.store.collection(TargetDocument).insert(target_document())

    with pytest.raises(DomainError) as refused:
        await receive_call(label_a, target, body)

    assert refused.value.code == "WEBHOOK_BODY_INVALID"


@pytest.mark.proves("API-40", "RCP-03")
async def test_an_acknowledgement_in_xml_is_taken_too(label_a: Scope) -> None:
    delivery = await waiting(label_a)
    target = await target_of(label_a, delivery)
    body = answer(delivery.message_id, status="ReleaseMadeAvailableToConsumers")

    first = await receive_acknowledgement(label_a, target, body)
    second = await receive_acknowledgement(label_a, target, body)
    silent = target.model_copy(update={"choreography": "itmsp"})
    with pytest.raises(DomainError) as without:
        await receive_acknowledgement(label_a, silent, body)

    assert (first, second) == (Counter({Applied.CHANGED: 1}), None)
    assert (await now_of(label_a, delivery)).status is Status.LIVE
    assert without.value.code == "WEBHOOK_TYPE_UNSUPPORTED"


async def test_a_new_address_ends_the_old_one_and_the_secret_is_sealed(label_a: Scope) -> None:
    target = await label_a.store.collection(TargetDocument).insert(target_document())
    service = WebhookService(label_a)

    _, first, secret = await service.create(target.id)
    stored, second, _ = await service.create(target.id)
    removed = await service.delete(target.id)

    assert first != second
    assert stored.webhook is not None
    assert secret not in stored.model_dump_json()
    assert first not in stored.model_dump_json()
    assert removed.webhook is None


@pytest.mark.proves("API-40", "WFL-19")
async def test_the_same_call_ten_times_at_once_moves_a_delivery_once(label_a: Scope) -> None:
    delivery = await waiting(label_a)
    target = await target_of(label_a, delivery)
    body = call({"deliveryId": delivery.id, "status": "live"}, id="event-1")

    outcomes = await asyncio.gather(*[receive_call(label_a, target, body) for _ in range(10)])

    after = await now_of(label_a, delivery)
    changed = sum((outcome or Counter())[Applied.CHANGED] for outcome in outcomes)
    assert (after.status, len(after.history)) == (Status.LIVE, 1)
    assert changed <= 1
    assert await label_a.store.collection(WebhookCallDocument).count({}) == 1
