"""WAV and FLAC into each other: the same samples in another container (row WFL-05)."""

from __future__ import annotations

from pathlib import Path

from distro_sdk.models.assets import Asset, AudioFormat
from distro_sdk.preparation import AudioRecipe, Recipe

LARGEST_WAV = (4 << 30) - (1 << 20)
"""Bytes of samples; a RIFF file cannot say more than 4 GiB."""

MOST_FLAC_CHANNELS = 8
BIT_DEPTHS = frozenset({8, 16, 24})
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
        if recipe.sample_rate is not None or recipe.bit_depth is not None or audio.bit_depth not in BIT_DEPTHS:
            return False
        if recipe.format is AudioFormat.FLAC:
            return audio.channels <= MOST_FLAC_CHANNELS
        return audio.duration * audio.sample_rate * audio.channels * (audio.bit_depth // 8) <= LARGEST_WAV

    def prepare(self, asset: Asset, recipe: Recipe, source: Path, result: Path) -> None:
        """Write the samples into the other container and read them back; raises SAMPLES_DIFFER, AUDIO_UNREADABLE."""
        from distro_plugins.media_preparation.samples import convert  # noqa: PLC0415 - libsndfile only where needed

        convert(asset.file_name, source, result, recipe.format.value)
