"""Deliveries over real SFTP to the conformance receiver, by a real worker, until they are acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from distro_api.receiver import Receiver, ReceiverOptions, Rules, SchemaFolder
from distro_core.delivery.documents import TransferStatus
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.embedded import ServiceUrls
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.errors import ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.dsp import PASSWORD, arrivals, deliver, ended, errors, receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.material import silence
from tests.delivery.workers import WorkerProcess, worker, worker_process

FILES = 7
"""Of a release of three tracks: manifest, message, three recordings, cover and completion marker."""

KILL_POINTS = list(
    itertools.islice(itertools.cycle([3, 1, 2, 4, 5, 6, FILES]), int(os.environ.get("DISTRO_KILL_REPEATS", "1")))
)
"""After how many files the worker is killed, one run each; `DISTRO_KILL_REPEATS` asks for more of them."""


StartWorker = Callable[[], AbstractAsyncContextManager[WorkerProcess]]


@pytest.fixture
def start_worker(settings: Settings, services: ServiceUrls) -> StartWorker:
    """Starts a worker in a process of its own."""
    return partial(worker_process, settings, services)


@pytest.mark.proves("PRO-02", "RCP-03", "QUE-04", "STT-05", "WFL-14", "WFL-17")
async def test_a_release_goes_live_is_updated_and_is_removed(
    label: Label, platform: Platform, receiver: Receiver
) -> None:
    release, target = await label.release(), await sftp_target(label, receiver)

    async with worker(platform):
        initial = await deliver(label, release.id, target)
        await label.retitle(release.id, "Night Drive (Deluxe)")
        update = await deliver(label, release.id, target)
        await label.releases.take_down(release.id)
        takedown = await deliver(label, release.id, target)

    assert (initial.status, update.status, takedown.status) == (Status.LIVE, Status.UPDATED, Status.REMOVED)
    for delivery in (initial, update, takedown):
        report = await receiver.wait_for_report(delivery.batch_id)
        assert errors(report) == []
        assert delivery.acknowledgement is not None
        assert delivery.receipt is not None
        assert delivery.receipt.target_protocol == "sftp"
    assert set(arrivals(receiver).values()) == {1}


@pytest.mark.proves("CHO-02", "RCP-03", "VAL-01")
async def test_with_the_official_schemas_both_sides_find_nothing_wrong(
    label: Label, platform: Platform, tmp_path: Path, ddex_folder: Path
) -> None:
    release = await label.release()
    options = ReceiverOptions(rules=Rules(schemas=SchemaFolder(ddex_folder)))
    async with receiver_at(tmp_path / "dsp", options=options) as receiver:
        target = await sftp_target(label, receiver)

        async with worker(platform, ddex_schemas=ddex_folder):
            delivery = await deliver(label, release.id, target)

        report = await receiver.wait_for_report(delivery.batch_id)
    assert delivery.status is Status.LIVE
    assert report.findings == ()
    assert delivery.validation is not None
    assert (delivery.validation.schema_valid, delivery.validation.content_valid) == (True, True)
    assert delivery.receipt is not None
    assert delivery.receipt.schema_judge == "XSD ern/4.3"


@pytest.mark.proves("PRO-02", "MD5-03")
async def test_files_are_read_back_where_the_target_asks_for_it(
    label: Label, platform: Platform, receiver: Receiver
) -> None:
    release, target = await label.release(), await sftp_target(label, receiver, verify_after_upload=True)

    async with worker(platform):
        delivery = await deliver(label, release.id, target)

    assert delivery.receipt is not None
    assert delivery.receipt.hashes_verified is True


@pytest.mark.proves("PRO-02", "MD5-03")
async def test_files_are_hashed_as_they_come_back_whatever_their_size(
    label: Label, platform: Platform, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is large enough here to be left out, or small enough to be held in memory whole."""
    monkeypatch.setattr("distro_core.delivery.transfer.MOST_READ_BACK", 0, raising=False)
    release, target = await label.release(), await sftp_target(label, receiver, verify_after_upload=True)

    async with worker(platform):
        delivery = await deliver(label, release.id, target)

    assert delivery.receipt is not None
    assert delivery.receipt.hashes_verified is True


async def test_two_tenants_deliver_to_one_receiver(
    label: Label, other_label: Label, platform: Platform, receiver: Receiver
) -> None:
    ours, theirs = await label.release(), await other_label.release()
    our_target, their_target = await sftp_target(label, receiver), await sftp_target(other_label, receiver)
    theirs_settings = {**their_target.settings, "username": "other"}
    their_target = await other_label.targets.update(their_target.id, TargetChanges(settings=theirs_settings))

    async with worker(platform):
        ended_both = await asyncio.gather(
            deliver(label, ours.id, our_target), deliver(other_label, theirs.id, their_target)
        )

    assert [delivery.status for delivery in ended_both] == [Status.LIVE, Status.LIVE]
    assert {report.user for report in receiver.reports} == {"label", "other"}


async def test_a_refused_login_fails_at_once_and_is_mended_by_a_new_password(
    label: Label, platform: Platform, receiver: Receiver
) -> None:
    release = await label.release()
    target = await sftp_target(label, receiver, secrets={"password": SecretStr("wrong")})

    async with worker(platform):
        failed = await deliver(label, release.id, target)
        await label.targets.update(target.id, TargetChanges(secrets={"password": SecretStr(PASSWORD)}))
        delivery = await ended(label, await label.deliveries.retry(failed.id))

    assert (failed.status, len(failed.attempts)) == (Status.FAILED, 1)
    assert failed.error is not None
    assert (failed.error.category, failed.error.code) == (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED")
    assert (delivery.status, delivery.message_id) == (Status.LIVE, failed.message_id)


async def test_a_changed_host_key_fails_at_once_and_nothing_is_sent(
    label: Label, platform: Platform, receiver: Receiver, tmp_path: Path
) -> None:
    release = await label.release()
    async with receiver_at(tmp_path / "impostor") as impostor:
        target = await sftp_target(label, receiver)
        moved = {**target.settings, "port": impostor.port}
        await label.targets.update(target.id, TargetChanges(settings=moved))

        async with worker(platform):
            failed = await deliver(label, release.id, target)

        assert failed.error is not None
        assert (failed.status, failed.error.code) == (Status.FAILED, "HOST_KEY_CHANGED")
        assert (failed.error.retryable, len(failed.attempts)) == (False, 1)
        assert list(impostor.events) == []


async def test_a_full_disk_at_the_receiver_fails_without_a_marker_and_nothing_is_lost(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    release = await label.release(silence(5), silence(6))
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(quota=1_000_000)) as full:
        target = await sftp_target(label, full, limits=TargetLimits(attempts=3))
        async with worker(platform):
            failed = await deliver(label, release.id, target)
        place = full.port
        arrived = {path for path in arrivals(full) if path.endswith("BatchComplete.txt")}

    async with receiver_at(tmp_path / "dsp", place), worker(platform):
        delivery = await ended(label, await label.deliveries.retry(failed.id))

    assert (failed.status, arrived) == (Status.FAILED, set())
    assert failed.error is not None
    assert failed.error.code == "REMOTE_DISK_FULL"
    assert len(failed.attempts) == 3
    assert delivery.status is Status.LIVE
    assert (delivery.message_id, delivery.batch_id) == (failed.message_id, failed.batch_id)


@pytest.mark.proves("PRO-12", "RTS-01")
async def test_after_a_cut_line_the_rest_is_sent_at_once(label: Label, platform: Platform, tmp_path: Path) -> None:
    release = await label.release(silence(20), silence(21), silence(22))
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(latency=0.01)) as receiver:
        target = await sftp_target(label, receiver)
        async with worker(platform):
            (made,) = await label.deliveries.create([release.id], target.id)
            async with asyncio.timeout(60):
                while sum(arrivals(receiver).values()) < 3:
                    await asyncio.sleep(0.005)
            await receiver.cut()
            delivery = await ended(label, made)

        assert delivery.status is Status.LIVE
        (attempt,) = delivery.attempts
        assert {file.status for file in attempt.files} == {TransferStatus.COMPLETED}
        assert set(arrivals(receiver).values()) == {1}


async def test_a_receiver_that_is_down_gets_its_delivery_when_it_is_back(
    label: Label, platform: Platform, tmp_path: Path
) -> None:
    release = await label.release()
    async with receiver_at(tmp_path / "dsp") as receiver:
        target = await sftp_target(label, receiver)
        place = receiver.port

    async with worker(platform, retry_delay=0.5):
        (made,) = await label.deliveries.create([release.id], target.id)
        async with asyncio.timeout(60):
            while (await label.deliveries.get(made.id)).status is not Status.RETRYING:
                await asyncio.sleep(0.02)
        async with receiver_at(tmp_path / "dsp", place):
            delivery = await ended(label, made)

    assert delivery.status is Status.LIVE
    assert delivery.attempts[0].error is not None
    assert delivery.attempts[0].error.code == "CONNECTION_REFUSED"


@pytest.mark.slow
@pytest.mark.proves("QUE-01", "LOC-02", "RTY-04", "CHO-07")
@pytest.mark.parametrize("kill_after", KILL_POINTS)
async def test_a_killed_worker_is_replaced_and_no_file_is_sent_twice(
    label: Label, platform: Platform, start_worker: StartWorker, tmp_path: Path, kill_after: int
) -> None:
    release = await label.release(silence(20), silence(21), silence(22))
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(latency=0.01)) as receiver:
        target = await sftp_target(label, receiver)
        async with start_worker() as doomed:
            (made,) = await label.deliveries.create([release.id], target.id)
            async with asyncio.timeout(60):
                while sum(arrivals(receiver).values()) < kill_after:
                    await asyncio.sleep(0.002)
            await doomed.kill()

        async with worker(platform):
            delivery = await ended(label, made)

        report = await receiver.wait_for_report(delivery.batch_id)
        assert delivery.status is Status.LIVE
        assert errors(report) == []
        assert len(arrivals(receiver)) == FILES
        assert set(arrivals(receiver).values()) == {1}
        assert len(receiver.reports) == 1
        lost = [attempt.error.code for attempt in delivery.attempts if attempt.error]
        assert lost == ["WORKER_LOST"] or kill_after == FILES


@pytest.mark.slow
async def test_a_worker_that_is_asked_to_stop_gives_its_delivery_back(
    label: Label, platform: Platform, start_worker: StartWorker, tmp_path: Path
) -> None:
    release = await label.release()
    async with receiver_at(tmp_path / "dsp") as receiver:
        target = await sftp_target(label, receiver)
        async with start_worker() as stopped:
            first = await deliver(label, release.id, target)
            status = await stopped.stop()
        other = await label.release()
        async with worker(platform):
            second = await deliver(label, other.id, target)

    assert status == 0
    assert (first.status, second.status) == (Status.LIVE, Status.LIVE)
