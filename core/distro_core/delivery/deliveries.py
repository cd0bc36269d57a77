"""Deliveries as a tenant sees them: make, try again, cancel, look at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from distro_core.delivery.batches import (
    claim_of,
    close_batch,
    complete_batch,
    drop_claims,
    insert_batch,
    reserve_again,
    reserve_new,
    set_free,
    wake,
)
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument, DeliveryLogDocument, LogLevel
from distro_core.delivery.failures.corrections import refuse_unchanged
from distro_core.delivery.new_rounds import fresh_start, keeps_message
from distro_core.delivery.requests.creation import BatchPlanner
from distro_core.delivery.requests.left_behind import insert_free
from distro_core.delivery.requests.wishes import LONGEST_KEY, NOTHING_SPECIAL, Wish
from distro_core.delivery.transitions import TRANSFERRED, WAITING, InvalidTransition, change_status
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype

NEWEST_FIRST = Order("id", descending=True)
RELEASE_ROUNDS = 20
RELEASE_PAUSE = 0.05
"""How often, and how many seconds apart, a retry looks whether the worker has let go of the batch."""

_RETRYABLE = frozenset({Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED})


class DeliveryFilter(Model):
    """Which deliveries a page shows; what is None does not narrow it."""

    release_id: str | None = None
    target_id: str | None = None
    batch_id: str | None = None
    subtype: MessageSubtype | None = None
    statuses: tuple[Status, ...] | None = None


class DeliveryService:
    """The deliveries of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._deliveries = scope.store.collection(DeliveryDocument)
        self._batches = scope.store.collection(BatchDocument)

    async def get(self, id: str) -> DeliveryDocument:
        """The delivery of that id; raises NOT_FOUND."""
        return await self._deliveries.get(id)

    async def page(
        self,
        filter: DeliveryFilter | None = None,
        order: Order = NEWEST_FIRST,
        first: int = 50,
        after: str | None = None,
    ) -> Page[DeliveryDocument]:
        """A page of deliveries, the newest first unless told otherwise."""
        where = (filter or DeliveryFilter()).model_dump(exclude_none=True)
        if (statuses := where.pop("statuses", None)) is not None:
            where["status"] = {"$in": list(statuses)}
        return await self._deliveries.page(where, order=order, first=first, after=after)

    async def logs(
        self, delivery_id: str, level: LogLevel | None = None, first: int = 100, after: str | None = None
    ) -> Page[DeliveryLogDocument]:
        """A page of a delivery's log in the order of writing (row LOG-04); raises NOT_FOUND."""
        await self._deliveries.get(delivery_id)
        where = {"delivery_id": delivery_id} if level is None else {"delivery_id": delivery_id, "level": level}
        logs = self._scope.store.collection(DeliveryLogDocument)
        return await logs.page(where, order=Order("at"), first=first, after=after)

    async def create(
        self, release_ids: Sequence[str], target_id: str, wish: Wish = NOTHING_SPECIAL
    ) -> tuple[DeliveryDocument, ...]:
        """Deliver releases to a target in one batch: all of them or, when any is refused, none.

        The same idempotency key again, also at the same moment, returns the same deliveries (row IDM-01). Where only
        changed ones are wished for, those with nothing new stay behind, and those of which another delivery to the
        target is under way; only where nothing else would travel that is a refusal, and who asks again under the key
        gets what was chosen the first time. The kind of message follows from
        rows MSG-01 to MSG-03. Raises `DomainErrors` with NOT_FOUND, TARGET_INACTIVE, RELEASES_INVALID,
        RELEASE_NOT_READY, RELEASE_ARCHIVED, RELEASE_NAMED_TWICE, BATCH_PRODUCTS_MIXED, MESSAGE_TYPE_UNLISTED,
        ALREADY_DELIVERED, DELIVERY_IN_PROGRESS, NOT_YET_DELIVERED, RESOURCES_CHANGED, IDEMPOTENCY_KEY_INVALID or
        IDEMPOTENCY_KEY_REUSED.
        """
        idempotency_key = wish.idempotency_key
        if idempotency_key is not None and not 1 <= len(idempotency_key) <= LONGEST_KEY:
            message = f"an idempotency key has 1 to {LONGEST_KEY} characters"
            raise DomainError("IDEMPOTENCY_KEY_INVALID", message, ("idempotency_key",))
        if idempotency_key is not None and (made := await self._made_before(wish, release_ids, target_id)):
            return made
        try:
            batch = await BatchPlanner(self._scope).plan(release_ids, target_id, wish)
            stored = await (insert_free if wish.changed_only else insert_batch)(self._scope, batch)
        except DomainError as error:
            # Somebody with the same key may have been faster while this call was looking.
            made = await self._made_before(wish, release_ids, target_id)
            if made:
                return made
            if error.code != "DELIVERY_IN_PROGRESS" or error.path:
                raise
            raise await self._in_progress(release_ids, target_id) from error
        await complete_batch(self._scope, stored)
        await wake(self._scope, stored)
        return await self._of(stored)

    async def retry(self, id: str, *, afresh: bool = False) -> DeliveryDocument:
        """Try a delivery again that failed, needs attention or was rejected (row RTY-02).

        It keeps its id and history. A message that the platform has not had is sent again as it is, under its id and
        in its folder; one that must be written anew gets a new folder, and a new message id where the platform may
        have the old one. `afresh`: tell the release as it is now instead, unless the old package may be complete at the
        receiver; so it is in any case where only a change could help. Raises INVALID_STATUS_TRANSITION,
        DELIVERY_SUPERSEDED, DELIVERY_IN_PROGRESS, RELEASE_STATUS_CHANGED, or RETRY_NEEDS_CHANGE where release and
        target are as they were when it failed for a reason that lasts.
        """
        delivery = await self._deliveries.get(id)
        status = Status.VALIDATING if delivery.status is Status.REJECTED else Status.RETRYING
        if delivery.status not in _RETRYABLE:
            raise InvalidTransition(delivery.status, status)
        await refuse_unchanged(self._scope, delivery)
        await self._refuse_superseded(delivery)
        keeps = await keeps_message(self._scope, delivery, afresh=afresh or delivery.failed_as is not None)
        batch = await self._reserve(delivery, keeps=keeps)
        change = Change(set={**fresh_start(delivery, keeps=keeps), "batch_id": batch.id})
        try:
            moved = await change_status(self._scope, delivery, status, details="retried by hand", change=change)
        except DomainError:
            await close_batch(self._scope, batch.id, BatchStatus.FAILED, holder=batch.holder)
            raise
        await set_free(self._scope, batch)
        return moved

    async def cancel(self, id: str, *, reason: str = "") -> DeliveryDocument:
        """Stop a delivery (row QUE-06): a running upload ends after the files under way, without completion marker.

        `reason`: why, in the words of who asks for it. Raises INVALID_STATUS_TRANSITION, or DELIVERY_COMPLETING once
        the completion marker is being written.
        """
        for _ in range(10):
            delivery = await self._deliveries.get(id)
            try:
                cancelled = await self._cancel(delivery, reason)
            except DomainError as error:
                if error.code != "DELIVERY_CHANGED":
                    raise
                continue
            await drop_claims(self._scope, cancelled.batch_id, [cancelled])
            await wake(self._scope, await self._batches.get(cancelled.batch_id))
            return cancelled
        raise DomainError("DELIVERY_CHANGED", "the delivery keeps changing; try again")

    async def _cancel(self, delivery: DeliveryDocument, reason: str) -> DeliveryDocument:
        if delivery.status not in WAITING:
            return await change_status(self._scope, delivery, Status.CANCELLED, details=reason, change=_AT_REST)
        if delivery.committed_at is not None:
            raise DomainError("DELIVERY_COMPLETING", "the completion marker is being written: it is too late to cancel")
        via = ((Status.FAILED, "cancelled while it waited"),) if delivery.status is Status.RETRYING else ()
        free = {"committed_at": None}
        return await change_status(
            self._scope, delivery, Status.CANCELLED, details=reason, via=via, where=free, change=_AT_REST
        )

    async def _made_before(
        self, wish: Wish, release_ids: Sequence[str], target_id: str
    ) -> tuple[DeliveryDocument, ...]:
        if wish.idempotency_key is None:
            return ()
        batch = await self._batches.find_one({"idempotency_key": wish.idempotency_key})
        if batch is None:
            return ()
        await complete_batch(self._scope, batch)
        made = await self._of(batch)
        told = [delivery.release_id for delivery in made]
        # Which releases had something new was decided when the batch was made, and stays so.
        meant = [id for id in release_ids if id in told] if wish.changed_only else list(release_ids)
        if batch.target_id != target_id or told != meant:
            message = "this idempotency key was used for other releases or another target"
            raise DomainError("IDEMPOTENCY_KEY_REUSED", message, ("idempotency_key",))
        return made

    async def _of(self, batch: BatchDocument) -> tuple[DeliveryDocument, ...]:
        found = await self._deliveries.get_many(batch.delivery_ids)
        return tuple(found[delivery_id] for delivery_id in batch.delivery_ids)

    async def _in_progress(self, release_ids: Sequence[str], target_id: str) -> DomainError:
        claims = [claim_of(release_id, target_id) for release_id in release_ids]
        holders = await self._batches.list({"claims": {"$in": claims}})
        held = {claim for batch in holders for claim in batch.claims}
        index = next((index for index, claim in enumerate(claims) if claim in held), 0)
        message = "a delivery of this release to this target is under way: cancel it or wait"
        return DomainError("DELIVERY_IN_PROGRESS", message, ("release_ids", index))

    async def _refuse_superseded(self, delivery: DeliveryDocument) -> None:
        newer = {
            "release_id": delivery.release_id,
            "target_id": delivery.target_id,
            "batch_id": {"$gt": delivery.batch_id},
            "status": {"$in": sorted(TRANSFERRED)},
        }
        later = await self._deliveries.find_one(newer)
        if later is not None:
            raise DomainError(
                "DELIVERY_SUPERSEDED", f"delivery {later.id} has told the platform of this release since", ("id",)
            )

    async def _reserve(self, delivery: DeliveryDocument, *, keeps: bool) -> BatchDocument:
        """A batch for another try; a worker shows a failure a moment before it lets go of the batch."""
        for _ in range(RELEASE_ROUNDS):
            try:
                return await self._reserve_now(delivery, keeps=keeps)
            except DomainError as error:
                if error.code != "DELIVERY_IN_PROGRESS":
                    raise
                await asyncio.sleep(RELEASE_PAUSE)
        return await self._reserve_now(delivery, keeps=keeps)

    async def _reserve_now(self, delivery: DeliveryDocument, *, keeps: bool) -> BatchDocument:
        batch = await self._batches.get(delivery.batch_id)
        alone = batch.delivery_ids == (delivery.id,)
        if alone and keeps:
            return await reserve_again(self._scope, delivery)
        return await reserve_new(self._scope, [delivery])


_AT_REST = Change(set={"waiting": None, "failed_at": None})
"""A delivery that was cancelled waits for nothing and needs nobody."""
