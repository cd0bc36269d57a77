"""The main release `R0` with its groups, and the track releases `R1…`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from distro_core.messages.credits import plan_artists
from distro_core.messages.planning import Planning, known
from distro_sdk.models.catalogue import ArtistRole, ParentalWarning, Release
from distro_sdk.models.message import PlannedGroup, PlannedRelease, PlannedSoundRecording, PlannedTrackRelease

MAIN_RELEASE: Final = "R0"

_STRONGEST_FIRST = (
    ParentalWarning.EXPLICIT,
    ParentalWarning.EXPLICIT_CONTENT_EDITED,
    ParentalWarning.UNKNOWN,
    ParentalWarning.NO_ADVICE_AVAILABLE,
    ParentalWarning.NOT_EXPLICIT,
)


def plan_release(planning: Planning, recordings: Sequence[PlannedSoundRecording]) -> PlannedRelease:
    """The main release: as long as its recordings together, with the strongest of their warnings if it has none."""
    release = planning.release
    return PlannedRelease(
        reference=MAIN_RELEASE,
        type=release.type,
        icpn=planning.icpn,
        grid=release.grid,
        catalog_number=release.catalog_number,
        title=release.title,
        version=release.version,
        display_artist=release.display_artist,
        artists=plan_artists(release.artists, planning.parties),
        label_reference=planning.parties.reference(known(release.label_party_id)),
        p_line=release.p_line,
        c_line=release.c_line,
        duration=sum((recording.duration for recording in recordings), Decimal(0)),
        genre=planning.genre(known(release.genre)),
        release_date=known(release.release_date),
        original_release_date=release.original_release_date,
        parental_warning=release.parental_warning or _strongest_warning(recordings),
        several_artists=len({_main_artists(recording) for recording in recordings}) > 1,
        groups=tuple(_plan_groups(release, recordings)),
    )


def plan_track_releases(
    planning: Planning, recordings: Sequence[PlannedSoundRecording]
) -> Iterator[PlannedTrackRelease]:
    """One release per track, unique by ICPN plus ISRC (RP 2.3.1); the track's own genre comes first (row TRK-10)."""
    release = planning.release
    label = planning.parties.reference(known(release.label_party_id))
    main_genre = planning.genre(known(release.genre))
    for number, (track, recording) in enumerate(zip(release.tracks, recordings, strict=True), start=1):
        yield PlannedTrackRelease(
            reference=f"R{number}",
            proprietary_id=f"{planning.icpn}_{recording.isrc}",
            resource_reference=recording.reference,
            label_reference=label,
            genre=planning.genre(track.genre) if track.genre else main_genre,
        )


def _plan_groups(release: Release, recordings: Sequence[PlannedSoundRecording]) -> Iterator[PlannedGroup]:
    discs: dict[int, list[str]] = {}
    for track, recording in zip(release.tracks, recordings, strict=True):
        discs.setdefault(track.disc_number, []).append(recording.reference)
    for disc_number, references in sorted(discs.items()):
        yield PlannedGroup(disc_number=disc_number, resource_references=tuple(references))


def _strongest_warning(recordings: Sequence[PlannedSoundRecording]) -> ParentalWarning:
    given = {recording.parental_warning for recording in recordings}
    return next(warning for warning in _STRONGEST_FIRST if warning in given)


def _main_artists(recording: PlannedSoundRecording) -> frozenset[str]:
    return frozenset(artist.party_reference for artist in recording.artists if artist.role is ArtistRole.MAIN_ARTIST)
