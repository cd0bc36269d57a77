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

_LATER = 0xFFFFFFFF
_PACK = re.compile(r"AP_([0-9A-Fa-f]{4})[0-9A-Fa-f]{4}")


@dataclass(frozen=True)
class WaveMaster:
    """`sample_rate`: Hz; `bit_depth`: bits a sample; `objects`: channels that are objects, None without a `chna`."""

    channels: int
    sample_rate: int
    bit_depth: int
    objects: int | None


def read_wave(path: Path) -> WaveMaster:
    """Read a file's chunks and none of its samples; blocks. Raises ValueError with what is wrong with it."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in {b"RIFF", b"RF64", b"BW64"} or head[8:12] != b"WAVE":
            raise ValueError("it is no broadcast wave file")
        chunks = _chunks(file, path.stat().st_size)
    form, chna = chunks.get(b"fmt ", b""), chunks.get(b"chna")
    if len(form) < 16:
        raise ValueError("it has no format chunk")
    _, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    return WaveMaster(channels, rate, bits, None if chna is None else _objects(chna))


def _chunks(file: BinaryIO, end: int) -> dict[bytes, bytes]:
    """The small chunks before and behind the samples, whose size a 64-bit file tells in `ds64` (EBU Tech 3306)."""
    found: dict[bytes, bytes] = {}
    at, samples = 12, 0
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return found
        name, size = struct.unpack("<4sI", header)
        size = samples if name == b"data" and size == _LATER else size
        if at + 8 + size > end:
            raise ValueError(f"its {name.decode('latin-1')!r} chunk is cut off")
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
