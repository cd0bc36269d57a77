"""The parties of a message, each once, under ids that are made of what is told of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Final

from distro_sdk.ern.reading.nodes import Node
from distro_sdk.models.catalogue import Contributor, ContributorRole, DisplayArtist, Party, ProprietaryId

_DPID = re.compile(r"PADPIDA[A-Za-z0-9]+", re.ASCII)
_DIGITS_OF_ID: Final = 16


class PartyRegistry:
    """Gathers parties: the same name with the same identifiers is the same party, with the same id in any message."""

    def __init__(self) -> None:
        self._parties: dict[str, Party] = {}

    def add(
        self,
        node: Node,
        name: str,
        *,
        name_indexed: str | None = None,
        isni: str | None = None,
        ipi: str | None = None,
        ipn: str | None = None,
        dpid: str | None = None,
        proprietary_ids: Iterable[ProprietaryId] = (),
    ) -> str:
        """The id of a party, which is new or known. `node`: where it is told of."""
        told = {
            "name": name,
            "name_indexed": name_indexed,
            "isni": isni,
            "ipi": ipi,
            "ipn": ipn,
            "dpid": dpid,
            "proprietary_ids": [dict(identity) for identity in proprietary_ids],
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        party_id = f"party-{digest[:_DIGITS_OF_ID]}"
        if party_id not in self._parties:
            self._parties[party_id] = node.build(Party, id=party_id, **told)
        return party_id

    def chosen(self, ids: Iterable[str]) -> tuple[Party, ...]:
        """The parties of these ids, each once, in this order."""
        return tuple(self._parties[party_id] for party_id in dict.fromkeys(ids))

    def name(self, party_id: str) -> str:
        """The name of a party."""
        return self._parties[party_id].name


class ContributorList:
    """Contributors of one recording: one entry per party with all its roles (DDEX RP 2.1, 5.3.1.4(6))."""

    def __init__(self) -> None:
        self._roles: dict[str, dict[ContributorRole, None]] = {}
        self._instruments: dict[str, dict[str, None]] = {}

    def add(self, party_id: str, roles: Iterable[ContributorRole], instruments: Iterable[str] = ()) -> None:
        """Add what a party did."""
        self._roles.setdefault(party_id, {}).update(dict.fromkeys(roles))
        self._instruments.setdefault(party_id, {}).update(dict.fromkeys(instruments))

    def entries(self) -> tuple[Contributor, ...]:
        """Everybody of whom a role is known, in the order in which they were told."""
        return tuple(
            Contributor(party_id=party_id, roles=tuple(roles), instruments=tuple(self._instruments[party_id]))
            for party_id, roles in self._roles.items()
            if roles
        )


def is_dpid(text: str) -> bool:
    """Whether a text is a DDEX party id."""
    return bool(_DPID.fullmatch(text))


def shown_name(artists: Iterable[DisplayArtist], parties: PartyRegistry) -> str | None:
    """How artists are shown where the message does not say: their names, in the order of billing."""
    return ", ".join(parties.name(artist.party_id) for artist in artists) or None
