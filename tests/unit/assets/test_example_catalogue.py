"""The catalogue of the demo: real files of the lengths and formats that its table says, always the same."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from distro_core.assets.description import describe_file
from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.identifiers import check_icpn, check_isrc, check_iswc
from distro_core.catalogue.releases import ReleaseService
from distro_core.imports.documents import ImportStatus
from distro_core.imports.service import ImportService
from distro_core.scope import Scope
from distro_sdk.models.assets import AssetKind, AudioFormat
from distro_sdk.models.catalogue import ReleaseStatus, ReleaseType

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
def test_every_row_gets_its_recording_and_every_release_its_cover(
    rows: list[dict[str, str]], example_files: Path
) -> None:
    found = {path.name for path in example_files.iterdir()}

    for row in rows:
        format, rate, depth = FORMATS[row["releaseType"]]
        place = f"{int(row['discNumber']):02d}_{int(row['trackNumber']):03d}"
        name = f"{row['upc']}_{place}.{format.value.lower()}"
        audio = describe_file(example_files / name).audio
        assert audio is not None
        assert (audio.format, audio.sample_rate, audio.bit_depth, audio.channels) == (format, rate, depth, 2)
        assert audio.duration == int(row["duration"])
        found.discard(name)
    for icpn in {row["upc"] for row in rows}:
        image = describe_file(example_files / f"{icpn}.jpg").image
        assert image is not None
        assert (image.width, image.height, image.colour_mode, image.resolution) == (3000, 3000, "RGB", 300)
        found.discard(f"{icpn}.jpg")
    assert found == set()
    assert sum(path.stat().st_size for path in example_files.iterdir()) < 150_000_000


@pytest.mark.slow
def test_the_files_are_always_the_same(example_files: Path, tmp_path: Path) -> None:
    _make(tmp_path)

    assert _hashes(tmp_path) == _hashes(example_files)


@pytest.mark.slow
async def test_the_catalogue_is_imported_into_three_releases_that_are_ready(
    label_a: Scope, example_files: Path
) -> None:
    assets, imports, releases = AssetService(label_a), ImportService(label_a), ReleaseService(label_a)
    stored = [
        await assets.receive(
            AssetKind.IMAGE if path.suffix == ".jpg" else AssetKind.AUDIO, path.name, _blocks(path.read_bytes())
        )
        for path in sorted(example_files.iterdir())
    ]

    created = await imports.create(CATALOGUE.read_bytes(), [asset.id for asset in stored])
    await imports.run(created.id)

    done = await imports.get(created.id)
    assert (done.status, done.created, done.failed, done.ready_releases) == (ImportStatus.COMPLETED, 19, 0, 3)
    assert done.ignored_columns == ()
    assert done.unmatched_files == ()
    found = await label_a.store.collection(ReleaseDocument).list({})
    assert {(release.title, release.type, release.status, len(release.tracks)) for release in found} == {
        ("Low Tide", ReleaseType.SINGLE, ReleaseStatus.READY, 2),
        ("Glass Gardens", ReleaseType.EP, ReleaseStatus.READY, 5),
        ("Night Trains, Day Boats", ReleaseType.ALBUM, ReleaseStatus.READY, 12),
    }
    assert [await releases.check(release.id) for release in found] == [(), (), ()]


async def _blocks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _make(folder: Path) -> None:
    subprocess.run([sys.executable, EXAMPLES / "make_catalogue.py", folder], check=True, capture_output=True)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
