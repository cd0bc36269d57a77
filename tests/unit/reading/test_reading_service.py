"""A message finds its reader, breaks no schema, and its files lie where it says and are what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.messages.planner import plan_message
from distro_core.messages.reading import describe_files, find_files, read_message
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import ReadRelease
from distro_sdk.models.assets import AssetKind
from tests.catalogue_examples import example_order, simple_single
from tests.unit.assets.corpus import picture, sound
from tests.unit.reading.conftest import READERS
from tests.unit.reading.test_round_trips import BUILDERS

SINGLE = BUILDERS["ern/4.3"].build(plan_message(simple_single(), example_order()))
NOT_WELL_FORMED = {"002_erroneous_xml.xml", "Profile_NonInteractiveSubscriptionStreamingService.xml"}
OTHER_STANDARDS = {"mead_award_example.xml"}


def test_every_invalid_sample_gives_typed_errors(ddex_folder: Path) -> None:
    schemas = SchemaLibrary(ddex_folder)
    samples = sorted((ddex_folder / "samples" / "invalid").glob("*.xml"))
    assert len(samples) == 11

    for sample in samples:
        with pytest.raises(DomainError) as refused:
            read_message(sample.read_bytes(), READERS, schemas)

        errors = refused.value.errors if isinstance(refused.value, DomainErrors) else (refused.value,)
        codes = {error.code for error in errors}
        expected = "XML_NOT_WELL_FORMED" if sample.name in NOT_WELL_FORMED else "SCHEMA_INVALID"
        assert codes == {"NAMESPACE_UNKNOWN" if sample.name in OTHER_STANDARDS else expected}, sample.name
        if codes == {"SCHEMA_INVALID"}:
            assert all("(line " in error.message for error in errors)
            assert all(len(error.message) < 700 for error in errors)


def test_every_valid_sample_passes_its_schema_first(ddex_folder: Path) -> None:
    schemas = SchemaLibrary(ddex_folder)
    for version in ("4.1.1", "4.2", "4.3"):
        for sample in sorted((ddex_folder / "samples" / version).glob("*.xml")):
            assert read_message(sample.read_bytes(), READERS, schemas).releases, sample.name


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/37"/>', "NAMESPACE_UNKNOWN"),
        (b'<m xmlns="http://ddex.net/xml/ern-c-sftp/16"/>', "NAMESPACE_UNKNOWN"),
        (b"<NewReleaseMessage/>", "NAMESPACE_UNKNOWN"),
        (b"{}", "XML_NOT_WELL_FORMED"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML_DOCTYPE_FORBIDDEN"),
        (b"<a>" + b"x" * (20 * 1024 * 1024), "XML_TOO_LARGE"),
        (SINGLE.replace(b"UTF-8", b"UTF-16"), "XML_NOT_WELL_FORMED"),
        (b"<a>" * 300 + b"</a>" * 300, "XML_NOT_WELL_FORMED"),
    ],
)
def test_what_is_no_message_that_we_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_message(content, READERS)

    assert refused.value.code == code


def test_an_unknown_namespace_is_answered_with_what_is_read() -> None:
    with pytest.raises(DomainErrors) as refused:
        read_message(b'<a xmlns="http://ddex.net/xml/ern/5"/>', READERS)

    assert "read are ern/3.8.2, ern/4.1.1, ern/4.2, ern/4.3, ern/4.3.2" in refused.value.message


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder of a message with true files at its addresses."""
    audio, images = tmp_path / "audio", tmp_path / "image"
    audio.mkdir()
    images.mkdir()
    for uri in _single().files.values():
        (tmp_path / uri).write_bytes(sound("FLAC") if uri.startswith("audio/") else picture())
    return tmp_path


def _single() -> ReadRelease:
    return read_message(SINGLE, READERS).releases[0]


def _without_hashes(release: ReadRelease) -> ReadRelease:
    plain = {asset_id: told.model_copy(update={"hashes": {}}) for asset_id, told in release.details.items()}
    return release.model_copy(update={"details": plain})


def test_assets_are_described_from_the_files(package: Path) -> None:
    assets = {asset.id: asset for asset in describe_files(_without_hashes(_single()), package)}

    assert assets["audio-1"].kind is AssetKind.AUDIO
    assert assets["audio-1"].audio is not None
    assert assets["image-1"].image is not None


def test_a_file_of_another_hash_is_told(package: Path) -> None:
    with pytest.raises(DomainErrors) as refused:
        find_files(_single(), package, package)

    assert [error.code for error in refused.value.errors] == ["FILE_HASH_WRONG", "FILE_HASH_WRONG"]
    assert "has the MD5" in refused.value.errors[0].message


def test_every_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(DomainErrors) as refused:
        find_files(_single(), tmp_path, tmp_path)

    assert [error.code for error in refused.value.errors] == ["FILE_MISSING", "FILE_MISSING"]


@pytest.mark.parametrize("uri", ["../secret.flac", "/etc/passwd", "audio/../../secret.flac"])
def test_no_file_outside_the_package_is_touched(tmp_path: Path, uri: str) -> None:
    (tmp_path / "secret.flac").write_bytes(sound())
    inside = tmp_path / "package"
    inside.mkdir()
    release = _single().model_copy(update={"files": {"audio-1": uri}})

    with pytest.raises(DomainErrors) as refused:
        find_files(release, inside, inside)

    assert refused.value.code == "FILE_OUTSIDE_FOLDER"


@pytest.mark.parametrize("uri", ["a%20b.flac", "resources/a b.flac", "elsewhere\\a b.flac"])
def test_an_address_may_be_escaped_or_lead_to_the_resources(tmp_path: Path, uri: str) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "a b.flac").write_bytes(sound())
    release = _without_hashes(_single().model_copy(update={"files": {"audio-1": uri}}))

    assert find_files(release, tmp_path, tmp_path) == {"audio-1": tmp_path / "resources" / "a b.flac"}


@pytest.mark.parametrize("uri", ["x" * 5000, "a\x00b", ""])
def test_an_address_that_no_file_can_have(tmp_path: Path, uri: str) -> None:
    release = _without_hashes(_single().model_copy(update={"files": {"audio-1": uri}}))

    with pytest.raises(DomainErrors) as refused:
        find_files(release, tmp_path, tmp_path)

    assert refused.value.code == "FILE_MISSING"
