"""Answers of platforms: each is read once and moves its delivery once (row RCP-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from distro_core.delivery.documents import AcknowledgementFileDocument, DeliveryDocument, LogLevel
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.status.acknowledgements import look_for_answers
from distro_core.delivery.status.answers import Applied, apply_answer
from distro_core.delivery.targets.documents import TargetDocument
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.answers import NOON, answer, file_answer, put_answer
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label

LIVE = "ReleaseMadeAvailableToConsumers"
INGESTED = "SuccessfullyIngestedByReleaseDistributor"
RECEIVED = "ReleaseReceivedByReleaseDistributor"
GONE = "ReleaseNotAvailable"
REFUSED = "ProcessingErrorAtReleaseDistributor"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def patient(label: Label, clock: FixedClock) -> Label:
    """A label whose clock stands still until it is told to move."""
    return label.with_scope(clock=clock)


async def sent(label: Label, **fields: object) -> tuple[TargetDocument, DeliveryDocument]:
    release, target = await label.release(), await label.target(acknowledges=True, **fields)
    return target, await label.deliver([release.id], target.id)


async def look(label: Label, clock: FixedClock, target: TargetDocument) -> int:
    clock.advance(60)
    return await look_for_answers(label.scope, target.id)


@pytest.mark.proves("RCP-03")
async def test_a_delivery_waits_until_the_platform_says_that_it_is_live(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    nothing_yet = await look(patient, clock, target)
    put_answer(patient.folder, "ACK_1.xml", answer(delivery.message_id, status=LIVE))

    found = await look(patient, clock, target)

    after = await patient.deliveries.get(delivery.id)
    assert (delivery.status, nothing_yet, found) == (Status.PROCESSING_BY_PLATFORM, 0, 1)
    assert after.status is Status.LIVE
    assert after.acknowledgement is not None
    assert (after.acknowledgement.status, after.acknowledgement.code) == (AcknowledgementStatus.LIVE, LIVE)
    assert after.acknowledgement.received_at == NOON
    assert after.receipt == delivery.receipt
    (line,) = (await patient.deliveries.logs(delivery.id, LogLevel.SUCCESS, first=200)).documents[1:]
    assert (line.step, line.details["code"]) == ("acknowledgement", LIVE)


@pytest.mark.proves("RCP-03")
async def test_an_update_and_a_takedown_end_with_their_answers(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    put_answer(patient.folder, "ACK_1.xml", answer(delivery.message_id, status=LIVE))
    await look(patient, clock, target)

    await patient.retitle(delivery.release_id, "Night Drive (Deluxe)")
    update = await patient.deliver([delivery.release_id], target.id)
    put_answer(patient.folder, "ACK_2.xml", answer(update.message_id, status=LIVE))
    await look(patient, clock, target)
    await patient.releases.take_down(delivery.release_id)
    takedown = await patient.deliver([delivery.release_id], target.id)
    put_answer(patient.folder, "ACK_3.xml", answer(takedown.message_id, status=GONE))
    await look(patient, clock, target)

    assert (update.status, takedown.status) == (Status.UPDATING, Status.TAKEDOWN_REQUESTED)
    assert (await patient.deliveries.get(update.id)).status is Status.UPDATED
    assert (await patient.deliveries.get(takedown.id)).status is Status.REMOVED
    assert (await patient.deliveries.get(delivery.id)).status is Status.LIVE


@pytest.mark.proves("RCP-03")
async def test_a_refusal_says_why_and_the_mended_release_goes_under_a_new_message_id(
    patient: Label, clock: FixedClock
) -> None:
    target, delivery = await sent(patient)
    refusal = answer(delivery.message_id, status=REFUSED, file_status="ResourceCorrupt", text="track 2 is noise")
    put_answer(patient.folder, "ACK_1.xml", refusal)
    await look(patient, clock, target)
    rejected = await patient.deliveries.get(delivery.id)

    retried = await patient.work(await patient.deliveries.retry(delivery.id))
    put_answer(patient.folder, "ACK_1_again.xml", refusal)
    await look(patient, clock, target)
    put_answer(patient.folder, "ACK_2.xml", answer(retried.message_id, status=LIVE))
    await look(patient, clock, target)

    assert rejected.status is Status.REJECTED
    assert rejected.error is not None
    assert rejected.error.code == "PLATFORM_REFUSED"
    assert "track 2 is noise" in rejected.error.message
    assert retried.id == delivery.id
    assert retried.message_id != delivery.message_id
    assert retried.earlier_receipts == (delivery.receipt,)
    assert (await patient.deliveries.get(delivery.id)).status is Status.LIVE


async def test_a_refused_update_is_a_failed_delivery(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    await patient.retitle(delivery.release_id, "Night Drive (Deluxe)")
    update = await patient.deliver([delivery.release_id], target.id)
    put_answer(patient.folder, "ACK_2.xml", answer(update.message_id, status=REFUSED))

    await look(patient, clock, target)

    assert (await patient.deliveries.get(update.id)).status is Status.FAILED


@pytest.mark.proves("RCP-03")
async def test_an_answer_that_comes_twice_changes_nothing_twice(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    content = answer(delivery.message_id, status=LIVE)
    put_answer(patient.folder, "ACK_1.xml", content)
    await look(patient, clock, target)
    once = await patient.deliveries.get(delivery.id)
    put_answer(patient.folder, "ACK_1_again.xml", content)
    release, _ = await patient.release(), await patient.deliver([(await patient.release()).id], target.id)

    await look(patient, clock, target)
    await look(patient, clock, target)

    twice = await patient.deliveries.get(delivery.id)
    assert release.status is ReleaseStatus.READY
    assert (twice.history, twice.acknowledgement) == (once.history, once.acknowledgement)
    assert await patient.scope.store.collection(AcknowledgementFileDocument).count({}) == 2


@pytest.mark.proves("RCP-03")
async def test_an_answer_that_comes_late_does_not_undo_a_later_one(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    put_answer(patient.folder, "ACK_2.xml", answer(delivery.message_id, status=LIVE, at=NOON + timedelta(hours=1)))
    await look(patient, clock, target)
    await patient.deliver([(await patient.release()).id], target.id)
    for name, status in (("a", RECEIVED), ("b", INGESTED), ("c", REFUSED)):
        put_answer(patient.folder, f"ACK_1{name}.xml", answer(delivery.message_id, status=status, at=NOON))

    await look(patient, clock, target)

    after = await patient.deliveries.get(delivery.id)
    assert after.status is Status.LIVE
    assert after.acknowledgement is not None
    assert after.acknowledgement.code == LIVE


async def test_receiving_ingesting_and_publishing_are_three_steps(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    seen = []

    for minute, status in enumerate((RECEIVED, INGESTED, LIVE)):
        at = NOON + timedelta(minutes=minute)
        put_answer(patient.folder, f"ACK_{minute}.xml", answer(delivery.message_id, status=status, at=at))
        await look(patient, clock, target)
        after = await patient.deliveries.get(delivery.id)
        seen.append((after.status, after.acknowledgement.code if after.acknowledgement else None))

    assert seen == [
        (Status.PROCESSING_BY_PLATFORM, RECEIVED),
        (Status.DISTRIBUTED, INGESTED),
        (Status.LIVE, LIVE),
    ]


async def test_an_answer_that_names_only_the_release_is_to_what_was_sent_last(
    patient: Label, clock: FixedClock
) -> None:
    target, delivery = await sent(patient)
    put_answer(patient.folder, "ACK.xml", file_answer(delivery.icpn or ""))

    await look(patient, clock, target)

    assert (await patient.deliveries.get(delivery.id)).status is Status.DISTRIBUTED


@pytest.mark.proves("RCP-03")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<AcknowledgementMessage>",
        b"<other/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"\x00\xff\xfe not xml",
        b" " * (5 * 1024 * 1024 + 1),
    ],
    ids=["empty", "cut", "foreign", "doctype", "binary", "huge"],
)
async def test_an_unreadable_answer_does_not_stand_in_the_way_of_others(
    patient: Label, clock: FixedClock, content: bytes
) -> None:
    target, delivery = await sent(patient)
    put_answer(patient.folder, "ACK_0.xml", content)
    put_answer(patient.folder, "ACK_1.xml", answer(delivery.message_id, status=LIVE))

    await look(patient, clock, target)

    assert (await patient.deliveries.get(delivery.id)).status is Status.LIVE
    files = await patient.scope.store.collection(AcknowledgementFileDocument).list({})
    assert {file.name: file.error is None for file in files} == {"ACK_0.xml": False, "ACK_1.xml": True}
    too_large = [file.error for file in files if file.error and "ACKNOWLEDGEMENT_TOO_LARGE" in file.error]
    assert len(too_large) == (len(content) > 5 * 1024 * 1024)


async def test_an_answer_that_was_still_being_written_is_read_again_when_it_is_whole(
    patient: Label, clock: FixedClock
) -> None:
    target, delivery = await sent(patient)
    content = answer(delivery.message_id, status=LIVE)
    put_answer(patient.folder, "ACK_1.xml", content[:200])
    await look(patient, clock, target)
    between = await patient.deliveries.get(delivery.id)
    put_answer(patient.folder, "ACK_1.xml", content)

    await look(patient, clock, target)

    assert between.status is Status.PROCESSING_BY_PLATFORM
    assert (await patient.deliveries.get(delivery.id)).status is Status.LIVE


async def test_one_file_may_answer_several_messages(patient: Label, clock: FixedClock) -> None:
    releases, target = [await patient.release() for _ in range(2)], await patient.target(acknowledges=True)
    made = await patient.deliveries.create([release.id for release in releases], target.id)
    await patient.work(made[0])
    put_answer(patient.folder, "ACK.xml", answer(*(delivery.message_id for delivery in made), status=LIVE))

    await look(patient, clock, target)

    assert {(await patient.deliveries.get(delivery.id)).status for delivery in made} == {Status.LIVE}


async def test_an_answer_moves_only_deliveries_to_the_target_where_it_lies(
    patient: Label, clock: FixedClock, other_label: Label
) -> None:
    target, delivery = await sent(patient)
    stranger = other_label.with_scope(clock=clock)
    elsewhere = patient.folder / "elsewhere"
    elsewhere.mkdir()
    other, other_delivery = await sent(patient, settings={"directory": str(elsewhere)})
    foreign_target, foreign_delivery = await sent(stranger)
    put_answer(elsewhere, "ACK_forged.xml", answer(delivery.message_id, status=REFUSED))
    put_answer(patient.folder, "ACK_foreign.xml", answer(foreign_delivery.message_id, status=REFUSED))

    await look(patient, clock, target)
    await look(patient, clock, other)

    for label, waiting in ((patient, delivery), (patient, other_delivery), (stranger, foreign_delivery)):
        assert (await label.deliveries.get(waiting.id)).status is Status.PROCESSING_BY_PLATFORM
    assert foreign_target.id != target.id


async def test_an_answer_that_is_faster_than_the_worker_is_kept_for_later(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    release = await patient.release()
    (waiting,) = await patient.deliveries.create([release.id], target.id)
    put_answer(patient.folder, "ACK_early.xml", answer(waiting.message_id, status=LIVE))
    await look(patient, clock, target)
    before = await patient.deliveries.get(waiting.id)
    await patient.work(waiting)

    await look(patient, clock, target)

    assert before.status is Status.CREATED
    assert (await patient.deliveries.get(waiting.id)).status is Status.LIVE
    assert (await patient.deliveries.get(delivery.id)).status is Status.PROCESSING_BY_PLATFORM


@pytest.mark.proves("RCP-03")
async def test_looks_come_soon_after_a_transfer_and_then_at_the_interval(patient: Label, clock: FixedClock) -> None:
    target, _ = await sent(patient)
    interval = patient.scope.settings.acknowledgement_interval
    pauses = []

    for _ in range(8):
        due = (await patient.targets.get(target.id)).acknowledgements_due_at
        assert due is not None
        pauses.append((due - clock.now()).total_seconds())
        clock.set(due)
        await look_for_answers(patient.scope, target.id)

    assert pauses == [1, 1, 2, 4, 8, interval, interval, interval]
    assert clock.now() > START


async def test_nobody_looks_before_it_is_time_or_when_nothing_waits(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    put_answer(patient.folder, "ACK_1.xml", answer(delivery.message_id, status=LIVE))

    too_early = await look_for_answers(patient.scope, target.id)
    in_time = await look(patient, clock, target)

    assert (too_early, in_time) == (0, 1)
    assert (await patient.targets.get(target.id)).acknowledgements_due_at is None


async def test_an_unreachable_target_is_looked_at_again_later(patient: Label, clock: FixedClock) -> None:
    target, delivery = await sent(patient)
    put_answer(patient.folder, "ACK_1.xml", answer(delivery.message_id, status=LIVE))
    patient.folder.rename(patient.folder.with_name("away"))
    patient.folder.write_bytes(b"a file where the folder was")

    unreachable = await look(patient, clock, target)
    patient.folder.unlink()
    patient.folder.with_name("away").rename(patient.folder)
    reachable = await look(patient, clock, target)

    assert (unreachable, reachable) == (0, 1)
    assert (await patient.deliveries.get(delivery.id)).status is Status.LIVE


@pytest.mark.parametrize(("committed", "expected"), [(True, Applied.NOT_YET), (False, Applied.KNOWN)])
async def test_an_answer_to_what_was_just_completed_does_not_go_to_an_earlier_delivery(
    label: Label, committed: bool, expected: Applied
) -> None:
    release, target = await label.release(), await label.target()
    earlier = await label.deliver([release.id], target.id)
    (later,) = await label.deliveries.create([release.id], target.id, Wish(force=True))
    raw = label.scope.store.collection(DeliveryDocument).raw
    answer = Acknowledgement(
        message_id="", release_id=release.icpn, status=AcknowledgementStatus.INGESTED, code="FileOK"
    )
    told = {"message_id": "", "status": "ingested", "code": "FileOK"}
    await raw.update_one({"_id": earlier.id}, {"$set": {"acknowledgement": told}})
    at = label.scope.clock.now() if committed else None
    await raw.update_one({"_id": later.id}, {"$set": {"status": "uploading", "committed_at": at}})

    applied = await apply_answer(label.scope, target.id, answer)

    assert applied is expected
