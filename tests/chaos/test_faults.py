"""One fault at a time, on real servers: how the delivery ends, what the DSP then has, and what people are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from pydantic import SecretStr

from distro_api.receiver import Receiver, ReceiverUser
from distro_api.receiver.server import RecordingServer
from distro_core.delivery.documents import BatchDocument
from distro_core.delivery.engine import run_batch
from distro_core.delivery.status.webhooks import receive_call
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.objects.local import LocalObjectStorage
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_sdk.errors import ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.dsp import PASSWORD, arrivals, deliver, ended, errors, sftp_target
from tests.delivery.label import Label
from tests.delivery.test_platform_webhooks import call, now_of, target_of, waiting
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport
from tests.delivery.workers import worker
from tests.exchange_servers import small_disk, wait_until

MARKER = "BatchComplete.txt"


@asynccontextmanager
async def dsp_that(folder: Path, **methods: object) -> AsyncIterator[Receiver]:
    """A DSP whose SFTP server has other methods."""

    class Strange(Receiver):
        session = type("StrangeSession", (RecordingServer,), methods)

    async with Strange(folder, [ReceiverUser("label", password=PASSWORD)]) as receiver:
        yield receiver


def markers(receiver: Receiver) -> int:
    """How often a completion marker came to stand at its place."""
    return sum(count for place, count in arrivals(receiver).items() if place.endswith(MARKER))


def flip(data: bytes) -> bytes:
    """The same length with another first byte."""
    return bytes([data[0] ^ 0xFF]) + data[1:]


async def test_a_refused_rename_ends_at_once_with_a_reason_and_without_a_marker(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    async def refuse(self: RecordingServer, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("renaming is not allowed here")

    release = await label.release()
    async with dsp_that(tmp_path / "dsp", posix_rename=refuse, rename=refuse) as receiver, worker(platform):
        delivery = await deliver(label, release.id, await sftp_target(label, receiver))
        left = [path for path in receiver.user_folder("label").rglob("*") if path.is_file()]

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.FAILED, "RENAME_REFUSED")
    assert (delivery.error.category, len(delivery.attempts)) == (ErrorCategory.AUTH_INVALID, 1)
    assert "renaming is not allowed here" in delivery.error.message
    assert left == []


async def test_a_file_that_is_stored_otherwise_is_sent_again(label: Label, platform: Platform, tmp_path: Path) -> None:
    spoilt: Counter[str] = Counter()

    async def write(self: RecordingServer, file_obj: object, offset: int, data: bytes) -> int:
        path = self._open[id(file_obj)].path
        spoilt[path] += 1
        first = path.endswith(".wav.part") and spoilt[path] == 1
        return await RecordingServer.write(self, file_obj, offset, flip(data) if first else data)

    release = await label.release()
    async with dsp_that(tmp_path / "dsp", write=write) as receiver, worker(platform):
        delivery = await deliver(label, release.id, await sftp_target(label, receiver, verify_after_upload=True))
        report = await receiver.wait_for_report(delivery.batch_id)

    assert (delivery.status, errors(report), markers(receiver)) == (Status.LIVE, [], 1)
    assert {attempt.error.code for attempt in delivery.attempts if attempt.error} == {"UPLOAD_CORRUPTED"}
    assert delivery.receipt is not None
    assert delivery.receipt.hashes_verified


async def test_a_disk_that_always_stores_something_else_never_gets_a_marker(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    async def write(self: RecordingServer, file_obj: object, offset: int, data: bytes) -> int:
        wrong = self._open[id(file_obj)].path.endswith(".wav.part")
        return await RecordingServer.write(self, file_obj, offset, flip(data) if wrong else data)

    release = await label.release()
    async with dsp_that(tmp_path / "dsp", write=write) as receiver, worker(platform):
        delivery = await deliver(label, release.id, await sftp_target(label, receiver, verify_after_upload=True))

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.FAILED, "UPLOAD_CORRUPTED")
    assert (len(delivery.attempts), markers(receiver)) == (3, 0)


async def test_a_marker_that_is_stored_otherwise_is_sent_again_and_nothing_else(label: Label) -> None:
    clock = FixedClock()

    async def spoil(path: str) -> None:
        place = label.folder / path
        if path.endswith(MARKER) and line.put.count(path) == 1:
            place.write_bytes(flip(place.read_bytes()))

    line = HookedTransport(after=spoil)
    hooked = with_line(label, line, clock)
    release, target = await hooked.release(), await hooked.target(transport="hooked", verify_after_upload=True)

    first = await hooked.deliver([release.id], target.id)
    sent = list(line.put)
    clock.advance(60)
    second = await hooked.work(first)

    assert first.attempts[0].error is not None
    assert (first.status, first.attempts[0].error.code) == (Status.RETRYING, "UPLOAD_CORRUPTED")
    assert second.status is Status.DISTRIBUTED
    assert line.put[len(sent) :] == sent[-1:]
    assert line.put[-1].endswith(MARKER)


async def test_a_refused_login_ends_at_once_and_a_corrected_password_brings_the_rest(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    release = await label.release()
    async with dsp_that(tmp_path / "dsp") as receiver, worker(platform):
        target = await sftp_target(label, receiver, secrets={"password": SecretStr("outdated")})
        refused = await deliver(label, release.id, target)
        left = [path for path in receiver.user_folder("label").rglob("*") if path.is_file()]
        shown = markers(receiver)
        await label.targets.update(target.id, TargetChanges(secrets={"password": SecretStr(PASSWORD)}))
        delivery = await ended(label, await label.deliveries.retry(refused.id))
        report = await receiver.wait_for_report(delivery.batch_id)

    assert refused.error is not None
    assert (refused.status, refused.error.code) == (Status.FAILED, "LOGIN_REFUSED")
    assert (refused.error.category, len(refused.attempts)) == (ErrorCategory.AUTH_INVALID, 1)
    assert (left, shown) == ([], 0)
    assert (delivery.status, delivery.message_id) == (Status.LIVE, refused.message_id)
    assert (errors(report), markers(receiver)) == ([], 1)


async def test_a_disk_of_the_dsp_that_is_full_once_gets_everything_later(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    full: list[str] = []

    async def write(self: RecordingServer, file_obj: object, offset: int, data: bytes) -> int:
        path = self._open[id(file_obj)].path
        if not full and path.endswith(".wav.part"):
            full.append(path)
            raise asyncssh.SFTPNoSpaceOnFilesystem("No space left on device")
        return await RecordingServer.write(self, file_obj, offset, data)

    release = await label.release()
    async with dsp_that(tmp_path / "dsp", write=write) as receiver, worker(platform):
        delivery = await deliver(label, release.id, await sftp_target(label, receiver))
        report = await receiver.wait_for_report(delivery.batch_id)

    assert len(full) == 1
    assert [attempt.error and attempt.error.code for attempt in delivery.attempts] == ["REMOTE_DISK_FULL", None]
    assert (delivery.status, errors(report), markers(receiver)) == (Status.LIVE, [], 1)


async def test_a_server_that_accepts_and_then_stalls_gets_the_rest_later(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    stalled, over = asyncio.Event(), asyncio.Event()
    sessions: set[RecordingServer] = set()

    async def write(self: RecordingServer, file_obj: object, offset: int, data: bytes) -> int:
        if not stalled.is_set() and self._open[id(file_obj)].path.endswith(".wav.part"):
            stalled.set()
            sessions.add(self)
            await over.wait()
            raise asyncssh.SFTPFailure("this line is no more")
        return await RecordingServer.write(self, file_obj, offset, data)

    release = await label.release()
    async with dsp_that(tmp_path / "dsp", write=write) as receiver, worker(platform):
        target = await sftp_target(label, receiver)
        settings = {**target.settings, "stall_timeout": 1.5}
        patient = await sftp_target(label, receiver, name="Patient", settings=settings)
        delivery = await deliver(label, release.id, patient)
        report = await receiver.wait_for_report(delivery.batch_id)
        over.set()
        await wait_until(lambda: not any(session._open for session in sessions))

    assert [attempt.error.code for attempt in delivery.attempts if attempt.error] == ["TRANSFER_STALLED"]
    assert (delivery.status, errors(report), markers(receiver)) == (Status.LIVE, [], 1)


async def test_a_full_object_storage_of_our_own_is_waited_for(label: Label, tmp_path: Path) -> None:
    clock = FixedClock()
    try:
        with small_disk(tmp_path / "objects", 4_000_000) as disk:
            label = label.with_scope(objects=LocalObjectStorage(disk), clock=clock)
            release, target = await label.release(), await label.target()
            (made,) = await label.deliveries.create([release.id], target.id)
            _fill(disk / "filler")

            full = await label.work(made)
            (disk / "filler").unlink()
            clock.advance(60)
            after = await label.work(made)
    except OSError as error:
        pytest.skip(f"no small file system can be mounted here: {error}")

    assert full.error is not None or full.attempts[0].error is not None
    assert full.status is Status.RETRYING
    assert [attempt.error.code for attempt in after.attempts if attempt.error] == ["OBJECT_STORAGE_FULL"]
    assert (after.status, after.message_id) == (Status.DISTRIBUTED, made.message_id)


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        try:
            while filler.write(b"\0" * 4096):
                continue
        except OSError:
            return


@pytest.mark.proves("LOC-01", "LOC-02")
async def test_a_clock_that_jumps_forward_lets_another_worker_take_over_and_nothing_is_doubled(label: Label) -> None:
    clock, reached, go_on = FixedClock(), asyncio.Event(), asyncio.Event()

    async def hang_at_a_track(path: str) -> None:
        if path.endswith(".wav"):
            reached.set()
            await go_on.wait()

    slow, quick = HookedTransport(before=hang_at_a_track), HookedTransport()
    first, second = with_line(label, slow, clock), with_line(label, quick, clock)
    release, target = await first.release(), await first.target(transport="hooked")
    (made,) = await first.deliveries.create([release.id], target.id)

    working = asyncio.create_task(run_batch(first.scope, made.batch_id))
    await reached.wait()
    clock.advance(3600)
    await run_batch(second.scope, made.batch_id)
    clock.advance(3600)
    await run_batch(second.scope, made.batch_id)
    go_on.set()
    await working

    delivery = await label.deliveries.get(made.id)
    assert delivery.status is Status.DISTRIBUTED
    assert [attempt.error.code for attempt in delivery.attempts if attempt.error] == ["WORKER_LOST"]
    assert [path for path in (*slow.put, *quick.put) if path.endswith(MARKER)] == [f"{made.batch_id}/{MARKER}"]


async def test_a_clock_that_is_set_back_delays_and_loses_nothing(label: Label) -> None:
    clock, line = FixedClock(), HookedTransport()
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    clock.advance(-3600)
    early = await run_batch(label.scope, made.batch_id)
    clock.advance(3600)
    late = await label.work(made)

    assert (early, late.status, len(late.attempts)) == (False, Status.DISTRIBUTED, 1)


async def test_a_clock_that_is_set_back_while_files_travel_changes_nothing(label: Label) -> None:
    clock = FixedClock()

    async def set_back(path: str) -> None:
        if path.endswith(".jpg"):
            clock.advance(-3600)

    line = HookedTransport(before=set_back)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert (delivery.status, len(delivery.attempts)) == (Status.DISTRIBUTED, 1)
    assert Counter(line.put).most_common(1)[0][1] == 1
    batch = await label.scope.store.collection(BatchDocument).get(delivery.batch_id)
    assert batch.leased_until is None


@pytest.mark.proves("API-40")
async def test_a_call_that_comes_ten_times_at_once_counts_once(label_a: Scope) -> None:
    delivery = await waiting(label_a)
    target = await target_of(label_a, delivery)
    body = call({"deliveryId": delivery.id, "status": "live"}, id="event-1")

    told = await asyncio.gather(*(receive_call(label_a, target, body) for _ in range(10)), return_exceptions=True)

    after = await now_of(label_a, delivery)
    assert [type(outcome) for outcome in told if outcome is not None] == [Counter]
    assert (after.status, len(after.history)) == (Status.LIVE, 1)
