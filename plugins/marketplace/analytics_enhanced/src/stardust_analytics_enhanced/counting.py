"""What became of deliveries, counted by day and target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, timedelta
from hashlib import sha256
from typing import Any

from distro_sdk.errors import DomainError
from distro_sdk.models.events import DeliveryStatusChanged
from distro_sdk.plugin import PluginContext

DAYS = "days"
MOST_REMEMBERED = 1500
"""Events of a day that are known, so that none is counted twice: an event is told again soon, if ever."""

MARK = 16
"""Hexadecimal digits by which an event is remembered."""

MOST_TRIES = 20


async def count(context: PluginContext, event: DeliveryStatusChanged) -> None:
    """Add one to the day of an event, once however often it is told; raises REVISION_CONFLICT where many count."""
    for _ in range(MOST_TRIES):
        if await _count(context, event):
            return
    raise DomainError("REVISION_CONFLICT", "many events at once: this one is told again")


async def counts_of(context: PluginContext, first: date, last: date) -> dict[date, Any]:
    """The counts of days, by day, then by target, then by status; days without any are left out."""
    before = (first - timedelta(days=1)).isoformat()
    kept = await context.collection(DAYS).list(first=(last - first).days + 2, after=before)
    found = {date.fromisoformat(document.key): document.content["counts"] for document in kept}
    return {day: counts for day, counts in found.items() if day <= last}


def shorten_events(key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A day of version 1, which remembered events by their whole ids, and so but 500 of them."""
    return {"counts": content["counts"], "marks": [_mark_of(event) for event in content["events"]]}


async def _count(context: PluginContext, event: DeliveryStatusChanged) -> bool:
    """Whether it was counted, not where another process was faster."""
    days, key = context.collection(DAYS), event.at.astimezone(UTC).date().isoformat()
    kept = await days.get(key)
    content: dict[str, Any] = {"counts": {}, "marks": []} if kept is None else dict(kept.content)
    mark = _mark_of(event.id)
    if mark in content["marks"]:
        return True
    counts = {target: dict(statuses) for target, statuses in content["counts"].items()}
    of_target = counts.setdefault(event.target_id, {})
    of_target[event.status.value] = of_target.get(event.status.value, 0) + 1
    marks = [*content["marks"], mark][-MOST_REMEMBERED:]
    try:
        await days.put(key, {"counts": counts, "marks": marks}, revision=0 if kept is None else kept.revision)
    except DomainError as error:
        if error.code == "REVISION_CONFLICT":
            return False
        raise
    return True


def _mark_of(event_id: str) -> str:
    return sha256(event_id.encode()).hexdigest()[:MARK]
