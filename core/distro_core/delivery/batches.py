"""Batches: how they come to stand, are opened again, and let go of what they claimed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from distro_core.delivery.batch_ids import next_batch_id
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.live import Asking, ask
from distro_core.delivery.transitions import WAITING
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError

DELIVER_TASK = "deliver"

_RESERVATION = timedelta(seconds=30)
"""How long a batch that is being opened again is kept from the workers; a crash in between costs this much."""


def claim_of(release_id: str, target_id: str) -> str:
    """What an open delivery claims, so that no second one of the same release to the same target is open."""
    return f"{release_id}:{target_id}"


async def wake(scope: Asking, batch: BatchDocument) -> bool:
    """Ask a worker to look at a batch when it is due, in the turn of its priority and of how long it has waited.

    Whenever this is asked, the turn is the same, because it follows from what is stored. False where the queue knew
    of the batch, or is out of reach.
    """
    given = {"batch_id": batch.id}
    at, since, priority = batch.due_at, batch.waits_since, batch.priority
    return await ask(scope, DELIVER_TASK, id=batch.id, payload=given, at=at, since=since, priority=priority)


async def insert_batch(scope: Scope, batch: BatchDocument) -> BatchDocument:
    """Store a batch, which is the one step that makes its deliveries.

    Raises IDEMPOTENCY_KEY_TAKEN or DELIVERY_IN_PROGRESS. Claims that a crash left behind are let go of first.
    """
    batches = scope.store.collection(BatchDocument)
    try:
        return await batches.insert(batch, by=scope.actor)
    except DomainError as error:
        if error.code != "DELIVERY_IN_PROGRESS" or not await _drop_stale_claims(scope, batch.claims):
            raise
    return await batches.insert(batch, by=scope.actor)


async def complete_batch(scope: Scope, batch: BatchDocument) -> None:
    """Put the planned deliveries of a batch where they belong; whoever meets a half-made batch does this."""
    deliveries = scope.store.collection(DeliveryDocument)
    for planned in batch.planned:
        try:
            await deliveries.insert(planned, by=batch.created_by)
        except DomainError as error:
            if await deliveries.find(planned.id) is None:
                raise error from None
    if batch.planned:
        await scope.store.collection(BatchDocument).update(batch.id, Change(set={"planned": ()}))


async def members(scope: Scope, batch_id: str) -> list[DeliveryDocument]:
    """The deliveries that are in a batch now, in the order in which they were made."""
    return await scope.store.collection(DeliveryDocument).list({"batch_id": batch_id})


async def drop_claims(scope: Scope, batch_id: str, deliveries: Iterable[DeliveryDocument]) -> None:
    """Let another delivery of these releases to this target be made."""
    claims = [claim_of(delivery.release_id, delivery.target_id) for delivery in deliveries]
    raw = scope.store.collection(BatchDocument).raw
    await raw.update_one({"_id": batch_id}, {"$pull": {"claims": {"$in": claims}}, "$inc": {"revision": 1}})


async def reserve_again(scope: Scope, delivery: DeliveryDocument) -> BatchDocument:
    """Open the batch of a delivery for another round, kept from the workers until `set_free`.

    Raises DELIVERY_IN_PROGRESS when another delivery of the release to the target is open.
    """
    afresh = {
        "status": BatchStatus.OPEN,
        "attempt": 0,
        "attempts_allowed": 0,
        "licensed_plugins": scope.licensed_plugins,
    }
    change = Change(set={**_reservation(scope, [delivery]), **afresh})
    where = {"id": delivery.batch_id, "status": {"$ne": BatchStatus.OPEN}}
    reserved = await scope.store.collection(BatchDocument).try_update(where, change)
    if reserved is None:
        raise DomainError("DELIVERY_IN_PROGRESS", "this delivery is under way", ("id",))
    return reserved


async def reserve_new(scope: Scope, deliveries: Sequence[DeliveryDocument]) -> BatchDocument:
    """A new batch for deliveries that exist, kept from the workers until `set_free`."""
    batch = BatchDocument(
        id=await next_batch_id(scope.store, scope.clock),
        target_id=deliveries[0].target_id,
        priority=deliveries[0].priority,
        delivery_ids=tuple(delivery.id for delivery in deliveries),
        licensed_plugins=scope.licensed_plugins,
        **_reservation(scope, deliveries),
    )
    return await insert_batch(scope, batch)


async def set_free(scope: Scope, batch: BatchDocument) -> None:
    """Hand a reserved batch to the workers."""
    change = Change(set={"holder": None, "leased_until": None, "due_at": scope.clock.now()})
    freed = await scope.store.collection(BatchDocument).try_update({"id": batch.id, "holder": batch.holder}, change)
    await wake(scope, freed or batch)


async def close_batch(scope: Scope, batch_id: str, status: BatchStatus, *, holder: str | None = None) -> None:
    """End a batch and everything it claimed. `holder`: the token under which it must be held."""
    where = {} if holder is None else {"holder": holder}
    await scope.store.collection(BatchDocument).try_write(batch_id, end_of_batch(status), where=where)


def end_of_batch(status: BatchStatus) -> Change:
    """What ends a batch and everything it claimed."""
    return Change(set={"status": status, "claims": (), "holder": None, "leased_until": None})


def _reservation(scope: Scope, deliveries: Sequence[DeliveryDocument]) -> dict[str, object]:
    now = scope.clock.now()
    return {
        "claims": tuple(claim_of(delivery.release_id, delivery.target_id) for delivery in deliveries),
        "holder": new_id(),
        "leased_until": now + _RESERVATION,
        "due_at": now,
    }


async def _drop_stale_claims(scope: Scope, claims: Sequence[str]) -> bool:
    """Whether a claim was let go of that no waiting delivery stands behind."""
    dropped = False
    holders = await scope.store.collection(BatchDocument).list({"claims": {"$in": list(claims)}})
    for batch in holders:
        if batch.planned or (batch.leased_until and batch.leased_until > scope.clock.now()):
            continue
        ended = [delivery for delivery in await members(scope, batch.id) if delivery.status not in WAITING]
        await drop_claims(scope, batch.id, ended)
        dropped = dropped or bool(ended)
    return dropped
