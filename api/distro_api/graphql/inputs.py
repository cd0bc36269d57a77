"""From GraphQL inputs to the plain fields that drafts are read from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import strawberry
from strawberry import UNSET

from distro_api.graphql.ids import local_id
from distro_sdk.errors import DomainError, DomainErrors, Path

ID_OF = "id_of"
BOUND = "bound"


@dataclasses.dataclass(frozen=True)
class Bound:
    """How many entries a list of an input may have, and what is told where it has more. `name`: of one of them."""

    most: int
    code: str
    name: str

    def fault(self, number: int, path: Path) -> DomainError:
        """What is told of a list of so many."""
        return DomainError(self.code, f"name 1 to {self.most} {self.name}s, not {number}", path)


def id_input(
    kind: str,
    description: str,
    *,
    default: Any = dataclasses.MISSING,
    default_factory: Any = dataclasses.MISSING,
    bound: Bound | None = None,
) -> Any:
    """A field of an input that holds one or several global ids.

    `kind`: of what; `bound`: a list that is longer is one fault, whatever its entries are.
    """
    metadata = {ID_OF: kind, BOUND: bound}
    return strawberry.field(
        description=description, default=default, default_factory=default_factory, metadata=metadata
    )


def fields_of(value: Any, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of an input that the caller gave, by name, with store ids for global ones.

    `without`: fields that the caller of this function reads itself. Raises `DomainErrors` NOT_FOUND for every id that
    is none.
    """
    faults: list[DomainError] = []
    fields = _read_input(value, (), faults, without)
    if faults:
        raise DomainErrors(faults)
    return fields


def of_inputs(error: DomainError, named: Mapping[str, str]) -> DomainError:
    """An error with its places in the words of an input. `named`: the input's name for what services call otherwise."""
    faults = [
        DomainError(fault.code, fault.message, (named.get(str(first), first), *rest) if fault.path else ())
        for fault in (error.errors if isinstance(error, DomainErrors) else (error,))
        for first, *rest in [fault.path or ("",)]
    ]
    return faults[0] if len(faults) == 1 else DomainErrors(faults)


def _read_input(value: Any, path: Path, faults: list[DomainError], without: tuple[str, ...] = ()) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for declared in dataclasses.fields(value):
        given = getattr(value, declared.name)
        if given is UNSET or declared.name in without:
            continue
        kind, bound = declared.metadata.get(ID_OF), declared.metadata.get(BOUND)
        if bound is not None and isinstance(given, list) and len(given) > bound.most:
            faults.append(bound.fault(len(given), (*path, declared.name)))
            continue
        read = _read_value if kind is None else _id_reader(kind)
        fields[declared.name] = read(given, (*path, declared.name), faults)
    return fields


def _read_value(value: Any, path: Path, faults: list[DomainError]) -> Any:
    if isinstance(value, list):
        return [_read_value(item, (*path, place), faults) for place, item in enumerate(value)]
    if dataclasses.is_dataclass(value):
        return _read_input(value, path, faults)
    return value


def _id_reader(kind: str) -> Callable[[Any, Path, list[DomainError]], Any]:
    def read(value: Any, path: Path, faults: list[DomainError]) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [read(item, (*path, place), faults) for place, item in enumerate(value)]
        try:
            return local_id(kind, value, path)
        except DomainError as fault:
            faults.append(fault)
            return None

    return read
