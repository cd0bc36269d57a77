"""Our words in those of ERN 4. Every value is allowed in each version, under each state of the value sets kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from distro_sdk.models.assets import AudioFormat, ImageFormat, VideoFormat
from distro_sdk.models.catalogue import ContributorRole, ImageType, ReleaseType
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile

ROLES: Final = {role: role.value for role in ContributorRole} | {
    ContributorRole.BAND: "MusicGroup",
    ContributorRole.PRODUCER: "StudioProducer",
}
"""Roles in the words of ERN 4, which calls two of them by another name."""

IMAGE_TYPES: Final = {
    ImageType.FRONT_COVER: "FrontCoverImage",
    ImageType.BACK_COVER: "BackCoverImage",
    ImageType.BOOKLET: "BookletFrontImage",
    ImageType.ARTIST: "Photograph",
    ImageType.LABEL: "Logo",
    ImageType.SCREEN_CAPTURE: "VideoScreenCapture",
}
LINK_DESCRIPTIONS: Final = {ImageType.FRONT_COVER: "CoverArt", ImageType.SCREEN_CAPTURE: "VideoScreenCapture"}

AUDIO_CODECS: Final = {AudioFormat.WAV: "PCM", AudioFormat.FLAC: "FLAC", AudioFormat.MP3: "MP3"}
AUDIO_CONTAINERS: Final = {AudioFormat.WAV: "WAV"}
IMAGE_CODECS: Final = {ImageFormat.JPEG: "JPEG", ImageFormat.PNG: "PNG"}
VIDEO_CONTAINERS: Final = {VideoFormat.MP4: "MP4", VideoFormat.MOV: "QuickTime"}

VIDEO_CODECS: Final[Mapping[str, str]] = {
    "AVC": "AVC",
    "H264": "AVC",
    "MPEG2": "MPEG-2",
    "MPEG2VIDEO": "MPEG-2",
    "MPEG4": "MPEG-4",
}
"""Words for video codecs by their names in letters and digits alone."""

LATER_VIDEO_CODECS: Final[Mapping[str, str]] = {
    **VIDEO_CODECS,
    "HEVC": "HEVC",
    "H265": "HEVC",
    "PRORES422": "ProRes-422",
    "PRORES422HQ": "ProRes-422_HQ",
    "PRORES422LT": "ProRes-422_LT",
    "PRORES422PROXY": "ProRes-422_Proxy",
    "PRORES4444": "ProRes-4444",
    "PRORES4444XQ": "ProRes-4444_XQ",
}
"""The same with the words that 4.3 brought."""

SOUND_CODECS: Final[Mapping[str, str]] = {"AAC": "AAC", "PCM": "PCM", "MP3": "MP3", "FLAC": "FLAC"}
"""Words for the sound of a video."""

_RELEASE_TYPES: Final = {
    ReleaseProfile.AUDIO: {
        ReleaseType.SINGLE: "Single",
        ReleaseType.EP: "EP",
        ReleaseType.ALBUM: "Album",
        ReleaseType.COMPILATION: "Album",
    },
    ReleaseProfile.SIMPLE_AUDIO_SINGLE: {ReleaseType.SINGLE: "Single"},
    ReleaseProfile.VIDEO: {
        ReleaseType.VIDEO: "VideoAlbum",
        ReleaseType.SINGLE: "VideoSingle",
        ReleaseType.EP: "EP",
        ReleaseType.ALBUM: "VideoAlbum",
        ReleaseType.COMPILATION: "VideoAlbum",
    },
    ReleaseProfile.SIMPLE_VIDEO_SINGLE: {
        ReleaseType.VIDEO: "SingleResourceRelease",
        ReleaseType.SINGLE: "Single",
    },
    ReleaseProfile.MIXED_MEDIA: {
        ReleaseType.MIXED: "Bundle",
        ReleaseType.SINGLE: "MultimediaSingle",
        ReleaseType.EP: "EP",
        ReleaseType.ALBUM: "MultimediaAlbum",
        ReleaseType.COMPILATION: "MultimediaAlbum",
    },
    ReleaseProfile.LONG_FORM_VIDEO: {ReleaseType.VIDEO: "LongFormMusicalWorkVideoRelease"},
}
"""Release types that the profiles allow (RP 2.1, 5.1.3)."""

_BOXES: Final = {
    ReleaseProfile.AUDIO: "DigitalBoxSetRelease",
    ReleaseProfile.VIDEO: "DigitalBoxSetRelease",
    ReleaseProfile.MIXED_MEDIA: "MultimediaDigitalBoxedSet",
}
_TOO_SMALL_FOR_A_BOX: Final = frozenset({ReleaseType.SINGLE, ReleaseType.EP})


def release_type(plan: MessagePlan) -> str | None:
    """The type of the main release in the words of its profile, None where that has no word for it."""
    kind = plan.release.type
    word = _RELEASE_TYPES[plan.profile].get(kind)
    if word is None:
        return None
    if ProfileVariant.BOXED_SET in plan.variants:
        if kind in _TOO_SMALL_FOR_A_BOX:
            return None
        classical = ProfileVariant.CLASSICAL in plan.variants
        return "ClassicalDigitalBoxedSet" if classical else _BOXES.get(plan.profile)
    if plan.profile is ReleaseProfile.VIDEO and kind is ReleaseType.VIDEO and len(plan.videos) == 1:
        return "VideoSingle"
    return word
