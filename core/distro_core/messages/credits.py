"""Parties, artists and contributors of a message: each party once, referenced wherever it is credited."""

from __future__ import annotations

from collections.abc import Sequence

from distro_sdk.models.catalogue import CompleteRelease, Contributor, ContributorRole, DisplayArtist
from distro_sdk.models.planned_resources import PlannedArtist, PlannedContributor, PlannedParty


class PartyReferences:
    """Gives every party that is credited its reference `P…`, in the order of first use."""

    def __init__(self, complete: CompleteRelease) -> None:
        self._parties = {party.id: party for party in complete.parties}
        self._references: dict[str, str] = {}

    def reference(self, party_id: str) -> str:
        """The reference of a party."""
        return self._references.setdefault(party_id, f"P{len(self._references) + 1}")

    def planned(self) -> tuple[PlannedParty, ...]:
        """Every party that was referenced so far."""
        return tuple(
            PlannedParty(
                reference=reference,
                name=party.name,
                name_indexed=party.name_indexed,
                isni=party.isni,
                ipi=party.ipi,
                ipn=party.ipn,
                dpid=party.dpid,
                proprietary_ids=party.proprietary_ids,
            )
            for party_id, reference in self._references.items()
            for party in (self._parties[party_id],)
        )


def plan_artists(artists: Sequence[DisplayArtist], parties: PartyReferences) -> tuple[PlannedArtist, ...]:
    """Artists in the order of billing."""
    return tuple(
        PlannedArtist(party_reference=parties.reference(artist.party_id), role=artist.role, sequence=sequence)
        for sequence, artist in enumerate(artists, start=1)
    )


def plan_contributors(contributors: Sequence[Contributor], parties: PartyReferences) -> tuple[PlannedContributor, ...]:
    """One entry per party with all its roles (DDEX RP 2.1, 5.3.1.4(6))."""
    roles: dict[str, dict[ContributorRole, None]] = {}
    instruments: dict[str, dict[str, None]] = {}
    for contributor in contributors:
        roles.setdefault(contributor.party_id, {}).update(dict.fromkeys(contributor.roles))
        instruments.setdefault(contributor.party_id, {}).update(dict.fromkeys(contributor.instruments))
    return tuple(
        PlannedContributor(
            party_reference=parties.reference(party_id),
            roles=tuple(roles[party_id]),
            instruments=tuple(instruments[party_id]),
            sequence=sequence,
        )
        for sequence, party_id in enumerate(roles, start=1)
    )
