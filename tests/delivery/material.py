"""Small real files: a tone and a cover."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import AsyncIterator
from functools import cache

from PIL import Image

SAMPLE_RATE = 44_100


@cache
def tone(frequency: int, seconds: float = 0.5) -> bytes:
    """A 16-bit stereo WAV file with one tone. `frequency`: Hz."""
    count = int(SAMPLE_RATE * seconds)
    samples = [int(12_000 * math.sin(2 * math.pi * frequency * place / SAMPLE_RATE)) for place in range(count)]
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(b"".join(struct.pack("<hh", sample, sample) for sample in samples))
    return written.getvalue()


@cache
def silence(seconds: float) -> bytes:
    """A long file that costs no time to make: 16-bit stereo without a sound."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(bytes(int(SAMPLE_RATE * seconds) * 4))
    return written.getvalue()


@cache
def cover(shade: int = 90, pixels: int = 3000) -> bytes:
    """A square JPEG of one colour."""
    written = io.BytesIO()
    Image.new("RGB", (pixels, pixels), (shade, 60, 120)).save(written, "JPEG", quality=80)
    return written.getvalue()


async def blocks(content: bytes) -> AsyncIterator[bytes]:
    """Content as it is received."""
    yield content
