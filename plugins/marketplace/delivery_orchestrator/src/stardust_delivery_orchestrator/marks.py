"""Facts that are kept for good under short marks, many in one document, so that no collection runs full of them."""

from __future__ import annotations

from hashlib import sha256

from distro_sdk.collections import OwnCollection
from distro_sdk.errors import DomainError

DIGITS = 3
"""Digits of a mark that name its document: 4,096 documents."""

MOST_IN_DOCUMENT = 600
MOST_TRIES = 20


def mark_of(*parts: str) -> str:
    """A short name of what the parts name together."""
    return sha256("\0".join(parts).encode()).hexdigest()[:40]


async def find_mark(collection: OwnCollection, mark: str) -> str | None:
    """What is kept under a mark."""
    kept = await collection.get(mark[:DIGITS])
    return None if kept is None else kept.content.get(mark)


async def keep_mark(collection: OwnCollection, mark: str, value: str) -> bool:
    """Keep a value; False where the mark is there already. The oldest marks of a full document go.

    Raises REVISION_CONFLICT where many others write at the same moment.
    """
    for _ in range(MOST_TRIES):
        kept = await collection.get(mark[:DIGITS])
        marks = {} if kept is None else dict(kept.content)
        if mark in marks:
            return False
        marks = dict(list(marks.items())[1 - MOST_IN_DOCUMENT :]) | {mark: value}
        try:
            await collection.put(mark[:DIGITS], marks, revision=0 if kept is None else kept.revision)
        except DomainError as error:
            if error.code != "REVISION_CONFLICT":
                raise
        else:
            return True
    raise DomainError("REVISION_CONFLICT", "many deliveries at once: this is told again")
