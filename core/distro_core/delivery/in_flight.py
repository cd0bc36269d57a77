"""When work under way began: a licence that ended since then does not stop it (row LIC-03)."""

from __future__ import annotations

from datetime import datetime

from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.transitions import UNANSWERED
from distro_core.platform import Begun
from distro_core.store.collection import Order
from distro_core.store.stores import TenantStore


def batch_begun(batch_id: str) -> Begun:
    """Says when a batch was made."""

    async def begun(store: TenantStore) -> datetime | None:
        batch = await store.collection(BatchDocument).find(batch_id)
        return None if batch is None else batch.created_at

    return begun


def target_begun(target_id: str) -> Begun:
    """Says when the oldest delivery was made that waits for an answer of a target."""

    async def begun(store: TenantStore) -> datetime | None:
        waiting = {"target_id": target_id, "status": {"$in": sorted(UNANSWERED)}}
        oldest = await store.collection(DeliveryDocument).find_one(waiting, Order())
        return None if oldest is None else oldest.created_at

    return begun
