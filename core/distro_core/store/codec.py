"""Between models and MongoDB documents.

Dates, times of day and local times become ISO text and decimals text, because BSON has no calendar date, takes a time
without zone for UTC, and its decimal loses Python's type; moments stay moments, cut to milliseconds as MongoDB keeps
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

M = TypeVar("M", bound=BaseModel)

_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})
"""Types that are stored as they are: nearly all values, so they are asked for first."""

STORE_FIELDS = frozenset({"_id", "outbox", "outbox_claim"})
"""Fields of a stored document that its model does not have."""


def encode(value: Any) -> Any:
    """A value as MongoDB stores it; raises TypeError for a secret, which must be sealed first."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    encoder = _KNOWN.get(kind)
    if encoder is None:
        encoder = _KNOWN[kind] = _encoder_of(kind)
    return encoder(value)


def _encoder_of(kind: type) -> Callable[[Any], Any]:
    if issubclass(kind, SecretStr):
        return _refuse
    if issubclass(kind, BaseModel):
        names = tuple(kind.model_fields)
        return lambda model: {name: encode(getattr(model, name)) for name in names}
    for base, encoder in _ENCODERS:
        if issubclass(kind, base):
            return encoder
    return _leave


def _refuse(value: Any) -> Any:
    raise TypeError("a secret must be sealed before it is stored")


def _leave(value: Any) -> Any:
    return value


def _encode_moment(value: datetime) -> Any:
    return value.replace(microsecond=value.microsecond // 1000 * 1000) if value.tzinfo else value.isoformat()


_ENCODERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda member: member.value),
    (datetime, _encode_moment),
    ((date, time), lambda moment: moment.isoformat()),
    (Decimal, str),
    (Mapping, lambda mapping: {str(key): encode(item) for key, item in mapping.items()}),
    ((list, tuple, Set), lambda items: [encode(item) for item in items]),
)
"""How values of types are stored, the first that fits."""

_KNOWN: dict[type, Callable[[Any], Any]] = {}
"""How values of each type are stored that has been met: there are many values, and few types."""


def encode_document(document: BaseModel) -> dict[str, Any]:
    """A document with its id where MongoDB wants it."""
    fields: dict[str, Any] = encode(document)
    return {"_id": fields.pop("id"), **fields}


def decode_document(raw: Mapping[str, Any], document_type: type[M]) -> M:
    """A document as its model; fields that only the store uses are left out."""
    fields = {name: value for name, value in raw.items() if name not in STORE_FIELDS}
    return document_type.model_validate({"id": raw["_id"], **fields})
