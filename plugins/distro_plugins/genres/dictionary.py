"""Genre dictionaries, read from the CSV files in the folder `data`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files


@dataclass(frozen=True)
class GenreEntry:
    """A genre in a dictionary. `notation`: how messages write it, where that differs from its names.

    `editorial`: the provider alone assigns it, so no message may carry it.
    """

    code: str
    name: str
    parent: str | None
    level: int
    notation: str | None
    editorial: bool


@dataclass(frozen=True)
class GenreDictionary:
    """All genres of one provider in one version, by code."""

    provider: str
    version: str
    entries: Mapping[str, GenreEntry]

    def path(self, code: str) -> tuple[GenreEntry, ...]:
        """A genre with its ancestors, the topmost first."""
        entry: GenreEntry | None = self.entries[code]
        found: list[GenreEntry] = []
        while entry is not None:
            found.insert(0, entry)
            entry = self.entries[entry.parent] if entry.parent else None
        return tuple(found)

    @cached_property
    def by_names(self) -> Mapping[tuple[str, ...], str]:
        """The code of each genre by its names from the top down. A name alone may belong to several genres."""
        return {tuple(entry.name for entry in self.path(code)): code for code in self.entries}


def load_dictionary(provider: str, version: str) -> GenreDictionary:
    """The dictionary of a provider; raises `ValueError` when a code stands twice or a parent is missing."""
    entries: dict[str, GenreEntry] = {}
    for row in _rows(f"{provider}.csv"):
        if row["code"] in entries:
            raise ValueError(f"{provider}: the genre {row['code']} stands twice")
        entries[row["code"]] = GenreEntry(
            code=row["code"],
            name=row["name"],
            parent=row["parent"] or None,
            level=int(row["level"]),
            notation=row["notation"] or None,
            editorial=row["editorial"] == "yes",
        )
    if orphans := [entry.code for entry in entries.values() if entry.parent and entry.parent not in entries]:
        raise ValueError(f"{provider}: genres without their parents: {', '.join(orphans)}")
    return GenreDictionary(provider, version, entries)


def load_mappings() -> Mapping[str, Mapping[str, str]]:
    """By provider, which of its genres stands for which genre of Genre Truth."""
    tables: dict[str, dict[str, str]] = {}
    for row in _rows("mappings.csv"):
        table = tables.setdefault(row["provider"], {})
        if row["genre"] in table:
            raise ValueError(f"{row['provider']}: the genre {row['genre']} is mapped twice")
        table[row["genre"]] = row["code"]
    return tables


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files(__package__) / "data" / name).read_text("utf-8")
    return csv.DictReader(text.splitlines())
