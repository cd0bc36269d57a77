"""Compares two releases field by field of our model: a semantic difference between messages or release files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from distro_core.messages.essence import Essence, essence_of, essence_of_terms
from distro_sdk.messages import FileDetails
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.commerce import CommercialTerms

Path = tuple[str | int, ...]

FILES: Final = frozenset({"file", "immersive_file", "screen_capture", "booklet"})
"""Fields that tell of files: what only one side knows of a file is no difference."""


class Difference(Model):
    """A field in which two releases differ. `path`: into the release, tracks from 0; None stands for what is absent."""

    path: Path
    first: Any
    second: Any

    @property
    def place(self) -> str:
        """The path as people write it, such as ``tracks[0].title``."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text.lstrip(".")


class Told(Model):
    """A release with what is told beside it. `terms`: None where the source tells none, as a release file."""

    complete: CompleteRelease
    details: Mapping[str, FileDetails] = {}
    terms: tuple[CommercialTerms, ...] | None = None


def compare_releases(first: Told, second: Told) -> tuple[Difference, ...]:
    """Every difference, in the order of the fields. Made-up ids, and order that says nothing, are no difference."""
    return tuple(_differences(_essence(first, second), _essence(second, first), ()))


def _essence(told: Told, other: Told) -> Essence:
    essence = essence_of(told.complete, told.details)
    if told.terms is not None and other.terms is not None:
        essence["terms"] = essence_of_terms(told.terms)
    return essence


def _differences(first: Any, second: Any, path: Path) -> Iterator[Difference]:
    if path and path[-1] in FILES:
        yield from _file_differences(first, second, path)
    elif isinstance(first, dict) and isinstance(second, dict):
        for name in dict.fromkeys((*first, *second)):
            yield from _differences(first.get(name), second.get(name), (*path, name))
    elif isinstance(first, list) and isinstance(second, list):
        for place in range(max(len(first), len(second))):
            yield from _differences(_at(first, place), _at(second, place), (*path, place))
    elif first != second:
        yield Difference(path=path, first=first, second=second)


def _file_differences(first: Essence | None, second: Essence | None, path: Path) -> Iterator[Difference]:
    if first is None or second is None:
        if first is not second:
            yield Difference(path=path, first=first, second=second)
        return
    for name in first:
        if name in second and first[name] != second[name]:
            yield Difference(path=(*path, name), first=first[name], second=second[name])


def _at(values: Sequence[Any], place: int) -> Any:
    return values[place] if place < len(values) else None
