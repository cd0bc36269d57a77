"""How many series of deliveries a target has: schedules that come again and again never end by themselves."""

from __future__ import annotations

from typing import Any

from distro_core.delivery.requests.schedule_documents import ScheduleDocument, ScheduleStatus
from distro_core.scope import Scope
from distro_sdk.errors import DomainError


class SeriesLimit(DomainError):
    """A target has as many series as it may have."""

    def __init__(self, most: int) -> None:
        message = f"this target has {most} schedules that come again and again, which is the most there may be"
        super().__init__("SCHEDULES_TOO_MANY", message, ("target_id",))


async def check_room(scope: Scope, target_id: str, *, but: dict[str, Any] | None = None) -> None:
    """Raise SCHEDULES_TOO_MANY where a target has no room for one more. `but`: which schedules do not count."""
    if await _count(scope, target_id, but) >= scope.settings.target_series:
        raise SeriesLimit(scope.settings.target_series)


async def withdraw_excess(scope: Scope, stored: ScheduleDocument) -> None:
    """Take back a series that was stored while others were; raises SCHEDULES_TOO_MANY then.

    Of several that meet at the limit more may be refused than must, but never fewer.
    """
    if await _count(scope, stored.target_id, None) > scope.settings.target_series:
        await scope.store.collection(ScheduleDocument).delete(stored.id)
        raise SeriesLimit(scope.settings.target_series)


async def _count(scope: Scope, target_id: str, but: dict[str, Any] | None) -> int:
    where: dict[str, Any] = {
        "target_id": target_id,
        "status": ScheduleStatus.ACTIVE,
        "timing.frequency": {"$type": "string"},
    }
    return await scope.store.collection(ScheduleDocument).count(where if but is None else {**where, "$nor": [but]})
