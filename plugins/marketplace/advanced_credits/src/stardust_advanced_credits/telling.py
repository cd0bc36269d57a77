"""Credits on their way into a message plan: parties, and contributors of recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedContributor, PlannedParty, PlannedRecording
from stardust_advanced_credits.credits import ROLES, Credit

R = TypeVar("R", bound=PlannedRecording)


def tell_credits(plan: MessagePlan, credits: Sequence[Credit]) -> MessagePlan:
    """The plan with credits for its recordings; the plan itself where none is about them."""
    about = [credit for credit in credits if _is_about(credit, plan)]
    if not about:
        return plan
    parties = _Parties(plan.parties)
    icpn = plan.release.icpn
    return plan.model_copy(
        update={
            "sound_recordings": tuple(_credited(each, about, icpn, parties) for each in plan.sound_recordings),
            "videos": tuple(_credited(each, about, icpn, parties) for each in plan.videos),
            "parties": parties.all,
        }
    )


class _Parties:
    """The parties of a message, with those that credits add behind them."""

    def __init__(self, parties: Sequence[PlannedParty]) -> None:
        self.all = tuple(parties)
        self._taken = {party.reference for party in parties}

    def reference(self, credit: Credit) -> str:
        """Of the party with the credit's ISNI, or its name where nothing contradicts; else of a new one."""
        for party in self.all:
            by_isni = credit.isni is not None and credit.isni == party.isni
            by_name = party.name.casefold() == credit.name.casefold() and None in {credit.isni, party.isni}
            if by_isni or by_name:
                return party.reference
        number = len(self.all) + 1
        while f"P{number}" in self._taken:
            number += 1
        party = PlannedParty(reference=f"P{number}", name=credit.name, isni=credit.isni)
        self.all = (*self.all, party)
        self._taken.add(party.reference)
        return party.reference


def _is_about(credit: Credit, plan: MessagePlan) -> bool:
    if credit.icpn is not None:
        return credit.icpn.zfill(14) == plan.release.icpn.zfill(14)
    return not {recording.isrc for recording in plan.recordings}.isdisjoint(credit.isrcs)


def _credited(recording: R, credits: Iterable[Credit], icpn: str, parties: _Parties) -> R:
    """A recording with its credits, one entry for each party (DDEX RP 2.1, 5.3.1.4(6))."""
    found = {contributor.party_reference: contributor for contributor in recording.contributors}
    for credit in credits:
        if credit.icpn is None and recording.isrc not in credit.isrcs:
            continue
        reference = parties.reference(credit)
        known = found.get(reference)
        if known is None:
            sequence = max((each.sequence for each in found.values()), default=0) + 1
            known = PlannedContributor(party_reference=reference, roles=(), sequence=sequence)
        update = {
            "roles": tuple(dict.fromkeys((*known.roles, ROLES[credit.kind]))),
            "instruments": tuple(dict.fromkeys((*known.instruments, *credit.instruments))),
        }
        found[reference] = known.model_copy(update=update)
    return recording.model_copy(update={"contributors": tuple(found.values())})
