"""Deliveries as a tenant sees them: make, try again, cancel, look at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.statuses import check_queueable
from distro_core.delivery.batch_ids import next_batch_id
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
from distro_core.delivery.content import content_hash
from distro_core.delivery.documents import (
    BatchDocument,
    BatchStatus,
    DeliveryDocument,
    DeliveryLogDocument,
    LogLevel,
    TargetDocument,
)
from distro_core.delivery.precedents import find_latest, has_release
from distro_core.delivery.transitions import TRANSFERRED, WAITING, InvalidTransition, change_status
from distro_core.messages.capabilities import read_choreography_settings
from distro_core.messages.message_id import new_message_id
from distro_core.messages.order import purges
from distro_core.messages.profiles import fitting_profile
from distro_core.messages.subtype import decide_subtype
from distro_core.messages.trial import Told, find_layout_faults
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype, MessageType, ReleaseProfile

NEWEST_FIRST = Order("id", descending=True)
MAX_RELEASES = 100
LONGEST_KEY = 255
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
        self, release_ids: Sequence[str], target_id: str, *, idempotency_key: str | None = None, force: bool = False
    ) -> tuple[DeliveryDocument, ...]:
        """Deliver releases to a target in one batch: all of them or, when any is refused, none.

        `idempotency_key`: the same key again, also at the same moment, returns the same deliveries (row IDM-01);
        `force`: send although nothing has changed since the last delivery (row IDM-02). The kind of message follows
        from rows MSG-01 to MSG-03. Raises `DomainErrors` with NOT_FOUND, TARGET_INACTIVE, RELEASES_INVALID,
        RELEASE_NOT_READY, RELEASE_ARCHIVED, RELEASE_NAMED_TWICE, BATCH_PRODUCTS_MIXED, MESSAGE_TYPE_UNLISTED,
        ALREADY_DELIVERED, DELIVERY_IN_PROGRESS, IDEMPOTENCY_KEY_INVALID or IDEMPOTENCY_KEY_REUSED.
        """
        if idempotency_key is not None and not 1 <= len(idempotency_key) <= LONGEST_KEY:
            message = f"an idempotency key has 1 to {LONGEST_KEY} characters"
            raise DomainError("IDEMPOTENCY_KEY_INVALID", message, ("idempotency_key",))
        if idempotency_key is not None and (made := await self._made_before(idempotency_key, release_ids, target_id)):
            return made
        try:
            batch = await self._plan(release_ids, target_id, idempotency_key, force)
            stored = await insert_batch(self._scope, batch)
        except DomainError as error:
            # Somebody with the same key may have been faster while this call was looking.
            made = await self._made_before(idempotency_key, release_ids, target_id) if idempotency_key else ()
            if made:
                return made
            if error.code != "DELIVERY_IN_PROGRESS":
                raise
            raise await self._in_progress(release_ids, target_id) from error
        await complete_batch(self._scope, stored)
        await wake(self._scope, stored)
        return await self._of(stored)

    async def retry(self, id: str) -> DeliveryDocument:
        """Try a delivery again that failed, needs attention or was rejected (row RTY-02).

        It keeps its id and history. A message that the platform has not had is sent again as it is, under its id and
        in its folder; one that must be written anew gets a new folder, and a new message id where the platform has
        answered the old one. Raises INVALID_STATUS_TRANSITION, DELIVERY_SUPERSEDED or DELIVERY_IN_PROGRESS.
        """
        delivery = await self._deliveries.get(id)
        status = Status.VALIDATING if delivery.status is Status.REJECTED else Status.RETRYING
        if delivery.status not in _RETRYABLE:
            raise InvalidTransition(delivery.status, status)
        await self._refuse_superseded(delivery)
        batch = await self._reserve(delivery)
        change = Change(set={**_fresh_start(delivery), "batch_id": batch.id})
        try:
            moved = await change_status(self._scope, delivery, status, details="retried by hand", change=change)
        except DomainError:
            await close_batch(self._scope, batch.id, BatchStatus.FAILED, holder=batch.holder)
            raise
        await set_free(self._scope, batch)
        return moved

    async def cancel(self, id: str) -> DeliveryDocument:
        """Stop a delivery (row QUE-06): a running upload ends after the files under way, without completion marker.

        Raises INVALID_STATUS_TRANSITION, or DELIVERY_COMPLETING once the completion marker is being written.
        """
        for _ in range(10):
            delivery = await self._deliveries.get(id)
            try:
                cancelled = await self._cancel(delivery)
            except DomainError as error:
                if error.code != "DELIVERY_CHANGED":
                    raise
                continue
            await drop_claims(self._scope, cancelled.batch_id, [cancelled])
            await wake(self._scope, await self._batches.get(cancelled.batch_id))
            return cancelled
        raise DomainError("DELIVERY_CHANGED", "the delivery keeps changing; try again")

    async def _cancel(self, delivery: DeliveryDocument) -> DeliveryDocument:
        if delivery.status not in WAITING:
            return await change_status(self._scope, delivery, Status.CANCELLED)
        if delivery.committed_at is not None:
            raise DomainError("DELIVERY_COMPLETING", "the completion marker is being written: it is too late to cancel")
        via = ((Status.FAILED, "cancelled while it waited"),) if delivery.status is Status.RETRYING else ()
        return await change_status(self._scope, delivery, Status.CANCELLED, via=via, where={"committed_at": None})

    async def _plan(
        self, release_ids: Sequence[str], target_id: str, idempotency_key: str | None, force: bool
    ) -> BatchDocument:
        _check_selection(release_ids)
        target = await self._target(target_id)
        releases = await self._scope.store.collection(ReleaseDocument).get_many(release_ids)
        planned, errors = [], []
        for index, release_id in enumerate(release_ids):
            try:
                planned.append(await self._plan_one(releases.get(release_id), release_id, target, force))
            except DomainError as error:
                errors.append(DomainError(error.code, error.message, ("release_ids", index)))
        if errors:
            raise errors[0] if len(errors) == 1 else DomainErrors(errors)
        self._refuse_unfit_batch(target, planned)
        batch_id = await next_batch_id(self._scope.store, self._scope.clock)
        named = {"batch_id": batch_id, "idempotency_key": idempotency_key}
        return BatchDocument(
            id=batch_id,
            target_id=target.id,
            delivery_ids=tuple(delivery.id for delivery in planned),
            planned=tuple(delivery.model_copy(update=named) for delivery in planned),
            claims=tuple(claim_of(delivery.release_id, target.id) for delivery in planned),
            idempotency_key=idempotency_key,
            due_at=self._scope.clock.now(),
        )

    def _refuse_unfit_batch(self, target: TargetDocument, planned: Sequence[DeliveryDocument]) -> None:
        """Releases that the choreography cannot put into one batch are refused together, before anything is made."""
        choreography = self._scope.plugins.choreographies.get(target.choreography)
        if choreography is None:
            return
        settings = read_choreography_settings(choreography, target.choreography_settings)
        told = [Told(delivery.message_type, delivery.subtype, delivery.profile) for delivery in planned]
        if faults := find_layout_faults(choreography, settings, told):
            raise DomainErrors([DomainError(fault.code, fault.message, ("release_ids",)) for fault in faults])

    async def _plan_one(
        self, release: ReleaseDocument | None, release_id: str, target: TargetDocument, force: bool
    ) -> DeliveryDocument:
        if release is None:
            raise DomainError("NOT_FOUND", f"there is no release with id {release_id}")
        check_queueable(release.status)
        subtype = decide_subtype(release.status, await has_release(self._scope, release.id, target))
        digest = content_hash(await load_complete_release(self._scope.store, release), target)
        latest = await find_latest(self._scope, release.id, target, TRANSFERRED | WAITING)
        if latest is not None and not force and _says_the_same(latest, subtype, digest):
            raise DomainError(
                "ALREADY_DELIVERED", f"nothing has changed since delivery {latest.id} of this release to this target"
            )
        return DeliveryDocument(
            release_id=release.id,
            target_id=target.id,
            batch_id="",
            subtype=subtype,
            test=target.test_mode,
            format=target.format,
            message_id=new_message_id(),
            message_type=MessageType.PURGE_RELEASE if purges(subtype, target.options) else MessageType.NEW_RELEASE,
            profile=fitting_profile(release) if release.tracks else ReleaseProfile.AUDIO,
            content_hash=digest,
            icpn=release.icpn,
            grid=release.grid,
        )

    async def _target(self, target_id: str) -> TargetDocument:
        target = await self._scope.store.collection(TargetDocument).find(target_id)
        if target is None or target.archived_at is not None:
            raise DomainError("NOT_FOUND", f"there is no target with id {target_id}", ("target_id",))
        if not target.active:
            raise DomainError("TARGET_INACTIVE", f"the target {target.name} is not active", ("target_id",))
        return target

    async def _made_before(
        self, idempotency_key: str, release_ids: Sequence[str], target_id: str
    ) -> tuple[DeliveryDocument, ...]:
        batch = await self._batches.find_one({"idempotency_key": idempotency_key})
        if batch is None:
            return ()
        await complete_batch(self._scope, batch)
        made = await self._of(batch)
        if batch.target_id != target_id or [delivery.release_id for delivery in made] != list(release_ids):
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
        message = "a delivery of this release to this target is under way: wait for it or cancel it"
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

    async def _reserve(self, delivery: DeliveryDocument) -> BatchDocument:
        """A batch for another try; a worker shows a failure a moment before it lets go of the batch."""
        for _ in range(RELEASE_ROUNDS):
            try:
                return await self._reserve_now(delivery)
            except DomainError as error:
                if error.code != "DELIVERY_IN_PROGRESS":
                    raise
                await asyncio.sleep(RELEASE_PAUSE)
        return await self._reserve_now(delivery)

    async def _reserve_now(self, delivery: DeliveryDocument) -> BatchDocument:
        batch = await self._batches.get(delivery.batch_id)
        alone = batch.delivery_ids == (delivery.id,)
        if alone and _keeps_its_message(delivery):
            return await reserve_again(self._scope, delivery)
        return await reserve_new(self._scope, [delivery])


def _check_selection(release_ids: Sequence[str]) -> None:
    if not 1 <= len(release_ids) <= MAX_RELEASES:
        raise DomainError("RELEASES_INVALID", f"a batch holds 1 to {MAX_RELEASES} releases", ("release_ids",))
    for index, release_id in enumerate(release_ids):
        if release_id in release_ids[:index]:
            path: Path = ("release_ids", index)
            raise DomainError("RELEASE_NAMED_TWICE", f"release {release_id} is named twice", path)


def _says_the_same(delivery: DeliveryDocument, subtype: MessageSubtype, digest: str) -> bool:
    takedown = MessageSubtype.TAKEDOWN
    return delivery.content_hash == digest and (delivery.subtype is takedown) == (subtype is takedown)


def _keeps_its_message(delivery: DeliveryDocument) -> bool:
    return delivery.status is Status.FAILED and delivery.message_key is not None and delivery.receipt is None


def _fresh_start(delivery: DeliveryDocument) -> dict[str, object]:
    """What a new round forgets of the last one."""
    change: dict[str, object] = {"error": None, "holder": None, "committed_at": None, "completed_at": None}
    if _keeps_its_message(delivery):
        return change
    change |= {"message_key": None, "message_size": None, "message_hashes": None, "validation": None, "files": ()}
    change |= {"companions": ()}
    if delivery.receipt is not None:
        change |= {
            "message_id": new_message_id(),
            "receipt": None,
            "acknowledgement": None,
            "earlier_receipts": (*delivery.earlier_receipts, delivery.receipt),
        }
    return change
