"""One status of a release from those on all its platforms (rows AGG-01 to AGG-12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.projections import PlatformWord, ReleaseWord, platform_word, release_word
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus as Status

COMPLETED = frozenset({Status.DISTRIBUTED, Status.LIVE})
IN_PROGRESS = frozenset({Status.QUEUED, Status.PREPARING, Status.UPLOADING, Status.PROCESSING_BY_PLATFORM})


class DistributionStatus(StrEnum):
    """The status of a release on all its platforms (rows AGG-06 to AGG-11)."""

    NOT_STARTED = "not_started"
    COMPLETED = "completed"
    FAILED = "failed"
    NEEDS_ATTENTION = "needs_attention"
    IN_PROGRESS = "in_progress"
    PARTIAL = "partial"


class DistributionStatistics(Model):
    """How many platforms are where (rows AGG-01 to AGG-05); a status that has no count of its own is in `total`."""

    total: int
    completed: int
    failed: int
    in_progress: int
    needs_attention: int


@dataclass(frozen=True)
class PlatformStatus:
    """Where a release is on one target (row AGG-12). `platform_id`: key of its profile, or the target's id."""

    delivery_id: str
    target_id: str
    platform_id: str
    platform_name: str
    status: Status
    word: PlatformWord
    updated_at: datetime
    details: str


@dataclass(frozen=True)
class Distribution:
    """A release on all its platforms."""

    status: DistributionStatus
    word: ReleaseWord
    statistics: DistributionStatistics
    platforms: tuple[PlatformStatus, ...]


def count_statuses(statuses: Iterable[Status]) -> DistributionStatistics:
    """The counts of rows AGG-01 to AGG-05."""
    given = list(statuses)
    return DistributionStatistics(
        total=len(given),
        completed=sum(status in COMPLETED for status in given),
        failed=sum(status is Status.FAILED for status in given),
        in_progress=sum(status in IN_PROGRESS for status in given),
        needs_attention=sum(status is Status.NEEDS_ATTENTION for status in given),
    )


def distribution_status(counts: DistributionStatistics) -> DistributionStatus:
    """The one status that the counts make; the first rule of AGG-06 to AGG-11 that holds decides."""
    if counts.total == 0:
        return DistributionStatus.NOT_STARTED
    if counts.completed == counts.total:
        return DistributionStatus.COMPLETED
    if counts.failed == counts.total:
        return DistributionStatus.FAILED
    if counts.needs_attention:
        return DistributionStatus.NEEDS_ATTENTION
    return DistributionStatus.IN_PROGRESS if counts.in_progress else DistributionStatus.PARTIAL


async def distributions(scope: Scope, release_ids: Sequence[str]) -> list[Distribution]:
    """The distribution of each of these releases, in their order, in two store calls.

    On each target the latest delivery counts that was not cancelled.
    """
    latest = await _latest(scope, release_ids)
    targets = await scope.store.collection(TargetDocument).get_many(line["target_id"] for line in latest)
    of: dict[str, list[PlatformStatus]] = {release_id: [] for release_id in release_ids}
    for line in latest:
        of[line["release_id"]].append(_platform_status(scope, line, targets))
    return [_distribution(of[release_id]) for release_id in release_ids]


async def _latest(scope: Scope, release_ids: Sequence[str]) -> Sequence[dict[str, Any]]:
    """By release and target, what is shown of the latest delivery; without its files, attempts and receipts."""
    shown = ("release_id", "target_id", "status", "status_details", "updated_at")
    return await scope.store.collection(DeliveryDocument).aggregate(
        [
            {"$match": {"release_id": {"$in": list(release_ids)}, "status": {"$ne": Status.CANCELLED.value}}},
            {"$sort": {"release_id": 1, "target_id": 1, "batch_id": -1}},
            {"$project": dict.fromkeys(shown, 1)},
            {
                "$group": {
                    "_id": {"release": "$release_id", "target": "$target_id"},
                    "delivery_id": {"$first": "$_id"},
                    **{name: {"$first": f"${name}"} for name in shown},
                }
            },
            {"$sort": {"release_id": 1, "delivery_id": 1}},
        ]
    )


def _platform_status(scope: Scope, line: Mapping[str, Any], targets: Mapping[str, TargetDocument]) -> PlatformStatus:
    target = targets.get(line["target_id"])
    profile = scope.plugins.platforms.get(target.platform or "") if target else None
    platform_id = profile.key if profile else line["target_id"]
    status = Status(line["status"])
    return PlatformStatus(
        delivery_id=line["delivery_id"],
        target_id=line["target_id"],
        platform_id=platform_id,
        platform_name=target.name if target else f"Platform ID {platform_id}",
        status=status,
        word=platform_word(status),
        updated_at=line["updated_at"],
        details=line["status_details"],
    )


def _distribution(platforms: Sequence[PlatformStatus]) -> Distribution:
    statuses = [platform.status for platform in platforms]
    counts = count_statuses(statuses)
    return Distribution(distribution_status(counts), release_word(statuses), counts, tuple(platforms))
