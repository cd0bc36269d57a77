"""Which worker has a batch: a lease, renewed while it works, that runs out when it dies (rows LOC-01 to LOC-03)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
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

    `ended`: set where the batch was closed, which gives it back too; `lost`: whether somebody else may have it.
    """

    batch: BatchDocument
    deliveries: Sequence[DeliveryDocument]
    ended: bool = False
    lost: bool = False

    def is_lost(self) -> bool:
        """Whether somebody else may have the batch, so that nothing may be sent any more."""
        return self.lost


@asynccontextmanager
async def hold_batch(scope: Scope, batch_id: str) -> AsyncIterator[Lease | None]:
    """The batch, leased to the caller alone, or None where it is not due, not open or somebody else has it.

    Entering counts an attempt and stamps the lease's token on the deliveries, which shuts out whoever held it before.
    The body is cancelled when the lease is lost, or so long before its end that nothing of the body is left when
    somebody else may have the batch; `LeaseLost` comes out of it. A caller that is cancelled itself (a worker that
    stops) gives the batch back at once and the attempt is not counted.
    """
    heartbeat = _Heartbeat(scope)
    batch = await _claim(scope, batch_id)
    if batch is None:
        yield None
        return
    if heartbeat.is_over():  # the database was away, and others have been able to claim it since
        await _give_back(scope, batch, uncount=True)
        yield None
        return
    await complete_batch(scope, batch)
    lease = Lease(batch, await _stamp(scope, batch))
    body = asyncio.current_task()
    assert body is not None  # an asynchronous context manager is entered by a task
    heartbeat.begin(lease, body)
    try:
        try:
            yield lease
        finally:
            await heartbeat.end()
    except asyncio.CancelledError:
        heartbeat.raise_if_lost()
        await _give_back(scope, batch, uncount=True)
        raise
    except Exception:
        heartbeat.raise_if_lost()  # what was cancelled failed as it tidied up
        raise
    else:
        heartbeat.raise_if_lost()
        if not lease.ended:
            await _give_back(scope, batch)


class _Heartbeat:
    """Renews a lease several times before it runs out, and stops the body one beat before it would.

    Its end is told by a clock that nobody sets, and counted from before the database was asked: neither a database that
    is away nor an answer that is late can make it later than others think it is.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._beat = scope.settings.delivery_lease / BEATS_PER_LEASE
        self._loop = asyncio.get_running_loop()
        self._end = self._next_end()
        self._lease: Lease
        self._body: asyncio.Task[object]
        self._beating: asyncio.Task[None] | None = None
        self._first_beat: asyncio.TimerHandle
        self._timer: asyncio.TimerHandle

    def is_over(self) -> bool:
        """Whether it is too late to begin."""
        return self._loop.time() >= self._end

    def begin(self, lease: Lease, body: asyncio.Task[object]) -> None:
        """Renew until `end`; a lease that is lost, or cannot be renewed in time, cancels the body."""
        self._lease, self._body = lease, body
        # What ends before the first beat costs timers and no task.
        self._first_beat = self._loop.call_later(self._beat, self._begin_beating)
        self._timer = self._loop.call_at(self._end, self._look)

    async def end(self) -> None:
        """Renew no more."""
        self._timer.cancel()
        self._first_beat.cancel()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait({self._beating})

    def raise_if_lost(self) -> None:
        """Raise `LeaseLost` where the body was cancelled, whatever has become of that since."""
        if self._lease.lost:
            self._body.uncancel()
            raise LeaseLost(self._lease.batch.id)

    def _begin_beating(self) -> None:
        self._beating = asyncio.create_task(self._renew_again_and_again())

    async def _renew_again_and_again(self) -> None:
        while True:
            end, until = self._next_end(), _end_of_lease(self._scope)
            try:
                if not await self._renew(until):
                    self._lose()
                    return
                self._end = end
            except Exception as error:  # noqa: BLE001 (the next beat tries again, for as long as the lease lasts)
                log.warning("lease_not_renewed", batch_id=self._lease.batch.id, error=str(error))
            await asyncio.sleep(self._beat)

    async def _renew(self, until: datetime) -> bool:
        batch, batches = self._lease.batch, self._scope.store.collection(BatchDocument)
        mine = {"holder": batch.holder}
        return await batches.try_write(batch.id, Change(set={"leased_until": until}), where=mine)

    def _look(self) -> None:
        if not self.is_over():
            self._timer = self._loop.call_at(self._end, self._look)
            return
        log.warning("lease_given_up", batch_id=self._lease.batch.id)
        self._first_beat.cancel()
        if self._beating is not None:
            self._beating.cancel()
        self._lose()

    def _lose(self) -> None:
        if not self._lease.lost:
            self._lease.lost = True
            self._body.cancel()

    def _next_end(self) -> float:
        """One beat before the end of a lease that is asked for now: what is cancelled then has time to let go."""
        return self._loop.time() + self._beat * (BEATS_PER_LEASE - 1)


async def _claim(scope: Scope, batch_id: str) -> BatchDocument | None:
    now = scope.clock.now()
    where = {
        "id": batch_id,
        "status": BatchStatus.OPEN,
        "due_at": {"$lte": now},
        "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}],
    }
    change = Change(set={"holder": new_id(), "leased_until": _end_of_lease(scope)}, increment={"attempt": 1})
    return await scope.store.collection(BatchDocument).try_update(where, change)


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
