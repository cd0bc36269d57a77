"""A tenant's deliveries as its plugins see them."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.clock import Clock
from distro_core.delivery.batches import wake
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument, WaitReason
from distro_core.delivery.transitions import WAITING
from distro_core.queue.port import TaskQueue
from distro_core.store.collection import Change, Order
from distro_core.store.stores import TenantStore
from distro_sdk.deliveries import MOST_TOLD, ReleaseDelivery


class TenantDeliveries:
    """The `distro_sdk.deliveries.Deliveries` of one tenant."""

    def __init__(self, store: TenantStore, queue: TaskQueue, clock: Clock) -> None:
        self.queue = queue
        self._store = store
        self._clock = clock

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self._store.tenant_id

    async def find(self, release_id: str, target_id: str) -> Sequence[ReleaseDelivery]:
        """Those of a release to a target, the newest first, 50 at most."""
        where = {"release_id": release_id, "target_id": target_id}
        newest_first = Order("batch_id", descending=True)
        found = await self._store.collection(DeliveryDocument).list(where, order=newest_first, limit=MOST_TOLD)
        return [
            ReleaseDelivery(delivery_id=each.id, test=each.test, subtype=each.subtype, status=each.status)
            for each in found
        ]

    async def ask_again(self, release_id: str) -> int:
        """Bring the question forward for a release's deliveries that plugins put off; how many those are."""
        deliveries = self._store.collection(DeliveryDocument)
        open_ones = {"release_id": release_id, "status": {"$in": sorted(WAITING)}}
        # First the wish, then the look: who lays a delivery to rest meanwhile finds the wish.
        await deliveries.raw.update_many(open_ones, {"$inc": {"wishes": 1}})
        resting = await deliveries.list({**open_ones, "postponed_since": {"$ne": None}})
        now = self._clock.now()
        for batch_id in dict.fromkeys(delivery.batch_id for delivery in resting):
            where = {"id": batch_id, "status": BatchStatus.OPEN, "waits_for": WaitReason.PLUGIN, "due_at": {"$gt": now}}
            batch = await self._store.collection(BatchDocument).try_update(where, Change(set={"due_at": now}))
            if batch is not None:
                await wake(self, batch)
        return len(resting)
