"""The columns of an import (row IMP-01): the 13 that everybody has, and further ones that may be there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from distro_sdk.errors import DomainError, DomainErrors


class Column(StrEnum):
    """A column by the heading that is documented. Cells hold text as it is to be stored, unless said otherwise.

    Dates are YYYY-MM-DD. Lists (territories, writers, featured artists) are separated by `;` or `|`.
    """

    TITLE = "title"
    ARTIST = "artist"
    UPC = "upc"
    RELEASE_DATE = "releaseDate"
    TRACK_TITLE = "trackTitle"
    TRACK_NUMBER = "trackNumber"
    TRACK_ARTIST = "trackArtist"
    ISRC = "isrc"
    DISC_NUMBER = "discNumber"
    DURATION = "duration"
    LABEL = "label"
    CATALOG_NUMBER = "catalogNumber"
    GENRE = "genre"

    SUBGENRE = "subgenre"
    VERSION = "version"
    TRACK_VERSION = "trackVersion"
    RELEASE_TYPE = "releaseType"
    ORIGINAL_RELEASE_DATE = "originalReleaseDate"
    LANGUAGE = "language"
    EXPLICIT = "explicit"
    P_LINE = "pLine"
    P_YEAR = "pYear"
    C_LINE = "cLine"
    C_YEAR = "cYear"
    FEATURED_ARTIST = "featuredArtist"
    COMPOSER = "composer"
    LYRICIST = "lyricist"
    PRODUCER = "producer"
    PUBLISHER = "publisher"
    ISWC = "iswc"
    TERRITORIES = "territories"
    EXCLUDED_TERRITORIES = "excludedTerritories"
    RIGHTS_START = "rightsStart"
    RIGHTS_END = "rightsEnd"
    PRICE_CODE = "priceCode"


REQUIRED: Final = (Column.TITLE, Column.ARTIST, Column.UPC, Column.TRACK_TITLE)

OF_THE_RELEASE: Final = (
    Column.TITLE,
    Column.ARTIST,
    Column.VERSION,
    Column.RELEASE_TYPE,
    Column.RELEASE_DATE,
    Column.ORIGINAL_RELEASE_DATE,
    Column.LABEL,
    Column.CATALOG_NUMBER,
    Column.C_LINE,
    Column.C_YEAR,
    Column.TERRITORIES,
    Column.EXCLUDED_TERRITORIES,
    Column.RIGHTS_START,
    Column.RIGHTS_END,
    Column.PRICE_CODE,
)
"""Columns in which the rows of one release may not contradict each other; empty cells contradict nothing."""

ALIASES: Final = {
    "albumtitle": Column.TITLE,
    "releasetitle": Column.TITLE,
    "albumartist": Column.ARTIST,
    "releaseartist": Column.ARTIST,
    "displayartist": Column.ARTIST,
    "barcode": Column.UPC,
    "ean": Column.UPC,
    "icpn": Column.UPC,
    "upcean": Column.UPC,
    "track": Column.TRACK_NUMBER,
    "trackno": Column.TRACK_NUMBER,
    "tracknr": Column.TRACK_NUMBER,
    "trackname": Column.TRACK_TITLE,
    "disc": Column.DISC_NUMBER,
    "discno": Column.DISC_NUMBER,
    "disk": Column.DISC_NUMBER,
    "disknumber": Column.DISC_NUMBER,
    "volume": Column.DISC_NUMBER,
    "volumenumber": Column.DISC_NUMBER,
    "length": Column.DURATION,
    "cataloguenumber": Column.CATALOG_NUMBER,
    "catno": Column.CATALOG_NUMBER,
    "parentaladvisory": Column.EXPLICIT,
    "type": Column.RELEASE_TYPE,
    "territory": Column.TERRITORIES,
    "excludedterritory": Column.EXCLUDED_TERRITORIES,
}
"""Other headings that people use, folded."""

_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Heading:
    """Which column stands in which place of a row, and the headings that mean nothing here."""

    places: dict[Column, int]
    ignored: tuple[str, ...]


def recognise(heading: str) -> Column | None:
    """The column that a heading means, without regard to case, blanks and punctuation."""
    folded = _NEITHER_LETTER_NOR_DIGIT.sub("", heading).casefold()
    return _BY_NAME.get(folded) or ALIASES.get(folded)


def read_heading(cells: Sequence[str]) -> Heading:
    """The columns of a file; raises `DomainErrors` COLUMN_MISSING and COLUMN_REPEATED."""
    places: dict[Column, int] = {}
    ignored: list[str] = []
    faults: list[DomainError] = []
    for place, cell in enumerate(cells):
        column = recognise(cell)
        if column is None:
            ignored += [cell.strip()] if cell.strip() else []
        elif column in places:
            faults.append(DomainError("COLUMN_REPEATED", f"{cell!r} is the column {column.value} again", ("csv",)))
        else:
            places[column] = place
    faults += [
        DomainError("COLUMN_MISSING", f"the file has no column {column.value}", ("csv",))
        for column in REQUIRED
        if column not in places
    ]
    if faults:
        raise DomainErrors(faults)
    return Heading(places, tuple(ignored))


_BY_NAME: Final = {column.value.casefold(): column for column in Column}
