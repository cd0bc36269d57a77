"""What a broadcast wave file says of its channels: the chunks `fmt ` and `chna` (EBU Tech 3285, ITU-R BS.2088-1)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MOST_CHUNKS = 1000
MOST_READ = 1024 * 1024
OBJECTS = 3
"""The type definition of packs of objects (ITU-R BS.2076-2, table 1)."""

_EXTENSIBLE, _PCM = 0xFFFE, 1
_LATER = 0xFFFFFFFF
_PACK = re.compile(r"AP_([0-9A-Fa-f]{4})[0-9A-Fa-f]{4}")


@dataclass(frozen=True)
class WaveMaster:
    """`sample_rate`: Hz; `bit_depth`: bits a sample; `objects`: channels that are objects, None without a `chna`;
    `pcm`: whether samples are integers; `size`: bytes of all samples.
    """

    channels: int
    sample_rate: int
    bit_depth: int
    objects: int | None
    pcm: bool
    size: int


def is_wave(path: Path) -> bool:
    """Whether a file begins like a wave file; blocks."""
    with path.open("rb") as file:
        return _is_wave(file.read(12))


def read_wave(path: Path) -> WaveMaster:
    """Read a file's chunks and none of its samples; blocks. Raises ValueError with what is wrong with it."""
    with path.open("rb") as file:
        head = file.read(12)
        if not _is_wave(head):
            raise ValueError("it is no broadcast wave file")
        chunks, size = _chunks(file, path.stat().st_size)
    form, chna = chunks.get(b"fmt ", b""), chunks.get(b"chna")
    if len(form) < 16:
        raise ValueError("it has no format chunk")
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == _EXTENSIBLE and len(form) >= 40:
        tag = struct.unpack("<H", form[24:26])[0]
    objects = None if chna is None else _objects(chna)
    return WaveMaster(channels, rate, bits, objects, pcm=tag == _PCM, size=size)


def _is_wave(head: bytes) -> bool:
    return head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE"


def _chunks(file: BinaryIO, end: int) -> tuple[dict[bytes, bytes], int]:
    """The small chunks before and behind the samples, and the bytes of these.

    A 64-bit file tells their size in `ds64` (EBU Tech 3306).
    """
    found: dict[bytes, bytes] = {}
    at, samples, present = 12, 0, 0
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return found, present
        name, size = struct.unpack("<4sI", header)
        size = samples if name == b"data" and size == _LATER else size
        if at + 8 + size > end:
            raise ValueError(f"its {name.decode('latin-1')!r} chunk is cut off")
        if name == b"data":
            present = size
        if name in {b"fmt ", b"chna", b"ds64"}:
            found.setdefault(name, file.read(min(size, MOST_READ)))
        if name == b"ds64" and size >= 16:
            samples = struct.unpack("<Q", found[name][8:16])[0]
        at += 8 + size + size % 2
    raise ValueError(f"it has more than {MOST_CHUNKS} chunks")


def _objects(chna: bytes) -> int:
    packs = (chna[at + 28 : at + 39].rstrip(b"\0 ").decode("latin-1") for at in range(4, len(chna) - 39, 40))
    found = (_PACK.fullmatch(pack) for pack in packs)
    return sum(int(pack[1], 16) == OBJECTS for pack in found if pack)
