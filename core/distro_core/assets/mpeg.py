"""A walk over the frames of an MPEG audio layer III stream (ISO/IEC 11172-3 and 13818-3).

Decoders conceal a missing end: they trust the frame count of the Xing or Info header. The walk counts what is there.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from distro_sdk.errors import DomainError

ID3_HEADER_SIZE = 10

_MOST_TAGS = 16
_ZEROS_BLOCK = 1 << 16
_LAYER_III = 1
_BIT_RATES = {
    # kbit/s by bit rate index; the lower sampling frequencies of MPEG-2 and 2.5 have a table of their own
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1 = 3

Bytes = bytes | mmap.mmap


@dataclass(frozen=True)
class FrameHeader:
    """What a frame says of itself. `size`: bytes with the header; `bit_rate`: kbit/s; `side_info`: bytes."""

    size: int
    bit_rate: int
    sample_rate: int
    channels: int
    samples: int
    side_info: int


@dataclass(frozen=True)
class MpegStream:
    """What a walk over all frames found. `frames`: without the one that holds the Xing or Info header."""

    frames: int
    audio_bytes: int
    sample_rate: int
    channels: int
    samples_per_frame: int


def id3_size(head: bytes) -> int | None:
    """The size in bytes of the ID3v2 tag that begins here, header and footer included, or None (ID3v2.4, 3.1)."""
    if len(head) < ID3_HEADER_SIZE or head[:3] != b"ID3" or 0xFF in head[3:5] or max(head[6:10]) > 0x7F:
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    has_footer = bool(head[5] & 0x10)
    return size + ID3_HEADER_SIZE * (2 if has_footer else 1)


def skip_tags(file: BinaryIO) -> int:
    """Where the content of an open file begins: behind its ID3v2 tags and the zeros of careless taggers."""
    at = 0
    for _ in range(_MOST_TAGS):
        file.seek(at)
        size = id3_size(file.read(ID3_HEADER_SIZE))
        if size is None:
            break
        at += size
    if at == 0:
        return 0
    file.seek(at)
    while block := file.read(_ZEROS_BLOCK):
        content = block.lstrip(b"\0")
        at += len(block) - len(content)
        if content:
            break
    return at


def read_frame_header(head: Bytes, at: int = 0) -> FrameHeader | None:
    """The layer III frame header at a position, or None where there is none."""
    return _parse_frame_header(head[at : at + 4])


@lru_cache(maxsize=1024)
def _parse_frame_header(raw: bytes) -> FrameHeader | None:
    # Kept, because the frames of one stream have a handful of different headers.
    if len(raw) < 4 or raw[0] != 0xFF or raw[1] & 0xE0 != 0xE0:
        return None
    version, layer = raw[1] >> 3 & 3, raw[1] >> 1 & 3
    rate_index, frequency_index, padding = raw[2] >> 4, raw[2] >> 2 & 3, raw[2] >> 1 & 1
    if version not in _SAMPLE_RATES or layer != _LAYER_III or rate_index in {0, 15} or frequency_index == 3:
        return None
    first = version == _MPEG_1
    bit_rate = _BIT_RATES[1 if first else 2][rate_index]
    sample_rate = _SAMPLE_RATES[version][frequency_index]
    mono = raw[3] >> 6 == 3
    return FrameHeader(
        size=(144 if first else 72) * bit_rate * 1000 // sample_rate + padding,
        bit_rate=bit_rate,
        sample_rate=sample_rate,
        channels=1 if mono else 2,
        samples=1152 if first else 576,
        side_info=(17 if mono else 32) if first else (9 if mono else 17),
    )


def walk_frames(path: Path) -> MpegStream:
    """Count the frames of a file from its first to its last.

    Raises `DomainError` FILE_TRUNCATED where the last frame is incomplete or frames that the Xing or Info header
    announces are missing, FILE_DAMAGED where something else lies between frames, AUDIO_EMPTY where there is none.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _walk(data, skip_tags(file))


def _walk(data: mmap.mmap, start: int) -> MpegStream:
    first = read_frame_header(data, start)
    if first is None:
        raise DomainError("FILE_DAMAGED", "no MPEG audio frame follows the ID3 tag", ("file",))
    announced = _announced_frames(data, start, first)
    at = start if announced is None else start + first.size
    frames, begin, end = 0, at, len(data)
    while at < end and (header := read_frame_header(data, at)) is not None:
        if header.sample_rate != first.sample_rate:
            raise DomainError("FILE_DAMAGED", f"the sample rate changes at byte {at}", ("file",))
        if at + header.size > end:
            raise DomainError("FILE_TRUNCATED", f"the last MPEG frame at byte {at} is incomplete", ("file",))
        at += header.size
        frames += 1
    if not _is_trailer(data, at):
        raise DomainError("FILE_DAMAGED", f"no MPEG frame where one must begin, at byte {at}", ("file",))
    if announced is not None and frames < announced:
        raise DomainError(
            "FILE_TRUNCATED", f"the header announces {announced} MPEG frames, the file holds {frames}", ("file",)
        )
    if frames == 0:
        raise DomainError("AUDIO_EMPTY", "the file holds no sound", ("file",))
    return MpegStream(frames, at - begin, first.sample_rate, first.channels, first.samples)


def _announced_frames(data: mmap.mmap, at: int, header: FrameHeader) -> int | None:
    """The frame count of a Xing or Info header, 0 where it gives none; None where the frame is no such header."""
    tag = at + 4 + header.side_info
    if data[tag : tag + 4] not in {b"Xing", b"Info"}:
        return None
    has_count = data[tag + 7] & 1
    return int.from_bytes(data[tag + 8 : tag + 12]) if has_count else 0


def _is_trailer(data: mmap.mmap, at: int) -> bool:
    """Whether what follows the last frame is nothing, padding or a tag (ID3v1, APEv2, Lyrics3)."""
    rest = data[at : at + 32]
    return not rest.strip(b"\0") or rest[:3] in {b"TAG", b"ID3"} or rest[:8] in {b"APETAGEX", b"LYRICSBE"}
