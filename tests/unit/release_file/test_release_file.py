"""The release file: read whole, with every fault told by its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from distro_core.messages.release_file import read_release_file
from distro_core.messages.release_file_schema import FIELDS, release_file_schema
from distro_sdk.errors import DomainErrors
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import ContributorRole
from tests.unit.assets.corpus import cut, mp3, picture, sound

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((REPOSITORY / "examples" / "releases").glob("*.json"))

RELEASE: dict[str, Any] = {
    "id": "low-tide",
    "title": "Low Tide",
    "type": "Single",
    "display_artist": "Ada Reyes",
    "artists": [{"party_id": "ada"}],
    "label_party_id": "northlight",
    "icpn": "210000010019",
    "language": "en",
    "genre": {"name": "Pop"},
    "release_date": "2025-03-14",
    "p_line": {"year": 2025, "text": "℗ 2025 Northlight Records"},
    "c_line": {"year": 2025, "text": "© 2025 Northlight Records"},
    "tracks": [
        {
            "id": "1",
            "title": "Low Tide",
            "isrc": "QZDST2500001",
            "display_artist": "Ada Reyes",
            "contributors": [{"party_id": "ada", "roles": ["Composer"]}],
            "audio_asset_id": "audio",
        }
    ],
    "images": [{"asset_id": "cover", "type": "FrontCover"}],
}
PARTIES = [{"id": "ada", "name": "Ada Reyes"}, {"id": "northlight", "name": "Northlight Records"}]
ASSETS = [
    {"id": "audio", "kind": "audio", "file": "wav/low tide.wav"},
    {"id": "cover", "kind": "image", "file": "cover.jpg"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wav").mkdir()
    (tmp_path / "wav" / "low tide.wav").write_bytes(sound())
    (tmp_path / "cover.jpg").write_bytes(picture())
    return tmp_path


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_read_whole_and_fits_the_schema(path: Path) -> None:
    content = path.read_bytes()

    complete = read_release_file(content)

    assert {asset.id for asset in complete.assets} == complete.release.asset_ids()
    assert {party.id for party in complete.parties} == complete.release.party_ids()
    _validator().validate(json.loads(content))


def test_the_examples_show_what_they_are_named_for() -> None:
    examples = {path.stem: read_release_file(path.read_bytes()).release for path in EXAMPLES}

    assert set(examples) == {"single", "ep-with-many-credits", "two-disc-album", "territories-and-prices"}
    ep = examples["ep-with-many-credits"]
    assert max(len(track.contributors) for track in ep.tracks) >= 5
    assert ContributorRole.MASTERING_ENGINEER in ep.contributors[0].roles
    assert {track.disc_number for track in examples["two-disc-album"].tracks} == {1, 2}
    terms = examples["territories-and-prices"]
    assert terms.rights is not None
    assert (terms.rights.price_code, terms.territories.excluded) == ("FRONT-TWO", ("CN", "JP", "US"))


def test_an_asset_may_be_named_by_its_file(folder: Path) -> None:
    complete = read_release_file(_file(), folder)

    audio, cover = complete.assets
    assert (audio.id, audio.kind, audio.file_name, audio.size) == (
        "audio",
        AssetKind.AUDIO,
        "low tide.wav",
        len(sound()),
    )
    assert audio.audio is not None
    assert (audio.audio.duration, audio.audio.sample_rate, audio.audio.bit_depth) == (Decimal(2), 44_100, 16)
    assert cover.image is not None
    assert (cover.image.width, cover.image.height) == (640, 480)


def test_what_was_read_in_full_reads_the_same_when_it_is_written_again(folder: Path) -> None:
    complete = read_release_file(_file(), folder)

    again = read_release_file(complete.model_dump_json().encode())

    assert again == complete


def test_identifiers_are_brought_into_the_form_that_messages_carry(folder: Path) -> None:
    complete = read_release_file(
        _changed(
            lambda file: file["release"].update(icpn="2100 0001 0019", language="EN"),
            lambda file: file["release"]["tracks"][0].update(isrc="qz-dst-25-00001", iswc="T-910.000.001-9"),
            lambda file: file["parties"][0].update(isni="0000 0001 2150 090x", ipi="100200301-63"),
        ),
        folder,
    )

    assert (complete.release.icpn, complete.release.language) == ("210000010019", "en")
    assert (complete.release.tracks[0].isrc, complete.release.tracks[0].iswc) == ("QZDST2500001", "T9100000019")
    assert (complete.parties[0].isni, complete.parties[0].ipi) == ("000000012150090X", "10020030163")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (lambda f: f.pop("release"), "FIELD_MISSING", ("release",)),
        (lambda f: f["release"].pop("title"), "FIELD_MISSING", ("release", "title")),
        (lambda f: f["release"].update(titel="x"), "FIELD_UNKNOWN", ("release", "titel")),
        (lambda f: f["release"]["tracks"][0].update(isrcs=[]), "FIELD_UNKNOWN", ("release", "tracks", 0, "isrcs")),
        (lambda f: f["release"].update(release_date="14.3.2025"), "VALUE_INVALID", ("release", "release_date")),
        (lambda f: f["release"].update(release_date="2025-02-30"), "VALUE_INVALID", ("release", "release_date")),
        (lambda f: f["release"].update(type="LP"), "VALUE_INVALID", ("release", "type")),
        (
            lambda f: f["release"]["tracks"][0]["contributors"][0].update(roles=["Whistler"]),
            "VALUE_INVALID",
            ("release", "tracks", 0, "contributors", 0, "roles", 0),
        ),
        (
            lambda f: f["release"].update(territories={"included": ["AT"], "excluded": ["AT"]}),
            "VALUE_INVALID",
            ("release", "territories"),
        ),
        (
            lambda f: f["release"].update(territories={"included": ["AT", "ZZ"]}),
            "TERRITORY_UNKNOWN",
            ("release", "territories", "included", 1),
        ),
        (lambda f: f["release"].update(icpn="210000010018"), "ICPN_CHECK_DIGIT_WRONG", ("release", "icpn")),
        (lambda f: f["release"].update(grid="A12425GABC1234002X"), "GRID_CHECK_CHARACTER_WRONG", ("release", "grid")),
        (lambda f: f["release"].update(language="xx"), "LANGUAGE_UNKNOWN", ("release", "language")),
        (lambda f: f["release"]["tracks"][0].update(isrc="123"), "ISRC_INVALID", ("release", "tracks", 0, "isrc")),
        (
            lambda f: f["release"]["tracks"][0].update(title="a\u0001"),
            "CHARACTER_ILLEGAL",
            ("release", "tracks", 0, "title"),
        ),
        (
            lambda f: f["parties"][1].update(dpid="PADPIDA0000000000X"),
            "DPID_CHECK_CHARACTER_WRONG",
            ("parties", 1, "dpid"),
        ),
        (lambda f: f["parties"].append(PARTIES[0]), "VALUE_INVALID", ()),
        (lambda f: f["assets"][1].pop("kind"), "FIELD_MISSING", ("assets", 1, "kind")),
        (lambda f: f["assets"][1].update(size=5), "FIELD_UNKNOWN", ("assets", 1, "size")),
        (lambda f: f["assets"][1].update(file="../secret.jpg"), "FILE_OUTSIDE_FOLDER", ("assets", 1, "file")),
        (lambda f: f["assets"][1].update(file="none.jpg"), "FILE_MISSING", ("assets", 1, "file")),
        (lambda f: f["assets"][1].update(kind="audio"), "KIND_MISMATCH", ("assets", 1, "file")),
    ],
)
def test_a_fault_is_told_with_its_path(folder: Path, change: Change, code: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(DomainErrors) as refusal:
        read_release_file(_changed(change), folder)

    assert [(error.code, error.path) for error in refusal.value.errors] == [(code, path)]


def test_all_faults_of_a_kind_are_told_at_once(folder: Path) -> None:
    (folder / "wav" / "low tide.wav").write_bytes(cut(sound)())
    (folder / "cover.jpg").write_bytes(mp3())
    with pytest.raises(DomainErrors) as of_files:
        read_release_file(_file(), folder)
    with pytest.raises(DomainErrors) as of_values:
        read_release_file(
            _changed(
                lambda f: f["release"].update(icpn="1"),
                lambda f: f["release"]["tracks"][0].update(isrc="1", iswc="1"),
                lambda f: f["parties"][0].update(isni="1", ipi="1"),
            ).replace(b"low tide.wav", b"other.wav"),
            _with_sound(folder, "wav/other.wav", "cover.jpg"),
        )

    assert [error.code for error in of_files.value.errors] == ["FILE_TRUNCATED", "KIND_MISMATCH"]
    assert {error.path for error in of_values.value.errors} == {
        ("release", "icpn"),
        ("release", "tracks", 0, "isrc"),
        ("release", "tracks", 0, "iswc"),
        ("parties", 0, "isni"),
        ("parties", 0, "ipi"),
    }


def test_a_misspelt_field_is_told_with_the_one_that_was_meant(folder: Path) -> None:
    with pytest.raises(DomainErrors) as refusal:
        read_release_file(_changed(lambda f: f["release"]["tracks"][0].update(titel="x")), folder)

    assert refusal.value.message == "there is no such field; did you mean 'title'?"


@pytest.mark.proves("AST-07")
def test_an_asset_in_full_needs_its_hashes() -> None:
    example = json.loads(EXAMPLES[0].read_bytes())
    del example["assets"][0]["hashes"]["md5"]

    with pytest.raises(DomainErrors) as refusal:
        read_release_file(json.dumps(example).encode())

    assert (refusal.value.code, refusal.value.path) == ("FIELD_MISSING", ("assets", 0, "hashes", "md5"))


def test_a_file_named_without_a_folder_is_a_fault_of_its_own() -> None:
    with pytest.raises(DomainErrors) as refusal:
        read_release_file(_file())

    assert [error.code for error in refusal.value.errors] == ["ASSET_FOLDER_MISSING", "ASSET_FOLDER_MISSING"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<xml/>", "line 1, column 1"),
        (b'{\n "release": {,}\n}', "line 2, column 14"),
        (b"\xff\xfe{}", "byte 0 is not UTF-8"),
        (b"[" * 100_000, "too deep"),
        (b'{"release": {"id": "1", "id": "2"}}', "'id' stands twice"),
        (b"", "line 1, column 1"),
    ],
)
def test_what_is_no_json_is_told_with_the_place(content: bytes, reason: str) -> None:
    with pytest.raises(DomainErrors) as refusal:
        read_release_file(content)

    assert refusal.value.code == "RELEASE_FILE_MALFORMED"
    assert reason in refusal.value.message


@pytest.mark.parametrize(
    "content", [b"[]", b"1", b'"release"', b"null", b'{"release": 1, "assets": [1], "parties": {}}']
)
def test_json_of_another_shape_is_told_as_values_that_do_not_fit(content: bytes) -> None:
    with pytest.raises(DomainErrors) as refusal:
        read_release_file(content)

    assert {error.code for error in refusal.value.errors} <= {"VALUE_INVALID", "FIELD_MISSING"}


def test_every_field_of_the_schema_has_a_description_and_no_description_is_left_over() -> None:
    schema = release_file_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    described = {
        name: set(definition["properties"])
        for name, definition in {"ReleaseFile": schema, **schema["$defs"]}.items()
        if "properties" in definition
    }
    assert described == {name: set(fields) for name, fields in FIELDS.items()}
    assert all(definition["description"] for definition in schema["$defs"].values())


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    for change in (
        lambda f: f["release"].pop("title"),
        lambda f: f["release"].update(titel="x"),
        lambda f: f["release"].update(type="LP"),
        lambda f: f["assets"][0].pop("kind"),
    ):
        with pytest.raises(jsonschema.ValidationError):
            _validator().validate(json.loads(_changed(change)))
    _validator().validate(json.loads(_file()))


def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(release_file_schema())


def _file() -> bytes:
    return json.dumps({"release": RELEASE, "parties": PARTIES, "assets": ASSETS}, ensure_ascii=False).encode()


def _changed(*changes: Change) -> bytes:
    file = json.loads(_file())
    for change in changes:
        change(file)
    return json.dumps(file).encode()


def _with_sound(folder: Path, audio: str, cover: str) -> Path:
    (folder / audio).write_bytes(sound())
    (folder / cover).write_bytes(picture())
    return folder
