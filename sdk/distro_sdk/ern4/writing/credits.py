"""Who is on the message: its parties, artists and contributors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_own_word, add_proprietary_id
from distro_sdk.ern4.writing.instruments import INSTRUMENTS
from distro_sdk.ern4.writing.vocabulary import ROLES
from distro_sdk.models.catalogue import ContributorRole
from distro_sdk.models.planned_resources import PlannedArtist, PlannedContributor, PlannedParty


def party_element(party: PlannedParty) -> _Element:
    """A party of the message with all its identifiers."""
    element = Element("Party")
    add(element, "PartyReference", party.reference)
    name = SubElement(element, "PartyName")
    add(name, "FullName", party.name)
    if party.name_indexed:
        add(name, "FullNameIndexed", party.name_indexed)
    ids = {"ISNI": party.isni, "DPID": party.dpid, "IpiNameNumber": party.ipi, "IPN": party.ipn}
    if party.proprietary_ids or any(ids.values()):
        element_id = SubElement(element, "PartyId")
        for kind, value in ids.items():
            if value:
                add(element_id, kind, value)
        for identity in party.proprietary_ids:
            add_proprietary_id(element_id, identity)
    return element


def add_artists(element: _Element, name: str, artists: Sequence[PlannedArtist]) -> None:
    """The name that is displayed, then the artists in the order of billing."""
    add(element, "DisplayArtistName", name)
    for artist in artists:
        entry = SubElement(element, "DisplayArtist", {"SequenceNumber": str(artist.sequence)})
        add(entry, "ArtistPartyReference", artist.party_reference)
        add(entry, "DisplayArtistRole", artist.role)


def add_contributors(element: _Element, contributors: Sequence[PlannedContributor], writing: Writing) -> None:
    """One entry per party, with all its roles (RP 2.1, 5.3.1.4(6))."""
    add_role = writing.dialect.add_role
    for contributor in contributors:
        entry = SubElement(element, "Contributor", {"SequenceNumber": str(contributor.sequence)})
        add(entry, "ContributorPartyReference", contributor.party_reference)
        for role in role_words(contributor.roles):
            add_role(entry, role)
        for instrument in contributor.instruments:
            if instrument in INSTRUMENTS:
                add(entry, "InstrumentType", instrument)
            else:
                add_own_word(entry, "InstrumentType", instrument, writing.namespace)


@lru_cache(maxsize=1024)
def role_words(roles: tuple[ContributorRole, ...]) -> tuple[str, ...]:
    """Roles in ERN's words, each once."""
    return tuple(dict.fromkeys(ROLES[role] for role in roles))
