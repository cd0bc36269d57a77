"""Releases with something new that a batch leaves behind: another delivery of them is under way (row SCH-03)."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.delivery.batches import claim_of, insert_batch
from distro_core.delivery.documents import BatchDocument
from distro_core.scope import Scope
from distro_sdk.errors import DomainError

ROUNDS = 5
"""How often a batch is stored with fewer releases, where others begin deliveries of them meanwhile."""

MOST_NAMED = 5
"""Releases that a message names."""


async def insert_free(scope: Scope, batch: BatchDocument) -> BatchDocument:
    """Store a batch without those of its releases of which another delivery to the target is under way.

    Which they are stands in the batch from its first moment, so that whoever asks for it again is told the same. Raises
    IDEMPOTENCY_KEY_TAKEN, or DELIVERY_IN_PROGRESS where nothing else would travel.
    """
    for _ in range(ROUNDS):
        try:
            return await insert_batch(scope, batch)
        except DomainError as error:
            if error.code != "DELIVERY_IN_PROGRESS":
                raise
            batch = _without(batch, await _held(scope, batch), error)
    return await insert_batch(scope, batch)


async def find_left_behind(scope: Scope, idempotency_key: str) -> tuple[str, ...]:
    """The ids of the releases that the batch of a request left behind."""
    batch = await scope.store.collection(BatchDocument).find_one({"idempotency_key": idempotency_key})
    return () if batch is None else batch.left_behind


def describe_left_behind(release_ids: Sequence[str], *, again: bool) -> str:
    """What people are told. `again`: whether another run follows."""
    named = ", ".join(release_ids[:MOST_NAMED])
    more = f" and {len(release_ids) - MOST_NAMED} more" if release_ids[MOST_NAMED:] else ""
    rest = "what is new then goes with the next run" if again else "deliver what is new then when that has ended"
    return f"left behind, because another delivery to this target is under way: release {named}{more}; {rest}"


async def _held(scope: Scope, batch: BatchDocument) -> set[str]:
    holders = await scope.store.collection(BatchDocument).list({"claims": {"$in": list(batch.claims)}})
    return {claim for holder in holders for claim in holder.claims}


def _without(batch: BatchDocument, held: set[str], error: DomainError) -> BatchDocument:
    """The batch without what is held; raises `error` where nothing is left."""
    free = [each for each in batch.planned if claim_of(each.release_id, each.target_id) not in held]
    left = [each.release_id for each in batch.planned if each not in free]
    if not free:
        raise error
    change = {
        "planned": tuple(free),
        "delivery_ids": tuple(each.id for each in free),
        "claims": tuple(claim_of(each.release_id, each.target_id) for each in free),
        "left_behind": (*batch.left_behind, *left),
    }
    return batch.model_copy(update=change)
