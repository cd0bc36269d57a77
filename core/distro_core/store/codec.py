"""Between models and MongoDB documents.

Dates, times of day and local times become ISO text and decimals text, because BSON has no calendar date, takes a time
without zone for UTC, and its decimal loses Python's type; moments stay moments, cut to milliseconds as MongoDB keeps
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
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
    if type(value) in _PLAIN:
        return value
    if isinstance(value, SecretStr):
        raise TypeError("a secret must be sealed before it is stored")
    if isinstance(value, BaseModel):
        return {name: encode(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000) if value.tzinfo else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple | Set):
        return [encode(item) for item in value]
    return value


def encode_document(document: BaseModel) -> dict[str, Any]:
    """A document with its id where MongoDB wants it."""
    fields: dict[str, Any] = encode(document)
    return {"_id": fields.pop("id"), **fields}


def decode_document(raw: Mapping[str, Any], document_type: type[M]) -> M:
    """A document as its model; fields that only the store uses are left out."""
    fields = {name: value for name, value in raw.items() if name not in STORE_FIELDS}
    return document_type.model_validate({"id": raw["_id"], **fields})
