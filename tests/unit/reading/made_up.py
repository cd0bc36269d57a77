"""Assets made up from what a message tells of files, so that a release that was read can be told again."""

from __future__ import annotations

from decimal import Decimal

from distro_sdk.messages import FileDetails, ReadRelease
from distro_sdk.models.assets import (
    Asset,
    AssetKind,
    AudioFormat,
    AudioProperties,
    ImageFormat,
    ImageProperties,
    VideoFormat,
    VideoProperties,
)
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.message import HashAlgorithm
from tests.catalogue_examples import hashes

AUDIO_FORMATS = {"PCM": AudioFormat.WAV, "FLAC": AudioFormat.FLAC, "MP3": AudioFormat.MP3}
IMAGE_FORMATS = {"JPEG": ImageFormat.JPEG, "PNG": ImageFormat.PNG}


def with_assets(read: ReadRelease) -> CompleteRelease:
    """The release with an asset for each file of which the message tells, as if the files had been described."""
    assets = tuple(_asset(asset_id, details) for asset_id, details in read.details.items())
    return CompleteRelease.model_validate({**dict(read.complete), "assets": assets})


def _asset(asset_id: str, told: FileDetails) -> Asset:
    made_up = hashes(asset_id)
    known = {
        "md5": told.hashes.get(HashAlgorithm.MD5, made_up.md5),
        "sha1": told.hashes.get(HashAlgorithm.SHA1, made_up.sha1),
        "sha256": told.hashes.get(HashAlgorithm.SHA256, made_up.sha256),
    }
    return Asset.model_validate(
        {
            "id": asset_id,
            "kind": told.kind,
            "file_name": asset_id,
            "size": told.size or 1000,
            "hashes": known,
            "audio": _audio(told) if told.kind is AssetKind.AUDIO else None,
            "image": _image(told) if told.kind is AssetKind.IMAGE else None,
            "video": _video(told) if told.kind is AssetKind.VIDEO else None,
        }
    )


def _audio(told: FileDetails) -> AudioProperties:
    audio_format = AUDIO_FORMATS.get(told.codec or "", AudioFormat.FLAC)
    return AudioProperties(
        format=audio_format,
        codec=told.codec or "FLAC",
        lossless=audio_format is not AudioFormat.MP3,
        duration=told.duration or Decimal(200),
        channels=told.channels or 2,
        sample_rate=told.sample_rate or 44_100,
        bit_depth=told.bit_depth,
        bit_rate=told.bit_rate,
    )


def _image(told: FileDetails) -> ImageProperties:
    return ImageProperties(
        format=IMAGE_FORMATS.get(told.codec or "", ImageFormat.JPEG),
        width=told.width or 3000,
        height=told.height or 3000,
        colour_mode="RGB",
        resolution=told.resolution,
    )


def _video(told: FileDetails) -> VideoProperties:
    return VideoProperties(
        format=VideoFormat.MOV if told.container == "QuickTime" else VideoFormat.MP4,
        video_codec=told.codec or "H264",
        duration=told.duration or Decimal(200),
        width=told.width or 1920,
        height=told.height or 1080,
        frame_rate=told.frame_rate,
        bit_rate=told.bit_rate,
        audio_codec="AAC" if told.channels else None,
        channels=told.channels,
        sample_rate=told.sample_rate,
    )
