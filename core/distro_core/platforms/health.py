"""How platforms do, by the latest deliveries to them (row TAP-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED
from distro_core.scope import Scope
from distro_sdk.models.delivery import DeliveryStatus

SAMPLE = 50
"""Deliveries by which a platform is judged, the latest ones."""

HEALTHY = 0.95
DEGRADED = 0.5
"""The least part of deliveries that arrived, for each word; below is down."""

MOST_TARGETS = 1000


class HealthStatus(StrEnum):
    """How a platform does."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class PlatformHealth:
    """How one platform does. `success_rate`, `average_time` (milliseconds): None where nothing was delivered yet."""

    platform_id: str
    platform_name: str
    status: HealthStatus
    success_rate: float | None
    average_time: float | None
    deliveries: int
    last_checked: datetime


async def platform_health(scope: Scope) -> list[PlatformHealth]:
    """How each platform does to which an active target delivers, by key; targets without one stand for themselves."""
    targets = await scope.store.collection(TargetDocument).list(
        {"active": True, "archived_at": None}, limit=MOST_TARGETS
    )
    of: dict[str, list[TargetDocument]] = {}
    for target in targets:
        of.setdefault(target.platform or target.id, []).append(target)
    return [await _health(scope, key, own) for key, own in sorted(of.items())]


def judge(arrived: int, failed: int) -> HealthStatus:
    """The word for so many deliveries; a platform to which nothing was delivered is not known to be ill."""
    rate = arrived / (arrived + failed) if arrived + failed else 1.0
    if rate >= HEALTHY:
        return HealthStatus.HEALTHY
    return HealthStatus.DEGRADED if rate >= DEGRADED else HealthStatus.DOWN


async def _health(scope: Scope, key: str, targets: Sequence[TargetDocument]) -> PlatformHealth:
    profile = scope.plugins.platforms.get(key)
    ended = await _latest(scope, [target.id for target in targets])
    arrived = [each for each in ended if each["status"] != DeliveryStatus.FAILED.value]
    times = [
        (each["completed_at"] - each["started_at"]).total_seconds() * 1000
        for each in arrived
        if each.get("completed_at") and each.get("started_at")
    ]
    return PlatformHealth(
        platform_id=key,
        platform_name=profile.name if profile else targets[0].name,
        status=judge(len(arrived), len(ended) - len(arrived)),
        success_rate=round(len(arrived) / len(ended), 4) if ended else None,
        average_time=round(sum(times) / len(times), 3) if times else None,
        deliveries=len(ended),
        last_checked=scope.clock.now(),
    )


async def _latest(scope: Scope, target_ids: Sequence[str]) -> Sequence[dict[str, Any]]:
    """What the platform took or refused to take by its fault; rejections and faults of ours do not count."""
    statuses = sorted(status.value for status in {*TRANSFERRED, DeliveryStatus.FAILED})
    where = {"target_id": {"$in": list(target_ids)}, "status": {"$in": statuses}}
    shown = {"status": 1, "started_at": 1, "completed_at": 1}
    cursor = scope.store.collection(DeliveryDocument).raw.find(where, shown).sort([("_id", -1)]).limit(SAMPLE)
    return await cursor.to_list(length=SAMPLE)
