"""Cursors of lists: a page goes on from the key of the last document that was shown, never from a count."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distro_sdk.errors import DomainError

LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Order:
    """By which field a page is ordered; the id breaks ties. Documents without the field count as the lowest."""

    field: str = "id"
    descending: bool = False


def cursor_of(order: Order, raw: Mapping[str, Any]) -> str:
    """The place of a stored document in a list of that order."""
    value: Any = raw
    for step in order.field.split("."):
        value = raw["_id"] if step == "id" else (value or {}).get(step)
    if isinstance(value, datetime):
        value = {"at": value.isoformat()}
    return base64.urlsafe_b64encode(json.dumps([value, raw["_id"]]).encode()).decode()


def beyond_cursor(order: Order, cursor: str) -> dict[str, Any]:
    """The filter for what comes after a cursor; raises CURSOR_INVALID for one that was not given out."""
    value, last_id = _read(cursor)
    beyond = "$lt" if order.descending else "$gt"
    if order.field == "id":
        return {"_id": {beyond: last_id}}
    places: list[dict[str, Any]] = [{order.field: value, "_id": {beyond: last_id}}]
    # MongoDB compares within one type only, so the step between "no value" and the values is spelled out.
    if value is not None:
        places.append({order.field: {beyond: value}})
        if order.descending:
            places.append({order.field: None})
    elif not order.descending:
        places.append({order.field: {"$ne": None}})
    return {"$or": places}


def _read(cursor: str) -> tuple[Any, str]:
    try:
        value, last_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if isinstance(value, dict):
            value = datetime.fromisoformat(value["at"])
        if not _is_storable(value) or not isinstance(last_id, str) or not _is_storable(last_id):
            raise TypeError("a cursor holds one value and an id")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DomainError("CURSOR_INVALID", "this cursor was not given out by this list", ("after",)) from error
    return value, last_id


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises a ValueError
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return value is None or isinstance(value, str | float | datetime)
