"""The catalogue of the demo: real files of the lengths and formats that its table says, always the same."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from distro_core.assets.description import describe_file
from distro_core.catalogue.identifiers import check_icpn, check_isrc, check_iswc
from distro_sdk.models.assets import AudioFormat

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
CATALOGUE = EXAMPLES / "catalogue" / "catalogue.csv"

FORMATS = {
    "Single": (AudioFormat.WAV, 44_100, 16),
    "EP": (AudioFormat.FLAC, 96_000, 24),
    "Album": (AudioFormat.MP3, 44_100, None),
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_holds_a_single_an_ep_and_a_two_disc_album_with_valid_identifiers(rows: list[dict[str, str]]) -> None:
    assert Counter((row["releaseType"], row["discNumber"]) for row in rows) == {
        ("Single", "1"): 2,
        ("EP", "1"): 5,
        ("Album", "1"): 6,
        ("Album", "2"): 6,
    }
    assert len({check_isrc(row["isrc"]) for row in rows}) == 19
    assert len({check_iswc(row["iswc"]) for row in rows}) == 19
    assert len({check_icpn(row["upc"]) for row in rows}) == 3


@pytest.mark.slow
def test_every_row_gets_its_recording_and_every_release_its_cover(rows: list[dict[str, str]], tmp_path: Path) -> None:
    _make(tmp_path)

    found = {path.name for path in tmp_path.iterdir()}
    for row in rows:
        format, rate, depth = FORMATS[row["releaseType"]]
        place = f"{int(row['discNumber']):02d}_{int(row['trackNumber']):03d}"
        name = f"{row['upc']}_{place}.{format.value.lower()}"
        audio = describe_file(tmp_path / name).audio
        assert audio is not None
        assert (audio.format, audio.sample_rate, audio.bit_depth, audio.channels) == (format, rate, depth, 2)
        assert audio.duration == int(row["duration"])
        found.discard(name)
    for icpn in {row["upc"] for row in rows}:
        image = describe_file(tmp_path / f"{icpn}.jpg").image
        assert image is not None
        assert (image.width, image.height, image.colour_mode, image.resolution) == (3000, 3000, "RGB", 300)
        found.discard(f"{icpn}.jpg")
    assert found == set()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 150_000_000


@pytest.mark.slow
def test_the_files_are_always_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    _make(first)
    _make(second)

    assert _hashes(first) == _hashes(second)


def _make(folder: Path) -> None:
    subprocess.run([sys.executable, EXAMPLES / "make_catalogue.py", folder], check=True, capture_output=True)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
