"""The main release `R0` with its groups, the track releases `R1…`, and from when both are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from distro_core.messages.advice import strongest_warning
from distro_core.messages.credits import plan_artists
from distro_core.messages.deals import sold_in
from distro_core.messages.groups import plan_group
from distro_core.messages.planning import Planning, known
from distro_core.messages.resources import PlannedResources
from distro_sdk.models.catalogue import ArtistRole
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.planned_releases import (
    PlannedRelease,
    PlannedTrackRelease,
    PlannedVisibility,
    TerritoryDate,
)
from distro_sdk.models.planned_resources import PlannedRecording

MAIN_RELEASE: Final = "R0"
RELEASE_VISIBILITY: Final = "V1"
TRACK_VISIBILITY: Final = "V2"


def plan_release(planning: Planning, resources: PlannedResources) -> PlannedRelease:
    """The main release: as long as its recordings together, with the strongest of their warnings if it has none."""
    release = planning.release
    recordings = resources.of_tracks
    release_date = known(release.release_date)
    warnings = {recording.parental_warning for recording in recordings}
    return PlannedRelease(
        reference=MAIN_RELEASE,
        type=release.type,
        icpn=planning.icpn,
        grid=release.grid,
        catalog_number=release.catalog_number,
        title=release.title,
        version=release.version,
        translations=release.translations,
        display_artist=release.display_artist,
        artists=plan_artists(release.artists, planning.parties),
        label_reference=planning.parties.reference(known(release.label_party_id)),
        p_line=release.p_line,
        c_line=release.c_line,
        duration=sum((recording.duration for recording in recordings), Decimal(0)),
        genre=planning.genre(known(release.genre)),
        release_date=release_date,
        original_release_date=release.original_release_date,
        territory_dates=tuple(
            TerritoryDate(territories=sold_in(group.territories), release_date=group.start_date)
            for group in release.territory_groups
            if group.start_date != release_date
        ),
        parental_warning=release.parental_warning or known(strongest_warning(warnings)),
        several_artists=len({_main_artists(recording) for recording in recordings}) > 1,
        visibility_reference=RELEASE_VISIBILITY if _is_shown_before(planning) else None,
        group=plan_group(planning, resources),
        extensions=release.extensions,
    )


def plan_track_releases(planning: Planning, resources: PlannedResources) -> Iterator[PlannedTrackRelease]:
    """One release per track, unique by ICPN plus ISRC (RP 2.3.1); the track's own genre comes first (row TRK-10)."""
    release = planning.release
    label = planning.parties.reference(known(release.label_party_id))
    main_genre = planning.genre(known(release.genre))
    visibility = TRACK_VISIBILITY if _is_shown_before(planning) else None
    for number, (track, recording) in enumerate(zip(release.tracks, resources.of_tracks, strict=True), start=1):
        yield PlannedTrackRelease(
            reference=f"R{number}",
            proprietary_id=f"{planning.icpn}_{recording.isrc}",
            isrc=recording.isrc,
            resource_reference=recording.reference,
            label_reference=label,
            genre=planning.genre(track.genre) if track.genre else main_genre,
            visibility_reference=visibility,
        )


def plan_visibilities(planning: Planning, tracks: Sequence[PlannedTrackRelease]) -> Iterator[PlannedVisibility]:
    """From when the release, and its tracks with it, are shown; what has no date of its own is shown with the rest."""
    shown = planning.release.visibility
    if shown is None or not _is_shown_before(planning):
        return
    of_release = PlannedVisibility(
        reference=RELEASE_VISIBILITY,
        release_references=(MAIN_RELEASE,),
        display_start=shown.display_start,
        cover_art_start=shown.cover_art_start or shown.display_start,
        track_listing_start=shown.track_listing_start or shown.display_start,
        clip_start=shown.clip_start or shown.display_start,
    )
    yield of_release
    if tracks:
        references = tuple(track.reference for track in tracks)
        yield of_release.model_copy(
            update={"reference": TRACK_VISIBILITY, "release_references": references, "track": True}
        )


def _is_shown_before(planning: Planning) -> bool:
    return planning.release.visibility is not None and planning.order.subtype is not MessageSubtype.TAKEDOWN


def _main_artists(recording: PlannedRecording) -> frozenset[str]:
    return frozenset(artist.party_reference for artist in recording.artists if artist.role is ArtistRole.MAIN_ARTIST)
