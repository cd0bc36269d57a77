"""From Deezer's records to what the platform knows of albums and recordings, each value with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from distro_plugins.deezer.documents import Album, Named, Track
from distro_sdk.metadata_sources import FieldOrigin, FoundAlbum, FoundRecording
from distro_sdk.models.catalogue import ReleaseType

TYPES: Final[Mapping[str, ReleaseType]] = {
    "album": ReleaseType.ALBUM,
    "single": ReleaseType.SINGLE,
    "ep": ReleaseType.EP,
    "compile": ReleaseType.COMPILATION,
}


def as_recording(track: Track) -> FoundRecording:
    """A recording; Deezer puts versions into brackets."""
    short = track.title_short or track.title
    version = (track.title_version or "").strip().strip("()[]").strip() or None
    artists, of_artists = _artists(track.artist, track.contributors)
    positive = {name: value if value and value > 0 else None for name, value in _numbers(track).items()}
    return FoundRecording.model_validate(
        _told(
            f"track/{track.id}",
            title=(short, "title_short" if track.title_short else "title"),
            version=(version, "title_version"),
            artists=(artists, of_artists),
            explicit=(track.explicit_lyrics, "explicit_lyrics"),
            isrc=(track.isrc, "isrc"),
            duration=(None if positive["duration"] is None else Decimal(positive["duration"]), "duration"),
            disc_number=(positive["disk_number"], "disk_number"),
            number=(positive["track_position"], "track_position"),
        )
    )


def as_album(album: Album, tracks: Sequence[Track]) -> FoundAlbum:
    """An album with its recordings, in the order in which Deezer tells them."""
    artists, of_artists = _artists(album.artist, album.contributors)
    return FoundAlbum.model_validate(
        _told(
            f"album/{album.id}",
            title=(album.title, "title"),
            artists=(artists, of_artists),
            explicit=(album.explicit_lyrics, "explicit_lyrics"),
            icpn=(album.upc, "upc"),
            label=(album.label, "label"),
            type=(TYPES.get(album.record_type or ""), "record_type"),
            release_date=(album.release_date, "release_date"),
            genres=(tuple(genre.name for genre in album.genres.data if genre.name), "genres.data.name"),
            cover_address=(album.cover_xl, "cover_xl"),
            track_count=(album.nb_tracks, "nb_tracks"),
        )
        | {"tracks": [as_recording(track) for track in tracks]}
    )


def _numbers(track: Track) -> dict[str, int | None]:
    return {
        "duration": track.duration,
        "disk_number": track.disk_number,
        "track_position": track.track_position,
    }


def _artists(artist: Named, contributors: Sequence[Named]) -> tuple[tuple[str, ...], str]:
    """Everybody who is displayed; lists of recordings tell the first of them alone."""
    names = tuple(dict.fromkeys(each.name for each in contributors if each.name))
    if names:
        return names, "contributors.name"
    return ((artist.name,) if artist.name else ()), "artist.name"


def _told(record: str, **fields: tuple[Any, str]) -> dict[str, Any]:
    """The fields that hold something, and their origins."""
    known = {name: told for name, told in fields.items() if told[0] is not None and told[0] != ()}
    origins = {name: FieldOrigin(record=record, name=origin) for name, (_, origin) in known.items()}
    return {name: value for name, (value, _) in known.items()} | {"origins": origins}
