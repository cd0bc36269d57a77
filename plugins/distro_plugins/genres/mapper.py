"""From Genre Truth into a provider's dictionary, by a table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from distro_plugins.genres.dictionary import GenreDictionary
from distro_sdk.models.catalogue import Genre
from distro_sdk.models.planned_releases import PlannedGenre

WILDCARD = "*"


class Step(StrEnum):
    """Which step of the look-up found a genre (row GEN-17)."""

    EXACT = "exact"
    INHERITED = "inherited"
    WILDCARD = "wildcard"
    FALLBACK = "fallback"
    NONE = "none"


class Resolution(NamedTuple):
    """What a look-up found. `code`: in the provider's dictionary, None where nothing was found."""

    step: Step
    code: str | None


class TableMapper:
    """Looks genres up in the order explicit, parent's, `*`, fallback, none (row GEN-17).

    `table`: codes of the provider by codes of Genre Truth, and by `*` for every other genre of Genre Truth;
    `fallback`: the provider's code for whatever is left, genres outside Genre Truth included.
    Raises `ValueError` when either side of the table does not exist or the provider does not take the code in messages.
    """

    def __init__(
        self,
        truth: GenreDictionary,
        dictionary: GenreDictionary,
        table: Mapping[str, str],
        fallback: str | None = None,
    ) -> None:
        self.provider = dictionary.provider
        self.version = dictionary.version
        self._truth = truth
        self._dictionary = dictionary
        self._table = table
        self._fallback = fallback
        self._refuse_unknown_codes()

    def map(self, genre: Genre) -> PlannedGenre | None:
        """The provider's genre with its codes, if it has codes of its own, or None where there is no place for it."""
        code = self.resolve(genre).code
        return None if code is None else self._planned(code)

    def resolve(self, genre: Genre) -> Resolution:
        """The provider's code, and which step found it."""
        truth_code = self._truth_code(genre)
        if truth_code is not None:
            own, *ancestors = (entry.code for entry in reversed(self._truth.path(truth_code)))
            if own in self._table:
                return Resolution(Step.EXACT, self._table[own])
            for ancestor in ancestors:
                if ancestor in self._table:
                    return Resolution(Step.INHERITED, self._table[ancestor])
            if WILDCARD in self._table:
                return Resolution(Step.WILDCARD, self._table[WILDCARD])
        if self._fallback is not None:
            return Resolution(Step.FALLBACK, self._fallback)
        return Resolution(Step.NONE, None)

    def _truth_code(self, genre: Genre) -> str | None:
        """The most specific code that is given, else the genre of that path of names; never of a name alone."""
        given = genre.subgenre_code or genre.code
        if given is not None:
            return given if given in self._truth.entries else None
        names = (genre.name,) if genre.subgenre_name is None else (genre.name, genre.subgenre_name)
        return self._truth.by_names.get(names)

    def _planned(self, code: str) -> PlannedGenre:
        top, *below = self._dictionary.path(code)
        own = below[-1] if below else top
        # A shop that takes a notation never gave codes: those of its dictionary were made up elsewhere.
        if own.notation is not None:
            return PlannedGenre(name=own.notation)
        if not below:
            return PlannedGenre(name=top.name, code=top.code)
        return PlannedGenre(name=top.name, subgenre=own.name, code=top.code, subgenre_code=own.code)

    def _refuse_unknown_codes(self) -> None:
        targets = {*self._table.values(), *([self._fallback] if self._fallback else [])}
        unknown = sorted(
            {code for code in self._table if code != WILDCARD and code not in self._truth.entries}
            | {code for code in targets if code not in self._dictionary.entries}
        )
        if unknown:
            raise ValueError(f"{self.provider}: the table names genres that do not exist: {', '.join(unknown)}")
        if editorial := sorted(code for code in targets if self._dictionary.entries[code].editorial):
            raise ValueError(f"{self.provider}: only the provider itself assigns {', '.join(editorial)}")
