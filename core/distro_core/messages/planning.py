"""What every part of a plan is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from distro_core.messages.credits import PartyReferences
from distro_core.messages.order import MessageOrder
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import CompleteRelease, Genre, Release
from distro_sdk.models.message import PlannedGenre

T = TypeVar("T")


@dataclass(frozen=True)
class Planning:
    """A release that has no faults, what is ordered of it, its assets by id, and the references given so far."""

    release: Release
    order: MessageOrder
    assets: Mapping[str, Asset]
    parties: PartyReferences

    @classmethod
    def of(cls, complete: CompleteRelease, order: MessageOrder) -> Planning:
        """The beginning of a plan."""
        assets = {asset.id: asset for asset in complete.assets}
        return cls(complete.release, order, assets, PartyReferences(complete))

    @property
    def icpn(self) -> str:
        """The release's ICPN."""
        return known(self.release.icpn)

    def genre(self, genre: Genre) -> PlannedGenre:
        """A genre in the recipient's words, or in our own where the target names no dictionary (row GEN-11)."""
        mapper = self.order.genre_mapper
        return known(mapper.map(genre)) if mapper else PlannedGenre(name=genre.name, subgenre=genre.subgenre_name)


def known(value: T | None) -> T:
    """A value that every release without faults has."""
    if value is None:
        raise AssertionError("find_faults lets no release pass that lacks this")
    return value
