"""Batches that are due and that nobody works on, of all tenants, in the order of their turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from distro_core.delivery.batches import wake
from distro_core.delivery.documents import BatchDocument, BatchStatus
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.isolation import apart
from distro_core.queue.port import HEAD_STARTS, Priority
from distro_core.scope import Scope
from distro_core.store.collection import MAX_PAGE, Order

OLDEST_FIRST = Order("due_at")


@dataclass(frozen=True)
class _Place:
    """How far a tenant's due batches of a priority were looked at."""

    scope: Scope
    where: dict[str, Any]
    after: str | None = None


async def wake_due(scopes: Sequence[Scope]) -> int:
    """Ask for every batch that is due, free and not held back by a pause; how many were looked at.

    What the queue has forgotten is asked for in the order of its turn over all tenants. What it knows is not gone
    through: where a page of batches holds one that waits in the queue already, the rest is left to the next sweep.
    """
    places = [place for scope in scopes for place in await apart(scope.tenant_id, _places(scope)) or ()]
    found = 0
    while places:
        looked_at: list[tuple[datetime, _Place, BatchDocument]] = []
        following: dict[int, _Place] = {}
        for place in places:
            batches = place.scope.store.collection(BatchDocument)
            reading = batches.page(place.where, order=OLDEST_FIRST, first=MAX_PAGE, after=place.after)
            page = await apart(place.scope.tenant_id, reading)
            if page is None:
                continue
            looked_at += [(turn_of(batch), place, batch) for batch in page.documents]
            if page.has_next:
                following[id(place)] = replace(place, after=page.cursors[-1])
        for _, place, batch in sorted(looked_at, key=lambda each: each[0]):
            if not await wake(place.scope, batch):
                following.pop(id(place), None)
        found += len(looked_at)
        places = list(following.values())
    return found


def turn_of(batch: BatchDocument) -> datetime:
    """What the queue orders by: since when the batch counts as waiting."""
    return (batch.waits_since or batch.due_at) - HEAD_STARTS[batch.priority]


async def _places(scope: Scope) -> list[_Place]:
    now = scope.clock.now()
    targets = scope.store.collection(TargetDocument).raw
    paused = await targets.find({"paused": {"$ne": None}}, {"_id": 1}).to_list(length=None)
    free = [{"leased_until": None}, {"leased_until": {"$lt": now}}]
    due: dict[str, Any] = {"status": BatchStatus.OPEN, "due_at": {"$lte": now}, "$or": free}
    if paused:
        due["target_id"] = {"$nin": [target["_id"] for target in paused]}
    if await scope.store.collection(BatchDocument).find_one(due) is None:
        return []
    return [_Place(scope, {**due, "priority": priority}) for priority in Priority]
