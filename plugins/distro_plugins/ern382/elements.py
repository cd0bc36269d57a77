"""The ways in which every part of a message of ERN 3.8.2 writes: parties, titles, artists, territories, genres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lxml.etree import SubElement, _Element

from distro_sdk.ern.elements import add
from distro_sdk.models.catalogue import TitleTranslation
from distro_sdk.models.commerce import WORLDWIDE, Territories
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.models.planned_resources import PlannedArtist, PlannedParty

SEPARATE_VERSION: Final = "Version"


def add_party(parent: _Element, party: PlannedParty) -> None:
    """Name and ids of a party, inline: this version has no list of parties."""
    name = SubElement(parent, "PartyName")
    add(name, "FullName", party.name)
    if party.name_indexed:
        add(name, "FullNameIndexed", party.name_indexed)
    if party.isni:
        add(parent, "PartyId", party.isni, {"IsISNI": "true"})
    if party.dpid:
        add(parent, "PartyId", party.dpid, {"IsDPID": "true"})
    if party.ipi:
        add(parent, "PartyId", party.ipi, {"Namespace": "IPI"})
    if party.ipn:
        add(parent, "PartyId", party.ipn, {"Namespace": "IPN"})
    for own in party.proprietary_ids:
        add(parent, "PartyId", own.value, {"Namespace": own.namespace})


def add_artists(parent: _Element, artists: Sequence[PlannedArtist], parties: Mapping[str, PlannedParty]) -> None:
    """The displayed artists in the order of billing, numbered (RP 1.4, 4.3(34))."""
    for artist in artists:
        entry = SubElement(parent, "DisplayArtist", {"SequenceNumber": str(artist.sequence)})
        add_party(entry, parties[artist.party_reference])
        add(entry, "ArtistRole", artist.role)


def add_reference_title(parent: _Element, title: str, version: str | None) -> None:
    """ReferenceTitle: by which people who read the message tell things apart."""
    element = SubElement(parent, "ReferenceTitle")
    add(element, "TitleText", title)
    if version:
        add(element, "SubTitle", version)


def add_title(
    parent: _Element, kind: str | None, title: str, version: str | None = None, language: str | None = None
) -> None:
    """A Title of a type, with the version as its SubTitle."""
    attributes = {"LanguageAndScriptCode": language, "TitleType": kind}
    element = SubElement(parent, "Title", {name: value for name, value in attributes.items() if value})
    add(element, "TitleText", title)
    if version:
        add(element, "SubTitle", version, {"SubTitleType": SEPARATE_VERSION})


def displayed(title: str, version: str | None) -> str:
    """A title as it is shown, with the version in brackets."""
    return f"{title} ({version})" if version else title


def add_titles(
    parent: _Element,
    title: str,
    version: str | None,
    translations: Iterable[TitleTranslation],
    formal: str | None = None,
) -> None:
    """FormalTitle, DisplayTitle, TranslatedTitle. `formal`: where the formal title is another one."""
    if formal:
        add_title(parent, "FormalTitle", formal)
    else:
        add_title(parent, "FormalTitle", title, version)
    add_title(parent, "DisplayTitle", displayed(title, version))
    for translation in translations:
        add_title(parent, "TranslatedTitle", translation.title, translation.version, translation.language)


def add_territories(parent: _Element, territories: Territories | None = None) -> None:
    """The territories of a block or a deal, everywhere if None; `Worldwide` with exclusions names these alone."""
    for code in territories.excluded if territories else ():
        add(parent, "ExcludedTerritoryCode", code)
    if territories is None:
        add(parent, "TerritoryCode", WORLDWIDE)
    elif not territories.excluded:
        for code in territories.included:
            add(parent, "TerritoryCode", code)


def add_genre(parent: _Element, genre: PlannedGenre) -> None:
    """Genre and subgenre, by name: this version has no place for codes."""
    entry = SubElement(parent, "Genre")
    add(entry, "GenreText", genre.name)
    if genre.subgenre:
        add(entry, "SubGenre", genre.subgenre)


def add_own_value(parent: _Element, name: str, value: str, namespace: str) -> None:
    """A value that the allowed values have no word for (rule X-9)."""
    add(parent, name, "UserDefined", {"Namespace": namespace, "UserDefinedValue": value})
