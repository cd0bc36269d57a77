"""Which worker has a batch: a lease, renewed while it works, that runs out when it dies (rows LOC-01 to LOC-03)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pymongo import ReturnDocument

from distro_core.delivery.batches import complete_batch, members
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.transitions import LeaseLost
from distro_core.scope import Scope
from distro_core.store.codec import decode_document
from distro_core.store.collection import Change
from distro_core.store.documents import new_id

log = structlog.get_logger("distro.delivery")

BEATS_PER_LEASE = 4


@dataclass
class Lease:
    """A batch that the caller has to itself, with the deliveries that are in it.

    `ended`: set where the batch was closed, which gives it back too.
    """

    batch: BatchDocument
    deliveries: Sequence[DeliveryDocument]
    ended: bool = False


@asynccontextmanager
async def hold_batch(scope: Scope, batch_id: str) -> AsyncIterator[Lease | None]:
    """The batch, leased to the caller alone, or None where it is not due, not open or somebody else has it.

    Entering counts an attempt and stamps the lease's token on the deliveries, which shuts out whoever held it before.
    The body is cancelled when the lease is lost, and `LeaseLost` comes out of it. A caller that is cancelled itself
    (a worker that stops) gives the batch back at once and the attempt is not counted.
    """
    lease = await _claim(scope, batch_id)
    if lease is None:
        yield None
        return
    batch = lease.batch
    body = asyncio.current_task()
    assert body is not None  # an asynchronous context manager is entered by a task
    heartbeat = _Heartbeat(scope, batch, body)
    beating = asyncio.create_task(heartbeat.beat())
    try:
        yield lease
    except asyncio.CancelledError:
        if heartbeat.lost:
            body.uncancel()
            raise LeaseLost(batch.id) from None
        await _give_back(scope, batch, uncount=True)
        raise
    else:
        if not lease.ended:
            await _give_back(scope, batch)
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


class _Heartbeat:
    """Renews a lease several times before it runs out."""

    def __init__(self, scope: Scope, batch: BatchDocument, body: asyncio.Task[object]) -> None:
        self.lost = False
        self._scope = scope
        self._batch = batch
        self._body = body
        self._until = batch.leased_until or scope.clock.now()

    async def beat(self) -> None:
        """Renew until cancelled; a lease that is lost cancels the body."""
        while True:
            await asyncio.sleep(self._scope.settings.delivery_lease / BEATS_PER_LEASE)
            if not await self._renew():
                self.lost = True
                self._body.cancel()
                return

    async def _renew(self) -> bool:
        until = _end_of_lease(self._scope)
        batches, mine = self._scope.store.collection(BatchDocument), {"holder": self._batch.holder}
        try:
            renewed = await batches.try_write(self._batch.id, Change(set={"leased_until": until}), where=mine)
        except Exception as error:  # noqa: BLE001 (the next beat tries again, for as long as the lease lasts)
            log.warning("lease_not_renewed", batch_id=self._batch.id, error=str(error))
            return self._scope.clock.now() < self._until
        self._until = until
        return renewed


async def _claim(scope: Scope, batch_id: str) -> Lease | None:
    now = scope.clock.now()
    where = {
        "id": batch_id,
        "status": BatchStatus.OPEN,
        "due_at": {"$lte": now},
        "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}],
    }
    change = Change(set={"holder": new_id(), "leased_until": _end_of_lease(scope)}, increment={"attempt": 1})
    batch = await scope.store.collection(BatchDocument).try_update(where, change)
    if batch is None:
        return None
    await complete_batch(scope, batch)
    return Lease(batch, await _stamp(scope, batch))


async def _stamp(scope: Scope, batch: BatchDocument) -> Sequence[DeliveryDocument]:
    """The deliveries of a batch with the token of its lease; one that is alone in it is stamped and read at once."""
    raw, where = scope.store.collection(DeliveryDocument).raw, {"batch_id": batch.id}
    stamp = {"$set": {"holder": batch.holder}}
    if len(batch.delivery_ids) == 1:
        alone = await raw.find_one_and_update(where, stamp, return_document=ReturnDocument.AFTER)
        return () if alone is None else (decode_document(alone, DeliveryDocument),)
    await raw.update_many(where, stamp)
    return await members(scope, batch.id)


async def _give_back(scope: Scope, batch: BatchDocument, *, uncount: bool = False) -> None:
    change = Change(set={"holder": None, "leased_until": None}, increment={"attempt": -1} if uncount else None)
    await scope.store.collection(BatchDocument).try_write(batch.id, change, where={"holder": batch.holder})


def _end_of_lease(scope: Scope) -> datetime:
    return scope.clock.now() + timedelta(seconds=scope.settings.delivery_lease)
