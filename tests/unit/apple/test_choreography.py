"""How releases become `.itmsp` packages, and that a stranger finds nothing wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from distro_plugins.apple53 import ItmspChoreography
from distro_plugins.local_folder import FOLDERS_VARIABLE, LocalFolderSettings, LocalFolderTransport
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import BatchedRelease, FileKind
from distro_sdk.models.message import MessageSubtype
from distro_sdk.testing.sources import BytesSource
from tests.unit.apple.material import (
    BATCH_ID,
    batch,
    batched,
    change,
    companion,
    content_of,
    judged,
    laid_out,
    names,
    real_plan,
    written,
)
from tests.unit.apple.plans import with_release

FOLDER = "4006381333931.itmsp"
FILES = ["4006381333931_01_01.flac", "4006381333931_01_02.flac", "4006381333931_01_03.flac"]
COVER = "4006381333931_IMG1.jpg"
OTHER_ICPN = "0094631432057"


def test_it_is_a_choreography_without_manifest_answers_and_companions() -> None:
    choreography: Choreography = ItmspChoreography()

    assert (choreography.key, choreography.acknowledgement_folder) == ("itmsp", None)
    assert choreography.names_companions is False
    assert choreography.resource_uri(FileKind.AUDIO, "a.wav") == "a.wav"
    with pytest.raises(DomainError, match="not a name") as unsafe:
        choreography.resource_uri(FileKind.AUDIO, "../a.wav")
    assert unsafe.value.code == "PACKAGE_NAME_UNSAFE"
    with pytest.raises(DomainError, match="Apple tells of a package in its own systems") as foreign:
        choreography.read_acknowledgement("answer.xml", b"<answer/>")
    assert foreign.value.code == "ACKNOWLEDGEMENT_FOREIGN"


@pytest.mark.proves("APL-02")
def test_a_package_is_named_by_its_vendor_id_and_closed_by_its_metadata() -> None:
    package = laid_out(real_plan())

    assert package.folder == FOLDER
    assert [file.path for file in package.files] == [f"{FOLDER}/{name}" for name in (*FILES, COVER, "metadata.xml")]
    assert [file.kind for file in package.files] == [*[FileKind.AUDIO] * 3, FileKind.IMAGE, FileKind.MESSAGE]
    assert {file.delivery_id for file in package.files} == {"delivery of 4006381333931"}
    closing = package.files[-1]
    assert closing.content is not None
    assert closing.hashes is not None
    assert closing.hashes.md5 == hashlib.md5(closing.content).hexdigest()


@pytest.mark.proves("APL-02", "APL-04")
def test_releases_of_a_batch_are_packages_of_their_own() -> None:
    first = real_plan()
    second = with_release(real_plan(MessageSubtype.TAKEDOWN), icpn=OTHER_ICPN)

    package = laid_out(first, second)

    assert package.folder == ""
    assert [file.path for file in package.files] == [
        *(f"{FOLDER}/{name}" for name in (*FILES, COVER, "metadata.xml")),
        f"{OTHER_ICPN}.itmsp/metadata.xml",
    ]


def test_packages_may_lie_in_a_folder_of_their_batch() -> None:
    package = laid_out(real_plan(), settings={"batch_folder": True})

    assert package.folder == BATCH_ID
    assert package.files[-1].path == f"{BATCH_ID}/{FOLDER}/metadata.xml"


def test_the_same_batch_gives_the_same_package() -> None:
    assert laid_out(real_plan()) == laid_out(real_plan())


@pytest.mark.proves("APL-02")
@pytest.mark.parametrize("atmos", [False, True])
def test_a_stranger_finds_nothing_wrong_with_a_package(tmp_path: Path, atmos: bool) -> None:
    package = judged(written(laid_out(real_plan(atmos=atmos)), tmp_path))

    assert package.faults == []
    assert (package.vendor_id, package.upc, package.takedown) == ("4006381333931", "4006381333931", False)
    assert package.products == {"WW": (True, True)}
    assert [(track.volume, track.number, track.isrc) for track in package.tracks] == [
        (1, 1, "SEAYD7900101"),
        (1, 2, "SEAYD7900102"),
        (2, 1, "SEAYD7900103"),
    ]
    assert package.cover == COVER
    both = {"audio.2_0": FILES[0], "audio.object_based": FILES[0].replace(".flac", "_atmos.wav")}
    assert package.tracks[0].files == (both if atmos else {"stereo": FILES[0]})


@pytest.mark.proves("APL-04")
def test_a_takedown_is_one_file(tmp_path: Path) -> None:
    folder = written(laid_out(real_plan(MessageSubtype.TAKEDOWN)), tmp_path)

    package = judged(folder)

    assert names(folder.iterdir()) == ["metadata.xml"]
    assert (package.faults, package.takedown, package.products) == ([], True, {"WW": (False, False)})


@pytest.mark.proves("APL-02")
def test_an_update_of_metadata_is_one_file(tmp_path: Path) -> None:
    folder = written(laid_out(real_plan(MessageSubtype.UPDATE)), tmp_path)

    package = judged(folder)

    assert names(folder.iterdir()) == ["metadata.xml"]
    assert (package.faults, package.takedown, len(package.tracks)) == ([], False, 3)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda folder: (folder / FILES[0]).unlink(), f"{FILES[0]} does not lie in the package"),
        (lambda folder: (folder / FILES[0]).write_bytes(b"x"), f"{FILES[0]} has another MD5"),
        (lambda folder: (folder / "notes.txt").write_text("x"), "nobody names notes.txt"),
        (
            lambda folder: change(folder / "metadata.xml", lambda text: text.replace("POP-00", "POPP-00", 1)),
            "unknown genre POPP-00",
        ),
        (
            lambda folder: change(folder / "metadata.xml", lambda text: text.replace("<upc>4", "<upc>5")),
            "bad UPC 5006381333931",
        ),
        (
            lambda folder: change(
                folder / "metadata.xml", lambda text: text.replace("<track_count>3", "<track_count>4")
            ),
            "3 tracks, 4 are announced",
        ),
        (lambda folder: (folder / "metadata.xml").unlink(), "metadata.xml is missing"),
    ],
)
def test_the_stranger_is_not_blind(tmp_path: Path, spoil: Callable[[Path], object], fault: str) -> None:
    folder = written(laid_out(real_plan()), tmp_path)

    spoil(folder)

    assert fault in judged(folder).faults


def test_the_stranger_knows_an_immersive_file_when_it_sees_one(tmp_path: Path) -> None:
    folder = written(laid_out(real_plan(atmos=True)), tmp_path)
    twin = next(folder.glob("*_atmos.wav"))
    twin.write_bytes(b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(4))

    assert f"{twin.name} is no BWF ADM file" in judged(folder).faults


def test_the_stranger_sees_a_folder_of_another_name(tmp_path: Path) -> None:
    folder = written(laid_out(real_plan()), tmp_path).rename(tmp_path / "1.itmsp")

    assert judged(folder).faults == ["the folder 1.itmsp is not called after 4006381333931"]


def faults_of(*releases: BatchedRelease) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(DomainErrors) as caught:
        ItmspChoreography().lay_out(batch(*releases))
    return [(fault.code, fault.path) for fault in caught.value.errors]


@pytest.mark.proves("APL-02")
def test_what_does_not_fit_its_metadata_is_refused_all_at_once() -> None:
    release = batched(real_plan())
    sound, other, _, cover = release.files
    files = (
        sound.model_copy(update={"size": sound.size + 1}),
        other.model_copy(update={"name": "other.flac"}),
        cover,
    )

    assert faults_of(release.model_copy(update={"files": files, "companions": (companion(),)})) == [
        ("PACKAGE_KIND_UNKNOWN", ("releases", 0, "companions")),
        ("PACKAGE_FILE_UNNAMED", ("releases", 0, "files", 1, "name")),
        ("PACKAGE_FILE_DIFFERS", ("releases", 0, "message")),
        ("PACKAGE_FILE_MISSING", ("releases", 0, "message")),
        ("PACKAGE_FILE_MISSING", ("releases", 0, "message")),
    ]


def test_a_file_of_another_hash_is_refused() -> None:
    release = batched(real_plan())
    sound, *rest = release.files
    changed = sound.model_copy(update={"hashes": sound.hashes.model_copy(update={"md5": "0" * 32})})

    assert faults_of(release.model_copy(update={"files": (changed, *rest)})) == [
        ("PACKAGE_FILE_DIFFERS", ("releases", 0, "message"))
    ]


def test_a_file_that_the_metadata_names_twice_is_refused() -> None:
    release = batched(real_plan())
    message = release.message.replace(FILES[1].encode(), FILES[0].encode())

    codes = [code for code, _ in faults_of(release.model_copy(update={"message": message}))]

    assert "PACKAGE_PATH_DOUBLED" in codes


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"<NewReleaseMessage/>", "PACKAGE_MESSAGE_FOREIGN"),
        (b'<package xmlns="http://apple.com/itunes/importer"/>', "PACKAGE_MESSAGE_FOREIGN"),
        (b"<package", "XML_NOT_WELL_FORMED"),
    ],
)
def test_messages_of_other_formats_are_refused(message: bytes, code: str) -> None:
    release = batched(real_plan()).model_copy(update={"message": message})

    assert faults_of(release) == [(code, ("releases", 0, "message"))]


def test_two_packages_of_one_album_do_not_travel_in_one_batch() -> None:
    release = batched(real_plan())

    codes = {code for code, _ in faults_of(release, release)}

    assert codes == {"PACKAGE_PATH_DOUBLED"}


def test_images_that_the_metadata_leaves_out_stay_at_home() -> None:
    release = batched(real_plan())
    back = release.files[-1].model_copy(update={"name": "back.jpg"})
    booklet = back.model_copy(update={"name": "booklet.pdf", "kind": FileKind.DOCUMENT})

    package = ItmspChoreography().lay_out(batch(release.model_copy(update={"files": (*release.files, back, booklet)})))

    assert [file.path for file in package.files] == [file.path for file in laid_out(real_plan()).files]


@pytest.mark.proves("APL-01", "APL-02")
async def test_a_package_arrives_whole_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path))
    arrived: list[str] = []

    async def moved(_: int) -> None:
        return

    async with LocalFolderTransport().connect(LocalFolderSettings(directory=str(tmp_path / "uploads"))) as session:
        for file in laid_out(real_plan(atmos=True)).files:
            content = file.content if file.content is not None else content_of(file.asset_id or "")
            await session.put(file.path, BytesSource(content), moved)
            arrived.append(file.path)

    package = judged(tmp_path / "uploads" / FOLDER)
    assert package.faults == []
    assert arrived[-1] == f"{FOLDER}/metadata.xml"
