"""How many deliveries a platform gets in a span of time, over all workers (rows JOB-08, TPF-05).

A sliding window in MongoDB: each start is written down in one atomic step that also counts those before it. Starts that
lie close together share an entry that counts from its end, so that an entry is never forgotten too early and a window
of thousands stays small. Redis has no part in it: emptying it changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.documents import Document, Index
from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.platforms import RateLimit

ENTRIES = 60
"""Into how many parts a window is divided: a start waits at most this part of it longer than it must."""


class RateEntry(Model):
    """Starts that count until a window after `at`."""

    at: datetime
    count: int


class RateWindowDocument(Document):
    """The latest starts towards a platform or a target; the id says which."""

    collection: ClassVar[str] = "rate_windows"
    indexes: ClassVar[tuple[Index, ...]] = ()

    entries: tuple[RateEntry, ...] = ()


class RateExceeded(DomainError):
    """A delivery has to wait for its turn. `until`: when there is room again at the earliest."""

    def __init__(self, name: str, limit: RateLimit, until: datetime) -> None:
        message = f"{name} takes {limit.deliveries} deliveries in {limit.seconds} seconds"
        super().__init__("RATE_EXCEEDED", message)
        self.until = until


class Rates:
    """The rates of one tenant's platforms."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._windows = scope.store.collection(RateWindowDocument)

    async def take(self, target: TargetDocument, deliveries: int) -> None:
        """Write down that deliveries begin now, or raise `RateExceeded`.

        A target with a limit of its own has a window of its own; else all targets of a platform share one.
        """
        key, name, limit = self._limit(target)
        if limit is None:
            return
        # A batch larger than the limit would wait for ever: it goes alone in an empty window.
        count = min(deliveries, limit.deliveries)
        if not await self._write(key, limit, count):
            await self._make(key)
            if not await self._write(key, limit, count):
                raise RateExceeded(name, limit, await self._free_at(key, limit, count))

    def _limit(self, target: TargetDocument) -> tuple[str, str, RateLimit | None]:
        if target.limits.rate is not None:
            return f"target:{target.id}", target.name, target.limits.rate
        profile = self._scope.plugins.platforms.get(target.platform or "")
        if profile is None:
            return "", "", None
        return f"platform:{profile.key}", profile.name, profile.rate_limit

    async def _write(self, key: str, limit: RateLimit, count: int) -> bool:
        now = self._scope.clock.now()
        alive: dict[str, Any] = {"$filter": {"input": "$entries", "cond": {"$gt": ["$$this.at", now - _span(limit)]}}}
        counted = {"$sum": {"$map": {"input": alive, "in": "$$this.count"}}}
        at = _end_of_part(now, limit)
        same = {"$filter": {"input": alive, "cond": {"$eq": ["$$this.at", at]}}}
        others = {"$filter": {"input": alive, "cond": {"$ne": ["$$this.at", at]}}}
        entry = {"at": at, "count": {"$add": [{"$sum": {"$map": {"input": same, "in": "$$this.count"}}}, count]}}
        where = {"_id": key, "$expr": {"$lte": [{"$add": [counted, count]}, limit.deliveries]}}
        written = [{"$set": {"entries": {"$concatArrays": [others, [entry]]}}}]
        result = await self._windows.raw.update_one(where, written)
        return bool(result.matched_count)

    async def _make(self, key: str) -> None:
        try:
            await self._windows.insert(RateWindowDocument(id=key))
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise

    async def _free_at(self, key: str, limit: RateLimit, count: int) -> datetime:
        """When enough of the starts will lie a window back."""
        window = await self._windows.get(key)
        now = self._scope.clock.now()
        alive = sorted((entry for entry in window.entries if entry.at > now - _span(limit)), key=lambda each: each.at)
        taken = sum(entry.count for entry in alive)
        for entry in alive:
            taken -= entry.count
            if taken + count <= limit.deliveries:
                return entry.at + _span(limit)
        return now + timedelta(seconds=1)


def _span(limit: RateLimit) -> timedelta:
    return timedelta(seconds=limit.seconds)


def _end_of_part(now: datetime, limit: RateLimit) -> datetime:
    """The end of the part of the window in which a moment lies."""
    part = max(limit.seconds * 1000 // ENTRIES, 1)
    milliseconds = int(now.timestamp() * 1000)
    return datetime.fromtimestamp((milliseconds // part + 1) * part / 1000, now.tzinfo)
