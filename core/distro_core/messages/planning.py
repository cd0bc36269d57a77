"""What every part of a plan is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from distro_core.messages.credits import PartyReferences
from distro_core.messages.order import MessageOrder
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import CompleteRelease, Genre, Release
from distro_sdk.models.message import ReleaseProfile
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.models.structure import MusicalWork

T = TypeVar("T")


@dataclass(frozen=True)
class Planning:
    """A release that has no faults, what is ordered of it, its assets by id, and the references given so far.

    `party_names`: by id; `works`: works of several parts by the ids of their tracks.
    """

    release: Release
    order: MessageOrder
    profile: ReleaseProfile
    assets: Mapping[str, Asset]
    parties: PartyReferences
    party_names: Mapping[str, str]
    works: Mapping[str, MusicalWork]

    @classmethod
    def of(cls, complete: CompleteRelease, order: MessageOrder, profile: ReleaseProfile) -> Planning:
        """The beginning of a plan."""
        release = complete.release
        return cls(
            release=release,
            order=order,
            profile=profile,
            assets={asset.id: asset for asset in complete.assets},
            parties=PartyReferences(complete),
            party_names={party.id: party.name for party in complete.parties},
            works={track_id: work for work in release.works for track_id in work.track_ids},
        )

    @property
    def icpn(self) -> str:
        """The release's ICPN."""
        return known(self.release.icpn)

    def genre(self, genre: Genre) -> PlannedGenre:
        """A genre in the recipient's words, or in our own where the target names no dictionary (row GEN-11)."""
        mapper = self.order.genre_mapper
        if mapper:
            return known(mapper.map(genre))
        return PlannedGenre(
            name=genre.name, subgenre=genre.subgenre_name, code=genre.code, subgenre_code=genre.subgenre_code
        )


def known(value: T | None) -> T:
    """A value that every release without faults has."""
    if value is None:
        raise AssertionError("find_faults lets no release pass that lacks this")
    return value
