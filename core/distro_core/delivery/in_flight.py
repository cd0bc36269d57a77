"""With which licensed plugins deliveries under way began: they serve them to their end (row LIC-03)."""

from __future__ import annotations

from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.transitions import UNANSWERED
from distro_core.platform import BeganWith
from distro_core.store.collection import Order
from distro_core.store.stores import TenantStore


def plugins_of_batch(batch_id: str) -> BeganWith:
    """Says with which licensed plugins a batch was made."""

    async def began_with(store: TenantStore) -> frozenset[str]:
        batch = await store.collection(BatchDocument).find(batch_id)
        return frozenset() if batch is None else frozenset(batch.licensed_plugins)

    return began_with


def plugins_of_target(target_id: str) -> BeganWith:
    """Says with which licensed plugins the oldest deliveries were made that wait for an answer of a target."""

    async def began_with(store: TenantStore) -> frozenset[str]:
        waiting = {"target_id": target_id, "status": {"$in": sorted(UNANSWERED)}}
        deliveries = await store.collection(DeliveryDocument).list(waiting, order=Order())
        batches = await store.collection(BatchDocument).get_many({delivery.batch_id for delivery in deliveries})
        return frozenset(plugin for batch in batches.values() for plugin in batch.licensed_plugins)

    return began_with
