"""What happens when a delivery fails: again at exact times, from where it stopped, and no oftener than promised."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from distro_core.delivery.documents import (
    AttemptStatus,
    BatchDocument,
    BatchStatus,
    DeliveryDocument,
    LogLevel,
    TransferStatus,
)
from distro_core.delivery.failures.classes import CATEGORIES
from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.failures.retries import RetryStrategy, most_attempts, retry_after, strategy_of
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.transports import HookedTransport, cut, with_transport


def with_line(label: Label, transport: HookedTransport, clock: FixedClock | None = None) -> Label:
    scope = with_transport(label.scope, transport)
    return Label(replace(scope, clock=clock) if clock else scope, label.folder)


async def cut_always(path: str) -> None:
    raise cut()


async def batch_of(label: Label, batch_id: str) -> BatchDocument:
    return await label.scope.store.collection(BatchDocument).get(batch_id)


@pytest.mark.proves("RTY-01", "RTY-03", "LOG-02")
async def test_three_attempts_at_exact_times_then_failed(label: Label) -> None:
    clock, line = FixedClock(), HookedTransport(connecting=cut_always)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)
    delay = timedelta(seconds=label.scope.settings.retry_delay)

    first = await label.work(made)
    due_second = (await batch_of(label, made.batch_id)).due_at
    clock.set(due_second - timedelta(milliseconds=1))
    too_early = await label.work(made)
    clock.set(due_second)
    second = await label.work(made)
    due_third = (await batch_of(label, made.batch_id)).due_at
    clock.set(due_third)
    third = await label.work(made)
    clock.advance(100_000)
    never_again = await label.work(made)

    assert (due_second, due_third) == (START + delay, START + delay + 2 * delay)
    assert [len(each.attempts) for each in (first, too_early, second, third, never_again)] == [1, 1, 2, 3, 3]
    assert [each.status for each in (first, second, third)] == [Status.RETRYING, Status.RETRYING, Status.FAILED]
    assert [attempt.started_at for attempt in third.attempts] == [START, START + delay, START + 3 * delay]
    assert {attempt.status for attempt in third.attempts} == {AttemptStatus.FAILED}
    assert line.connections == 3
    assert third.error is not None
    assert (third.error.category, third.error.code) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST")
    assert third.error.action == CATEGORIES[ErrorCategory.NETWORK_CONNECTIVITY].action
    steps = [line.step for line in (await label.deliveries.logs(made.id, LogLevel.ERROR)).documents]
    assert steps == ["error_handling", "error_handling", "error_handling", "max_retries"]
    warnings = [line.step for line in (await label.deliveries.logs(made.id, LogLevel.WARNING)).documents]
    assert warnings == ["retry_scheduled", "retry_scheduled"]
    batch = await batch_of(label, made.batch_id)
    assert (batch.status, batch.claims, batch.holder) == (BatchStatus.FAILED, (), None)


@pytest.mark.proves("RTY-01", "RTS-02")
def test_delays_double_up_to_an_hour_and_respect_what_the_receiver_asks(settings: Settings) -> None:
    delays = [retry_after(settings, attempt).total_seconds() for attempt in range(1, 11)]

    assert delays == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert retry_after(settings, 1, asked=300).total_seconds() == 300
    assert retry_after(settings, 8, asked=300).total_seconds() == 3600


@pytest.mark.proves("RTS-03")
async def test_a_receiver_that_asks_for_time_gets_it(label: Label) -> None:
    async def busy(path: str) -> None:
        raise cut("come back later", after=900)

    clock = FixedClock()
    label = with_line(label, HookedTransport(connecting=busy), clock)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert (await batch_of(label, delivery.batch_id)).due_at == START + timedelta(seconds=900)


async def test_an_error_that_time_does_not_mend_is_not_tried_again(label: Label) -> None:
    async def refuse(path: str) -> None:
        raise TransportError(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", "wrong password", retryable=False)

    line = HookedTransport(connecting=refuse)
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert (delivery.status, line.connections) == (Status.FAILED, 1)
    assert delivery.error is not None
    assert (delivery.error.code, delivery.error.retryable) == ("LOGIN_REFUSED", False)
    assert (await batch_of(label, delivery.batch_id)).status is BatchStatus.FAILED


@pytest.mark.proves("RTY-02")
async def test_a_failed_delivery_is_retried_by_hand_with_its_id_message_and_history(label: Label) -> None:
    line = HookedTransport(connecting=cut_always)
    label = with_line(label, line).with_scope(settings=label.scope.settings.model_copy(update={"retry_attempts": 1}))
    release, target = await label.release(), await label.target(transport="hooked")
    failed = await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Another title now")

    line.connecting = HookedTransport().connecting
    retried = await label.deliveries.retry(failed.id)
    delivery = await label.work(retried)

    assert (failed.status, delivery.status) == (Status.FAILED, Status.DISTRIBUTED)
    assert (delivery.id, delivery.message_id, delivery.batch_id) == (failed.id, failed.message_id, failed.batch_id)
    assert delivery.history[: len(failed.history)] == failed.history
    assert [attempt.number for attempt in delivery.attempts] == [1, 2]
    message = (label.folder / f"{delivery.batch_id}/Release1/{delivery.message_id}.xml").read_bytes()
    assert message == await label.scope.objects.get(failed.message_key or "")
    assert b"Another title now" not in message


async def test_only_what_failed_can_be_retried_and_only_once_at_a_time(label: Label) -> None:
    line = HookedTransport(connecting=cut_always)
    label = with_line(label, line).with_scope(settings=label.scope.settings.model_copy(update={"retry_attempts": 1}))
    release, target = await label.release(), await label.target(transport="hooked")
    (waiting,) = await label.deliveries.create([release.id], target.id)

    with pytest.raises(DomainError) as refused:
        await label.deliveries.retry(waiting.id)
    failed = await label.work(waiting)
    outcomes = await asyncio.gather(*(label.deliveries.retry(failed.id) for _ in range(6)), return_exceptions=True)

    assert refused.value.message == "Invalid status transition from created to retrying"
    assert len([outcome for outcome in outcomes if not isinstance(outcome, BaseException)]) == 1
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, DomainError)}
    assert codes <= {"DELIVERY_IN_PROGRESS", "INVALID_STATUS_TRANSITION"}


async def test_a_failed_delivery_is_not_retried_over_a_later_one(label: Label) -> None:
    line = HookedTransport(connecting=cut_always)
    label = with_line(label, line).with_scope(settings=label.scope.settings.model_copy(update={"retry_attempts": 1}))
    release, target = await label.release(), await label.target(transport="hooked")
    failed = await label.deliver([release.id], target.id)
    line.connecting = HookedTransport().connecting
    await label.deliver([release.id], target.id)

    with pytest.raises(DomainError) as refused:
        await label.deliveries.retry(failed.id)

    assert refused.value.code == "DELIVERY_SUPERSEDED"


@pytest.mark.proves("RTY-04", "RTY-03")
async def test_the_second_attempt_sends_only_what_is_not_there(label: Label) -> None:
    async def cut_at_the_cover(path: str) -> None:
        if path.endswith(".jpg"):
            raise cut()

    clock, line = FixedClock(), HookedTransport(before=cut_at_the_cover)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")

    broken = await label.deliver([release.id], target.id)
    sent_first = list(line.put)
    line.before = HookedTransport().before
    clock.advance(30)
    delivery = await label.work(broken)

    folder, upc = delivery.batch_id, release.icpn
    (first, second) = delivery.attempts
    assert (broken.status, first.status) == (Status.RETRYING, AttemptStatus.PARTIAL)
    assert (delivery.status, second.status) == (Status.DISTRIBUTED, AttemptStatus.SUCCESS)
    assert f"{folder}/BatchComplete.txt" not in sent_first
    assert len(set(line.put)) == len(line.put) == 6
    assert f"{folder}/Release1/images/{upc}.jpg" in line.put[len(sent_first) :]
    skipped = {file.path for file in second.files if file.status is TransferStatus.SKIPPED}
    assert skipped == set(sent_first)
    assert {file.bytes_transferred for file in second.files if file.status is TransferStatus.SKIPPED} == {0}


@pytest.mark.proves("RTY-04")
async def test_a_file_of_the_right_size_with_other_bytes_is_sent_again_where_hashes_are_compared(label: Label) -> None:
    async def cut_at_the_marker(path: str) -> None:
        if path.endswith("BatchComplete.txt"):
            raise cut()

    clock, line = FixedClock(), HookedTransport(before=cut_at_the_marker)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked", verify_after_upload=True)
    broken = await label.deliver([release.id], target.id)
    audio = label.folder / f"{broken.batch_id}/Release1/audio/{release.icpn}_01_001.wav"
    good = audio.read_bytes()
    flip(audio, len(good) // 2)

    line.before = HookedTransport().before
    clock.advance(30)
    delivery = await label.work(broken)

    assert delivery.status is Status.DISTRIBUTED
    assert audio.read_bytes() == good
    assert line.put.count(f"{delivery.batch_id}/Release1/audio/{release.icpn}_01_001.wav") == 2


async def test_when_only_the_answer_to_the_marker_was_lost_nothing_is_written_again(label: Label) -> None:
    async def lose_the_answer(path: str) -> None:
        if path.endswith("BatchComplete.txt"):
            raise TransportError(ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", "no answer", retryable=True)

    clock, line = FixedClock(), HookedTransport(after=lose_the_answer)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")

    broken = await label.deliver([release.id], target.id)
    with pytest.raises(DomainError) as too_late:
        await label.deliveries.cancel(broken.id)
    sent = list(line.put)
    clock.advance(30)
    delivery = await label.work(broken)

    assert (broken.status, delivery.status) == (Status.RETRYING, Status.DISTRIBUTED)
    assert too_late.value.code == "DELIVERY_COMPLETING"
    assert line.put == sent
    assert delivery.receipt is not None
    assert delivery.receipt.total_files == 6


@pytest.mark.proves("CHO-07")
async def test_no_marker_is_written_while_a_file_is_missing(label: Label) -> None:
    async def truncate(path: str) -> None:
        if path.endswith("_002.wav"):
            file = label.folder / path
            file.write_bytes(file.read_bytes()[:-1])

    clock, line = FixedClock(), HookedTransport(after=truncate)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert delivery.error.code == "UPLOAD_INCOMPLETE"
    assert delivery.status is Status.RETRYING
    assert not any(path.endswith("BatchComplete.txt") for path in label.files())


@pytest.mark.proves("MD5-03")
async def test_a_file_that_was_changed_on_its_way_is_noticed_where_hashes_are_compared(label: Label) -> None:
    async def change(path: str) -> None:
        if path.endswith("_002.wav"):
            flip(label.folder / path, 1000)

    label = with_line(label, HookedTransport(after=change))
    release, target = await label.release(), await label.target(transport="hooked", verify_after_upload=True)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.error.code, delivery.error.retryable) == ("UPLOAD_CORRUPTED", True)
    assert not any(path.endswith("BatchComplete.txt") for path in label.files())


@pytest.mark.proves("RTY-01")
async def test_what_nobody_foresaw_is_an_unknown_error_with_limited_retries(label: Label) -> None:
    async def explode(path: str) -> None:
        raise RuntimeError("a bug in a plugin")

    clock = FixedClock()
    label = with_line(label, HookedTransport(connecting=explode), clock)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.RETRYING
    assert delivery.error is not None
    assert (delivery.error.category, delivery.error.code) == (ErrorCategory.UNKNOWN, "UNEXPECTED_ERROR")
    assert "a bug in a plugin" in delivery.error.message


def test_a_full_storage_of_our_own_is_tried_again_and_a_bad_release_is_not() -> None:
    full = describe_failure(DomainError("OBJECT_STORAGE_FULL", "no room"))
    bad = describe_failure(DomainError("ICPN_INVALID", "wrong check digit", ("icpn",)))
    broken = describe_failure(DomainError("ASSET_CORRUPTED", "changed"))
    sealed = describe_failure(DomainError("SECRET_UNREADABLE", "wrong key"))

    assert [each.retryable for each in (full, bad, broken, sealed)] == [True, False, False, False]
    assert [each.category for each in (bad, broken, sealed)] == [
        ErrorCategory.METADATA_INVALID,
        ErrorCategory.CONTENT_FORMAT,
        ErrorCategory.AUTH_INVALID,
    ]
    assert bad.message == "ICPN_INVALID: wrong check digit (at icpn)"


async def test_a_target_that_is_mended_takes_the_retried_delivery(label: Label, tmp_path: Path) -> None:
    release = await label.release()
    target = await label.broken_target()

    failed = await label.deliver([release.id], target.id)
    await label.targets.update(target.id, TargetChanges(settings={"directory": str(label.folder)}))
    delivery = await label.work(await label.deliveries.retry(failed.id))

    assert failed.error is not None
    assert (failed.status, failed.error.code) == (Status.FAILED, "FOLDER_NOT_ALLOWED")
    assert delivery.status is Status.DISTRIBUTED


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def failing(category: ErrorCategory, code: str, *, after: float | None = None) -> HookedTransport:
    """A line on which every connection fails in this way."""

    async def fail(path: str) -> None:
        raise TransportError(category, code, "not now", retryable=True, retry_after=after)

    return HookedTransport(connecting=fail)


async def work_until_it_ends(label: Label, clock: FixedClock, made: DeliveryDocument) -> list[float]:
    """Make every attempt in its moment; the seconds between them."""
    delays = []
    while (await label.work(made)).status is Status.RETRYING:
        due = (await batch_of(label, made.batch_id)).due_at
        delays.append((due - clock.now()).total_seconds())
        clock.set(due)
    return delays


@pytest.mark.proves("RTS-03", "ERR-06")
async def test_a_platform_that_is_asked_too_often_says_when_to_come_back(label: Label) -> None:
    clock = FixedClock()
    label = with_line(label, failing(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", after=100), clock)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    delays = await work_until_it_ends(label, clock, made)

    warnings = (await label.deliveries.logs(made.id, LogLevel.WARNING)).documents
    assert delays == [100, 100, 120, 240, 480]
    assert {line.details["strategy"] for line in warnings if line.step == "retry_scheduled"} == {"scheduled"}


@pytest.mark.proves("RTS-02", "RTS-05", "ERR-07")
async def test_a_platform_that_is_down_is_tried_ten_times_more_with_doubling_pauses(label: Label) -> None:
    clock = FixedClock()
    label = with_line(label, failing(ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE"), clock)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    delays = await work_until_it_ends(label, clock, made)

    failed = await label.deliveries.get(made.id)
    assert delays == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (failed.status, len(failed.attempts)) == (Status.FAILED, 11)
    assert failed.failed_at == clock.now()


@pytest.mark.parametrize(
    ("category", "code", "attempts"),
    [
        (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", 3),
        (ErrorCategory.NETWORK_CONNECTIVITY, "HOST_NOT_FOUND", 4),
        (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_REFUSED", 6),
        (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", 3),
        (ErrorCategory.NETWORK_TIMEOUT, "CONNECT_TIMEOUT", 6),
        (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", 4),
        (ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", 6),
        (ErrorCategory.API_UNAVAILABLE, "FTP_UNAVAILABLE", 11),
        (ErrorCategory.AUTH_EXPIRED, "CREDENTIALS_EXPIRED", 4),
        (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", 3),
        (ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", 4),
        (ErrorCategory.UNKNOWN, "UNEXPECTED_ERROR", 4),
        (ErrorCategory.UNKNOWN, "WORKER_LOST", 4),
        (ErrorCategory.UNKNOWN, "ENDPOINT_MISSING", 1),
        (ErrorCategory.CONTENT_FORMAT, "ASSET_CORRUPTED", 1),
        (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", 1),
    ],
)
@pytest.mark.proves("ERR-06", "ERR-10", "ERR-12", "WFL-21", "REC-01", "JOB-10")
def test_each_kind_of_failure_has_its_number_of_attempts(
    settings: Settings, category: ErrorCategory, code: str, attempts: int
) -> None:
    error = describe_failure(TransportError(category, code, "not now", retryable=True))

    assert most_attempts(settings, error) == attempts
    assert most_attempts(settings, error, 2) == min(attempts, 2)
    assert most_attempts(settings, error.model_copy(update={"retryable": False})) == 1


@pytest.mark.parametrize(
    ("category", "code", "attempts"),
    [
        # Rows RTS-02 and ERR-10: ten retries at most, three of what nobody can name.
        (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", 11),
        (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", 4),
        (ErrorCategory.UNKNOWN, "WORKER_LOST", 4),
    ],
)
@pytest.mark.proves("RTS-02", "ERR-10")
def test_no_setting_makes_more_attempts_than_there_may_be(
    settings: Settings, category: ErrorCategory, code: str, attempts: int
) -> None:
    error = describe_failure(TransportError(category, code, "not now", retryable=True))
    generous = settings.model_copy(update={"retry_attempts": 20})

    assert most_attempts(generous, error) == attempts
    assert most_attempts(settings, error, 20) == attempts
    assert most_attempts(generous, error, 2) == 2


@pytest.mark.proves("RTS-02")
def test_more_than_ten_retries_cannot_be_set() -> None:
    assert (Settings(retry_attempts=11).retry_attempts, TargetLimits(attempts=11).attempts) == (11, 11)
    with pytest.raises(ValidationError, match="less than or equal to 11"):
        Settings(retry_attempts=12)
    with pytest.raises(ValidationError, match="less than or equal to 11"):
        TargetLimits(attempts=12)


def test_a_target_may_allow_more_where_no_number_is_fixed(settings: Settings) -> None:
    lost = describe_failure(cut())

    assert (settings.retry_attempts, most_attempts(settings, lost, 11)) == (3, 11)
    assert strategy_of(lost) is RetryStrategy.BACKOFF
    assert strategy_of(lost, asked=10) is RetryStrategy.SCHEDULED
    assert strategy_of(lost.model_copy(update={"retryable": False})) is RetryStrategy.MANUAL


async def test_the_target_says_how_often_it_is_tried(label: Label) -> None:
    clock = FixedClock()
    label = with_line(label, failing(ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE"), clock)
    release = await label.release()
    target = await label.target(transport="hooked", limits=TargetLimits(attempts=2))
    (made,) = await label.deliveries.create([release.id], target.id)

    assert await work_until_it_ends(label, clock, made) == [30]


@pytest.mark.proves("RTS-04")
async def test_a_failure_that_lasts_is_retried_only_after_a_change(label: Label) -> None:
    async def refuse(path: str) -> None:
        raise TransportError(ErrorCategory.CONTENT_FORMAT, "PLATFORM_SAYS_NO", "not this", retryable=False)

    line = HookedTransport(connecting=refuse)
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    failed = await label.deliver([release.id], target.id)
    line.connecting = HookedTransport().connecting

    with pytest.raises(DomainError) as refused:
        await label.deliveries.retry(failed.id)
    still = await label.deliveries.get(failed.id)
    await label.retitle(release.id, "Night Drive, mended")
    delivery = await label.work(await label.deliveries.retry(failed.id))

    assert (refused.value.code, refused.value.path) == ("RETRY_NEEDS_CHANGE", ("id",))
    assert CATEGORIES[ErrorCategory.CONTENT_FORMAT].action in refused.value.message
    assert still.status is Status.FAILED
    assert (delivery.status, delivery.failed_at, delivery.failed_as) == (Status.DISTRIBUTED, None, None)
