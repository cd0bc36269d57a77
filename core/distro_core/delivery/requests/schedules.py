"""Schedules: made, changed, cancelled, and run when their moment has come (rows SCH-02, SCH-03, SCD-01 to SCD-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.batches import claim_of
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.live import ask
from distro_core.delivery.requests.creation import check_selection
from distro_core.delivery.requests.left_behind import describe_left_behind, find_left_behind
from distro_core.delivery.requests.recurrence import Timing
from distro_core.delivery.requests.schedule_documents import ScheduleDocument, ScheduleRun, ScheduleStatus
from distro_core.delivery.requests.series import check_room, withdraw_excess
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model
from distro_sdk.models.events import ScheduleRunFailed

SCHEDULE_TASK = "schedule"
RUNS_KEPT = 100
LONGEST_MESSAGE = 1000
"""Characters of why a run made nothing: a hundred releases may each have several faults."""
REPLACEMENT_ROUNDS = 5

NEXT_FIRST = Order("next_run_at")
NEWEST_FIRST = Order("id", descending=True)


class OnConflict(StrEnum):
    """Where the same release and target have a schedule: the new one is refused, or takes its place (row SCD-03)."""

    REFUSE = "refuse"
    REPLACE = "replace"


class ScheduleDraft(Model):
    """A new schedule."""

    release_ids: tuple[str, ...]
    target_id: str
    timing: Timing
    priority: Priority = Priority.NORMAL
    force: bool = False
    notify_on_completion: bool = False
    on_conflict: OnConflict = OnConflict.REFUSE


class ScheduleChanges(Model):
    """Changes of a schedule: only the fields that were given are changed."""

    timing: Timing | None = None
    priority: Priority = Priority.NORMAL
    force: bool = False
    notify_on_completion: bool = False


class ScheduleFilter(Model):
    """Which schedules a page shows; what is None does not narrow it."""

    release_id: str | None = None
    target_id: str | None = None
    statuses: Annotated[tuple[ScheduleStatus, ...], Field(max_length=len(ScheduleStatus))] | None = None


class ScheduleService:
    """The schedules of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._schedules = scope.store.collection(ScheduleDocument)

    async def get(self, id: str) -> ScheduleDocument:
        """The schedule of that id; raises NOT_FOUND."""
        return await self._schedules.get(id)

    async def page(
        self,
        filter: ScheduleFilter | None = None,
        order: Order = NEWEST_FIRST,
        first: int = 50,
        after: str | None = None,
    ) -> Page[ScheduleDocument]:
        """A page of schedules, the newest first unless told otherwise."""
        narrowed = filter or ScheduleFilter()
        where: dict[str, Any] = {}
        if narrowed.release_id is not None:
            where["release_ids"] = narrowed.release_id
        if narrowed.target_id is not None:
            where["target_id"] = narrowed.target_id
        if narrowed.statuses is not None:
            where["status"] = {"$in": list(narrowed.statuses)}
        return await self._schedules.page(where, order=order, first=first, after=after)

    async def create(self, draft: ScheduleDraft) -> ScheduleDocument:
        """Store a schedule; the releases need be ready only when it runs.

        Raises NOT_FOUND, RELEASES_INVALID, RELEASE_NAMED_TWICE, TARGET_INACTIVE, SCHEDULE_IN_PAST, SCHEDULE_EMPTY,
        SCHEDULE_NOT_RECURRING, SCHEDULES_TOO_MANY or SCHEDULE_CONFLICT.
        """
        await self._check(draft.release_ids, draft.target_id)
        first = self._first(draft.timing)
        claims = tuple(claim_of(release_id, draft.target_id) for release_id in draft.release_ids)
        again = draft.timing.frequency is not None
        if again:
            replaced = {"claims": {"$in": claims}} if draft.on_conflict is OnConflict.REPLACE else None
            await check_room(self._scope, draft.target_id, but=replaced)
        schedule = ScheduleDocument(
            **{name: getattr(draft, name) for name in ScheduleDraft.model_fields if name != "on_conflict"},
            claims=claims,
            next_run_at=first,
        )
        stored = await self._insert(schedule, draft.on_conflict)
        if again:
            await withdraw_excess(self._scope, stored)
        await self.wake(stored)
        return stored

    async def update(self, id: str, changes: ScheduleChanges, revision: int | None = None) -> ScheduleDocument:
        """Change a schedule that is active (row SCD-02).

        Raises NOT_FOUND, SCHEDULE_ENDED, SCHEDULE_IN_PAST, SCHEDULE_EMPTY, SCHEDULE_NOT_RECURRING, SCHEDULES_TOO_MANY
        or REVISION_CONFLICT.
        """
        current = await self._active(id)
        change: dict[str, Any] = {name: getattr(changes, name) for name in sorted(changes.model_fields_set)}
        if changes.timing is None:
            change.pop("timing", None)
        else:
            change["next_run_at"] = self._first(changes.timing)
            if changes.timing.frequency is not None and current.timing.frequency is None:
                await check_room(self._scope, current.target_id)
        updated = await self._schedules.update(
            id, Change(set=change), revision=revision or current.revision, where={"status": ScheduleStatus.ACTIVE}
        )
        await self.wake(updated)
        return updated

    async def cancel(self, id: str) -> ScheduleDocument:
        """End a schedule before its next run; what it has made already goes on. Raises NOT_FOUND, SCHEDULE_ENDED."""
        await self._active(id)
        cancelled = await self._schedules.try_update({"id": id, "status": ScheduleStatus.ACTIVE}, _CANCELLED)
        if cancelled is None:
            raise _ended(await self.get(id))
        return cancelled

    async def run(self, id: str) -> bool:
        """Make the deliveries of a schedule whose moment has come; False where there is nothing to do.

        May be called any number of times: the number of the run is the key under which its deliveries are made, so that
        a run that a crash interrupted makes them once. Runs that were missed are made up for by one (row SCH-03). A
        release of which another delivery to the target is under way is left behind and told of; the next run finds what
        is new of it then.
        """
        schedule = await self._schedules.find(id)
        now = self._scope.clock.now()
        if schedule is None or schedule.status is not ScheduleStatus.ACTIVE or schedule.next_run_at is None:
            return False
        if schedule.next_run_at > now:
            await self.wake(schedule)
            return False
        following = schedule.timing.next_after(now) if schedule.timing.frequency is not None else None
        made = await self._make(schedule, schedule.next_run_at, now, again=following is not None)
        change: dict[str, Any] = {
            "runs": (*schedule.runs, made)[-RUNS_KEPT:],
            "run": schedule.run + 1,
            "next_run_at": following,
        }
        if following is None:
            change |= {"claims": (), "status": ScheduleStatus.FAILED if made.code else ScheduleStatus.ENDED}
        where = {"id": id, "run": schedule.run, "status": ScheduleStatus.ACTIVE}
        moved = await self._schedules.try_update(where, Change(set=change), events=self._told(schedule, made))
        if moved is not None:
            await self.wake(moved)
        return True

    async def run_due(self) -> int:
        """Run everything that is due now, as the worker does by itself; how many ran (row SVC-09)."""
        return sum([await self.run(schedule.id) for schedule in await self._due()])

    async def wake_due(self) -> int:
        """Ask a worker for every schedule that is due; how many there are."""
        due = await self._due()
        for schedule in due:
            await self.wake(schedule)
        return len(due)

    async def wake(self, schedule: ScheduleDocument) -> None:
        """Ask a worker to look at a schedule at its next moment."""
        if schedule.next_run_at is not None:
            given = {"schedule_id": schedule.id}
            await ask(self._scope, SCHEDULE_TASK, id=schedule.id, payload=given, at=schedule.next_run_at)

    async def _due(self) -> list[ScheduleDocument]:
        where = {"status": ScheduleStatus.ACTIVE, "next_run_at": {"$lte": self._scope.clock.now()}}
        return await self._schedules.list(where, order=NEXT_FIRST)

    async def _make(self, schedule: ScheduleDocument, due_at: datetime, now: datetime, *, again: bool) -> ScheduleRun:
        key = f"schedule {schedule.id} run {schedule.run}"
        wish = Wish(
            idempotency_key=key,
            priority=schedule.priority,
            force=schedule.force,
            immediate=True,
            changed_only=True,
            notify_on_completion=schedule.notify_on_completion,
        )
        try:
            acting = replace(self._scope, actor=schedule.created_by or self._scope.actor)
            made = await DeliveryService(acting).create(schedule.release_ids, schedule.target_id, wish)
        except DomainError as error:
            return ScheduleRun(due_at=due_at, ran_at=now, code=error.code, message=error.message[:LONGEST_MESSAGE])
        run = ScheduleRun(due_at=due_at, ran_at=now, delivery_ids=tuple(delivery.id for delivery in made))
        if not (left := await find_left_behind(self._scope, key)):
            return run
        told = {"code": "DELIVERY_IN_PROGRESS", "message": describe_left_behind(left, again=again)}
        return run.model_copy(update={"left_behind": left, **told})

    def _told(self, schedule: ScheduleDocument, made: ScheduleRun) -> list[ScheduleRunFailed]:
        """A run that makes nothing, or leaves releases behind, is told in the step in which it is written down."""
        if made.code is None:
            return []
        event = ScheduleRunFailed(
            id=new_id(),
            tenant_id=self._scope.tenant_id,
            at=made.ran_at,
            schedule_id=schedule.id,
            target_id=schedule.target_id,
            due_at=made.due_at,
            code=made.code,
            reason=made.message,
        )
        return [event]

    async def _active(self, id: str) -> ScheduleDocument:
        schedule = await self.get(id)
        if schedule.status is not ScheduleStatus.ACTIVE:
            raise _ended(schedule)
        return schedule

    async def _insert(self, schedule: ScheduleDocument, on_conflict: OnConflict) -> ScheduleDocument:
        for _ in range(REPLACEMENT_ROUNDS):
            try:
                return await self._schedules.insert(schedule, by=self._scope.actor)
            except DomainError as error:
                if error.code != "SCHEDULE_CONFLICT":
                    raise
                holders = await self._schedules.list({"claims": {"$in": list(schedule.claims)}})
                if on_conflict is OnConflict.REFUSE and holders:
                    raise _conflict(schedule, holders) from error
                for holder in holders:
                    await self._schedules.try_update({"id": holder.id, "status": ScheduleStatus.ACTIVE}, _CANCELLED)
        return await self._schedules.insert(schedule, by=self._scope.actor)

    async def _check(self, release_ids: Sequence[str], target_id: str) -> None:
        check_selection(release_ids)
        target = await self._scope.store.collection(TargetDocument).find(target_id)
        if target is None or target.archived_at is not None:
            raise DomainError("NOT_FOUND", f"there is no target with id {target_id}", ("target_id",))
        if not target.active:
            raise DomainError("TARGET_INACTIVE", f"the target {target.name} is not active", ("target_id",))
        found = await self._scope.store.collection(ReleaseDocument).get_many(release_ids)
        missing = [
            DomainError("NOT_FOUND", f"there is no release with id {release_id}", ("release_ids", place))
            for place, release_id in enumerate(release_ids)
            if release_id not in found
        ]
        if missing:
            raise DomainErrors(missing)

    def _first(self, timing: Timing) -> datetime:
        if timing.ends_on is not None and timing.frequency is None:
            message = "what happens once has no last day: name a frequency, or leave out when it ends"
            raise DomainError("SCHEDULE_NOT_RECURRING", message, ("timing", "ends_on"))
        first = timing.first()
        if first is None:
            raise DomainError("SCHEDULE_EMPTY", "this schedule ends before its first run", ("timing", "ends_on"))
        if first <= self._scope.clock.now():
            message = f"{timing.starts_at.isoformat(' ', 'minutes')} in {timing.timezone} is past"
            raise DomainError("SCHEDULE_IN_PAST", message, ("timing", "starts_at"))
        return first


_CANCELLED = Change(set={"status": ScheduleStatus.CANCELLED, "claims": (), "next_run_at": None})


def _ended(schedule: ScheduleDocument) -> DomainError:
    return DomainError("SCHEDULE_ENDED", f"the schedule is {schedule.status.value}, not active", ("id",))


def _conflict(schedule: ScheduleDocument, holders: Sequence[ScheduleDocument]) -> DomainError:
    held = {claim: holder for holder in holders for claim in holder.claims}
    place, claim = next((place, claim) for place, claim in enumerate(schedule.claims) if claim in held)
    when = held[claim].next_run_at
    moment = f" for {when.isoformat()}" if when else ""
    message = f"schedule {held[claim].id} has this release to this target planned{moment}: change or replace it"
    return DomainError("SCHEDULE_CONFLICT", message, ("release_ids", place))
