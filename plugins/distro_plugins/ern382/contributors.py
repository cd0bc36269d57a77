"""Credits: who made the recording, and who wrote or published what is recorded (RP 1.4, 4.3(12), (13), (20), (21))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml.etree import SubElement, _Element

from distro_plugins.ern382.context import Context
from distro_plugins.ern382.elements import add_own_value, add_party
from distro_plugins.ern382.settings import AllowedValues
from distro_sdk.ern.elements import add
from distro_sdk.models.catalogue import WRITER_ROLES, ContributorRole
from distro_sdk.models.planned_resources import PlannedContributor

INDIRECT_ROLES: Final = WRITER_ROLES | {ContributorRole.MUSIC_PUBLISHER}
"""What is done to the work and not to the recording; every state of the values has a word for each."""

_SINCE_2020: Final = frozenset(
    {
        ContributorRole.ASSOCIATED_PERFORMER,
        ContributorRole.BAND,
        ContributorRole.CHOIR,
        ContributorRole.CONDUCTOR,
        ContributorRole.ENSEMBLE,
        ContributorRole.ORCHESTRA,
        ContributorRole.PRODUCER,
        ContributorRole.PROGRAMMER,
        ContributorRole.SOLOIST,
    }
)
"""Roles in a recording that every state of the values has a word for; that of 2025 has one for all others too."""

_BEFORE: Final = {ContributorRole.STUDIO_PRODUCER: ContributorRole.PRODUCER}
"""What the values of 2020 have another word for, as ERN 4 does too: one for all who produce."""


def add_contributors(details: _Element, contributors: Sequence[PlannedContributor], context: Context) -> None:
    """ResourceContributors, then IndirectResourceContributors; each list is numbered from 1."""
    for name, indirect in (("ResourceContributor", False), ("IndirectResourceContributor", True)):
        number = 0
        for contributor in contributors:
            roles = [role for role in contributor.roles if (role in INDIRECT_ROLES) is indirect]
            if roles:
                number += 1
                entry = SubElement(details, name, {"SequenceNumber": str(number)})
                add_party(entry, context.parties[contributor.party_reference])
                _add_roles(entry, f"{name}Role", roles, context)
                for instrument in () if indirect else contributor.instruments:
                    add(entry, "InstrumentType", instrument)


def _add_roles(entry: _Element, name: str, roles: Sequence[ContributorRole], context: Context) -> None:
    new = context.settings.allowed_values is AllowedValues.OF_2025
    for role in dict.fromkeys(role if new else _BEFORE.get(role, role) for role in roles):
        known = role in INDIRECT_ROLES or role in _SINCE_2020
        if known or new:
            add(entry, name, role)
        else:
            add_own_value(entry, name, role, context.namespace)
