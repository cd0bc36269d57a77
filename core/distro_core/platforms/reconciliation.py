"""What became of all deliveries of a period (row RCP-04): counted in the deliveries themselves, never in receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED
from distro_core.scope import Scope
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status

_ARRIVED = sorted(status.value for status in TRANSFERRED)
_FAILED = [Status.FAILED.value, Status.REJECTED.value]
_ATTENTION = [Status.NEEDS_ATTENTION.value]
_CANCELLED = [Status.CANCELLED.value]
_UNDER_WAY = sorted(
    status.value for status in Status if status.value not in {*_ARRIVED, *_FAILED, *_ATTENTION, *_CANCELLED}
)


@dataclass(frozen=True)
class ReconciliationCounts:
    """How many deliveries are where; `total` is the sum of the five others. `files`, `bytes`: of those that arrived."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    needs_attention: int = 0
    in_progress: int = 0
    cancelled: int = 0
    files: int = 0
    bytes: int = 0

    def __add__(self, other: ReconciliationCounts) -> ReconciliationCounts:
        """Both together."""
        names = [field.name for field in fields(self)]
        return ReconciliationCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class ReconciliationGroup:
    """The counts of one group. `key`: what its deliveries share; `name`: for people."""

    key: str
    name: str
    counts: ReconciliationCounts


@dataclass(frozen=True)
class Reconciliation:
    """What became of the deliveries that were made from `start` on and before `end`."""

    start: datetime
    end: datetime
    summary: ReconciliationCounts
    by_target: tuple[ReconciliationGroup, ...]
    by_message_type: tuple[ReconciliationGroup, ...]
    by_protocol: tuple[ReconciliationGroup, ...]


async def reconcile(scope: Scope, start: datetime, end: datetime) -> Reconciliation:
    """The report of a period; raises PERIOD_INVALID where it ends before it begins."""
    if end < start:
        raise DomainError("PERIOD_INVALID", "the period ends before it begins", ("end",))
    lines = await _count(scope, start, end)
    targets = await scope.store.collection(TargetDocument).get_many(line["_id"]["target"] for line in lines)
    names = {target.id: target.name for target in targets.values()}
    counted = [(line["_id"], _counts(line)) for line in lines]
    return Reconciliation(
        start=start,
        end=end,
        summary=sum((counts for _, counts in counted), ReconciliationCounts()),
        by_target=_grouped(((key["target"], counts) for key, counts in counted), names),
        by_message_type=_grouped((f"{key['type']} {key['subtype']}", counts) for key, counts in counted),
        by_protocol=_grouped((_protocol(key, targets), counts) for key, counts in counted),
    )


async def _count(scope: Scope, start: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
    def of(statuses: list[str]) -> dict[str, Any]:
        return {"$sum": {"$cond": [{"$in": ["$status", statuses]}, 1, 0]}}

    def of_receipt(name: str) -> dict[str, Any]:
        return {"$sum": {"$cond": [{"$in": ["$status", _ARRIVED]}, {"$ifNull": [f"$transferred.{name}", 0]}, 0]}}

    return await scope.store.collection(DeliveryDocument).aggregate(
        [
            {"$match": {"created_at": {"$gte": start, "$lt": end}}},
            {
                "$project": {
                    "target_id": 1,
                    "message_type": 1,
                    "subtype": 1,
                    "status": 1,
                    "transferred": {
                        "protocol": {"$ifNull": ["$receipt.target_protocol", "$aftermath.archived_receipt.protocol"]},
                        "files": {"$ifNull": ["$receipt.total_files", "$aftermath.archived_receipt.files"]},
                        "bytes": {"$ifNull": ["$receipt.total_bytes", "$aftermath.archived_receipt.bytes"]},
                    },
                }
            },
            {
                "$group": {
                    "_id": {
                        "target": "$target_id",
                        "type": "$message_type",
                        "subtype": "$subtype",
                        "protocol": {"$ifNull": ["$transferred.protocol", ""]},
                    },
                    "total": {"$sum": 1},
                    "completed": of(_ARRIVED),
                    "failed": of(_FAILED),
                    "needs_attention": of(_ATTENTION),
                    "in_progress": of(_UNDER_WAY),
                    "cancelled": of(_CANCELLED),
                    "files": of_receipt("files"),
                    "bytes": of_receipt("bytes"),
                }
            },
            {"$sort": {"_id": 1}},
        ]
    )


def _counts(line: Mapping[str, Any]) -> ReconciliationCounts:
    return ReconciliationCounts(**{name: int(value) for name, value in line.items() if name != "_id"})


def _protocol(key: Mapping[str, str], targets: Mapping[str, TargetDocument]) -> str:
    """By what it travelled, or would now where it did not."""
    target = targets.get(key["target"])
    return key["protocol"] or (target.transport if target else "unknown")


def _grouped(
    counted: Iterable[tuple[str, ReconciliationCounts]], names: Mapping[str, str] | None = None
) -> tuple[ReconciliationGroup, ...]:
    groups: dict[str, ReconciliationCounts] = {}
    for key, counts in counted:
        groups[key] = groups.get(key, ReconciliationCounts()) + counts
    return tuple(ReconciliationGroup(key, (names or {}).get(key, key), groups[key]) for key in sorted(groups))
