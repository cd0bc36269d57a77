"""Dolby Atmos masters as broadcast wave files with an audio definition model (ITU-R BS.2088-1 and BS.2076-2)."""

from __future__ import annotations

import random
import struct

CHANNELS, RATE, BITS = 12, 48_000, 24
BED_CHANNELS = 10
"""A 7.1.2 bed; the other channels are objects."""


def atmos_master(seconds: float = 0.25, seed: int = 1) -> bytes:
    """A master with a bed and two objects. `seed`: of the noise that it holds."""
    frame = CHANNELS * BITS // 8
    packs = ["AP_00011001"] * BED_CHANNELS + ["AP_00031001", "AP_00031002"]
    form = struct.pack("<HHIIHH", 1, CHANNELS, RATE, RATE * frame, frame, BITS)
    lines = [
        struct.pack("<H12s14s11sx", channel, _uid(channel).encode(), b"AT_00031001_01", pack.encode())
        for channel, pack in enumerate(packs, 1)
    ]
    allocation = struct.pack("<HH", CHANNELS, CHANNELS) + b"".join(lines)
    sound = random.Random(seed).randbytes(int(RATE * seconds) * frame)
    parts = ((b"fmt ", form), (b"chna", allocation), (b"axml", _model(sorted(set(packs)))), (b"data", sound))
    body = b"WAVE" + b"".join(_chunk(name, content) for name, content in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _uid(channel: int) -> str:
    return f"ATU_{channel:08X}"


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _model(packs: list[str]) -> bytes:
    objects = "".join(
        f'<audioObject audioObjectID="AO_{place:04}"><audioPackFormatIDRef>{pack}</audioPackFormatIDRef></audioObject>'
        for place, pack in enumerate(packs, 0x1001)
    )
    uids = "".join(f'<audioTrackUID UID="{_uid(channel)}"/>' for channel in range(1, CHANNELS + 1))
    return (
        '<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2016"><audioProgramme audioProgrammeName="Night Drive"/>'
        f"{objects}{uids}</ebuCoreMain>"
    ).encode()
