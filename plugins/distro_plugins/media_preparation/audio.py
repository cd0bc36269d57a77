"""WAV and FLAC into each other: the same samples in another container, proven after each conversion (row WFL-05)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import soundfile

from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AudioFormat
from distro_sdk.preparation import AudioRecipe, Recipe

FRAMES = 1 << 16
"""Samples of each channel that are in memory at once, four bytes each."""

LARGEST_WAV = (4 << 30) - (1 << 20)
"""Bytes of samples; a RIFF file cannot say more than 4 GiB."""

MOST_FLAC_CHANNELS = 8
COMPRESSION = 0.625
"""Level 5 of 8 in libsndfile's scale from 0 to 1, as the reference encoder has it: the size hardly falls beyond."""

_SUBTYPES = {8: {"WAV": "PCM_U8", "FLAC": "PCM_S8"}, 16: dict.fromkeys(("WAV", "FLAC"), "PCM_16")}
_SUBTYPES[24] = dict.fromkeys(("WAV", "FLAC"), "PCM_24")
_SYSTEM_ERROR = 2
"""What libsndfile calls a failure of the system, such as a full disk: the recording is not to blame."""

_LOSSLESS = frozenset({AudioFormat.WAV, AudioFormat.FLAC})


class LosslessAudio:
    """Makes FLAC of WAV and WAV of FLAC, in 8, 16 or 24 bits; never changes a sample, rate or depth."""

    name = "lossless-audio"
    version = "1"

    def can_prepare(self, asset: Asset, recipe: Recipe) -> bool:
        """Whether both are lossless and every sample has a place in the other container."""
        audio = asset.audio
        if audio is None or not isinstance(recipe, AudioRecipe) or {audio.format, recipe.format} != _LOSSLESS:
            return False
        if recipe.sample_rate is not None or recipe.bit_depth is not None or audio.bit_depth not in _SUBTYPES:
            return False
        if recipe.format is AudioFormat.FLAC:
            return audio.channels <= MOST_FLAC_CHANNELS
        return audio.duration * audio.sample_rate * audio.channels * (audio.bit_depth // 8) <= LARGEST_WAV

    def prepare(self, asset: Asset, recipe: Recipe, source: Path, result: Path) -> None:
        """Write the samples into the other container and read them back; raises SAMPLES_DIFFER, AUDIO_UNREADABLE."""
        container = recipe.format.value
        try:
            with soundfile.SoundFile(source) as original:
                subtype = _SUBTYPES[_bits(original.subtype)][container]
                level = COMPRESSION if container == AudioFormat.FLAC.value else None
                with soundfile.SoundFile(
                    result,
                    "w",
                    original.samplerate,
                    original.channels,
                    subtype,
                    format=container,
                    compression_level=level,
                ) as written:
                    told = _copy(original, written)
            with soundfile.SoundFile(result) as read_back:
                found = _digest(read_back)
        except (soundfile.LibsndfileError, KeyError) as error:
            if getattr(error, "code", None) == _SYSTEM_ERROR:
                raise OSError(str(error)) from error
            raise DomainError(
                "AUDIO_UNREADABLE", f"{asset.file_name} cannot be converted to {container}: {error}"
            ) from error
        if found != told:
            raise DomainError(
                "SAMPLES_DIFFER", f"{asset.file_name} has other samples as {container} than it has itself"
            )


def _bits(subtype: str) -> int:
    return {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}[subtype]


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
