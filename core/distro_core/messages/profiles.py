"""Which release profile and which variants fit a release, and what a profile has no place for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ImageType, Release, ReleaseType, ResourceType, VideoType
from distro_sdk.models.message import ProfileVariant, ReleaseProfile

SIMPLE_PROFILES: Final = frozenset({ReleaseProfile.SIMPLE_AUDIO_SINGLE, ReleaseProfile.SIMPLE_VIDEO_SINGLE})

WITHOUT_TRACKS: Final = SIMPLE_PROFILES | {ReleaseProfile.LONG_FORM_VIDEO}
"""Profiles that have no track releases (RP 2.1: F 1289, F 1350, F 1410)."""

_RESOURCES: Final = {
    ReleaseProfile.AUDIO: frozenset({ResourceType.SOUND_RECORDING}),
    ReleaseProfile.SIMPLE_AUDIO_SINGLE: frozenset({ResourceType.SOUND_RECORDING}),
    ReleaseProfile.VIDEO: frozenset({ResourceType.VIDEO}),
    ReleaseProfile.SIMPLE_VIDEO_SINGLE: frozenset({ResourceType.VIDEO}),
    ReleaseProfile.LONG_FORM_VIDEO: frozenset({ResourceType.VIDEO}),
    ReleaseProfile.MIXED_MEDIA: frozenset({ResourceType.SOUND_RECORDING, ResourceType.VIDEO}),
}
"""Of which kinds of tracks a profile has at least one each, and no others (RP 2.1, section 5.1)."""


def fitting_profile(release: Release) -> ReleaseProfile:
    """The narrowest profile that has a place for everything on the release."""
    kinds = {track.resource_type for track in release.tracks}
    alone = len(release.tracks) == 1 and not release.booklet_asset_id
    if kinds == {ResourceType.SOUND_RECORDING}:
        simple = alone and release.type is ReleaseType.SINGLE and len(release.images) == 1
        return ReleaseProfile.SIMPLE_AUDIO_SINGLE if simple else ReleaseProfile.AUDIO
    if kinds == {ResourceType.VIDEO}:
        if any(track.video_type is VideoType.LONG_FORM for track in release.tracks):
            return ReleaseProfile.LONG_FORM_VIDEO
        return ReleaseProfile.SIMPLE_VIDEO_SINGLE if alone else ReleaseProfile.VIDEO
    return ReleaseProfile.MIXED_MEDIA


def fitting_variants(release: Release) -> tuple[ProfileVariant, ...]:
    """A box set names the releases within it, a classical release its works of several parts."""
    named = ((ProfileVariant.BOXED_SET, release.components), (ProfileVariant.CLASSICAL, release.works))
    return tuple(variant for variant, parts in named if parts)


def find_profile_faults(release: Release, profile: ReleaseProfile) -> Iterator[DomainError]:
    """Every reason why a profile cannot carry the release, with its path."""
    if {track.resource_type for track in release.tracks} != _RESOURCES[profile]:
        wanted = " and ".join(sorted(kind.value for kind in _RESOURCES[profile]))
        yield _unfit(profile, f"is for releases of {wanted} tracks", "tracks")
    if profile in SIMPLE_PROFILES:
        yield from _simple_faults(release, profile)
    if profile is ReleaseProfile.VIDEO and len(release.tracks) == 1 and _covers(release):
        yield _unfit(profile, "has no front cover beside a single video (RP 2.1, F 1114)", "images")
    if profile is ReleaseProfile.LONG_FORM_VIDEO:
        yield from _long_form_faults(release)
    else:
        for place, track in enumerate(release.tracks):
            if track.resource_type is ResourceType.VIDEO and track.video_type is VideoType.LONG_FORM:
                yield _unfit(profile, "has no place for a long-form video", "tracks", place, "video_type")


def _simple_faults(release: Release, profile: ReleaseProfile) -> Iterator[DomainError]:
    """RP 2.1: F 1290 and F 1351, F 1292 and F 1353, F 1294 and F 1355."""
    if len(release.tracks) > 1:
        yield _unfit(profile, "carries one track", "tracks")
    captures = sum(track.screen_capture_asset_id is not None for track in release.tracks)
    if profile is ReleaseProfile.SIMPLE_VIDEO_SINGLE and len(release.images) + captures == 0:
        yield _unfit(profile, "needs the front cover, or what stands for the video (RP 2.1, F 1293)", "images")
    if len(release.images) + captures > 1:
        yield _unfit(profile, "carries one image: the front cover, or what stands for the video", "images")
    if release.booklet_asset_id:
        yield _unfit(profile, "carries no booklet", "booklet_asset_id")
    if release.components:
        yield _unfit(profile, "is no box set", "components")


def _long_form_faults(release: Release) -> Iterator[DomainError]:
    """RP 2.1: F 1411 to F 1414."""
    profile = ReleaseProfile.LONG_FORM_VIDEO
    if len(release.tracks) != 1 or release.tracks[0].video_type is not VideoType.LONG_FORM:
        yield _unfit(profile, "carries one long-form video and nothing beside it", "tracks")
    if not _covers(release):
        yield _unfit(profile, "needs a front cover", "images")
    for place, image in enumerate(release.images):
        if image.type is not ImageType.FRONT_COVER:
            yield _unfit(profile, f"has no place for an image of type {image.type}", "images", place)


def _covers(release: Release) -> bool:
    return any(image.type is ImageType.FRONT_COVER for image in release.images)


def _unfit(profile: ReleaseProfile, reason: str, *path: str | int) -> DomainError:
    return DomainError("PROFILE_UNFIT", f"{profile.value} {reason}", path)
