"""Uploads that were begun and not ended."""

from __future__ import annotations

from collections import OrderedDict

MOST_UPLOADS = 1000


class UnfinishedUploads:
    """Ids of uploads that a later attempt in this process may continue, by what they are of.

    Google does not list them, and an id lets anybody write the object, so that they are kept in memory alone.
    """

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def keep(self, place: tuple[str, ...], upload: str) -> None:
        """Remember an upload; the oldest is forgotten where there are too many."""
        self._ids[place] = upload
        if len(self._ids) > MOST_UPLOADS:
            self._ids.popitem(last=False)

    def take(self, place: tuple[str, ...]) -> str | None:
        """An upload to continue, which is forgotten by that."""
        return self._ids.pop(place, None)
