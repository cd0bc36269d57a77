"""A batch on its whole way: laid out, sent, read again by a DSP that shares no code, answered, and the answer read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_api.receiver import FileAction, Receiver, ReceiverOptions, ReceiverUser, Rejection, Rules, SchemaFolder
from distro_plugins.batch import BatchChoreography
from distro_plugins.sftp import SftpSettings, SftpTransport
from distro_sdk.errors import TransportError
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import Acknowledgement, Batch, BatchedRelease, FileKind, Package, ResourceFile
from distro_sdk.models.message import MessageSubtype, MessagingParty
from distro_sdk.testing.sources import BytesSource
from distro_sdk.transports import TransportSession
from tests.receiver_packages import BATCH, ICPN, RECIPIENT, SENDER, HandMadeRelease

SUBTYPES = {
    "NewReleaseDelivery": MessageSubtype.INITIAL,
    "ReDelivery": MessageSubtype.UPDATE,
    "TakeDown": MessageSubtype.TAKEDOWN,
}

choreography = BatchChoreography()


@pytest.fixture
def rules(ddex_folder: Path) -> Rules:
    return Rules(schemas=SchemaFolder(ddex_folder), rejections=(Rejection("not for us", "4006381333962"),))


@pytest.fixture
async def receiver(tmp_path: Path, rules: Rules) -> AsyncIterator[Receiver]:
    user = ReceiverUser("label", password="correct horse")
    async with Receiver(tmp_path, [user], options=ReceiverOptions(rules=rules)) as running:
        yield running


def settings(receiver: Receiver) -> SftpSettings:
    return SftpSettings.model_validate(
        {
            "host": receiver.host,
            "port": receiver.port,
            "username": "label",
            "password": "correct horse",
            "host_key": receiver.host_key,
            "directory": "incoming",
        }
    )


def batched(release: HandMadeRelease) -> BatchedRelease:
    files = {} if release.takedown else release.files
    return BatchedRelease(
        delivery_id=f"delivery of {release.message_id}",
        message_id=release.message_id,
        message_file=f"{release.message_id}.xml",
        message=release.message().encode(),
        subtype=SUBTYPES[release.delivery_type],
        icpn=release.icpn,
        files=tuple(resource(path, content) for path, content in files.items()),
    )


def resource(path: str, content: bytes) -> ResourceFile:
    name = path.rpartition("/")[2]
    hashes = FileHashes(
        md5=hashlib.md5(content).hexdigest(),
        sha1=hashlib.sha1(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    kind = FileKind.IMAGE if path.startswith("images/") else FileKind.AUDIO
    return ResourceFile(kind=kind, name=name, original_name=name, asset_id=path, size=len(content), hashes=hashes)


def lay_out(*releases: HandMadeRelease) -> tuple[Package, Mapping[str, bytes]]:
    """The package of a batch, and the content of its assets by asset id."""
    batch = Batch(
        id=BATCH,
        created_at=datetime(2026, 9, 28, 12, tzinfo=UTC),
        sender=MessagingParty(dpid=SENDER, name="Luz Records"),
        recipient=MessagingParty(dpid=RECIPIENT, name="A DSP"),
        test=False,
        releases=tuple(batched(release) for release in releases),
    )
    assets = {path: content for release in releases for path, content in release.files.items()}
    return choreography.lay_out(batch), assets


async def send(session: TransportSession, package: Package, assets: Mapping[str, bytes]) -> None:
    async def ignore(_: int) -> None:
        return

    for file in package.files:
        content = file.content if file.content is not None else assets[file.asset_id or ""]
        await session.put(file.path, BytesSource(content), ignore)


async def answers(session: TransportSession) -> list[Acknowledgement]:
    folder = choreography.acknowledgement_folder
    assert folder is not None
    found: list[Acknowledgement] = []
    for file in await session.list(folder):
        found += choreography.read_acknowledgement(file.path, await session.read(file.path, max_size=file.size))
    return found


@pytest.mark.proves("CHO-02", "CHO-03", "CHO-04", "CHO-05", "CHO-06", "CHO-07", "CHO-08", "PRO-02")
async def test_releases_that_travel_together_are_answered_one_by_one(receiver: Receiver) -> None:
    package, assets = lay_out(
        HandMadeRelease("M1"),
        HandMadeRelease("M2", icpn="4006381333948", delivery_type="ReDelivery"),
        HandMadeRelease("M3", icpn="4006381333955", delivery_type="TakeDown"),
        HandMadeRelease("M4", icpn="4006381333962"),
    )

    async with SftpTransport().connect(settings(receiver)) as session:
        await send(session, package, assets)
        report = await receiver.wait_for_report(BATCH)
        told = await answers(session)

    assert (report.codes, report.warnings) == ([], [])
    arrived = [event.place for event in receiver.events if event.action is FileAction.RENAMED]
    assert arrived == [f"/incoming/{file.path}" for file in package.files]
    assert [(each.message_id, each.release_id, each.status.value, each.text) for each in told] == [
        ("M1", ICPN, "live", ""),
        ("M2", "4006381333948", "live", ""),
        ("M3", "4006381333955", "removed", ""),
        ("M4", "4006381333962", "rejected", "not for us"),
    ]
    assert told[3].proposed_action == "DoNotResendRelease"


@pytest.mark.proves("CHO-07")
async def test_the_completion_marker_is_absent_when_a_file_did_not_arrive(receiver: Receiver) -> None:
    package, assets = lay_out(HandMadeRelease("M1"))
    *others, last, marker = package.files

    async with SftpTransport().connect(settings(receiver)) as session:
        await send(session, package.model_copy(update={"files": tuple(others)}), assets)
        await receiver.cut()
        with pytest.raises(TransportError):
            await send(session, package.model_copy(update={"files": (last, marker)}), assets)

    assert not (receiver.user_folder("label") / "incoming" / marker.path).exists()
    assert list(receiver.reports) == []


async def test_a_flipped_byte_comes_back_as_a_rejection_that_names_the_track(receiver: Receiver) -> None:
    package, assets = lay_out(HandMadeRelease("M1"))
    track = f"audio/{ICPN}_01_002.wav"

    async with SftpTransport().connect(settings(receiver)) as session:
        await send(session, package, {**assets, track: b"X" + assets[track][1:]})
        await receiver.wait_for_report(BATCH)
        [told] = await answers(session)

    assert (told.message_id, told.status.value) == ("M1", "rejected")
    assert told.code == "SignatureOrHashSumWrongOrMissing"
    assert told.proposed_action == "ResendXmlAndResources"
    assert told.affected == ("ESA012600002",)
    assert track in told.text


async def test_an_answer_is_never_seen_half_written(receiver: Receiver) -> None:
    package, assets = lay_out(HandMadeRelease("M1"))
    folder = receiver.user_folder("label") / "incoming" / "acknowledgements"
    seen: set[str] = set()

    async def look() -> None:
        while True:
            seen.update(path.name for path in folder.glob("*"))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    async with SftpTransport().connect(settings(receiver)) as session:
        await send(session, package, assets)
        await receiver.wait_for_report(BATCH)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)

    assert seen == {f"ACK_{BATCH}.xml"}
