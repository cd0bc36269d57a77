"""A release and its platforms: sent to several at once, again to those that refused it, or taken down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.statuses import check_queueable
from distro_core.catalogue.vocabulary import check_text
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.readiness.service import ReadinessService
from distro_core.delivery.requests.precedents import has_release
from distro_core.delivery.requests.recurrence import Timing
from distro_core.delivery.requests.schedule_documents import ScheduleDocument
from distro_core.delivery.requests.schedules import OnConflict, ScheduleDraft, ScheduleService
from distro_core.delivery.requests.wishes import LONGEST_REASON, NOTHING_SPECIAL, Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import WAITING
from distro_core.scope import Scope
from distro_core.store.collection import Order
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import Severity

MOST_TARGETS = 100
MOST_TOLD = 50
"""Issues that are told where a release is not ready."""

_TAKEDOWN = MessageSubtype.TAKEDOWN.value

REFUSED = frozenset({Status.REJECTED, Status.FAILED, Status.NEEDS_ATTENTION})


@dataclass(frozen=True)
class Outcome:
    """What came of a target: a delivery, a schedule, or the error that this target alone met."""

    target_id: str
    delivery: DeliveryDocument | None = None
    schedule: ScheduleDocument | None = None
    error: DomainError | None = None


@dataclass(frozen=True)
class Destination:
    """Where a release goes: targets by id, and all active targets of platforms by key."""

    target_ids: Sequence[str] = ()
    platforms: Sequence[str] = ()


@dataclass(frozen=True)
class Plan:
    """When and how. `timing`: None for now; `require_ready`: refuse what `preDistributionCheck` calls an error."""

    wish: Wish = NOTHING_SPECIAL
    timing: Timing | None = None
    on_conflict: OnConflict = OnConflict.REFUSE
    require_ready: bool = False


@dataclass
class DistributionService:
    """The distribution of one tenant's releases."""

    scope: Scope
    _deliveries: DeliveryService = field(init=False)

    def __post_init__(self) -> None:
        self._deliveries = DeliveryService(self.scope)

    async def distribute(self, release_id: str, to: Destination, plan: Plan) -> tuple[Outcome, ...]:
        """Deliver a release to several targets, each on its own (rows DMG-01, TAP-01).

        Where the release or any target is unknown or cannot be used, nothing is made (row DMG-02); what one target
        alone objects to is its outcome. Raises `DomainErrors` NOT_FOUND, TARGET_INACTIVE, TARGETS_INVALID,
        RELEASE_NOT_READY, RELEASE_ARCHIVED, or the issues that keep the release from a platform (row DMG-04).
        """
        release = await self._release(release_id)
        targets = await self.find_targets(to)
        if plan.timing is None:
            check_queueable(release.status)
        if plan.require_ready:
            await self._require_ready(release_id, targets)

        async def send(target: TargetDocument) -> Outcome:
            if plan.timing is not None:
                schedule = await ScheduleService(self.scope).create(_draft(release_id, target.id, plan, plan.timing))
                return Outcome(target.id, schedule=schedule)
            key = plan.wish.idempotency_key
            wish = plan.wish.model_copy(update={"idempotency_key": f"{key}:{target.id}" if key else None})
            (delivery,) = await self._deliveries.create([release_id], target.id, wish)
            return Outcome(target.id, delivery=delivery)

        return await _each(targets, send)

    async def resubmit(self, release_id: str, target_ids: Sequence[str] | None = None) -> tuple[Outcome, ...]:
        """Try a release again where its latest delivery failed or was refused, and nowhere else.

        What is told is the release as it is now, unless the package of the last round may be complete at the platform.
        `target_ids`: of these only; a target that did not refuse it is told as NOT_REFUSED. Raises NOT_FOUND.
        """
        await self._release(release_id)
        latest = await self._latest(release_id)
        if target_ids is None:
            refused = [target_id for target_id, delivery in latest.items() if delivery.status in REFUSED]
            targets = [target for target in await self._known(refused) if target.archived_at is None]
        else:
            targets = await self.find_targets(Destination(target_ids), inactive=True)

        async def retry(target: TargetDocument) -> Outcome:
            delivery = latest.get(target.id)
            if delivery is None or delivery.status not in REFUSED:
                state = f"the latest is {delivery.status.value}" if delivery else "there was none"
                raise DomainError("NOT_REFUSED", f"no delivery to {target.name} was refused: {state}")
            return Outcome(target.id, delivery=await self._deliveries.retry(delivery.id, afresh=True))

        return await _each(targets, retry)

    async def withdraw(
        self, release_id: str, reason: str, target_ids: Sequence[str] | None = None
    ) -> tuple[Outcome, ...]:
        """Take a release down at some targets, or everywhere (rows SVC-04, TAP-04).

        Every target of them is told that has it, and every delivery of it to one of them cancelled that is waiting or
        under way; everywhere means that the release itself is taken down too. A target where it is too late to cancel
        is told as DELIVERY_COMPLETING. Everywhere, a target that has it and takes no deliveries is told as
        TARGET_INACTIVE or NOT_FOUND; a named one that neither has it nor is to get it as NOT_YET_DELIVERED. Raises
        NOT_FOUND, TARGET_INACTIVE, TARGETS_INVALID, REASON_MISSING, TEXT_TOO_LONG, CHARACTER_ILLEGAL,
        RELEASE_ARCHIVED or RELEASE_STATUS_CONFLICT.
        """
        reason = check_text(reason, ("reason",), limit=LONGEST_REASON)
        if not reason:
            raise DomainError("REASON_MISSING", "say why the release is taken down", ("reason",))
        release = await self._release(release_id)
        under_way = await self._under_way(release_id)
        if target_ids is None:
            # What ends by itself because the release is taken down was read before, and is told too.
            if release.status is not ReleaseStatus.TAKEN_DOWN:
                await ReleaseService(self.scope).take_down(release_id)
                under_way |= await self._under_way(release_id)
            known = await self._known(list(await self._latest(release_id)))
            targets = [
                target
                for target in known
                if target.id in under_way or await has_release(self.scope, release_id, target)
            ]
        else:
            targets = await self.find_targets(Destination(target_ids))
        wish = Wish(withdraws=True, force=True, reason=reason)

        async def take_down(target: TargetDocument) -> Outcome:
            stopped = await self._stop(under_way[target.id], reason) if target.id in under_way else None
            if not await has_release(self.scope, release_id, target):
                if stopped is not None:
                    return Outcome(target.id, delivery=stopped)
                raise DomainError("NOT_YET_DELIVERED", f"{target.name} does not have this release")
            (delivery,) = await self._deliveries.create([release_id], target.id, wish)
            return Outcome(target.id, delivery=delivery)

        return await _each(targets, take_down)

    async def find_targets(self, to: Destination, *, inactive: bool = False) -> list[TargetDocument]:
        """The targets that are meant, each once; raises `DomainErrors` with everything that is wrong with the choice.

        `inactive`: whether those that take no deliveries are let through.
        """
        _check_number(to)
        chosen = await self.scope.store.collection(TargetDocument).get_many(to.target_ids)
        faults: list[DomainError] = []
        found: dict[str, TargetDocument] = {}
        for place, target_id in enumerate(to.target_ids):
            target = chosen.get(target_id)
            if target is None or target.archived_at is not None:
                message = f"there is no target with id {target_id}"
                faults.append(DomainError("NOT_FOUND", message, ("target_ids", place)))
            elif not target.active and not inactive:
                message = f"the target {target.name} is not active"
                faults.append(DomainError("TARGET_INACTIVE", message, ("target_ids", place)))
            else:
                found[target_id] = target
        for place, key in enumerate(to.platforms):
            theirs = await self._of_platform(key)
            if not theirs:
                message = f"there is no active target of platform {key[:100]}"
                faults.append(DomainError("NOT_FOUND", message, ("platforms", place)))
            found |= {target.id: target for target in theirs}
        if faults:
            raise DomainErrors(faults)
        if not 1 <= len(found) <= MOST_TARGETS:
            raise DomainError("TARGETS_INVALID", f"name 1 to {MOST_TARGETS} targets", ("target_ids",))
        return list(found.values())

    async def _of_platform(self, key: str) -> list[TargetDocument]:
        where = {"platform": key, "active": True, "archived_at": None}
        return await self.scope.store.collection(TargetDocument).list(where, limit=MOST_TARGETS + 1)

    async def _known(self, target_ids: Sequence[str]) -> list[TargetDocument]:
        found = await self.scope.store.collection(TargetDocument).get_many(target_ids)
        return [found[target_id] for target_id in target_ids if target_id in found]

    async def _release(self, release_id: str) -> ReleaseDocument:
        release = await self.scope.store.collection(ReleaseDocument).find(release_id)
        if release is None:
            raise DomainError("NOT_FOUND", f"there is no release with id {release_id}", ("release_id",))
        return release

    async def _latest(self, release_id: str) -> Mapping[str, DeliveryDocument]:
        """The latest delivery of a release to each target that ever had one."""
        deliveries = self.scope.store.collection(DeliveryDocument)
        found = await deliveries.list({"release_id": release_id}, order=Order("batch_id"), limit=10_000)
        return {delivery.target_id: delivery for delivery in found}

    async def _under_way(self, release_id: str) -> dict[str, DeliveryDocument]:
        """The deliveries of a release that would still bring it to a target, by the target's id."""
        where = {"release_id": release_id, "status": {"$in": sorted(WAITING)}, "subtype": {"$ne": _TAKEDOWN}}
        found = await self.scope.store.collection(DeliveryDocument).list(where, limit=10_000)
        return {delivery.target_id: delivery for delivery in found}

    async def _stop(self, delivery: DeliveryDocument, reason: str) -> DeliveryDocument:
        """Cancel a delivery, or leave it as it ended meanwhile; raises DELIVERY_COMPLETING."""
        try:
            return await self._deliveries.cancel(delivery.id, reason=reason)
        except DomainError as error:
            if error.code == "DELIVERY_COMPLETING":
                message = f"{error.message}; take the release down there when delivery {delivery.id} has ended"
                raise DomainError(error.code, message) from error
            if error.code != "INVALID_STATUS_TRANSITION":
                raise
            return await self._deliveries.get(delivery.id)

    async def _require_ready(self, release_id: str, targets: Sequence[TargetDocument]) -> None:
        readiness = await ReadinessService(self.scope).check([release_id], [target.id for target in targets])
        if readiness.ready:
            return
        errors = [issue for issue in readiness.issues if issue.severity is Severity.ERROR]
        paths: dict[str | None, Path] = {target.id: ("target_ids", place) for place, target in enumerate(targets)}
        raise DomainErrors(
            [DomainError(issue.code, issue.message, paths.get(issue.target_id, ())) for issue in errors[:MOST_TOLD]]
        )


def _check_number(to: Destination) -> None:
    """Refuse a list that is too long as one fault, before every entry of it is looked at."""
    for name, entries in (("target_ids", to.target_ids), ("platforms", to.platforms)):
        if len(entries) > MOST_TARGETS:
            message = f"name 1 to {MOST_TARGETS} targets, not {len(entries)}"
            raise DomainError("TARGETS_INVALID", message, (name,))


def _draft(release_id: str, target_id: str, plan: Plan, timing: Timing) -> ScheduleDraft:
    return ScheduleDraft(
        release_ids=(release_id,),
        target_id=target_id,
        timing=timing,
        priority=plan.wish.priority,
        force=plan.wish.force,
        notify_on_completion=plan.wish.notify_on_completion,
        on_conflict=plan.on_conflict,
    )


_ALL = frozenset({"SCHEDULE_IN_PAST", "SCHEDULE_EMPTY", "SCHEDULE_NOT_RECURRING"})
"""What is wrong whatever the target."""


async def _each(
    targets: Sequence[TargetDocument], act: Callable[[TargetDocument], Awaitable[Outcome]]
) -> tuple[Outcome, ...]:
    outcomes = []
    for target in targets:
        try:
            outcomes.append(await act(target))
        except DomainError as error:
            if error.code in _ALL:
                raise
            outcomes.append(Outcome(target.id, error=error))
    return tuple(outcomes)
