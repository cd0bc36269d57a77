"""Deliveries that do not move: people are told once of each stall (row WLK-34)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from distro_core.delivery.documents import DeliveryDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.events import DeliveryStalled

MOVING = (
    Status.CREATED,
    Status.VALIDATING,
    Status.QUEUED,
    Status.PREPARING,
    Status.UPLOADING,
    Status.RETRYING,
    Status.PROCESSING_BY_PLATFORM,
    Status.UPDATING,
    Status.TAKEDOWN_REQUESTED,
)
"""Statuses that something is expected to follow soon; a scheduled delivery waits on purpose."""

TOLD_AT_ONCE = 100

_UNMARKED: Mapping[str, Any] = {
    "$or": [
        {"aftermath.stale_alerted_at": None},
        # It has moved since people were told of it: where it stands still now is another stall.
        {"$expr": {"$lte": ["$aftermath.stale_alerted_at", "$status_changed_at"]}},
    ]
}


async def alert_stale(scope: Scope) -> int:
    """Tell of deliveries that have not moved for as long as is set, once for each time; how many.

    Every worker may do this at the same time: the mark and the event are written in one step, by one of them.
    """
    deliveries = scope.store.collection(DeliveryDocument)
    told = 0
    unmarked = {**_stale(scope), **_UNMARKED}
    for delivery in await deliveries.list(unmarked, order=Order("status_changed_at"), limit=TOLD_AT_ONCE):
        now = scope.clock.now()
        event = DeliveryStalled(
            id=new_id(),
            tenant_id=scope.tenant_id,
            at=now,
            delivery_id=delivery.id,
            release_id=delivery.release_id,
            target_id=delivery.target_id,
            status=delivery.status,
            since=delivery.status_changed_at or delivery.created_at or now,
        )
        same = {
            "id": delivery.id,
            "status": delivery.status,
            "status_changed_at": delivery.status_changed_at,
            **_UNMARKED,
        }
        mark = Change(set={"aftermath.stale_alerted_at": now})
        told += await deliveries.try_update(same, mark, events=[event]) is not None
    return told


async def page_stale(scope: Scope, first: int = 50, after: str | None = None) -> Page[DeliveryDocument]:
    """A page of the deliveries that have not moved for as long as is set, those that wait longest first."""
    deliveries = scope.store.collection(DeliveryDocument)
    return await deliveries.page(_stale(scope), order=Order("status_changed_at"), first=first, after=after)


def _stale(scope: Scope) -> Mapping[str, Any]:
    """Those in a moving status, and those that a platform took in without a last word."""
    waits_for_more = {"status": Status.DISTRIBUTED, "acknowledgement.final": False}
    long_ago = {"$lt": scope.clock.now() - timedelta(seconds=scope.settings.stale_after)}
    # A delivery that no worker has touched yet has never changed its status.
    untouched = {"status_changed_at": None, "created_at": long_ago}
    return {
        "$and": [
            {"$or": [{"status_changed_at": long_ago}, untouched]},
            {"$or": [{"status": {"$in": list(MOVING)}}, waits_for_more]},
        ]
    }
