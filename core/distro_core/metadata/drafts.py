"""A draft release of an album that was looked up: what the source says, and nothing that it does not."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.catalogue.drafts import ArtistDraft, ReleaseDraft, TrackDraft
from distro_sdk.metadata_sources import FoundAlbum, FoundRecording


def draft_of(album: FoundAlbum, icpn: str) -> ReleaseDraft:
    """The release, to be completed by people: rights lines, files and credits are nothing that a store tells.

    `icpn`: as it was asked for, which the source may write with fewer zeros. Genres stay with the source: its words are
    not those of the catalogue.
    """
    return ReleaseDraft(
        title=album.title,
        version=album.version,
        type=album.type,
        artists=_artists(album.artists),
        display_artist=_displayed(album.artists),
        label=album.label,
        icpn=icpn,
        parental_warning=_warning(album.explicit),
        release_date=album.release_date,
        tracks=tuple(_track(recording) for recording in album.tracks),
    )


def _track(recording: FoundRecording) -> TrackDraft:
    return TrackDraft(
        title=recording.title,
        version=recording.version,
        isrc=recording.isrc,
        disc_number=recording.disc_number,
        artists=_artists(recording.artists),
        display_artist=_displayed(recording.artists),
        parental_warning=_warning(recording.explicit),
    )


def _artists(names: Sequence[str]) -> tuple[ArtistDraft, ...] | None:
    return tuple(ArtistDraft(name=name) for name in names) or None


def _displayed(names: Sequence[str]) -> str | None:
    return ", ".join(names) or None


def _warning(explicit: bool | None) -> str | None:
    return None if explicit is None else "Explicit" if explicit else "NotExplicit"
