"""From rows to releases: which rows make one release, and what each says of its track."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from distro_core.catalogue.identifiers import check_icpn
from distro_core.catalogue.search import fold
from distro_core.imports.columns import OF_THE_RELEASE, Column
from distro_core.imports.csv_file import Row
from distro_core.imports.documents import RowIssue
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ParentalWarning

MOST_TRACKS_ON_A_DISC: Final = 999
MOST_DISCS: Final = 99

EXPLICIT_WORDS: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "explicit", "e"), ParentalWarning.EXPLICIT),
    **dict.fromkeys(("no", "n", "false", "0", "notexplicit", "not explicit"), ParentalWarning.NOT_EXPLICIT),
    **dict.fromkeys(("clean", "edited", "explicitcontentedited"), ParentalWarning.EXPLICIT_CONTENT_EDITED),
    "noadviceavailable": ParentalWarning.NO_ADVICE_AVAILABLE,
    "unknown": ParentalWarning.UNKNOWN,
}

_CLOCK = re.compile(r"((?P<hours>[0-9]{1,2}):)?(?P<minutes>[0-9]{1,2}):(?P<seconds>[0-5][0-9](\.[0-9]+)?)", re.ASCII)
_ISO_8601 = re.compile(
    r"PT((?P<hours>[0-9]+)H)?((?P<minutes>[0-9]+)M)?((?P<seconds>[0-9]+(\.[0-9]+)?)S)?", re.ASCII | re.IGNORECASE
)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]+)?", re.ASCII)


@dataclass
class TrackRow:
    """A row with the place of its track. `duration`: seconds that the file claims; `issues`: why the row fails."""

    row: Row
    disc: int = 1
    number: int = 0
    duration: Decimal | None = None
    parental_warning: ParentalWarning | None = None
    issues: list[RowIssue] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The place as it is remembered: `1-07` is track 7 of disc 1."""
        return f"{self.disc}-{self.number:02d}"

    def fail(self, code: str, message: str, column: Column | None) -> None:
        """Note why the row fails."""
        self.issues.append(RowIssue(code=code, message=message, column=column.value if column else None))


@dataclass
class ReleaseRows:
    """The rows of one release, by its ICPN; without one, a single row that belongs to no release."""

    icpn: str | None
    rows: list[TrackRow] = field(default_factory=list)

    def good(self) -> list[TrackRow]:
        """The rows without a fault."""
        return [row for row in self.rows if not row.issues]


def group_rows(rows: Iterable[Row]) -> list[ReleaseRows]:
    """The releases of a file in the order of their first rows; a row whose ICPN is wrong stands alone."""
    groups: dict[str, ReleaseRows] = {}
    alone: list[ReleaseRows] = []
    for row in rows:
        track = TrackRow(row)
        icpn = _icpn(track)
        if icpn is None:
            alone.append(ReleaseRows(None, [track]))
        else:
            groups.setdefault(icpn.zfill(14), ReleaseRows(icpn)).rows.append(track)
    for group in groups.values():
        _place_tracks(group.rows)
        _find_contradictions(group.rows)
    return sorted([*groups.values(), *alone], key=lambda group: group.rows[0].row.number)


def split_list(cell: str) -> list[str]:
    """The entries of a cell that holds a list."""
    return [entry.strip() for entry in re.split(r"[;|]", cell) if entry.strip()]


def read_duration(text: str) -> Decimal | None:
    """Seconds from `215`, `3:35`, `1:02:03` or `PT3M35S`; None where the text is none of these."""
    if _SECONDS.fullmatch(text):
        return Decimal(text)
    match = _CLOCK.fullmatch(text) or _ISO_8601.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        return None
    parts = {name: Decimal(value or 0) for name, value in match.groupdict().items()}
    return parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"]


def _icpn(track: TrackRow) -> str | None:
    if track.row.fault is not None:
        track.fail(track.row.fault.code, track.row.fault.message, None)
        return None
    cell = track.row.cell(Column.UPC)
    if cell is None:
        track.fail("ICPN_MISSING", "the row names no release", Column.UPC)
        return None
    try:
        return check_icpn(cell)
    except DomainError as error:
        track.fail(error.code, error.message, Column.UPC)
        return None


def _place_tracks(tracks: Sequence[TrackRow]) -> None:
    taken: dict[str, int] = {}
    last = dict.fromkeys(range(1, MOST_DISCS + 1), 0)
    for track in tracks:
        disc = _whole(track, Column.DISC_NUMBER, 1, MOST_DISCS)
        track.disc = disc or 1
        number = _whole(track, Column.TRACK_NUMBER, last[track.disc] + 1, MOST_TRACKS_ON_A_DISC)
        track.number = number or 0
        _read_duration(track)
        _read_explicit(track)
        _check_years(track)
        if disc is None or number is None:
            continue
        if track.key in taken:
            message = f"row {taken[track.key]} is track {number} of disc {disc} already"
            track.fail("TRACK_NUMBER_REPEATED", message, Column.TRACK_NUMBER)
            continue
        taken[track.key] = track.row.number
        last[track.disc] = number


def _whole(track: TrackRow, column: Column, absent: int, most: int) -> int | None:
    cell = track.row.cell(column)
    if cell is None:
        return absent
    text = cell.split("/")[0].strip().removesuffix(".0")
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most:
        return int(text)
    message = f"{cell!r} is no whole number from 1 to {most}"
    track.fail("DISC_NUMBER_INVALID" if column is Column.DISC_NUMBER else "TRACK_NUMBER_INVALID", message, column)
    return None


def _read_duration(track: TrackRow) -> None:
    if cell := track.row.cell(Column.DURATION):
        track.duration = read_duration(cell)
        if track.duration is None:
            message = f"{cell!r} is no duration such as 215, 3:35 or PT3M35S"
            track.fail("DURATION_INVALID", message, Column.DURATION)


def _read_explicit(track: TrackRow) -> None:
    if cell := track.row.cell(Column.EXPLICIT):
        track.parental_warning = EXPLICIT_WORDS.get(cell.casefold())
        if track.parental_warning is None:
            track.fail("EXPLICIT_INVALID", f"{cell!r} is none of yes, no and clean", Column.EXPLICIT)


def _check_years(track: TrackRow) -> None:
    for column in (Column.P_YEAR, Column.C_YEAR):
        cell = track.row.cell(column)
        if cell is not None and not _YEAR.fullmatch(cell):
            track.fail("YEAR_INVALID", f"{cell!r} is no year of four digits", column)


def _find_contradictions(tracks: Sequence[TrackRow]) -> None:
    said: dict[Column, tuple[str, int]] = {}
    for track in tracks:
        for column in OF_THE_RELEASE:
            cell = track.row.cell(column)
            if cell is None:
                continue
            first, number = said.setdefault(column, (cell, track.row.number))
            if fold(first) != fold(cell):
                message = f"{cell!r} contradicts {first!r} in row {number} of the same release"
                track.fail("VALUE_CONTRADICTS", message, column)
