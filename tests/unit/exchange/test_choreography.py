"""How a batch is laid out, and that its manifest is what DDEX's schema asks for."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from distro_api.receiver import SchemaFolder
from distro_plugins.batch import BatchChoreography
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import Batch, BatchedRelease, FileKind, Package, PackageFile, ResourceFile
from distro_sdk.models.message import MessageSubtype, MessagingParty

LABEL = MessagingParty(dpid="PADPIDA2026010101A", name="Luz Records & Söhne")
DSP = MessagingParty(dpid="PADPIDA2026010102B", name="A <DSP>")
BATCH_ID = "20260928120000123"
HASHES = FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64)

choreography = BatchChoreography()


def resource(kind: FileKind, name: str) -> ResourceFile:
    return ResourceFile(kind=kind, name=name, original_name="mix.wav", asset_id=f"asset {name}", size=7, hashes=HASHES)


def release(number: int, **changes: Any) -> BatchedRelease:
    icpn = f"400638133393{number}"
    values = {
        "delivery_id": f"delivery {number}",
        "message_id": f"M{number}",
        "message_file": f"M{number}.xml",
        "message": f"<message number='{number}'/>".encode(),
        "subtype": MessageSubtype.INITIAL,
        "icpn": icpn,
        "files": (
            resource(FileKind.IMAGE, f"{icpn}.jpg"),
            resource(FileKind.AUDIO, f"{icpn}_01_001.wav"),
            resource(FileKind.AUDIO, f"{icpn}_01_002.wav"),
        ),
    }
    return BatchedRelease.model_validate(values | changes)


def batch(*releases: BatchedRelease, **changes: Any) -> Batch:
    values = {
        "id": BATCH_ID,
        "created_at": datetime(2026, 9, 28, 12, 0, 0, 123_000, tzinfo=UTC),
        "sender": LABEL,
        "recipient": DSP,
        "test": False,
        "releases": releases or (release(1),),
    }
    return Batch.model_validate(values | changes)


def content(package: Package, name: str) -> bytes:
    found = next(file.content for file in package.files if file.path.endswith(name))
    assert found is not None
    return found


def manifest(package: Package) -> etree._Element:
    return etree.fromstring(content(package, "BatchManifest.xml"))  # noqa: TID251 (our own manifest)


@pytest.mark.proves("CHO-03", "CHO-04", "CHO-05", "CHO-06", "CHO-08")
def test_three_releases_travel_in_one_batch_in_this_order() -> None:
    package = choreography.lay_out(batch(release(1), release(2), release(3, files=())))

    assert package.folder == BATCH_ID
    assert [file.path.removeprefix(f"{BATCH_ID}/") for file in package.files] == [
        "BatchManifest.xml",
        "Release1/M1.xml",
        "Release1/audio/4006381333931_01_001.wav",
        "Release1/audio/4006381333931_01_002.wav",
        "Release1/images/4006381333931.jpg",
        "Release2/M2.xml",
        "Release2/audio/4006381333932_01_001.wav",
        "Release2/audio/4006381333932_01_002.wav",
        "Release2/images/4006381333932.jpg",
        "Release3/M3.xml",
        "BatchComplete.txt",
    ]
    assert [file.delivery_id for file in package.files] == [
        None,
        *["delivery 1"] * 4,
        *["delivery 2"] * 4,
        "delivery 3",
        None,
    ]
    assert [file.kind for file in package.files[:5]] == [
        FileKind.MANIFEST,
        FileKind.MESSAGE,
        FileKind.AUDIO,
        FileKind.AUDIO,
        FileKind.IMAGE,
    ]
    assert package.files[-1].kind is FileKind.COMPLETION


@pytest.mark.proves("CHO-05", "CHO-06")
def test_what_a_message_says_is_where_the_file_lies() -> None:
    audio = choreography.resource_uri(FileKind.AUDIO, "4006381333931_01_001.wav")
    image = choreography.resource_uri(FileKind.IMAGE, "4006381333931.jpg")

    paths = {file.path for file in choreography.lay_out(batch()).files}

    assert (audio, image) == ("audio/4006381333931_01_001.wav", "images/4006381333931.jpg")
    assert {f"{BATCH_ID}/Release1/{audio}", f"{BATCH_ID}/Release1/{image}"} <= paths


def test_every_file_says_what_it_is_made_of() -> None:
    for file in choreography.lay_out(batch()).files:
        assert (file.content is None) != (file.asset_id is None)
        assert file.hashes is not None
        if file.content is not None:
            assert file.size == len(file.content)
            assert file.hashes == hashes_of(file.content)
        else:
            assert (file.asset_id, file.size, file.hashes) == (f"asset {name_of(file)}", 7, HASHES)


def name_of(file: PackageFile) -> str:
    return file.path.rpartition("/")[2]


def hashes_of(content: bytes) -> FileHashes:
    return FileHashes(
        md5=hashlib.md5(content).hexdigest(),
        sha1=hashlib.sha1(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def test_the_completion_marker_names_its_batch() -> None:
    assert content(choreography.lay_out(batch()), "BatchComplete.txt") == f"{BATCH_ID}\n".encode()


@pytest.mark.proves("CHO-02", "CHO-08")
def test_the_manifest_lists_every_message_with_place_release_and_hash() -> None:
    package = choreography.lay_out(
        batch(
            release(1, grid="A10302B0000114450H"),
            release(2, subtype=MessageSubtype.UPDATE),
            release(3, subtype=MessageSubtype.TAKEDOWN),
            test=True,
        )
    )

    root = manifest(package)

    assert dict(root.attrib) == {"MessageVersionId": "ern-c-sftp/18", "AvsVersionId": "9"}
    assert root.findtext("MessageHeader/MessageSender/PartyId") == LABEL.dpid
    assert root.findtext("MessageHeader/MessageSender/PartyName/FullName") == LABEL.name
    assert root.findtext("MessageHeader/MessageRecipient/PartyId") == DSP.dpid
    assert root.findtext("MessageHeader/MessageCreatedDateTime") == "2026-09-28T12:00:00+00:00"
    assert root.findtext("IsTestFlag") == "true"
    assert root.findtext("RootDirectory") == BATCH_ID
    assert root.findtext("NumberOfMessages") == "3"
    listed = [
        (
            entry.findtext("MessageId"),
            entry.findtext("URL"),
            entry.findtext("IncludedReleaseId/GRid"),
            entry.findtext("IncludedReleaseId/ICPN"),
            entry.findtext("DeliveryType"),
            entry.findtext("HashSum/HashSumValue"),
        )
        for entry in root.iterfind("MessageInBatch")
    ]
    md5 = [hashlib.md5(content(package, f"M{number}.xml")).hexdigest() for number in (1, 2, 3)]
    assert listed == [
        ("M1", "./Release1/M1.xml", "A10302B0000114450H", "4006381333931", "NewReleaseDelivery", md5[0]),
        ("M2", "./Release2/M2.xml", None, "4006381333932", "ReDelivery", md5[1]),
        ("M3", "./Release3/M3.xml", None, "4006381333933", "TakeDown", md5[2]),
    ]


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert choreography.lay_out(batch()) == choreography.lay_out(batch())


@pytest.fixture(scope="module")
def schemas(ddex_folder: Path) -> SchemaFolder:
    return SchemaFolder(ddex_folder)


@pytest.mark.proves("CHO-02")
@given(
    names=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1), min_size=2, max_size=2),
    subtypes=st.lists(st.sampled_from(MessageSubtype), min_size=1, max_size=4),
    grids=st.sampled_from([None, "A10302B0000114450H"]),
    test=st.booleans(),
)
def test_any_manifest_is_valid_by_the_official_schema(
    schemas: SchemaFolder, names: list[str], subtypes: list[MessageSubtype], grids: str | None, test: bool
) -> None:
    package = choreography.lay_out(
        batch(
            *(release(number, subtype=subtype, grid=grids) for number, subtype in enumerate(subtypes, 1)),
            sender=LABEL.model_copy(update={"name": names[0]}),
            recipient=DSP.model_copy(update={"name": names[1]}),
            test=test,
        )
    )

    assert list(schemas.judge(manifest(package), "BatchManifest.xml", "MANIFEST")) == []


@pytest.mark.parametrize(
    "name",
    ["../evil.wav", "a/b.wav", ".hidden.wav", "", "a\\b.wav", "a b.wav", "a:b.wav", "ü.wav", "a\n.wav", "x" * 300],
)
def test_a_name_that_is_not_safe_everywhere_is_refused(name: str) -> None:
    unsafe = release(1, files=(resource(FileKind.AUDIO, "x.wav").model_copy(update={"name": name}),))

    with pytest.raises(DomainErrors) as caught:
        choreography.lay_out(batch(release(2), unsafe))
    with pytest.raises(DomainError) as uri:
        choreography.resource_uri(FileKind.AUDIO, name)

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("PACKAGE_NAME_UNSAFE", ("releases", 1, "files", 0, "name"))
    ]
    assert uri.value.code == "PACKAGE_NAME_UNSAFE"


def test_all_faults_of_a_batch_are_told_at_once() -> None:
    broken = release(
        1,
        message_file="../M1.xml",
        files=(
            resource(FileKind.AUDIO, "a.wav"),
            resource(FileKind.AUDIO, "A.WAV"),
            resource(FileKind.MANIFEST, "b.xml"),
        ),
    )

    with pytest.raises(DomainErrors) as caught:
        choreography.lay_out(batch(broken, id="20261328120000123"))

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("BATCH_ID_INVALID", ("id",)),
        ("PACKAGE_NAME_UNSAFE", ("releases", 0, "message_file")),
        ("PACKAGE_PATH_DOUBLED", ("releases", 0, "files", 1, "name")),
        ("PACKAGE_KIND_UNKNOWN", ("releases", 0, "files", 2, "name")),
    ]


@pytest.mark.proves("CHO-01")
@given(moment=st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (hypothesis asks)
def test_the_folder_is_the_batch_id_and_nothing_else(moment: datetime) -> None:
    batch_id = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03}"

    package = choreography.lay_out(batch(id=batch_id))

    assert package.batch_id == package.folder == batch_id
    assert re.fullmatch(r"\d{17}", package.folder)
    assert all(file.path.startswith(f"{batch_id}/") for file in package.files)
