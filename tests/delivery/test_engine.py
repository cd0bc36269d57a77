"""The way of a delivery from the queue to the platform when all goes well."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
import structlog.testing

from distro_api.graphql.live import follow_logs
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import (
    AttemptStatus,
    BatchDocument,
    BatchStatus,
    DeliveryLogDocument,
    LogLevel,
    TransferStatus,
)
from distro_core.delivery.logs import COMPLETION
from distro_core.delivery.targets.drafts import TargetChanges
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import FileKind, TargetType
from distro_sdk.models.message import MessageSubtype
from distro_sdk.xml import parse_message
from tests.delivery.label import Label
from tests.delivery.material import cover, tone
from tests.delivery.transports import HookedTransport, with_transport
from tests.exchange_servers import wait_until

INITIAL_WAY = [Status.VALIDATING, Status.QUEUED, Status.PREPARING, Status.UPLOADING]


def message_of(folder: Path, batch_id: str, message_id: str, place: int = 1) -> bytes:
    return (folder / batch_id / f"Release{place}" / f"{message_id}.xml").read_bytes()


@pytest.mark.proves("QUE-01", "QUE-03", "STT-02", "MSG-01", "MSG-02", "MSG-03", "JOB-04", "CAT-12")
async def test_a_release_is_delivered_updated_and_taken_down(label: Label) -> None:
    release, target = await label.release(), await label.target()

    initial = await label.deliver([release.id], target.id)
    delivered = await label.releases.get(release.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    update = await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)
    takedown = await label.deliver([release.id], target.id)

    assert [line.status for line in initial.history] == [*INITIAL_WAY, Status.DISTRIBUTED]
    assert delivered.status is ReleaseStatus.DELIVERED
    assert [line.status for line in update.history] == [
        *INITIAL_WAY,
        Status.DISTRIBUTED,
        Status.UPDATING,
        Status.UPDATED,
    ]
    assert [line.status for line in takedown.history] == [
        *INITIAL_WAY,
        Status.DISTRIBUTED,
        Status.TAKEDOWN_REQUESTED,
        Status.REMOVED,
    ]
    assert [each.subtype for each in (initial, update, takedown)] == list(MessageSubtype)
    assert (await label.releases.get(release.id)).status is ReleaseStatus.TAKEN_DOWN
    assert initial.batch_id < update.batch_id < takedown.batch_id


@pytest.mark.proves("CHO-02", "CHO-03", "CHO-04", "CHO-05", "CHO-06", "CHO-07")
async def test_the_package_holds_every_file_and_its_marker_is_written_last(label: Label) -> None:
    transport = HookedTransport()
    label = label.with_scope(plugins=with_transport(label.scope, transport).plugins)
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    folder, upc = delivery.batch_id, release.icpn
    assert label.files() == sorted(
        [
            f"{folder}/BatchManifest.xml",
            f"{folder}/BatchComplete.txt",
            f"{folder}/Release1/{delivery.message_id}.xml",
            f"{folder}/Release1/audio/{upc}_01_001.wav",
            f"{folder}/Release1/audio/{upc}_01_002.wav",
            f"{folder}/Release1/images/{upc}.jpg",
        ]
    )
    assert transport.put[0] == f"{folder}/BatchManifest.xml"
    assert transport.put[-1] == f"{folder}/BatchComplete.txt"
    assert sorted(transport.put) == label.files()
    assert (label.folder / f"{folder}/Release1/audio/{upc}_01_001.wav").read_bytes() == tone(440)
    assert (label.folder / f"{folder}/Release1/images/{upc}.jpg").read_bytes() == cover()
    assert parse_message(message_of(label.folder, folder, delivery.message_id)).name == "NewReleaseMessage"


@pytest.mark.proves("RTY-03")
async def test_the_attempt_lists_every_file_with_its_bytes(label: Label) -> None:
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    (attempt,) = delivery.attempts
    assert (attempt.number, attempt.status, attempt.error) == (1, AttemptStatus.SUCCESS, None)
    assert attempt.ended_at is not None
    assert attempt.ended_at >= attempt.started_at
    assert {file.status for file in attempt.files} == {TransferStatus.COMPLETED}
    sizes = {path: (label.folder / path).stat().st_size for path in label.files()}
    assert {file.path: file.bytes_transferred for file in attempt.files} == sizes
    assert {file.path: file.total_bytes for file in attempt.files} == sizes


@pytest.mark.proves("RCP-01", "RCP-02", "MD5-01", "MD5-03")
async def test_the_receipt_says_what_was_sent_to_whom_and_when(label: Label) -> None:
    release, target = await label.release(), await label.target(verify_after_upload=True)

    delivery = await label.deliver([release.id], target.id)

    receipt = delivery.receipt
    assert receipt is not None
    assert (receipt.delivery_id, receipt.release_id, receipt.target_id) == (delivery.id, release.id, target.id)
    assert (receipt.tenant_id, receipt.icpn) == (label.scope.tenant_id, release.icpn)
    assert (receipt.release_title, receipt.release_artist) == (release.title, release.display_artist)
    assert (receipt.target_name, receipt.target_protocol, receipt.target_type) == (
        target.name,
        "local-folder",
        TargetType.DSP,
    )
    assert (receipt.message_type, receipt.message_subtype) == ("NewReleaseMessage", MessageSubtype.INITIAL)
    assert (receipt.format, receipt.message_id, receipt.batch_id) == (
        "ern/4.3",
        delivery.message_id,
        delivery.batch_id,
    )
    assert (receipt.audio_count, receipt.image_count, receipt.total_files, receipt.attempts) == (2, 1, 6, 1)
    assert receipt.total_bytes == sum((label.folder / path).stat().st_size for path in label.files())
    assert (receipt.status, receipt.hashes_verified, receipt.validation_valid) == (Status.DISTRIBUTED, True, True)
    assert receipt.delivery_started <= receipt.delivery_completed
    audio = [file for file in receipt.files if file.kind is FileKind.AUDIO]
    assert [file.original_name for file in audio] == ["take 1.wav", "take 2.wav"]
    assert audio[0].md5 == hashlib.md5(tone(440)).hexdigest()
    assert audio[0].size == len(tone(440))
    assert {file.path for file in receipt.files} == set(label.files())
    assert set(receipt.durations) >= {"package_preparation", "local_folder_upload", "local_folder_complete"}


@pytest.mark.proves("MD5-03")
async def test_a_receipt_does_not_claim_hashes_that_nobody_compared(label: Label) -> None:
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    assert delivery.receipt is not None
    assert delivery.receipt.hashes_verified is False


@pytest.mark.proves("LOG-01", "LOG-02", "LOG-04", "LOG-05", "JOB-02")
async def test_the_log_names_each_step_once_in_order_with_its_duration(label: Label) -> None:
    release, target = await label.release(), await label.target()

    with structlog.testing.capture_logs() as records:
        delivery = await label.deliver([release.id], target.id)

    lines = (await label.deliveries.logs(delivery.id)).documents
    assert [line.step for line in lines] == [
        "initialization",
        "target_configuration",
        "validation",
        "package_preparation",
        "delivery_execution",
        "local_folder_connect",
        "local_folder_upload",
        "local_folder_complete",
        "receipt_generation",
        "completion",
    ]
    assert all(line.duration is not None and line.duration >= 0 for line in lines)
    assert [line.level for line in lines] == [LogLevel.INFO] * 9 + [LogLevel.SUCCESS]
    started = next(line for line in lines if line.message == "Delivery started")
    assert delivery.receipt is not None
    assert started.details == {
        "deliveryId": delivery.id,
        "releaseId": release.id,
        "targetId": target.id,
        "protocol": "local-folder",
        "fileCount": 6,
        "totalSize": delivery.receipt.total_bytes,
    }
    (record,) = [record for record in records if record["event"] == "Delivery started"]
    assert started.details.items() <= record.items()
    assert (delivery.current_step, delivery.last_log_at is not None) == ("completion", True)


@pytest.mark.proves("LOG-04")
async def test_the_log_is_paged_and_narrowed_by_level(label: Label) -> None:
    release, target = await label.release(), await label.target()
    delivery = await label.deliver([release.id], target.id)

    first = await label.deliveries.logs(delivery.id, first=6)
    rest = await label.deliveries.logs(delivery.id, first=6, after=first.cursors[-1])
    success = await label.deliveries.logs(delivery.id, LogLevel.SUCCESS)

    assert (len(first.documents), first.has_next, len(rest.documents), rest.has_next) == (6, True, 4, False)
    assert [line.step for line in success.documents] == ["completion"]


@pytest.mark.proves("LOG-03")
async def test_lines_are_told_to_listeners_while_the_delivery_runs(label: Label) -> None:
    heard: list[DeliveryLogDocument] = []
    waited: list[int] = []

    async def listen() -> None:
        async for line in follow_logs(label.scope, made.id):
            heard.append(line)
            if line.step == COMPLETION:
                return

    async def wait_for_the_listener(path: str) -> None:
        """Nothing is sent before something was heard."""
        await wait_until(lambda: bool(heard))
        waited.append(len(heard))

    line = HookedTransport(before=wait_for_the_listener)
    label = label.with_scope(plugins=with_transport(label.scope, line).plugins)
    release, target = await label.release(), await label.target(transport=line.key)
    (made,) = await label.deliveries.create([release.id], target.id)

    async with asyncio.timeout(60):
        await asyncio.gather(listen(), label.work(made))
    lines = (await label.deliveries.logs(made.id)).documents

    assert heard == lines
    assert [line.step for line in lines][-1] == COMPLETION
    assert 0 < min(waited) <= max(waited) < len(lines)


@pytest.mark.proves("TGT-07")
async def test_the_target_remembers_its_last_delivery(label: Label) -> None:
    release, target = await label.release(), await label.target()
    assert target.last_delivery_at is None

    delivery = await label.deliver([release.id], target.id)

    latest = await label.targets.get(target.id)
    assert latest.last_delivery_at is not None
    assert delivery.completed_at is not None
    assert latest.last_delivery_at >= delivery.completed_at


@pytest.mark.proves("TGT-06")
async def test_a_test_delivery_sends_a_test_message_and_leaves_the_release_ready(label: Label) -> None:
    release, target = await label.release(), await label.target(test_mode=True)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.DISTRIBUTED
    assert (await label.releases.get(release.id)).status is ReleaseStatus.READY
    message = message_of(label.folder, delivery.batch_id, delivery.message_id)
    assert b"TestMessage" in message


@pytest.mark.proves("CHO-03", "CHO-08", "SCH-04", "WFL-15")
async def test_three_releases_travel_with_one_manifest_and_one_marker(label: Label) -> None:
    releases, target = [await label.release() for _ in range(3)], await label.target()

    first = await label.deliver([release.id for release in releases], target.id)

    names = [path.split("/")[-1] for path in label.files()]
    assert (names.count("BatchManifest.xml"), names.count("BatchComplete.txt")) == (1, 1)
    assert {path.split("/")[1] for path in label.files()} >= {"Release1", "Release2", "Release3"}
    batch = await label.scope.store.collection(BatchDocument).get(first.batch_id)
    assert (batch.status, batch.claims, batch.holder) == (BatchStatus.SENT, (), None)
    for delivery_id in batch.delivery_ids:
        delivery = await label.deliveries.get(delivery_id)
        assert delivery.status is Status.DISTRIBUTED
        assert delivery.receipt is not None
        assert (delivery.receipt.audio_count, delivery.receipt.total_files) == (2, 6)


async def test_an_update_carries_only_files_that_the_platform_does_not_have(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")

    update = await label.deliver([release.id], target.id)

    assert update.files == ()
    assert sorted(path for path in label.files() if path.startswith(update.batch_id)) == [
        f"{update.batch_id}/BatchComplete.txt",
        f"{update.batch_id}/BatchManifest.xml",
        f"{update.batch_id}/Release1/{update.message_id}.xml",
    ]


async def test_two_tenants_deliver_side_by_side_and_see_only_their_own(label: Label, other_label: Label) -> None:
    ours, theirs = await label.release(), await other_label.release()
    our_target, their_target = await label.target(), await other_label.target()

    our_delivery, their_delivery = await asyncio.gather(
        label.deliver([ours.id], our_target.id), other_label.deliver([theirs.id], their_target.id)
    )

    assert (our_delivery.status, their_delivery.status) == (Status.DISTRIBUTED, Status.DISTRIBUTED)
    assert our_delivery.receipt is not None
    assert our_delivery.receipt.tenant_id == label.scope.tenant_id
    assert [each.id for each in (await label.deliveries.page()).documents] == [our_delivery.id]
    assert await label.scope.store.collection(ReleaseDocument).find(theirs.id) is None


async def test_the_release_is_told_as_it_was_when_its_message_was_written(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.retitle(release.id, "Retitled before the worker came")

    delivery = await label.work(made)

    assert b"Retitled before the worker came" in message_of(label.folder, delivery.batch_id, delivery.message_id)
    assert delivery.content_hash != made.content_hash


async def test_a_delivery_to_a_target_that_was_switched_off_asks_for_attention(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.targets.update(target.id, TargetChanges(active=False))

    delivery = await label.work(made)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.code == "TARGET_INACTIVE"
    assert delivery.error.action
    assert label.files() == []
