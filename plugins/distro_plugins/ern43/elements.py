"""The few ways in which every part of the message writes elements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_sdk.models.message import PlannedArtist, PlannedGenre


def add(parent: _Element, name: str, text: str, **attributes: str) -> None:
    """A child with text."""
    SubElement(parent, name, attributes).text = text


def add_titles(element: _Element, title: str, version: str | None) -> None:
    """DisplayTitleText and DisplayTitle; a version stands in brackets in the one and as SubTitle in the other."""
    add(element, "DisplayTitleText", f"{title} ({version})" if version else title)
    display = SubElement(element, "DisplayTitle", ApplicableTerritoryCode="Worldwide", IsDefault="true")
    add(display, "TitleText", title)
    if version:
        add(display, "SubTitle", version)


def add_artists(element: _Element, artists: Sequence[PlannedArtist]) -> None:
    """The displayed artists in the order of billing."""
    for artist in artists:
        entry = SubElement(element, "DisplayArtist", SequenceNumber=str(artist.sequence))
        add(entry, "ArtistPartyReference", artist.party_reference)
        add(entry, "DisplayArtistRole", artist.role.value)


def add_genre(element: _Element, genre: PlannedGenre) -> None:
    """Genre and subgenre."""
    entry = SubElement(element, "Genre")
    add(entry, "GenreText", genre.name)
    if genre.subgenre:
        add(entry, "SubGenre", genre.subgenre)


def duration(seconds: Decimal) -> str:
    """ISO 8601, such as ``PT3M25.5S``. `seconds`: from 0."""
    whole_minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(whole_minutes), 60)
    text = format(rest.quantize(Decimal("0.001")).normalize(), "f")
    return f"PT{hours}H{minutes}M{text}S" if hours else f"PT{minutes}M{text}S"
