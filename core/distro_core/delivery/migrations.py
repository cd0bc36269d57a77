"""Deliveries of earlier versions, brought to what the code looks for by index and query."""

from __future__ import annotations

from typing import Any

from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.queue.port import Priority
from distro_core.store.driver import DriverDatabase
from distro_core.store.migrations import Migration
from distro_sdk.models.delivery import DeliveryStatus as Status

_NEED_SOMEBODY = (Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED)


async def _give_priorities(database: DriverDatabase) -> None:
    """Batches are looked for by priority: one without would never have its turn."""
    normal = {"$set": {"priority": Priority.NORMAL.value}}
    for document in (BatchDocument, DeliveryDocument):
        await database[document.collection].update_many({"priority": {"$exists": False}}, normal)


async def _date_statuses(database: DriverDatabase) -> None:
    """What stands still and what failed is found by when it began to."""
    deliveries = database[DeliveryDocument.collection]
    last: dict[str, Any] = {"$ifNull": [{"$last": "$history.at"}, "$created_at"]}
    undated = {"status_changed_at": {"$exists": False}}
    await deliveries.update_many(undated, [{"$set": {"status_changed_at": last}}])
    unlisted = {"failed_at": {"$exists": False}, "status": {"$in": [status.value for status in _NEED_SOMEBODY]}}
    await deliveries.update_many(unlisted, [{"$set": {"failed_at": last}}])


DELIVERY_MIGRATIONS = (
    Migration(1, "give deliveries priorities", _give_priorities),
    Migration(2, "date the statuses of deliveries", _date_statuses),
)
