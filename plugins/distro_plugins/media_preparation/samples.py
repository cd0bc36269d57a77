"""Samples from one container into another, block by block, and proven afterwards."""

from __future__ import annotations

import hashlib
from pathlib import Path

import soundfile

from distro_sdk.errors import DomainError

FRAMES = 1 << 16
"""Samples of each channel that are in memory at once, four bytes each."""

COMPRESSION = 0.625
"""Level 5 of 8 in libsndfile's scale from 0 to 1, as the reference encoder has it: the size hardly falls beyond."""

_SYSTEM_ERROR = 2
"""What libsndfile calls a failure of the system, such as a full disk: the recording is not to blame."""

_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}
_SUBTYPES = {
    "WAV": {8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"},
    "FLAC": {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"},
}


def convert(name: str, source: Path, result: Path, container: str) -> None:
    """Write the samples of `source` into a container and read them back.

    `name`: what people call the file. Raises SAMPLES_DIFFER, AUDIO_UNREADABLE, and `OSError` for a full disk.
    """
    try:
        told, found = _copy_file(source, result, container), ""
        with soundfile.SoundFile(result) as read_back:
            found = _digest(read_back)
    except (soundfile.LibsndfileError, KeyError) as error:
        if getattr(error, "code", None) == _SYSTEM_ERROR:
            raise OSError(str(error)) from error
        raise DomainError("AUDIO_UNREADABLE", f"{name} cannot be converted to {container}: {error}") from error
    if found != told:
        raise DomainError("SAMPLES_DIFFER", f"{name} has other samples as {container} than it has itself")


def _copy_file(source: Path, result: Path, container: str) -> str:
    with soundfile.SoundFile(source) as original:
        subtype = _SUBTYPES[container][_BITS[original.subtype]]
        level = COMPRESSION if container == "FLAC" else None
        rate, channels = original.samplerate, original.channels
        with soundfile.SoundFile(
            result, "w", rate, channels, subtype, format=container, compression_level=level
        ) as written:
            return _copy(original, written)


def _copy(original: soundfile.SoundFile, written: soundfile.SoundFile) -> str:
    """Copy all samples block by block; their digest. As 32-bit integers nothing is rounded (lower bits are zero)."""
    digest = hashlib.md5(usedforsecurity=False)
    buffer = bytearray(FRAMES * original.channels * 4)
    while count := original.buffer_read_into(buffer, "int32"):
        block = memoryview(buffer)[: count * original.channels * 4]
        digest.update(block)
        written.buffer_write(block, "int32")
    return digest.hexdigest()


def _digest(audio: soundfile.SoundFile) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    buffer = bytearray(FRAMES * audio.channels * 4)
    while count := audio.buffer_read_into(buffer, "int32"):
        digest.update(memoryview(buffer)[: count * audio.channels * 4])
    return digest.hexdigest()
