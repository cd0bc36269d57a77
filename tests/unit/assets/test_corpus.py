"""Which files are taken and which are refused: the exact list, and exact technical data of what is taken."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tinytag import TinyTag

from distro_core.assets.description import describe_file
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AssetKind
from tests.unit.assets.corpus import BAD, GOOD, Bad, Good, mp3, picture, sound


@pytest.mark.proves("AST-01", "AST-12", "AST-13")
@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.file_name)
def test_a_good_file_is_taken_with_its_true_data(good: Good, tmp_path: Path) -> None:
    content = good.make()
    path = _file(tmp_path, good.file_name, content)

    asset = describe_file(path, good.kind)

    assert (asset.kind, asset.file_name, asset.size) == (good.kind, good.file_name, len(content))
    found = asset.audio or asset.image
    shown = {} if found is None else found.model_dump(mode="json")
    if "duration" in good.truth:
        assert Decimal(shown.pop("duration")) == Decimal(good.truth["duration"])
    expected = {name: value for name, value in good.truth.items() if name != "duration"}
    assert {name: shown[name] for name in expected} == expected


@pytest.mark.proves("AST-12")
@pytest.mark.parametrize("good", [good for good in GOOD if good.kind is AssetKind.AUDIO], ids=lambda g: g.file_name)
def test_another_library_reads_the_same_data(good: Good, tmp_path: Path) -> None:
    suffix = good.truth["format"].lower()
    path = _file(tmp_path, f"file.{suffix}", good.make())

    audio = describe_file(path).audio
    witness = TinyTag.get(path)

    assert audio is not None
    assert (audio.sample_rate, audio.channels) == (witness.samplerate, witness.channels)
    if suffix == "mp3":
        # the other library counts what the encoder added at both ends
        assert abs(float(audio.duration) - (witness.duration or 0)) < 0.1
    else:
        assert float(audio.duration) == pytest.approx(witness.duration, abs=0.000_001)
    if good.file_name != "20 of 24.wav":
        assert audio.bit_depth == witness.bitdepth


@pytest.mark.proves("AST-01", "AST-10")
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.label)
def test_a_bad_file_is_refused_with_its_reason(bad: Bad, tmp_path: Path) -> None:
    path = _file(tmp_path, bad.file_name, bad.make())

    with pytest.raises(DomainError) as refusal:
        describe_file(path, bad.kind)

    assert refusal.value.code == bad.code
    assert refusal.value.path
    assert str(tmp_path) not in refusal.value.message


@pytest.mark.proves("AST-10")
def test_a_refused_name_is_told_with_both_types(tmp_path: Path) -> None:
    path = _file(tmp_path, "song.wav", mp3())

    with pytest.raises(DomainError) as refusal:
        describe_file(path)

    assert refusal.value.message == "the name says WAV, the content is MP3"


@pytest.mark.proves("AST-07")
def test_the_hashes_are_those_of_the_bytes(tmp_path: Path) -> None:
    content = sound()

    hashes = describe_file(_file(tmp_path, "a.wav", content)).hashes

    assert hashes.md5 == hashlib.md5(content).hexdigest()
    assert hashes.sha1 == hashlib.sha1(content).hexdigest()
    assert hashes.sha256 == hashlib.sha256(content).hexdigest()


def test_the_kind_is_found_where_none_is_announced_and_the_same_file_has_the_same_id(tmp_path: Path) -> None:
    cover = _file(tmp_path, "cover.jpg", picture())
    copy = _file(tmp_path, "copy.jpg", picture())

    assert describe_file(cover).kind is AssetKind.IMAGE
    assert describe_file(cover).id == describe_file(copy).id
    assert describe_file(cover, id="cover").id == "cover"


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(DomainError) as refusal:
            describe_file(path)
        assert refusal.value.code == "FILE_MISSING"


@hypothesis_settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), good=st.sampled_from(GOOD))
def test_a_file_that_was_changed_anywhere_is_taken_or_refused_and_nothing_else(
    tmp_path: Path, data: st.DataObject, good: Good
) -> None:
    content = bytearray(_good_files()[good.file_name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.sampled_from([0, 1, 4, 1000]))
        content[at : at + gone] = data.draw(st.binary(max_size=8))
    path = _file(tmp_path, good.file_name, bytes(content))

    outcome = _describe(path)

    assert outcome.path if isinstance(outcome, DomainError) else outcome.size == len(content)


@cache
def _good_files() -> dict[str, bytes]:
    return {good.file_name: good.make() for good in GOOD}


def _describe(path: Path) -> Asset | DomainError:
    try:
        return describe_file(path)
    except DomainError as refusal:
        return refusal


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
