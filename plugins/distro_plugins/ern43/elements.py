"""The few ways in which every part of the message writes elements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_sdk.models.catalogue import RightsLine
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.models.planned_resources import PlannedArtist


def add(parent: _Element, name: str, text: str) -> None:
    """A child with text."""
    SubElement(parent, name).text = text


def add_titles(element: _Element, title: str, version: str | None) -> None:
    """DisplayTitleText and DisplayTitle; a version stands in brackets in the one and as SubTitle in the other."""
    add(element, "DisplayTitleText", f"{title} ({version})" if version else title)
    display = SubElement(element, "DisplayTitle", {"ApplicableTerritoryCode": "Worldwide", "IsDefault": "true"})
    add(display, "TitleText", title)
    if version:
        SubElement(display, "SubTitle", {"SubTitleType": "Version"}).text = version


def add_artists(element: _Element, name: str, artists: Sequence[PlannedArtist]) -> None:
    """The name that is displayed, then the artists in the order of billing."""
    add(element, "DisplayArtistName", name)
    for artist in artists:
        entry = SubElement(element, "DisplayArtist", {"SequenceNumber": str(artist.sequence)})
        add(entry, "ArtistPartyReference", artist.party_reference)
        add(entry, "DisplayArtistRole", artist.role)


def add_genre(element: _Element, genre: PlannedGenre) -> None:
    """Genre and subgenre."""
    entry = SubElement(element, "Genre")
    add(entry, "GenreText", genre.name)
    if genre.subgenre:
        add(entry, "SubGenre", genre.subgenre)


def add_line(element: _Element, name: str, line: RightsLine) -> None:
    """A PLine or CLine with the year that was stored."""
    entry = SubElement(element, name)
    add(entry, "Year", f"{line.year:04d}")
    if line.company:
        add(entry, f"{name}Company", line.company)
    add(entry, f"{name}Text", line.text)


def duration(seconds: Decimal) -> str:
    """ISO 8601 to the millisecond, such as ``PT3M25.5S``. `seconds`: from 0."""
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{decimal(thousandths)}S" if hours else f"PT{minutes}M{decimal(thousandths)}S"


def decimal(thousandths: int) -> str:
    """A number of thousandths as a decimal number without superfluous zeros."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
