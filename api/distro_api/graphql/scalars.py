"""Scalars of our own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Bytes = NewType("Bytes", int)
"""A number of bytes, which may be larger than GraphQL's Int."""


def _whole(value: Any) -> Bytes:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise GraphQLError(f"{value!r} is not a number of bytes")
    return Bytes(value)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError(f"{value!r} is not a moment such as 2030-01-31T12:00:00Z") from error
    if moment.tzinfo is None:
        raise GraphQLError(f"{value!r} does not say its zone, as in 2030-01-31T12:00:00Z")
    return moment


SCALARS: dict[object, ScalarDefinition] = {
    Bytes: strawberry.scalar(
        name="Bytes",
        description="A number of bytes: a JSON integer of at most 53 bits.",
        serialize=int,
        parse_value=_whole,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment with its zone, ISO 8601, such as `2030-01-31T12:00:00Z`.",
        serialize=datetime.isoformat,
        parse_value=_moment,
    ),
}
