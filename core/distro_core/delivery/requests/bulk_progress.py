"""How far a bulk distribution has come (row TAP-06)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.requests.bulk_documents import BulkDistributionDocument
from distro_core.delivery.status.projections import QueueStatus, queue_status
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus


class BulkStatus(StrEnum):
    """Where a bulk distribution stands; `partial`: all has ended, some of it badly."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial"


class BulkProgress(Model):
    """Counts of jobs. `in_progress`: being prepared, sent or taken in; those that wait are in `total` alone."""

    status: BulkStatus
    total: int
    completed: int
    failed: int
    in_progress: int
    started_at: datetime | None
    updated_at: datetime
    completed_at: datetime | None


async def measure_progress(scope: Scope, bulk: BulkDistributionDocument) -> BulkProgress:
    """Count the jobs of a bulk distribution by what has become of them."""
    ids = [job.delivery_id for job in bulk.jobs if job.delivery_id is not None]
    raw = scope.store.collection(DeliveryDocument).raw
    shown = {"status": 1, "started_at": 1, "updated_at": 1}
    deliveries = await raw.find({"_id": {"$in": ids}}, shown).to_list(length=None)
    words = [queue_status(DeliveryStatus(delivery["status"])) for delivery in deliveries]
    failed = words.count(QueueStatus.FAILED) + sum(job.code is not None for job in bulk.jobs)
    completed, total = words.count(QueueStatus.COMPLETED), len(bulk.jobs)
    ended = completed + failed == total
    moments = [delivery["updated_at"] for delivery in deliveries]
    updated_at = max([*moments, bulk.updated_at or bulk.begin_at])
    started = [delivery["started_at"] for delivery in deliveries if delivery.get("started_at")]
    return BulkProgress(
        status=_status(total, completed, failed, begun=bool(started) or failed > 0),
        total=total,
        completed=completed,
        failed=failed,
        in_progress=words.count(QueueStatus.PROCESSING),
        started_at=min(started, default=None),
        updated_at=updated_at,
        completed_at=await _note_end(scope, bulk, updated_at) if ended else None,
    )


def _status(total: int, completed: int, failed: int, *, begun: bool) -> BulkStatus:
    if completed == total:
        return BulkStatus.COMPLETED
    if failed == total:
        return BulkStatus.FAILED
    if completed + failed == total:
        return BulkStatus.PARTIAL
    return BulkStatus.PROCESSING if begun else BulkStatus.PENDING


async def _note_end(scope: Scope, bulk: BulkDistributionDocument, at: datetime) -> datetime:
    """When all had ended; written down once, because platforms may go on answering."""
    if bulk.finished_at is not None:
        return bulk.finished_at
    bulks = scope.store.collection(BulkDistributionDocument)
    noted = await bulks.try_update({"id": bulk.id, "finished_at": None}, Change(set={"finished_at": at}))
    return (noted or await bulks.get(bulk.id)).finished_at or at
