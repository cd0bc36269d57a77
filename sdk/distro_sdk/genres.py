"""How a genre of Genre Truth becomes a recipient's own."""

from __future__ import annotations

from typing import Protocol

from distro_sdk.models.catalogue import Genre
from distro_sdk.models.planned_releases import PlannedGenre


class GenreMapper(Protocol):
    """Maps genres for one provider; `version` is the version of the provider's dictionary."""

    provider: str
    version: str

    def map(self, genre: Genre) -> PlannedGenre | None:
        """The recipient's genre, or None where its dictionary has no place for this one."""
        ...
