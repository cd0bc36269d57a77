"""Scalars of our own."""

from __future__ import annotations

from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Bytes = NewType("Bytes", int)
"""A number of bytes, which may be larger than GraphQL's Int."""


def _whole(value: Any) -> Bytes:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is not a number of bytes")
    return Bytes(value)


SCALARS: dict[object, ScalarDefinition] = {
    Bytes: strawberry.scalar(
        name="Bytes",
        description="A number of bytes: a JSON integer of at most 53 bits.",
        serialize=int,
        parse_value=_whole,
    ),
}
