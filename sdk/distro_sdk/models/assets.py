"""Files of the catalogue, described by what is in them, never by their names."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model


class AssetKind(StrEnum):
    """What an asset is used for."""

    AUDIO = "audio"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"


class AudioFormat(StrEnum):
    """Audio files the core reads (row AST-01)."""

    WAV = "WAV"
    FLAC = "FLAC"
    MP3 = "MP3"


class VideoFormat(StrEnum):
    """Video files the core reads, by their container."""

    MP4 = "MP4"
    MOV = "MOV"


class ImageFormat(StrEnum):
    """Image files the core reads (row AST-13)."""

    JPEG = "JPEG"
    PNG = "PNG"


class FileHashes(Model):
    """Hashes of a file's bytes, lower-case hexadecimal, computed once while it was received (row AST-07)."""

    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    sha1: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AudioProperties(Model):
    """True technical data of an audio file (row AST-12).

    `duration`: seconds, from a full decode; `sample_rate`: Hz; `bit_depth`: bits per sample, for lossless formats;
    `bit_rate`: kbit/s of the encoded stream; `registered_format`: key of the plugin's format that read the file, such
    as `DolbyAtmos`, of which `format` is the container; `immersive`: whether that format says so.
    """

    format: AudioFormat
    codec: str
    lossless: bool
    duration: Decimal = Field(gt=0)
    channels: int = Field(ge=1, le=64)
    sample_rate: int = Field(ge=8000, le=768_000)
    bit_depth: int | None = Field(default=None, ge=8, le=64)
    bit_rate: int | None = Field(default=None, ge=1)
    registered_format: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]{0,40}$")
    immersive: bool = False


class ImageProperties(Model):
    """True technical data of an image (row AST-13). `width`, `height`: pixels; `resolution`: dots per inch."""

    format: ImageFormat
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    colour_mode: str
    resolution: int | None = None


class VideoProperties(Model):
    """True technical data of a video file.

    `duration`: seconds; `video_codec`, `audio_codec` such as `H264`, `AAC`; `width`, `height`: pixels; `frame_rate`:
    frames a second; `bit_rate`: kbit/s of the whole file; `channels`, `sample_rate` (Hz): of its sound, if it has any.
    """

    format: VideoFormat
    video_codec: str
    duration: Decimal = Field(gt=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    frame_rate: Decimal | None = Field(default=None, gt=0)
    bit_rate: int | None = Field(default=None, ge=1)
    audio_codec: str | None = None
    channels: int | None = Field(default=None, ge=1, le=64)
    sample_rate: int | None = Field(default=None, ge=8000, le=768_000)


class Asset(Model):
    """A stored file. `size`: bytes; `file_name`: as its owner called it, for people only, never a path."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    kind: AssetKind
    file_name: str
    size: int = Field(gt=0)
    hashes: FileHashes
    audio: AudioProperties | None = None
    image: ImageProperties | None = None
    video: VideoProperties | None = None
    uploaded_at: datetime | None = None

    @property
    def extension(self) -> str:
        """The file name extension that the content asks for, without the dot."""
        if self.audio is not None:
            return self.audio.format.value.lower()
        if self.image is not None:
            return "jpg" if self.image.format is ImageFormat.JPEG else "png"
        if self.video is not None:
            return self.video.format.value.lower()
        return "pdf"

    @model_validator(mode="after")
    def _properties_fit_the_kind(self) -> Self:
        if (self.kind is AssetKind.AUDIO) != (self.audio is not None):
            raise ValueError("an audio asset, and no other, has audio properties")
        if (self.kind is AssetKind.IMAGE) != (self.image is not None):
            raise ValueError("an image asset, and no other, has image properties")
        if (self.kind is AssetKind.VIDEO) != (self.video is not None):
            raise ValueError("a video asset, and no other, has video properties")
        return self
