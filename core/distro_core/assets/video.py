"""True technical data of video files, read from their streams by MediaInfo."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pymediainfo import MediaInfo

from distro_core.assets.content import ContentType
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import VideoFormat, VideoProperties

CODECS: Final[Mapping[str, str]] = {
    "AVC": "H264",
    "HEVC": "HEVC",
    "MPEG Video": "MPEG-2",
    "MPEG-4 Visual": "MPEG-4",
    "ProRes": "ProRes",
    "AAC": "AAC",
    "PCM": "PCM",
    "AC-3": "AC-3",
    "E-AC-3": "E-AC-3",
    "MPEG Audio": "MP3",
    "ALAC": "ALAC",
}
"""What the field calls the codecs that platforms take, by MediaInfo's names."""


def probe_video(path: Path, content: ContentType) -> VideoProperties:
    """The properties of a video file of that content; reads the index of its streams, not every picture.

    Raises `DomainError` FILE_DAMAGED, FILE_TRUNCATED, VIDEO_STREAM_MISSING, VIDEO_CODEC_UNSUPPORTED or
    VIDEO_UNSUPPORTED.
    """
    try:
        streams = MediaInfo.parse(path)
    except (OSError, RuntimeError) as error:
        raise DomainError("FILE_DAMAGED", "the file cannot be read as video", ("file",)) from error
    general = next(iter(streams.general_tracks), None)
    if general is None or general.istruncated == "Yes":
        raise DomainError("FILE_TRUNCATED", "the video file ends before its last stream does", ("file",))
    if not streams.video_tracks:
        raise DomainError("VIDEO_STREAM_MISSING", "the file holds no picture", ("file",))
    video = streams.video_tracks[0]
    audio = next(iter(streams.audio_tracks), None)
    try:
        return VideoProperties(
            format=VideoFormat[content.name],
            video_codec=_codec(video.format, video.format_profile),
            duration=_seconds(video.duration or general.duration),
            width=video.width or 0,
            height=video.height or 0,
            frame_rate=_number(video.frame_rate),
            bit_rate=_kilobits(general.overall_bit_rate),
            audio_codec=_codec(audio.format) if audio else None,
            channels=audio.channel_s if audio else None,
            sample_rate=audio.sampling_rate if audio else None,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(step) for step in fault["loc"])
        raise DomainError(
            "VIDEO_UNSUPPORTED", f"{field} {fault['input']} is out of range: {fault['msg']}", ("file",)
        ) from error


def _codec(name: str | None, profile: str | None = None) -> str:
    """ProRes is told with its profile, such as `ProRes 422 HQ`, which platforms tell apart."""
    if name is None or name not in CODECS:
        known = ", ".join(sorted(CODECS.values()))
        message = f"streams of {name or 'an unknown codec'} are none of {known}"
        raise DomainError("VIDEO_CODEC_UNSUPPORTED", message, ("file",))
    return f"{CODECS[name]} {profile}" if name == "ProRes" and profile else CODECS[name]


def _seconds(milliseconds: Any) -> Decimal:
    """To the millisecond, which is what the file's index knows."""
    return (_number(milliseconds) or Decimal(0)) / 1000


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _kilobits(bits: Any) -> int | None:
    number = _number(bits)
    return None if number is None else max(1, round(number / 1000))
