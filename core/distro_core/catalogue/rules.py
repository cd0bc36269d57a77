"""When a release is complete (row CAT-13): every rule finds its own fault, with a code and a path into the release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from distro_core.catalogue.enrichment_rules import find_advisory_gaps, find_enrichment_errors
from distro_core.catalogue.length_rules import find_length_errors
from distro_core.catalogue.notices import find_notices
from distro_core.catalogue.structure_rules import find_structure_errors
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import ImageType, Release, ReleaseType, ResourceType, Track
from distro_sdk.models.validation import Severity, ValidationIssue

SMALLEST_COVER: Final = 3000
"""Pixels of either side below which a cover is warned of."""

_KINDS: Final = {
    ReleaseType.VIDEO: {ResourceType.VIDEO},
    ReleaseType.MIXED: {ResourceType.SOUND_RECORDING, ResourceType.VIDEO},
}
"""The types of release that say of which kinds their tracks are."""

LOWEST_BIT_RATE: Final = 128
"""Kilobits a second below which audio is warned of."""


def find_errors(release: Release) -> tuple[ValidationIssue, ...]:
    """What keeps a release from being ready, as far as the release itself tells; no call to the store."""
    return (
        *_release_errors(release),
        *_rights_errors(release),
        *_image_errors(release),
        *_track_errors(release),
        *find_structure_errors(release),
        *find_enrichment_errors(release),
    )


def find_asset_faults(release: Release, assets: Mapping[str, Asset]) -> tuple[ValidationIssue, ...]:
    """What the files of a release tell, errors and warnings (rows AST-02, AST-12 and TRK-12). `assets`: by id."""
    return (
        *_cover_faults(release, assets),
        *_audio_faults(release, assets),
        *_other_faults(release, assets),
        *find_length_errors(release, assets),
    )


def find_gaps(release: Release) -> tuple[ValidationIssue, ...]:
    """What every message tells beyond that: the genre, which nothing can stand in for, and the language."""
    gaps = []
    if release.genre is None:
        gaps.append(_error("GENRE_MISSING", "the release has no genre", "genre"))
    if release.language is None:
        gaps.append(_warning("LANGUAGE_MISSING", "the release has no language", "language"))
    return (*gaps, *find_advisory_gaps(release), *find_notices(release))


def _release_errors(release: Release) -> Iterator[ValidationIssue]:
    if not release.display_artist:
        yield _error("DISPLAY_ARTIST_MISSING", "the release has no display artist", "display_artist")
    if not release.artists:
        yield _error("ARTISTS_MISSING", "the release names no artist", "artists")
    if release.icpn is None:
        yield _error("ICPN_MISSING", "the release has no ICPN (UPC or EAN)", "icpn")
    if release.release_date is None:
        yield _error("RELEASE_DATE_MISSING", "the release has no release date", "release_date")
    if release.label_party_id is None:
        yield _error("LABEL_MISSING", "the release has no label", "label_party_id")
    kinds = {track.resource_type for track in release.tracks}
    if kinds and kinds != _KINDS.get(release.type, kinds):
        wanted = " and ".join(sorted(kind.value for kind in _KINDS[release.type]))
        message = f"a release of type {release.type.value} holds tracks of type {wanted} and no others"
        yield _error("RELEASE_TYPE_UNFIT", message, "type")


def _rights_errors(release: Release) -> Iterator[ValidationIssue]:
    if release.p_line is None:
        yield _error("P_LINE_MISSING", "the release has no P-line", "p_line")
    if release.c_line is None:
        yield _error("C_LINE_MISSING", "the release has no C-line", "c_line")


def _image_errors(release: Release) -> Iterator[ValidationIssue]:
    covers = [place for place, image in enumerate(release.images) if image.type is ImageType.FRONT_COVER]
    if not covers and not _is_single_video_with_capture(release):
        yield _error("COVER_MISSING", "the release has no front cover", "images")
    for place in covers[1:]:
        yield _error("COVER_REPEATED", "a release has one front cover", f"images.{place}")


def _track_errors(release: Release) -> Iterator[ValidationIssue]:
    if not release.tracks:
        yield _error("TRACKS_MISSING", "the release has no track", "tracks")
        return
    twins = [track.immersive.isrc for track in release.tracks if track.immersive]
    counts = Counter([*(track.isrc for track in release.tracks if track.isrc), *twins])
    for place, track in enumerate(release.tracks):
        if track.isrc is None:
            yield _error("ISRC_MISSING", f"track {place + 1} has no ISRC", f"tracks.{place}.isrc")
        elif counts[track.isrc] > 1:
            message = f"track {place + 1} shares {track.isrc} with another track of the release"
            yield _error("ISRC_REPEATED", message, f"tracks.{place}.isrc")
        yield from _file_errors(track, place)
    yield from _disc_errors(release.tracks)


def _file_errors(track: Track, place: int) -> Iterator[ValidationIssue]:
    """A track has the file that its type asks for, and none of another."""
    if track.resource_type is ResourceType.SOUND_RECORDING:
        if track.audio_asset_id is None:
            yield _error("AUDIO_MISSING", f"track {place + 1} has no audio", f"tracks.{place}.audio_asset_id")
        strays: tuple[str, ...] = ("video_asset_id", "screen_capture_asset_id", "cues")
    else:
        if track.video_asset_id is None:
            yield _error("VIDEO_MISSING", f"track {place + 1} has no video", f"tracks.{place}.video_asset_id")
        strays = ("audio_asset_id", "immersive")
    for name in strays:
        if getattr(track, name):
            message = f"track {place + 1} is a {track.resource_type.value}, which has no {name}"
            yield _error("RESOURCE_TYPE_UNFIT", message, f"tracks.{place}.{name}")


def _is_single_video_with_capture(release: Release) -> bool:
    """What stands for a single video takes the place of its cover (RP 2.1, F 1293)."""
    return len(release.tracks) == 1 and release.tracks[0].screen_capture_asset_id is not None


def _disc_errors(tracks: tuple[Track, ...]) -> Iterator[ValidationIssue]:
    current = 0
    for place, track in enumerate(tracks):
        if track.disc_number not in {current, current + 1} or not track.disc_number:
            message = f"track {place + 1} stands on disc {track.disc_number} after disc {current}"
            yield _error("DISC_NUMBERS_INVALID", message, f"tracks.{place}.disc_number")
        current = track.disc_number


def _cover_faults(release: Release, assets: Mapping[str, Asset]) -> Iterator[ValidationIssue]:
    for place, image in enumerate(release.images):
        asset = assets.get(image.asset_id)
        if asset is None or asset.image is None:
            yield _error("ASSET_NOT_FOUND", f"image {image.asset_id} is gone", f"images.{place}.asset_id")
            continue
        width, height = asset.image.width, asset.image.height
        if image.type is not ImageType.FRONT_COVER:
            continue
        if width != height:
            message = f"the cover is {width} by {height} pixels, not square"
            yield _error("COVER_NOT_SQUARE", message, f"images.{place}")
        if min(width, height) < SMALLEST_COVER:
            message = f"the cover is {width} by {height} pixels, less than {SMALLEST_COVER}"
            yield _warning("COVER_TOO_SMALL", message, f"images.{place}")


def _audio_faults(release: Release, assets: Mapping[str, Asset]) -> Iterator[ValidationIssue]:
    for place, track in enumerate(release.tracks):
        if track.audio_asset_id is None:
            continue
        asset = assets.get(track.audio_asset_id)
        if asset is None or asset.audio is None:
            message = f"audio {track.audio_asset_id} is gone"
            yield _error("ASSET_NOT_FOUND", message, f"tracks.{place}.audio_asset_id")
            continue
        if asset.audio.bit_rate is not None and asset.audio.bit_rate < LOWEST_BIT_RATE:
            message = f"track {place + 1} has {asset.audio.bit_rate} kbit/s, less than {LOWEST_BIT_RATE}"
            yield _warning("BIT_RATE_LOW", message, f"tracks.{place}.audio_asset_id")


def _other_faults(release: Release, assets: Mapping[str, Asset]) -> Iterator[ValidationIssue]:
    """Videos, what stands for them, immersive twins and the booklet are there, and are what they are meant to be."""
    wanted: list[tuple[str | None, str, str]] = [(release.booklet_asset_id, "document", "booklet_asset_id")]
    for place, track in enumerate(release.tracks):
        twin = track.immersive.audio_asset_id if track.immersive else None
        wanted += [
            (track.video_asset_id, "video", f"tracks.{place}.video_asset_id"),
            (track.screen_capture_asset_id, "image", f"tracks.{place}.screen_capture_asset_id"),
            (twin, "audio", f"tracks.{place}.immersive.audio_asset_id"),
        ]
    for asset_id, kind, path in wanted:
        if asset_id is not None and (asset_id not in assets or assets[asset_id].kind.value != kind):
            yield _error("ASSET_NOT_FOUND", f"{kind} {asset_id} is gone", path)


def _error(code: str, message: str, path: str) -> ValidationIssue:
    return ValidationIssue(code=code, message=message, path=path)


def _warning(code: str, message: str, path: str) -> ValidationIssue:
    return ValidationIssue(code=code, message=message, severity=Severity.WARNING, path=path)
