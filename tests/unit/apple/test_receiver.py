"""Apple's packages at the conformance receiver, which knows them by their folder and their metadata."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from distro_api.receiver import Arrival, PackageReport, Receiver, ReceiverUser, Rules, inspect_package
from distro_sdk.models.delivery import Package
from distro_sdk.models.message import MessageSubtype
from tests.unit.apple.material import adm_wave, change, content_of, laid_out, real_plan, written

LABEL = ReceiverUser("label", password="correct horse")
FOLDER = "4006381333931.itmsp"
SOUND = "4006381333931_01_01.flac"
TWIN = "4006381333931_01_01_atmos.wav"


def inspected(folder: Path) -> PackageReport:
    return inspect_package(Arrival(user="label", folder=folder, path=f"/{folder.name}", events=()), Rules())


@pytest.mark.proves("APL-02")
@pytest.mark.parametrize("subtype", MessageSubtype)
@pytest.mark.parametrize("atmos", [False, True])
def test_a_package_is_accepted(tmp_path: Path, subtype: MessageSubtype, atmos: bool) -> None:
    initial = subtype is MessageSubtype.INITIAL

    report = inspected(written(laid_out(real_plan(subtype, atmos=atmos and initial)), tmp_path))

    assert report.codes == []
    assert report.accepted
    assert (report.layout, report.batch_id, report.message) == ("itmsp", FOLDER, "metadata.xml")
    (message,) = report.messages
    assert (message.message_id, message.icpn) == ("4006381333931", "4006381333931")
    assert message.takedown is (subtype is MessageSubtype.TAKEDOWN)
    assert len(report.files) == ((6 if atmos else 5) if initial else 1)


def in_metadata(old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        change(folder / "metadata.xml", lambda text: text.replace(old, new, 1))

    return spoil


def first_md5(folder: Path) -> None:
    """Another MD5 in the metadata."""
    before, _, after = (folder / "metadata.xml").read_text("utf-8").partition('<checksum type="md5">')
    (folder / "metadata.xml").write_text(f'{before}<checksum type="md5">{"0" * 32}{after[32:]}', "utf-8")


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (lambda folder: (folder / SOUND).unlink(), ["FILE_MISSING"]),
        (lambda folder: (folder / SOUND).write_bytes(b"x"), ["FILE_HASH", "FILE_SIZE"]),
        (first_md5, ["FILE_HASH"]),
        (in_metadata('<checksum type="md5">', '<checksum type="sha1">'), ["FILE_HASH"]),
        (lambda folder: (folder / "notes.txt").write_text("x"), ["FILE_UNNAMED"]),
        (lambda folder: (folder / "link").symlink_to(folder / SOUND), ["FILE_NOT_REGULAR"]),
        (in_metadata(SOUND, f"audio/{SOUND}"), ["FILE_PATH", "FILE_UNNAMED"]),
        (in_metadata("_01_02.flac", "_01_01.flac"), ["FILE_HASH", "FILE_TWICE", "FILE_TWICE", "FILE_UNNAMED"]),
        (in_metadata("<vendor_id>4006381333931", "<vendor_id>4006381333932"), ["FOLDER_NAME"]),
        (in_metadata("<upc>4", "<upc>5"), ["RELEASE_ID"]),
        (in_metadata("<track_count>3", "<track_count>4"), ["TRACK_COUNT"]),
        (in_metadata("<track_number>2", "<track_number>3"), ["TRACK_NUMBERS"]),
        (in_metadata("<vendor_id>SEAYD7900101", "<vendor_id>SEAYD7900102"), ["ANCHOR_TWICE"]),
        (in_metadata("<territory>WW", "<territory>Worldwide"), ["TERRITORY"]),
        (in_metadata('version="music5.3"', 'version="5.3"'), ["MESSAGE_FOREIGN"]),
        (in_metadata("</package>", ""), ["MESSAGE_NOT_WELL_FORMED"]),
        (in_metadata("<package", "<!DOCTYPE package><package"), ["MESSAGE_DOCTYPE"]),
        (lambda folder: (folder / "metadata.xml").unlink(), ["MESSAGE_MISSING"]),
    ],
)
def test_what_is_wrong_with_a_package_is_found(
    tmp_path: Path, spoil: Callable[[Path], object], codes: list[str]
) -> None:
    folder = written(laid_out(real_plan()), tmp_path)

    spoil(folder)
    report = inspected(folder)

    assert report.codes == codes
    assert not report.accepted


def test_many_tracks_and_no_product_are_found(tmp_path: Path) -> None:
    folder = written(laid_out(real_plan(MessageSubtype.UPDATE)), tmp_path)
    track = "<track><vendor_id>T{0}</vendor_id><volume_number>1</volume_number><track_number>{0}</track_number></track>"
    tracks = "".join(track.format(number) for number in range(1, 502))
    text = (folder / "metadata.xml").read_text("utf-8")
    head, _, rest = text.partition("<products>")
    tail = rest.partition("</products>")[2].partition("<tracks>")[0]
    told = f"{head}{tail}<tracks>{tracks}</tracks></album></package>".replace("<track_count>3", "<track_count>501")
    (folder / "metadata.xml").write_text(told, "utf-8")

    assert inspected(folder).codes == ["NO_DEAL", "TRACK_COUNT"]


def test_a_takedown_that_leaves_something_open_is_found(tmp_path: Path) -> None:
    folder = written(laid_out(real_plan(MessageSubtype.TAKEDOWN)), tmp_path)
    in_metadata("<cleared_for_stream>false", "<cleared_for_stream>true")(folder)

    assert inspected(folder).codes == ["TAKEDOWN_WITH_DEALS"]


def bw64(chunks: bytes) -> bytes:
    """A file beyond four gigabytes as far as its header tells, with chunks after the sound."""
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, 0, 6, 3, 0)
    return b"BW64" + b"\xff" * 4 + b"WAVE" + ds64 + b"data" + b"\xff" * 4 + bytes(6) + chunks


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (adm_wave(), []),
        (bw64(b"fmt " + bytes(4) + b"axml" + bytes(4) + b"chna" + bytes(4)), []),
        (bw64(b"fmt " + bytes(4)), ["ATMOS_FORM"]),
        (adm_wave().replace(b"axml", b"junk"), ["ATMOS_FORM"]),
        (b"fLaC" + bytes(60), ["ATMOS_FORM"]),
    ],
)
def test_an_immersive_file_is_known_by_its_chunks(tmp_path: Path, content: bytes, codes: list[str]) -> None:
    folder = written(laid_out(real_plan(atmos=True)), tmp_path)
    (folder / TWIN).write_bytes(content)

    found = set(inspected(folder).codes) - {"FILE_HASH", "FILE_SIZE"}

    assert sorted(found) == codes


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('external_identifier.isrc="SEAYD7900191"', 'external_identifier.isrc="SEAYD7900101"', "ATMOS_ISRC"),
        ('role="audio.2_0"', 'role="audio.5_1"', "ATMOS_ALONE"),
    ],
)
def test_an_immersive_file_without_isrc_or_stereo_is_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    folder = written(laid_out(real_plan(atmos=True)), tmp_path)
    in_metadata(old, new)(folder)

    assert inspected(folder).codes == [code]


async def send(client: asyncssh.SFTPClient, package: Package) -> None:
    for file in package.files:
        await client.makedirs(file.path.rpartition("/")[0], exist_ok=True)
        async with client.open(file.path, "wb") as stream:
            await stream.write(file.content if file.content is not None else content_of(file.asset_id or ""))


@pytest.mark.proves("APL-02")
async def test_the_receiver_judges_a_package_when_its_metadata_has_come(tmp_path: Path) -> None:
    async with Receiver(tmp_path, [LABEL]) as receiver:
        pinned = asyncssh.import_known_hosts(f"[{receiver.host}]:{receiver.port} {receiver.host_key}\n")
        async with (
            asyncssh.connect(
                receiver.host,
                receiver.port,
                username=LABEL.name,
                password=LABEL.password,
                known_hosts=pinned,
                client_keys=None,
                config=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            await send(client, laid_out(real_plan(atmos=True)))
            first = await receiver.wait_for_report(FOLDER)
            async with client.open(f"{FOLDER}/{SOUND}", "wb") as stream:
                await stream.write(b"late")
        (late,) = receiver.reports

    assert (first.codes, first.accepted, first.acknowledgement) == ([], True, None)
    assert late.codes == ["MESSAGE_NOT_LAST"]
