"""Batches that are due and have to wait all the same: nothing is sent, and no attempt is counted."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Any

from distro_core.delivery.batches import wake
from distro_core.delivery.documents import (
    BatchDocument,
    BatchStatus,
    DeliveryDocument,
    LogLevel,
    Waiting,
    WaitReason,
)
from distro_core.delivery.due import turn_of
from distro_core.delivery.logs import StepLog
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_core.store.collection import Change, Order

WAITING_STEP = "waiting"
MOST_WOKEN = 200
"""At once; the sweeper wakes the rest."""

LONGEST_FIRST = Order("waits_since")


async def put_off(scope: Scope, batch: BatchDocument, deliveries: list[DeliveryDocument], waiting: Waiting) -> None:
    """Have a leased batch wait. Its deliveries keep their status and say in `waiting` for what, and until when."""
    where = {"id": batch.id, "holder": batch.holder}
    since = batch.waits_since or batch.due_at
    put = {"due_at": waiting.until, "waits_for": waiting.reason, "waits_since": since}
    change = Change(set=put, increment={"attempt": -1})
    if await scope.store.collection(BatchDocument).try_update(where, change) is None:
        return
    fresh = [each.id for each in deliveries if each.waiting is None or each.waiting.reason is not waiting.reason]
    raw = scope.store.collection(DeliveryDocument).raw
    ids = [each.id for each in deliveries]
    await raw.update_many({"_id": {"$in": ids}, "holder": batch.holder}, {"$set": {"waiting": encode(waiting)}})
    if fresh:
        details = {"reason": waiting.reason.value, "until": waiting.until.isoformat()}
        await StepLog(scope, fresh).write(LogLevel.WARNING, WAITING_STEP, waiting.message, details=details)


async def stop_waiting(scope: Scope, batch: BatchDocument, deliveries: list[DeliveryDocument]) -> None:
    """Note that a leased batch goes on."""
    if batch.waits_for is None and all(each.waiting is None for each in deliveries):
        return
    where = {"id": batch.id, "holder": batch.holder}
    await scope.store.collection(BatchDocument).try_update(where, Change(set={"waits_for": None, "waits_since": None}))
    raw = scope.store.collection(DeliveryDocument).raw
    ids = [each.id for each in deliveries]
    await raw.update_many({"_id": {"$in": ids}, "holder": batch.holder}, {"$set": {"waiting": None}})


async def end_waits(scope: Scope, target_id: str, reason: WaitReason, *, most: int = MOST_WOKEN) -> None:
    """Ask for the batches of a target that waited for what is there now, in the queue's order (row QUE-05)."""
    now = scope.clock.now()
    batches = scope.store.collection(BatchDocument)
    where = that_wait(target_id, reason, now)
    # One question where nobody waits; priorities are asked for one by one only where somebody does.
    if await batches.find_one(where) is None:
        return
    oldest = [await batches.list({**where, "priority": each}, order=LONGEST_FIRST, limit=most) for each in Priority]
    for batch in sorted(chain.from_iterable(oldest), key=turn_of)[:most]:
        woken = await _bring_forward(scope, batch, reason, now)
        if woken is not None:
            await wake(scope, woken)


def that_wait(target_id: str, reason: WaitReason, now: datetime) -> dict[str, Any]:
    """Which batches of a target wait for something, in words that the index `waits` answers."""
    waiting = {"target_id": target_id, "status": BatchStatus.OPEN, "waits_for": reason}
    return {**waiting, "waits_since": {"$type": "date"}, "due_at": {"$gt": now}}


async def _bring_forward(scope: Scope, batch: BatchDocument, reason: WaitReason, now: datetime) -> BatchDocument | None:
    where = {"id": batch.id, "status": BatchStatus.OPEN, "waits_for": reason}
    return await scope.store.collection(BatchDocument).try_update(where, Change(set={"due_at": now}))
