"""A Dolby Atmos master of a tenth of a second, made of its chunks by hand (ITU-R BS.2088-1)."""

from __future__ import annotations

import random
import struct

CHANNELS, RATE, BITS = 12, 48_000, 24
BED, OBJECTS = "AP_00011001", ("AP_00031001", "AP_00031002")
PACKS = (*[BED] * 10, *OBJECTS)
"""A 7.1.2 bed and two objects."""


def metadata() -> bytes:
    """The ADM metadata of the master."""
    objects = "".join(
        f'<audioObject audioObjectID="AO_{place:04}"><audioPackFormatIDRef>{pack}</audioPackFormatIDRef></audioObject>'
        for place, pack in enumerate((BED, *OBJECTS), 1001)
    )
    tracks = "".join(f'<audioTrackUID UID="{_track(channel)}"/>' for channel in range(1, CHANNELS + 1))
    programme = '<audioProgramme audioProgrammeName="Night Drive"/>'
    body = f"{programme}{objects}{tracks}"
    return f'<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2016">{body}</ebuCoreMain>'.encode()


def atmos_master(seed: int = 1) -> bytes:
    """The whole file. `seed`: of the noise in it."""
    frame = CHANNELS * BITS // 8
    form = struct.pack("<HHIIHH", 1, CHANNELS, RATE, RATE * frame, frame, BITS)
    lines = b"".join(
        struct.pack("<H12s14s11sx", channel, _track(channel).encode(), b"AT_00031001_01", pack.encode())
        for channel, pack in enumerate(PACKS, 1)
    )
    allocation = struct.pack("<HH", CHANNELS, CHANNELS) + lines
    noise = random.Random(seed).randbytes(RATE // 10 * frame)
    chunks = {b"fmt ": form, b"chna": allocation, b"axml": metadata(), b"data": noise}
    body = b"WAVE" + b"".join(_chunk(name, content) for name, content in chunks.items())
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _track(channel: int) -> str:
    return f"ATU_{channel:08X}"


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
