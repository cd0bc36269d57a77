"""Parties, as MEAD 1.0.1 writes them."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_sdk.mead.elements import add, add_named, add_party_ids
from distro_sdk.models.planned_resources import PlannedParty


class NamedParties:
    """Identifiers stand in the party itself, before its Name; summaries name every artist and no identifiers."""

    def add_shown(self, summary: _Element, name: str, parties: tuple[PlannedParty, ...]) -> None:
        """Every artist by name, or how they are displayed where nobody is named."""
        for party in parties:
            _add_names(SubElement(summary, "DisplayArtist"), party.name, party)
        if not parties:
            _add_names(SubElement(summary, "DisplayArtist"), name, None)

    def add_party(self, parent: _Element, name: str, full_name: str, party: PlannedParty | None) -> None:
        """A party by its name, with its identifiers where it is one of the message's parties."""
        element = SubElement(parent, name)
        if party is not None:
            add_party_ids(element, party)
        _add_names(SubElement(element, "Name"), full_name, party)

    def add_awarding_body(self, award: _Element, full_name: str) -> None:
        """By its name alone, which has no pronunciation here."""
        body = SubElement(award, "AwardingBody")
        add(SubElement(body, "PartyName"), "FullName", full_name)


def _add_names(element: _Element, full_name: str, party: PlannedParty | None) -> None:
    add_named(element, "FullName", full_name)
    if party is not None and party.name_indexed:
        add_named(element, "FullNameIndexed", party.name_indexed)
