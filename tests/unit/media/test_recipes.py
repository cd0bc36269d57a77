"""What must become of a file so that a target takes it: nothing, another file, or there is no way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from distro_core.preparation.recipes import FITS, judge_audio, judge_cover
from distro_core.preparation.requirements import FileRequirements
from distro_plugins.media_preparation import CoverImages, LosslessAudio
from distro_sdk.models.assets import (
    Asset,
    AssetKind,
    AudioFormat,
    AudioProperties,
    FileHashes,
    ImageFormat,
    ImageProperties,
)
from distro_sdk.platforms import AudioRequirements, ImageRequirements
from distro_sdk.preparation import AudioRecipe, ImageRecipe, Recipe

HASHES = FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64)
WAV, FLAC, MP3 = AudioFormat.WAV, AudioFormat.FLAC, AudioFormat.MP3


class Anything:
    """Offers whatever it is asked for."""

    name, version = "anything", "1"

    def can_prepare(self, asset: Asset, recipe: Recipe) -> bool:
        return True

    def prepare(self, *_: Any) -> None:
        raise AssertionError("judging makes nothing")


def recording(format: AudioFormat = WAV, **properties: Any) -> Asset:
    given = {
        "format": format,
        "codec": "PCM",
        "lossless": format is not MP3,
        "duration": Decimal(3),
        "channels": 2,
        "sample_rate": 44_100,
        "bit_depth": None if format is MP3 else 16,
    }
    audio = AudioProperties.model_validate(given | properties)
    return Asset(id="a", kind=AssetKind.AUDIO, file_name="a", size=9, hashes=HASHES, audio=audio)


def cover(width: int = 3000, height: int = 3000, size: int = 9, **properties: Any) -> Asset:
    image = ImageProperties.model_validate(
        {"format": ImageFormat.PNG, "width": width, "height": height, "colour_mode": "RGB", **properties}
    )
    return Asset(id="c", kind=AssetKind.IMAGE, file_name="c", size=size, hashes=HASHES, image=image)


def asked(*formats: AudioFormat, **limits: Any) -> FileRequirements:
    return FileRequirements("The DSP", audio_formats=formats, audio=AudioRequirements(**limits))


def of_images(minimum: int | None = 300, **limits: Any) -> FileRequirements:
    return FileRequirements("The DSP", images=ImageRequirements(**limits), minimum_cover=minimum)


@pytest.mark.proves("TGT-03")
@pytest.mark.parametrize(
    ("asset", "wanted", "recipe"),
    [
        (recording(WAV), asked(FLAC), AudioRecipe(format=FLAC)),
        (recording(FLAC), asked(WAV), AudioRecipe(format=WAV)),
        (recording(FLAC), asked(MP3, WAV), AudioRecipe(format=WAV)),
    ],
)
def test_lossless_audio_changes_its_container(asset: Asset, wanted: FileRequirements, recipe: Recipe) -> None:
    judgement = judge_audio(asset, wanted, [LosslessAudio()])

    assert (judgement.recipe, judgement.refusals) == (recipe, ())


@pytest.mark.parametrize(
    ("asset", "wanted"),
    [
        (recording(WAV), asked(WAV, FLAC)),
        (recording(MP3), asked(MP3)),
        (recording(MP3), FileRequirements("Whoever")),
        (cover(), asked(FLAC)),
    ],
)
def test_what_fits_stays(asset: Asset, wanted: FileRequirements) -> None:
    assert judge_audio(asset, wanted, [Anything()]) == FITS


@pytest.mark.proves("TGT-03")
@pytest.mark.parametrize(
    ("asset", "wanted", "codes"),
    [
        (recording(MP3), asked(FLAC, WAV), ["AUDIO_FORMAT_UNSUITABLE"]),
        (recording(WAV, sample_rate=22_050), asked(FLAC), ["AUDIO_FORMAT_UNSUITABLE", "SAMPLE_RATE_UNSUITABLE"]),
        (recording(WAV, bit_depth=8), asked(WAV), ["BIT_DEPTH_UNSUITABLE"]),
        (recording(WAV, channels=6), asked(WAV), ["CHANNELS_UNSUITABLE"]),
        (recording(WAV, registered_format="DolbyAtmos"), asked(FLAC), ["AUDIO_FORMAT_UNSUITABLE"]),
    ],
)
def test_no_plugin_may_invent_sound_or_lose_what_lies_beside_it(
    asset: Asset, wanted: FileRequirements, codes: list[str]
) -> None:
    judgement = judge_audio(asset, wanted, [Anything()])

    assert [refusal.code for refusal in judgement.refusals] == codes
    assert judgement.recipe is None


@pytest.mark.parametrize(
    ("properties", "recipe", "code"),
    [
        ({"sample_rate": 192_000}, AudioRecipe(format=WAV, sample_rate=96_000), "SAMPLE_RATE_UNSUITABLE"),
        ({"bit_depth": 32}, AudioRecipe(format=WAV, bit_depth=24), "BIT_DEPTH_UNSUITABLE"),
    ],
)
def test_less_sound_is_for_a_plugin_to_offer(properties: Mapping[str, Any], recipe: Recipe, code: str) -> None:
    asset, wanted = recording(WAV, **properties), asked(WAV, highest_sample_rate=96_000)

    assert judge_audio(asset, wanted, [LosslessAudio(), Anything()]).recipe == recipe
    assert [refusal.code for refusal in judge_audio(asset, wanted, [LosslessAudio()]).refusals] == [code]


@pytest.mark.proves("WFL-07")
def test_a_cover_is_scaled_down_and_becomes_a_jpeg() -> None:
    wanted = of_images(longest_side=1000, largest_file=5000, quality=90)

    judgement = judge_cover(cover(size=6000, colour_mode="RGBA"), wanted, [CoverImages()])

    expected = ImageRecipe(format=ImageFormat.JPEG, longest_side=1000, quality=90, largest_file=5000)
    assert judgement.recipe == expected


@pytest.mark.parametrize(
    ("asset", "wanted", "codes"),
    [
        (cover(200, 200), of_images(), ["COVER_BELOW_MINIMUM"]),
        (cover(4000, 1000), of_images(800, longest_side=2000), ["COVER_ABOVE_MAXIMUM"]),
        (cover(200, 200, size=99), of_images(largest_file=10), ["COVER_BELOW_MINIMUM", "COVER_FILE_TOO_LARGE"]),
        (
            cover(200, 200, colour_mode="L"),
            of_images(formats=(ImageFormat.JPEG,)),
            ["COVER_BELOW_MINIMUM", "COVER_FORMAT_UNSUITABLE", "COVER_COLOURS_UNSUITABLE"],
        ),
    ],
)
def test_no_plugin_may_enlarge_a_cover(asset: Asset, wanted: FileRequirements, codes: list[str]) -> None:
    judgement = judge_cover(asset, wanted, [Anything()])

    assert ([refusal.code for refusal in judgement.refusals], judgement.recipe) == (codes, None)


def test_a_cover_that_fits_stays() -> None:
    assert judge_cover(cover(), of_images(), [Anything()]) == FITS
    assert judge_cover(recording(), of_images(), [Anything()]) == FITS
