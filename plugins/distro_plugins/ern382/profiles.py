"""Which release profile of 1.4 a plan follows, and by which words its release type is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from distro_plugins.ern382.settings import AudioAlbumName, Ern382Settings
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile


class Profile(StrEnum):
    """A release profile of the standard for common release types, version 1.4 (RP 1.4, section 3)."""

    AUDIO_SINGLE = "AudioSingle"
    AUDIO_ALBUM = "AudioAlbum"
    CLASSICAL = "DigitalClassicalAudioAlbum"
    BOXED_SET = "DigitalBoxedSet"
    VIDEO_SINGLE = "VideoSingle"
    VIDEO_ALBUM = "VideoAlbum"
    LONG_FORM_VIDEO = "LongformMusicVideo"
    MIXED_MEDIA = "MixedMediaBundle"


AUDIO: Final = frozenset({ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE})
VIDEO: Final = frozenset({ReleaseProfile.VIDEO, ReleaseProfile.SIMPLE_VIDEO_SINGLE})

RELEASE_TYPES: Final[Mapping[Profile, Mapping[ReleaseType, tuple[str, ...]]]] = {
    Profile.AUDIO_SINGLE: {ReleaseType.SINGLE: ("Single",)},
    Profile.AUDIO_ALBUM: {
        ReleaseType.ALBUM: ("Album",),
        ReleaseType.COMPILATION: ("Album",),
        ReleaseType.EP: ("Album", "EP"),
    },
    Profile.CLASSICAL: {
        ReleaseType.ALBUM: ("ClassicalAlbum",),
        ReleaseType.COMPILATION: ("ClassicalAlbum",),
        ReleaseType.EP: ("ClassicalAlbum", "EP"),
    },
    Profile.BOXED_SET: {
        ReleaseType.ALBUM: ("DigitalBoxSetRelease",),
        ReleaseType.COMPILATION: ("DigitalBoxSetRelease",),
        ReleaseType.EP: ("DigitalBoxSetRelease", "EP"),
        ReleaseType.VIDEO: ("DigitalBoxSetRelease", "VideoAlbum"),
        ReleaseType.MIXED: ("DigitalBoxSetRelease", "Bundle"),
    },
    Profile.VIDEO_SINGLE: {ReleaseType.VIDEO: ("VideoSingle",), ReleaseType.SINGLE: ("VideoSingle",)},
    Profile.VIDEO_ALBUM: {
        ReleaseType.VIDEO: ("VideoAlbum",),
        ReleaseType.ALBUM: ("VideoAlbum",),
        ReleaseType.COMPILATION: ("VideoAlbum",),
        ReleaseType.EP: ("VideoAlbum", "EP"),
    },
    Profile.LONG_FORM_VIDEO: {
        ReleaseType.VIDEO: ("LongFormMusicalWorkVideoRelease",),
        ReleaseType.SINGLE: ("LongFormMusicalWorkVideoRelease", "VideoSingle"),
        ReleaseType.ALBUM: ("LongFormMusicalWorkVideoRelease", "VideoAlbum"),
        ReleaseType.COMPILATION: ("LongFormMusicalWorkVideoRelease", "VideoAlbum"),
        ReleaseType.EP: ("LongFormMusicalWorkVideoRelease", "EP"),
    },
    Profile.MIXED_MEDIA: {
        ReleaseType.MIXED: ("Bundle",),
        ReleaseType.SINGLE: ("MultimediaSingle",),
        ReleaseType.ALBUM: ("Bundle", "MultimediaAlbum"),
        ReleaseType.COMPILATION: ("Bundle", "MultimediaAlbum"),
        ReleaseType.EP: ("Bundle", "EP"),
    },
}
"""The word that the profile asks for comes first, then the release's own where that would be lost (RP 1.4, 4.4(3))."""


def profile_of(plan: MessagePlan) -> Profile:
    """The profile that the plan's profile, variants and release type come to.

    A box set comes before all else. Works of several parts make an audio release classical; a box or a release with
    videos has no profile for them, but tells them by the same groups.
    """
    kind = plan.release.type
    if ProfileVariant.BOXED_SET in plan.variants:
        return Profile.BOXED_SET
    if plan.profile in AUDIO:
        if ProfileVariant.CLASSICAL in plan.variants:
            return Profile.CLASSICAL
        return Profile.AUDIO_SINGLE if kind is ReleaseType.SINGLE else Profile.AUDIO_ALBUM
    if plan.profile in VIDEO:
        single = kind is ReleaseType.SINGLE or (kind is ReleaseType.VIDEO and len(plan.videos) == 1)
        return Profile.VIDEO_SINGLE if single else Profile.VIDEO_ALBUM
    return Profile.LONG_FORM_VIDEO if plan.profile is ReleaseProfile.LONG_FORM_VIDEO else Profile.MIXED_MEDIA


def profile_id(profile: Profile, settings: Ern382Settings) -> str:
    """The ReleaseProfileVersionId, such as ``CommonReleaseTypes/14/AudioSingle`` (RP 1.4, 3.2)."""
    name = profile.value
    if profile is Profile.AUDIO_ALBUM and settings.audio_album_name is AudioAlbumName.MUSIC_ONLY:
        name = AudioAlbumName.MUSIC_ONLY.value
    return f"{settings.profile_prefix.value}/{settings.profile_version.value}/{name}"
