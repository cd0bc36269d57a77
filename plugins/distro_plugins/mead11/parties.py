"""Parties, as MEAD 1.1 writes them."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_sdk.mead.elements import add_named, add_party_ids
from distro_sdk.models.planned_resources import PlannedParty


class DescribedParties:
    """Names in a PartyName, identifiers in a PartyId; summaries tell how artists are displayed."""

    def add_shown(self, summary: _Element, name: str, parties: tuple[PlannedParty, ...]) -> None:
        """The name as it is displayed, then every artist."""
        add_named(summary, "DisplayArtistName", name)
        for party in parties:
            self.add_party(summary, "DisplayArtist", party.name, party)

    def add_party(self, parent: _Element, name: str, full_name: str, party: PlannedParty | None) -> None:
        """A party by its name, with its identifiers where it is one of the message's parties."""
        element = SubElement(parent, name)
        names = SubElement(element, "PartyName")
        add_named(names, "FullName", full_name)
        if party is None:
            return
        if party.name_indexed:
            add_named(names, "FullNameIndexed", party.name_indexed)
        if party.isni or party.dpid or party.ipi or party.ipn:
            add_party_ids(SubElement(element, "PartyId"), party)

    def add_awarding_body(self, award: _Element, full_name: str) -> None:
        """A party like any other."""
        self.add_party(award, "AwardingBody", full_name, None)
