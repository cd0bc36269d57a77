"""One pass over a draft, in which every fault is noted before any is raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from distro_core.catalogue.drafts import from_validation
from distro_core.catalogue.lookup import Lookup
from distro_core.catalogue.vocabulary import check_text
from distro_sdk.errors import DomainError, DomainErrors, Path

V = TypeVar("V")
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Reading:
    """One pass over a draft. What it returns counts only when `finish` did not raise.

    `track_ids`: the tracks of the release in playing order, by which a draft names them by number.
    """

    def __init__(self, lookup: Lookup, track_ids: Sequence[str] = ()) -> None:
        self.lookup = lookup
        self.track_ids = tuple(track_ids)
        self.faults: list[DomainError] = list(lookup.faults)

    def fault(self, code: str, message: str, path: Path) -> None:
        """Note a fault."""
        self.faults.append(DomainError(code, message, path))

    def take(self, check: Callable[[V, Path], T], value: V, path: Path) -> T | None:
        """What the check makes of a value, or None with its fault noted."""
        try:
            return check(value, path)
        except DomainError as fault:
            self.faults.append(fault)
            return None

    def text(self, value: str, path: Path, limit: int) -> str | None:
        """Text of at most `limit` characters."""
        return self.take(lambda given, where: check_text(given, where, limit=limit), value, path)

    def build(self, model: type[M], path: Path, **fields: Any) -> M | None:
        """A value of the SDK; what it refuses is noted, unless a fault was noted in the same place."""
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            places = {fault.path for fault in self.faults}
            for fault in from_validation(error).errors:
                place = (*path, *fault.path)
                if not any(place[: len(known)] == known for known in places if len(known) > len(path)):
                    self.fault(fault.code, fault.message, place)
            return None

    def finish(self) -> None:
        """Raise `DomainErrors` with everything noted; nothing when all is well."""
        if self.faults:
            raise DomainErrors(self.faults)


FieldReader = Callable[[Reading, Any, Path], Any]
"""Reads one field: what it returns is the value in the document."""
