"""What Apple asks of audio and artwork (Asset Guide), as far as the plan tells of the files."""

from __future__ import annotations

from collections.abc import Iterator

from distro_sdk.errors import DomainError, Path
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.catalogue import ImageType
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.models.planned_resources import PlannedFile, PlannedImage, PlannedSoundRecording

STEREO_FORMATS = frozenset({AudioFormat.WAV, AudioFormat.FLAC})
STEREO_RATES = frozenset({44_100, 48_000, 88_200, 96_000, 176_400, 192_000})
STEREO_DEPTHS = frozenset({16, 24})
ATMOS_RATE = 48_000
ATMOS_DEPTH = 24
COVER_SIDE = 3000


def cover_of(plan: MessagePlan) -> PlannedImage | None:
    """The front cover, the only image that a package carries."""
    return next((image for image in plan.images if image.type is ImageType.FRONT_COVER), None)


def find_stereo_faults(recording: PlannedSoundRecording, path: Path) -> Iterator[DomainError]:
    """Why Apple would not take the stereo file of a recording; nothing of a file that does not travel."""
    if not recording.file.provided:
        return
    audio = recording.audio
    path = (*path, "audio_asset_id")
    if audio.format not in STEREO_FORMATS:
        yield _audio_fault(f"{audio.format} is neither WAV nor FLAC", path)
    elif audio.bit_depth not in STEREO_DEPTHS:
        yield _audio_fault(f"{audio.bit_depth or 'unknown'} bits a sample instead of 16 or 24", path)
    if audio.channels != 2:
        yield _audio_fault(f"{audio.channels} channels instead of two", path)
    if audio.sample_rate not in STEREO_RATES:
        yield _audio_fault(f"{audio.sample_rate} Hz is not a rate that Apple takes", path)
    yield from _misplaced(recording.file, path)


def find_twin_faults(recording: PlannedSoundRecording, path: Path) -> Iterator[DomainError]:
    """Why Apple would not take the immersive twin: a BWF ADM file of 24 bit at 48 kHz, beside its stereo file."""
    twin = recording.immersive
    if twin is None or not twin.file.provided:
        return
    path = (*path, "immersive")
    audio = twin.audio
    if audio.format is not AudioFormat.WAV:
        yield _audio_fault(f"{audio.format} is no BWF ADM file", path)
    if audio.sample_rate != ATMOS_RATE or audio.bit_depth != ATMOS_DEPTH:
        yield _audio_fault(f"{audio.bit_depth} bit at {audio.sample_rate} Hz instead of 24 bit at 48 kHz", path)
    if twin.isrc == recording.isrc:
        yield _audio_fault(f"it has the ISRC of its stereo recording, {twin.isrc}", path)
    if not recording.file.provided:
        yield _audio_fault("it would travel without its stereo file", path)
    yield from _misplaced(twin.file, path)


def find_cover_faults(plan: MessagePlan) -> Iterator[DomainError]:
    """Why Apple would not take the cover: square, 3000 pixels, RGB."""
    cover = cover_of(plan)
    if cover is None:
        if plan.subtype is MessageSubtype.INITIAL:
            yield _cover_fault("the release has no front cover")
        return
    image = cover.image
    if not cover.file.provided:
        return
    if image.width != image.height:
        yield _cover_fault(f"{image.width} by {image.height} pixels are not square")
    if min(image.width, image.height) < COVER_SIDE:
        yield _cover_fault(f"{image.width} by {image.height} pixels, at least {COVER_SIDE} are asked for")
    if image.colour_mode != "RGB":
        yield _cover_fault(f"{image.colour_mode} instead of RGB")
    yield from _misplaced(cover.file, ("images",))


def _misplaced(file: PlannedFile, path: Path) -> Iterator[DomainError]:
    if "/" in file.uri:
        text = f"{file.uri} does not lie directly beside the metadata: choose the choreography itmsp"
        yield DomainError("APPLE_FILE_NOT_BESIDE", text, path)


def _audio_fault(text: str, path: Path) -> DomainError:
    return DomainError("APPLE_AUDIO_UNFIT", text, path)


def _cover_fault(text: str) -> DomainError:
    return DomainError("APPLE_COVER_UNFIT", text, ("images",))
