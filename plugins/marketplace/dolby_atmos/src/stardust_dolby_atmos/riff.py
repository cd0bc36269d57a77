"""Chunks of RIFF, RF64 and BW64 files (EBU Tech 3285, EBU Tech 3306, ITU-R BS.2088)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEADS = frozenset({b"RIFF", b"RF64", b"BW64"})
MOST_CHUNKS = 1000
_LATER = 0xFFFFFFFF
"""The size of a chunk whose true size stands in `ds64`."""

_EXTENSIBLE = 0xFFFE
_PCM = 1


class RiffError(Exception):
    """A file that is no wave file, or not a whole one."""


@dataclass(frozen=True)
class Chunk:
    """Where a chunk's content lies, bytes."""

    start: int
    size: int


@dataclass(frozen=True)
class WaveFormat:
    """`pcm`: whether samples are integers; `sample_rate`: Hz; `bit_depth`: bits a sample."""

    pcm: bool
    channels: int
    sample_rate: int
    bit_depth: int


@dataclass(frozen=True)
class WaveFile:
    """A wave file with its chunks, the first of each name."""

    path: Path
    chunks: Mapping[str, Chunk]

    def read(self, name: str, *, most: int) -> bytes | None:
        """The content of a chunk, None where there is none; raises `RiffError` where it has more than `most` bytes."""
        chunk = self.chunks.get(name)
        if chunk is None:
            return None
        if chunk.size > most:
            raise RiffError(f"its {name} chunk has {chunk.size} bytes, at most {most} are read")
        with self.path.open("rb") as file:
            file.seek(chunk.start)
            content = file.read(chunk.size)
        if len(content) != chunk.size:
            raise RiffError(f"its {name} chunk is cut off")
        return content

    def format(self) -> WaveFormat:
        """What the format chunk says; raises `RiffError`."""
        content = self.read("fmt ", most=4096)
        if content is None or len(content) < 16:
            raise RiffError("it has no format chunk")
        tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
        if tag == _EXTENSIBLE and len(content) >= 40:
            tag, bits = struct.unpack("<H", content[24:26])[0], struct.unpack("<H", content[18:20])[0] or bits
        return WaveFormat(tag == _PCM, channels, rate, bits)


def open_wave(path: Path) -> WaveFile:
    """Find the chunks of a file without reading its samples; blocks. Raises `RiffError`."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in HEADS or head[8:12] != b"WAVE":
            raise RiffError("it is no broadcast wave file")
        return WaveFile(path, _walk(file, path.stat().st_size))


def _walk(file: BinaryIO, end: int) -> dict[str, Chunk]:
    chunks: dict[str, Chunk] = {}
    sizes: dict[bytes, int] = {}
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return chunks
        name, size = struct.unpack("<4sI", header)
        if name == b"ds64":
            sizes = _read_sizes(file.read(min(size, 65_536)))
        elif size == _LATER:
            size = sizes.get(name, size)
        if at + 8 + size > end:
            raise RiffError(f"its {name.decode('latin-1')!r} chunk is cut off")
        chunks.setdefault(name.decode("latin-1"), Chunk(at + 8, size))
        at += 8 + size + size % 2
    raise RiffError(f"it has more than {MOST_CHUNKS} chunks")


def _read_sizes(content: bytes) -> dict[bytes, int]:
    """True sizes by chunk: that of the samples, and those of the table behind it (EBU Tech 3306, 3.3)."""
    if len(content) < 28:
        raise RiffError("its ds64 chunk is cut off")
    _, data, _, entries = struct.unpack("<QQQI", content[:28])
    table = range(28, min(28 + 12 * entries, len(content) - 11), 12)
    return {b"data": data} | {content[at : at + 4]: struct.unpack("<Q", content[at + 4 : at + 12])[0] for at in table}
