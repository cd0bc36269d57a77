"""New deliveries: what each will tell, decided before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.statuses import check_queueable
from distro_core.delivery.batch_ids import next_batch_id
from distro_core.delivery.batches import claim_of
from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.requests.content import content_hash
from distro_core.delivery.requests.metadata_only import check_metadata_only
from distro_core.delivery.requests.precedents import find_latest, has_release
from distro_core.delivery.requests.wishes import NOTHING_SPECIAL, Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED, WAITING
from distro_core.messages.capabilities import read_choreography_settings
from distro_core.messages.message_id import new_message_id
from distro_core.messages.order import purges
from distro_core.messages.profiles import fitting_profile
from distro_core.messages.subtype import decide_subtype
from distro_core.messages.trial import Told, find_layout_faults
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.message import MessageSubtype, MessageType, ReleaseProfile

MAX_RELEASES = 100


class BatchPlanner:
    """Plans the deliveries of releases to a target of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def plan(self, release_ids: Sequence[str], target_id: str, wish: Wish = NOTHING_SPECIAL) -> BatchDocument:
        """A batch of new deliveries that is not stored yet.

        The kind of message follows from rows MSG-01 to MSG-03. Raises `DomainErrors` as `DeliveryService.create`
        tells.
        """
        check_selection(release_ids)
        target = await self._target(target_id)
        releases = await self._scope.store.collection(ReleaseDocument).get_many(release_ids)
        planned, errors = [], []
        for index, release_id in enumerate(release_ids):
            try:
                planned.append(await self._plan_one(releases.get(release_id), release_id, target, wish))
            except DomainError as error:
                errors.append(DomainError(error.code, error.message, ("release_ids", index)))
        if wish.changed_only:
            errors = _without_unchanged(errors, alone=not planned)
        if errors:
            raise errors[0] if len(errors) == 1 else DomainErrors(errors)
        self._refuse_unfit_batch(target, planned)
        batch_id = await next_batch_id(self._scope.store, self._scope.clock)
        now = self._scope.clock.now()
        due_at = self._due_at(target, wish, planned)
        named = {"batch_id": batch_id, "scheduled_at": due_at if due_at > now else None}
        return BatchDocument(
            id=batch_id,
            target_id=target.id,
            priority=wish.priority,
            delivery_ids=tuple(delivery.id for delivery in planned),
            planned=tuple(delivery.model_copy(update=named) for delivery in planned),
            claims=tuple(claim_of(delivery.release_id, target.id) for delivery in planned),
            idempotency_key=wish.idempotency_key,
            due_at=due_at,
            licensed_plugins=self._scope.licensed_plugins,
        )

    def _due_at(self, target: TargetDocument, wish: Wish, planned: Sequence[DeliveryDocument]) -> datetime:
        """When they begin; neither a takedown nor what is urgent waits for the target's own schedule (row TGT-04)."""
        now = self._scope.clock.now()
        earliest = max(now, wish.due_at or now)
        hurried = wish.immediate or wish.priority is Priority.URGENT
        if hurried or any(delivery.subtype is MessageSubtype.TAKEDOWN for delivery in planned):
            return earliest
        return target.schedule.next_after(earliest) or earliest

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
        self, release: ReleaseDocument | None, release_id: str, target: TargetDocument, wish: Wish
    ) -> DeliveryDocument:
        if release is None:
            raise DomainError("NOT_FOUND", f"there is no release with id {release_id}")
        check_queueable(release.status)
        there = await has_release(self._scope, release.id, target)
        subtype = MessageSubtype.TAKEDOWN if wish.withdraws else decide_subtype(release.status, there)
        complete = await load_complete_release(self._scope.store, release)
        if wish.metadata_only:
            await check_metadata_only(self._scope, complete.release, target, subtype)
        digest = content_hash(complete, target)
        latest = await find_latest(self._scope, release.id, target, TRANSFERRED | WAITING)
        if latest is not None and not wish.force and _says_the_same(latest, subtype, digest):
            raise _needless(latest, wish)
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
            idempotency_key=wish.idempotency_key,
            priority=wish.priority,
            metadata_only=wish.metadata_only,
            withdraws=wish.withdraws,
            reason=wish.reason,
            notify_on_completion=wish.notify_on_completion,
        )

    async def _target(self, target_id: str) -> TargetDocument:
        target = await self._scope.store.collection(TargetDocument).find(target_id)
        if target is None or target.archived_at is not None:
            raise DomainError("NOT_FOUND", f"there is no target with id {target_id}", ("target_id",))
        if not target.active:
            raise DomainError("TARGET_INACTIVE", f"the target {target.name} is not active", ("target_id",))
        return target


def check_selection(release_ids: Sequence[str]) -> None:
    """Raise RELEASES_INVALID or RELEASE_NAMED_TWICE for what is no choice of releases for one batch."""
    if not 1 <= len(release_ids) <= MAX_RELEASES:
        raise DomainError("RELEASES_INVALID", f"a batch holds 1 to {MAX_RELEASES} releases", ("release_ids",))
    for index, release_id in enumerate(release_ids):
        if release_id in release_ids[:index]:
            path: Path = ("release_ids", index)
            raise DomainError("RELEASE_NAMED_TWICE", f"release {release_id} is named twice", path)


def _without_unchanged(errors: Sequence[DomainError], *, alone: bool) -> list[DomainError]:
    """The faults that matter where what has nothing new stays behind. `alone`: whether nothing else would travel."""
    grave = [error for error in errors if error.code != "ALREADY_DELIVERED"]
    return grave or (list(errors) if alone else [])


def _needless(latest: DeliveryDocument, wish: Wish) -> DomainError:
    """Why a delivery that would tell nothing new is not made.

    Where only what has changed is to travel, one that still waits says all that there is: nobody need see to it.
    """
    if latest.status in WAITING and not wish.changed_only:
        message = f"delivery {latest.id} tells this target the same and is {latest.status.value}: cancel it or wait"
        return DomainError("DELIVERY_IN_PROGRESS", message)
    message = f"nothing has changed since delivery {latest.id} of this release to this target"
    return DomainError("ALREADY_DELIVERED", message)


def _says_the_same(delivery: DeliveryDocument, subtype: MessageSubtype, digest: str) -> bool:
    takedown = MessageSubtype.TAKEDOWN
    return delivery.content_hash == digest and (delivery.subtype is takedown) == (subtype is takedown)
