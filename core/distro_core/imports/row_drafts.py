"""What the rows of a release say, as drafts of the catalogue; and from a draft's fault back to row and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from distro_core.catalogue.drafts import ReleaseDraft, TrackDraft
from distro_core.catalogue.search import fold
from distro_core.catalogue.vocabulary import check_date
from distro_core.imports.columns import Column
from distro_core.imports.rows import TrackRow, split_list
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.catalogue import ContributorRole

ROLES: Final = {
    Column.COMPOSER: ContributorRole.COMPOSER,
    Column.LYRICIST: ContributorRole.LYRICIST,
    Column.PRODUCER: ContributorRole.PRODUCER,
    Column.PUBLISHER: ContributorRole.MUSIC_PUBLISHER,
}

_YEAR_IN_FRONT = re.compile(r"\W*((?:18|19|20|21)[0-9]{2})\b")

_PLAIN: Final = {
    "title": Column.TITLE,
    "display_artist": Column.ARTIST,
    "version": Column.VERSION,
    "type": Column.RELEASE_TYPE,
    "release_date": Column.RELEASE_DATE,
    "original_release_date": Column.ORIGINAL_RELEASE_DATE,
    "label": Column.LABEL,
    "catalog_number": Column.CATALOG_NUMBER,
    "language": Column.LANGUAGE,
}
_PLAIN_PATHS: Final = {**_PLAIN, "artists": Column.ARTIST, "icpn": Column.UPC, "label_party_id": Column.LABEL}
_PLAIN_OF_TRACK: Final = {
    "version": Column.TRACK_VERSION,
    "isrc": Column.ISRC,
    "iswc": Column.ISWC,
    "language": Column.LANGUAGE,
}
_OTHERS_OF_TRACK: Final = {"title": Column.TRACK_TITLE, "disc_number": Column.DISC_NUMBER}
_PLACES: Final = {
    ("p_line", "year"): Column.P_YEAR,
    ("p_line",): Column.P_LINE,
    ("c_line", "year"): Column.C_YEAR,
    ("c_line",): Column.C_LINE,
    ("genre", "subgenre_name"): Column.SUBGENRE,
    ("genre",): Column.GENRE,
    ("territories", "excluded"): Column.EXCLUDED_TERRITORIES,
    ("territories",): Column.TERRITORIES,
    ("rights", "end_date"): Column.RIGHTS_END,
    ("rights", "price_code"): Column.PRICE_CODE,
    ("rights",): Column.RIGHTS_START,
    ("parental_warning",): Column.EXPLICIT,
}


def draft_release(icpn: str, tracks: Sequence[TrackRow]) -> ReleaseDraft:
    """What the rows say of their release; fields in which all cells are empty are not given."""
    fields: dict[str, Any] = {name: cell for name, column in _PLAIN.items() if (cell := _first(tracks, column))}
    fields["icpn"] = icpn
    fields["title"] = fields.get("title", "")
    if artist := fields.get("display_artist"):
        fields["artists"] = ({"name": artist},)
    if genre := _first_genre(tracks):
        fields["genre"] = genre
    for name, text, year in (("p_line", Column.P_LINE, Column.P_YEAR), ("c_line", Column.C_LINE, Column.C_YEAR)):
        if line := _rights_line(_first(tracks, text), _first(tracks, year), fields):
            fields[name] = line
    if territories := _territories(tracks):
        fields["territories"] = territories
    if rights := _rights(tracks):
        fields["rights"] = rights
    fields["tracks"] = tuple(draft_track(track, fields) for track in tracks)
    return ReleaseDraft.model_validate(fields)


def draft_track(track: TrackRow, release: dict[str, Any]) -> TrackDraft:
    """What a row says of its track. `release`: the fields of its release, which a track repeats only to differ."""
    row = track.row
    fields: dict[str, Any] = {name: cell for name, column in _PLAIN_OF_TRACK.items() if (cell := row.cell(column))}
    fields["title"] = row.cell(Column.TRACK_TITLE) or ""
    fields["disc_number"] = track.disc
    if track.parental_warning:
        fields["parental_warning"] = track.parental_warning
    main = row.cell(Column.TRACK_ARTIST) or release.get("display_artist", "")
    featured = split_list(row.cell(Column.FEATURED_ARTIST) or "")
    artists = [{"name": main}] if main else []
    artists += [{"name": name, "role": "FeaturedArtist"} for name in featured]
    fields["artists"] = tuple(artists)
    fields["display_artist"] = f"{main} feat. {' & '.join(featured)}" if featured else main
    if contributors := _contributors(track):
        fields["contributors"] = contributors
    if (genre := _genre(track)) and genre != release.get("genre"):
        fields["genre"] = genre
    line = _rights_line(row.cell(Column.P_LINE), row.cell(Column.P_YEAR), release)
    if line and line != release.get("p_line"):
        fields["p_line"] = line
    return TrackDraft.model_validate(fields)


def column_of(path: Path, tracks: Sequence[TrackRow]) -> tuple[Column | None, list[TrackRow]]:
    """From where in a draft of these rows a fault lies to its column, and to the rows that say the same there."""
    if len(path) >= 2 and path[0] == "tracks" and isinstance(path[1], int):
        track = tracks[path[1]]
        return _column_of_track(path[2:], track), [track]
    columns = _columns_of_release(path)
    for column in columns:
        said = _first(tracks, column)
        if said is not None:
            return column, [track for track in tracks if fold(track.row.cell(column) or "") == fold(said)]
    return (columns[0] if columns else None), list(tracks)


def _columns_of_release(path: Path) -> list[Column]:
    steps = tuple(str(step) for step in path)
    found = (_PLAIN_PATHS.get(steps[0]) if steps else None, _PLACES.get(steps[:2]), _PLACES.get(steps[:1]))
    return [column for column in found if column]


def _column_of_track(path: Path, track: TrackRow) -> Column | None:
    if path[:1] == ("title",):
        return Column.TRACK_TITLE
    if path[:1] == ("disc_number",):
        return Column.DISC_NUMBER
    if path[:1] in {("artists",), ("display_artist",)}:
        return Column.FEATURED_ARTIST if len(path) > 1 and path[1] != 0 else Column.TRACK_ARTIST
    if path[:1] == ("contributors",):
        columns = [column for column in ROLES for _ in split_list(track.row.cell(column) or "")]
        return columns[path[1]] if len(path) > 1 and isinstance(path[1], int) else None
    steps = tuple(str(step) for step in path)
    return _PLAIN_OF_TRACK.get(steps[0]) if steps[:1] and steps[0] in _PLAIN_OF_TRACK else _place(steps, track)


def _place(steps: tuple[str, ...], track: TrackRow) -> Column | None:
    found = [column for column in (_PLACES.get(steps[:2]), _PLACES.get(steps[:1])) if column]
    return next((column for column in found if track.row.cell(column)), found[0] if found else None)


def _first(tracks: Sequence[TrackRow], column: Column) -> str | None:
    return next((cell for track in tracks if (cell := track.row.cell(column))), None)


def _first_genre(tracks: Sequence[TrackRow]) -> dict[str, str] | None:
    return next((genre for track in tracks if (genre := _genre(track))), None)


def _genre(track: TrackRow) -> dict[str, str] | None:
    name, subgenre = track.row.cell(Column.GENRE), track.row.cell(Column.SUBGENRE)
    if name is None and subgenre is None:
        return None
    return {"name": name or "", **({"subgenre_name": subgenre} if subgenre else {})}


def _rights_line(text: str | None, year: str | None, release: dict[str, Any]) -> dict[str, Any] | None:
    """A line from its cells: a missing year is the one the text begins with or the release's, a text the label's."""
    if not text and not year:
        return None
    if not text:
        return {"year": int(year or 0), "company": release.get("label")}
    return {"year": int(year) if year else _year_in_front(text) or _year_of(release.get("release_date")), "text": text}


def _rights(tracks: Sequence[TrackRow]) -> dict[str, str | None] | None:
    start, end, price_code = (
        _first(tracks, column) for column in (Column.RIGHTS_START, Column.RIGHTS_END, Column.PRICE_CODE)
    )
    if not (start or end or price_code):
        return None
    day = start or _first(tracks, Column.RELEASE_DATE) or ""
    return {"start_date": day, "end_date": end, "price_code": price_code}


def _year_in_front(text: str) -> int | None:
    match = _YEAR_IN_FRONT.match(text)
    return int(match.group(1)) if match else None


def _year_of(day: str | None) -> int | None:
    try:
        return check_date(day, ()).year if day else None
    except DomainError:
        return None


def _territories(tracks: Sequence[TrackRow]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    if included := _first(tracks, Column.TERRITORIES):
        fields["included"] = split_list(included)
    if excluded := _first(tracks, Column.EXCLUDED_TERRITORIES):
        fields["excluded"] = split_list(excluded)
    return fields


def _contributors(track: TrackRow) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"name": name, "roles": (role.value,)}
        for column, role in ROLES.items()
        for name in split_list(track.row.cell(column) or "")
    )


def column_of_finding(path: Path) -> Column | None:
    """From where in a stored release a finding lies to the column that could mend it, or None."""
    steps = tuple(str(step) for step in path)
    if steps[:1] == ("tracks",):
        return _PLAIN_OF_TRACK.get(steps[2]) or _OTHERS_OF_TRACK.get(steps[2]) if len(steps) > 2 else None
    return next(iter(_columns_of_release(path)), None)
