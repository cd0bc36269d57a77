"""Makes the audio and the covers of `examples/catalogue/catalogue.csv`, always the same.

    python examples/make_catalogue.py [FOLDER]

Every row of the table becomes a recording of the length it says: WAV 16 bit 44.1 kHz for singles, FLAC 24 bit 96 kHz
for EPs, tagged MP3 for albums; every release gets a cover of 3000 × 3000 pixels. The files carry DDEX names
(`{UPC}_{disc}_{track}.wav`, `{UPC}.jpg`), so that an import finds them. FOLDER: examples/catalogue/files unless given.
"""

from __future__ import annotations

import argparse
import csv
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import soundfile
from catalogue_maker.covers import paint_cover
from catalogue_maker.music import compose

CATALOGUE = Path(__file__).resolve().parent / "catalogue" / "catalogue.csv"
DEFAULT_FOLDER = CATALOGUE.parent / "files"

Row = Mapping[str, str]


@dataclass(frozen=True)
class AudioFormat:
    """How the recordings of a release are written. `rate`: Hz."""

    extension: str
    rate: int
    subtype: str


FORMATS = {
    "Single": AudioFormat("wav", 44_100, "PCM_16"),
    "EP": AudioFormat("flac", 96_000, "PCM_24"),
    "Album": AudioFormat("mp3", 44_100, "MPEG_LAYER_III"),
}


def make_files(folder: Path, catalogue: Path = CATALOGUE) -> list[Path]:
    """Write every file of the catalogue into a folder and return their paths in the order of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = read_rows(catalogue)
    with ProcessPoolExecutor() as processes:
        recordings = [processes.submit(write_recording, row, folder) for row in rows]
        covers = [processes.submit(write_cover, row, folder) for row in first_rows(rows)]
        return [made.result() for made in (*recordings, *covers)]


def read_rows(catalogue: Path) -> list[Row]:
    """The rows of the table."""
    with catalogue.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def first_rows(rows: Iterable[Row]) -> list[Row]:
    """The first row of each release."""
    return list({row["upc"]: row for row in reversed(list(rows))}.values())


def write_recording(row: Row, folder: Path) -> Path:
    """Compose and write the recording of a row."""
    audio = FORMATS[row["releaseType"]]
    name = f"{row['upc']}_{int(row['discNumber']):02d}_{int(row['trackNumber']):03d}.{audio.extension}"
    frames = compose(row["genre"], float(row["duration"]), audio.rate, zlib.crc32(row["isrc"].encode()))
    path = folder / name
    lossy = audio.extension == "mp3"
    options = {"bitrate_mode": "CONSTANT", "compression_level": 0.0} if lossy else {}
    with soundfile.SoundFile(path, "w", audio.rate, 2, audio.subtype, **options) as file:
        if lossy:
            file.title, file.artist, file.album = row["trackTitle"], row["trackArtist"], row["title"]
        file.write(frames)
    return path


def write_cover(row: Row, folder: Path) -> Path:
    """Paint the cover of the release that a row belongs to."""
    path = folder / f"{row['upc']}.jpg"
    paint_cover(row["genre"], row["title"], row["artist"], path)
    return path


def main() -> None:
    """Read the command line and make the files."""
    parser = argparse.ArgumentParser(description="Makes the audio and covers of the example catalogue.")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER, help="where to (%(default)s)")
    made = make_files(parser.parse_args().folder)
    total = sum(path.stat().st_size for path in made)
    print(f"{len(made)} files, {total / 1e6:.1f} MB, in {made[0].parent}")  # noqa: T201


if __name__ == "__main__":
    main()
