"""Who is named as an artist, in which roles: one entry per party."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from distro_plugins.apple53.settings import AppleSettings
from distro_plugins.apple53.tables import role_table
from distro_sdk.models.planned_resources import PlannedArtist, PlannedContributor, PlannedParty

APPLE = "apple"


@dataclass
class Credit:
    """An artist entry. `apple_id`: digits, None where the party has none."""

    name: str
    apple_id: str | None
    primary: bool
    roles: list[str] = field(default_factory=list)

    def add(self, roles: Iterable[str]) -> None:
        """Add roles that are not there yet."""
        self.roles += [role for role in dict.fromkeys(roles) if role not in self.roles]


def credits_of(
    artists: Sequence[PlannedArtist],
    contributors: Sequence[PlannedContributor],
    parties: Mapping[str, PlannedParty],
    settings: AppleSettings,
) -> list[Credit]:
    """Artists as they are billed, then the other contributors whose roles Apple has a word for.

    `parties`: by reference. A party that is shown twice keeps its first billing.
    """
    table = role_table()
    found: dict[str, Credit] = {}
    for artist in sorted(artists, key=lambda each: each.sequence):
        if artist.party_reference in found:
            continue
        entry = table.display[artist.role.value]
        credit = _credit(parties[artist.party_reference], primary=entry.primary)
        credit.add(settings.roles.get(artist.role.value, entry.roles))
        found[artist.party_reference] = credit
    for contributor in sorted(contributors, key=lambda each: each.sequence):
        roles = [
            told
            for role in contributor.roles
            for told in settings.roles.get(role.value, table.contributors[role.value].roles)
        ]
        if roles:
            reference = contributor.party_reference
            credit = found.setdefault(reference, _credit(parties[reference], primary=False))
            credit.add(roles)
    return [credit for credit in found.values() if credit.roles]


def apple_id(party: PlannedParty) -> str | None:
    """What Apple calls an artist, as it stands in the catalogue."""
    return next((each.value for each in party.proprietary_ids if each.namespace.lower() == APPLE), None)


def _credit(party: PlannedParty, *, primary: bool) -> Credit:
    return Credit(name=party.name, apple_id=apple_id(party), primary=primary)
