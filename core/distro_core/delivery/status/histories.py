"""The history of a delivery's statuses, page by page (row STT-07)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from distro_core.delivery.documents import DeliveryDocument, StatusChange
from distro_core.scope import Scope
from distro_core.store.collection import MAX_PAGE, not_found
from distro_sdk.errors import DomainError


@dataclass(frozen=True)
class HistoryPage:
    """Some changes of a longer history. `cursors` stand beside `documents`, one each."""

    documents: Sequence[StatusChange]
    cursors: Sequence[str]
    has_next: bool


async def page_history(scope: Scope, delivery_id: str, first: int = 50, after: str | None = None) -> HistoryPage:
    """`first` changes of a delivery's status after a cursor, the first one first.

    A history only grows at its end, so a place in it stays right. Raises NOT_FOUND, PAGE_SIZE_INVALID or
    CURSOR_INVALID.
    """
    if not 1 <= first <= MAX_PAGE:
        raise DomainError("PAGE_SIZE_INVALID", f"a page holds 1 to {MAX_PAGE} entries, not {first}", ("first",))
    begin = 0 if after is None else _place(after) + 1
    raw = await scope.store.collection(DeliveryDocument).raw.find_one(
        {"_id": delivery_id}, {"history": {"$slice": [begin, first + 1]}, "_id": 1}
    )
    if raw is None:
        raise not_found(DeliveryDocument, delivery_id)
    changes = [StatusChange.model_validate(line) for line in raw.get("history", ())]
    shown = changes[:first]
    return HistoryPage(shown, [_cursor(begin + place) for place in range(len(shown))], len(changes) > first)


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"history:{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        name, _, place = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        if name != "history" or not (place.isascii() and place.isdigit()) or len(place) > 9:
            raise ValueError(cursor)
    except ValueError as error:
        raise DomainError("CURSOR_INVALID", "this cursor was not given out by this list", ("after",)) from error
    return int(place)
