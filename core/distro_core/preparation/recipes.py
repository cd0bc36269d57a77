"""What must become of a file so that a target takes it: nothing, another file, or there is no way (row ERR-01)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from distro_core.preparation.requirements import FileRequirements
from distro_sdk.models.assets import Asset, AudioFormat, AudioProperties, ImageFormat, ImageProperties
from distro_sdk.platforms import AudioRequirements, ImageRequirements
from distro_sdk.preparation import AssetPreparer, AudioRecipe, ImageRecipe, Recipe

LOSSLESS = frozenset({AudioFormat.WAV, AudioFormat.FLAC})


@dataclass(frozen=True)
class Refusal:
    """Why a target does not take a file that nobody can prepare. `reason`: goes on after what the file is."""

    code: str
    reason: str


@dataclass(frozen=True)
class Judgement:
    """`recipe` and `preparer`: what is to be made of the file and by whom; `refusals`: why there is no way."""

    recipe: Recipe | None = None
    preparer: AssetPreparer | None = None
    refusals: tuple[Refusal, ...] = ()


FITS = Judgement()


def judge_audio(asset: Asset, wanted: FileRequirements, preparers: Iterable[AssetPreparer]) -> Judgement:
    """What must become of a recording: its format may change, what is heard may not unless a plugin offers it."""
    audio = asset.audio
    if audio is None or wanted.audio_formats is None:
        return FITS
    faults = list(_audio_faults(audio, wanted))
    if not faults:
        return FITS
    return _find_way(asset, _audio_recipes(audio, wanted), faults, preparers)


def judge_cover(asset: Asset, wanted: FileRequirements, preparers: Iterable[AssetPreparer]) -> Judgement:
    """What must become of a front cover; a small one is never enlarged."""
    image = asset.image
    if image is None or wanted.images is None:
        return FITS
    faults = list(_cover_faults(asset, image, wanted))
    if not faults:
        return FITS
    return _find_way(asset, _image_recipes(image, wanted), faults, preparers)


def _find_way(
    asset: Asset, recipes: Iterable[Recipe], faults: list[Refusal], preparers: Iterable[AssetPreparer]
) -> Judgement:
    asked = list(preparers)
    for recipe in recipes:
        for preparer in asked:
            if preparer.can_prepare(asset, recipe):
                return Judgement(recipe, preparer)
    return Judgement(refusals=tuple(faults))


def _audio_faults(audio: AudioProperties, wanted: FileRequirements) -> Iterator[Refusal]:
    formats, name = wanted.audio_formats or (), wanted.name
    if audio.format not in formats:
        taken = ", ".join(format.value for format in formats)
        yield Refusal("AUDIO_FORMAT_UNSUITABLE", f"is {audio.format.value}, and {name} takes {taken}")
    if wanted.audio is None:
        return
    if not wanted.audio.lowest_sample_rate <= audio.sample_rate <= wanted.audio.highest_sample_rate:
        limits = f"{wanted.audio.lowest_sample_rate} to {wanted.audio.highest_sample_rate}"
        yield Refusal("SAMPLE_RATE_UNSUITABLE", f"has {audio.sample_rate} Hz, and {name} takes {limits}")
    if audio.lossless and audio.bit_depth is not None and audio.bit_depth not in wanted.audio.bit_depths:
        depths = " or ".join(str(depth) for depth in wanted.audio.bit_depths)
        yield Refusal("BIT_DEPTH_UNSUITABLE", f"has {audio.bit_depth} bits a sample, and {name} takes {depths}")
    if audio.channels > wanted.audio.most_channels:
        most = wanted.audio.most_channels
        yield Refusal("CHANNELS_UNSUITABLE", f"has {audio.channels} channels, and {name} takes {most}")


def _audio_recipes(audio: AudioProperties, wanted: FileRequirements) -> Iterator[AudioRecipe]:
    """In the order of the formats; none that would invent sound: out of lossy, or out of fewer samples or bits.

    None of what a plugin's format read: more may lie in such a file than samples, and be lost.
    """
    limits = wanted.audio
    if audio.registered_format is not None:
        return
    if limits is not None and _lacks_sound(audio, limits):
        return
    sample_rate = bit_depth = None
    if limits is not None and audio.sample_rate > limits.highest_sample_rate:
        sample_rate = limits.highest_sample_rate
    if limits is not None and audio.bit_depth is not None and audio.bit_depth not in limits.bit_depths:
        bit_depth = max(depth for depth in limits.bit_depths if depth < audio.bit_depth)
    for format in wanted.audio_formats or ():
        if audio.lossless or format not in LOSSLESS:
            yield AudioRecipe(format=format, sample_rate=sample_rate, bit_depth=bit_depth)


def _lacks_sound(audio: AudioProperties, limits: AudioRequirements) -> bool:
    too_shallow = audio.bit_depth is not None and audio.bit_depth < min(limits.bit_depths)
    too_many = audio.channels > limits.most_channels
    return too_shallow or too_many or audio.sample_rate < limits.lowest_sample_rate


def _cover_faults(asset: Asset, image: ImageProperties, wanted: FileRequirements) -> Iterator[Refusal]:
    limits, name = wanted.images or ImageRequirements(), wanted.name
    size = f"is {image.width} by {image.height} pixels"
    if wanted.minimum_cover is not None and min(image.width, image.height) < wanted.minimum_cover:
        yield Refusal("COVER_BELOW_MINIMUM", f"{size}, and {name} takes {wanted.minimum_cover} or more")
    if limits.longest_side is not None and max(image.width, image.height) > limits.longest_side:
        yield Refusal("COVER_ABOVE_MAXIMUM", f"{size}, and {name} takes {limits.longest_side} or less")
    if image.format not in limits.formats:
        taken = ", ".join(format.value for format in limits.formats)
        yield Refusal("COVER_FORMAT_UNSUITABLE", f"is {image.format.value}, and {name} takes {taken}")
    if asset.size > limits.largest_file:
        yield Refusal("COVER_FILE_TOO_LARGE", f"has {asset.size} bytes, and {name} takes {limits.largest_file}")
    if image.colour_mode not in limits.colour_modes:
        taken = ", ".join(limits.colour_modes)
        yield Refusal("COVER_COLOURS_UNSUITABLE", f"is {image.colour_mode}, and {name} takes {taken}")


def _image_recipes(image: ImageProperties, wanted: FileRequirements) -> Iterator[ImageRecipe]:
    """JPEG first, because its size can be chosen; none for an image that is too small, or would become so."""
    limits = wanted.images or ImageRequirements()
    sides, least = (image.width, image.height), wanted.minimum_cover or 1
    scale = min(1.0, (limits.longest_side or max(sides)) / max(sides))
    if min(sides) * scale < least:
        return
    for format in sorted(limits.formats, key=lambda each: each is not ImageFormat.JPEG):
        for colour_mode in limits.colour_modes:
            yield ImageRecipe(
                format=format,
                longest_side=limits.longest_side,
                colour_mode=colour_mode,
                quality=limits.quality,
                largest_file=limits.largest_file,
            )
