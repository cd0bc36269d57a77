"""Whether an MP4 file carries MPEG-H 3D Audio (ISO/IEC 14496-12, ISO/IEC 23008-3 clause 20)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ENTRIES = frozenset({b"mhm1", b"mhm2", b"mha1", b"mha2"})
"""Sample entries of MPEG-H 3D Audio; those with an `a` need the box `mhaC`, the others say it in their stream."""

MOST_BOXES = 10_000
MOST_ENTRIES = 64
_WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_FIELDS_OF_SOUND = 28
"""Bytes of an audio sample entry before the boxes within it."""


@dataclass(frozen=True)
class MpegHTrack:
    """`entry`: the sample entry's name; `sample_rate`: Hz; `profile_level`: of its configuration, where it is told."""

    entry: str
    sample_rate: int
    profile_level: int | None


@dataclass(frozen=True)
class _Box:
    name: bytes
    start: int
    end: int


def find_mpegh_tracks(path: Path) -> tuple[MpegHTrack, ...]:
    """The tracks with MPEG-H audio; blocks. Raises ValueError where the boxes contradict each other."""
    with path.open("rb") as file:
        reader = _Reader(file)
        boxes = [_Box(b"", 0, path.stat().st_size)]
        for name in _WAY:
            boxes = [inner for box in boxes for inner in reader.inside(box) if inner.name == name]
        tables = [inner for box in boxes for inner in reader.inside(box) if inner.name == b"stsd"]
        return tuple(track for table in tables for track in reader.tracks(table))


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_BOXES

    def inside(self, box: _Box) -> Iterator[_Box]:
        """The boxes within another one."""
        at = box.start
        while at + 8 <= box.end:
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"it has more than {MOST_BOXES} boxes")
            size, name = struct.unpack(">I4s", self._read(at, 8))
            start = at + 8
            if size == 1:
                size, start = struct.unpack(">Q", self._read(at + 8, 8))[0], at + 16
            end = box.end if size == 0 else at + size
            if end < start or end > box.end:
                raise ValueError(f"its box {name.decode('latin-1')!r} is cut off")
            yield _Box(name, start, end)
            at = end

    def tracks(self, table: _Box) -> Iterator[MpegHTrack]:
        """The entries of a sample description that are MPEG-H."""
        entries = _Box(b"stsd", table.start + 8, table.end)
        for number, entry in enumerate(self.inside(entries)):
            if number >= MOST_ENTRIES:
                raise ValueError("its sample description is too long")
            if entry.name in ENTRIES:
                yield self._track(entry)

    def _track(self, entry: _Box) -> MpegHTrack:
        rate = struct.unpack(">I", self._read(entry.start + 24, 4))[0] >> 16
        within = _Box(entry.name, entry.start + _FIELDS_OF_SOUND, entry.end)
        configuration = next((box for box in self.inside(within) if box.name == b"mhaC"), None)
        if configuration is None and entry.name.startswith(b"mha"):
            raise ValueError("its MPEG-H track has no configuration")
        level = None if configuration is None else self._read(configuration.start, 2)[1]
        return MpegHTrack(entry.name.decode("ascii"), rate, level)

    def _read(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        content = self._file.read(size)
        if len(content) != size:
            raise ValueError("it is cut off")
        return content
