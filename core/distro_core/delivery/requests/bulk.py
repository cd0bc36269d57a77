"""Bulk distribution: many releases to many targets, made in portions by a worker (rows TPF-01, TAP-05, CAT-22).

Everything that a portion makes has a key of its own, so that a portion may be made again by anybody after a crash and
nothing is made twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.live import ask
from distro_core.delivery.requests.bulk_documents import BulkDistributionDocument, BulkJob
from distro_core.delivery.requests.bulk_estimates import estimate_duration
from distro_core.delivery.requests.distribution import Destination, DistributionService
from distro_core.delivery.requests.wishes import LONGEST_KEY, Wish
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model

BULK_TASK = "bulk"
MOST_JOBS = 5000
LONGEST_MESSAGE = 500
"""Characters of why a delivery was not made: all jobs of a bulk lie in one document, which has 16 MB at most."""
NEWEST_FIRST = Order("id", descending=True)


class BulkItem(Model):
    """A release and where it goes."""

    release_id: str
    target_ids: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


class BulkDraft(Model):
    """A new bulk distribution. `stagger`: seconds between two jobs of a portion."""

    items: tuple[BulkItem, ...]
    portion: Annotated[int, Field(ge=1, le=200)] = 50
    at_once: Annotated[int, Field(ge=1, le=20)] = 5
    stagger: Annotated[float, Field(ge=0, le=60)] = 0.1
    priority: Priority = Priority.NORMAL
    force: bool = False
    notify_on_completion: bool = False
    idempotency_key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)] | None = None


class BulkService:
    """The bulk distributions of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._bulks = scope.store.collection(BulkDistributionDocument)

    async def get(self, id: str) -> BulkDistributionDocument:
        """The bulk distribution of that id; raises NOT_FOUND."""
        return await self._bulks.get(id)

    async def page(self, first: int = 50, after: str | None = None) -> Page[BulkDistributionDocument]:
        """A page of bulk distributions, the newest first."""
        return await self._bulks.page({}, order=NEWEST_FIRST, first=first, after=after)

    async def create(self, draft: BulkDraft) -> BulkDistributionDocument:
        """Store a bulk distribution and ask a worker to begin.

        A release that names a target twice, or comes twice, counts once. Raises `DomainErrors` NOT_FOUND or
        TARGET_INACTIVE for every release and target that cannot be used, or BULK_INVALID; then nothing is made. A key
        that was used before returns what was made with it.
        """
        if draft.idempotency_key is not None and (made := await self._made_before(draft.idempotency_key)):
            return made
        jobs = await self._jobs(draft.items)
        now = self._scope.clock.now()
        staggered = timedelta(seconds=draft.stagger * (len(jobs) - 1))
        each = await estimate_duration(self._scope, sorted({job.target_id for job in jobs}))
        worked = timedelta(seconds=each * len(jobs) / self._scope.settings.worker_concurrency)
        bulk = BulkDistributionDocument(
            **draft.model_dump(exclude={"items"}),
            jobs=jobs,
            begin_at=now,
            next_at=now,
            estimated_completion=now + max(staggered, worked) + timedelta(seconds=each),
        )
        try:
            stored = await self._bulks.insert(bulk, by=self._scope.actor)
        except DomainError:
            made = await self._made_before(draft.idempotency_key) if draft.idempotency_key else None
            if made is None:
                raise
            return made
        await self.wake(stored)
        return stored

    async def work(self, id: str) -> bool:
        """Make the next portion if its moment has come; False where there is nothing to do."""
        bulk = await self._bulks.find(id)
        if bulk is None or bulk.next_at is None:
            return False
        now = self._scope.clock.now()
        if bulk.next_at > now:
            await self.wake(bulk)
            return False
        portion = bulk.jobs[bulk.done : bulk.done + bulk.portion]
        stagger = timedelta(seconds=bulk.stagger)
        gate = asyncio.Semaphore(bulk.at_once)
        acting = DeliveryService(replace(self._scope, actor=bulk.created_by or self._scope.actor))

        async def make(place: int, job: BulkJob) -> BulkJob:
            async with gate:
                return await _make(acting, bulk, job, now + stagger * place)

        made = await asyncio.gather(*(make(place, job) for place, job in enumerate(portion)))
        done = bulk.done + len(made)
        change: dict[str, object] = {f"jobs.{bulk.done + place}": job for place, job in enumerate(made)}
        change |= {"done": done, "next_at": now + stagger * len(made) if done < len(bulk.jobs) else None}
        moved = await self._bulks.try_update({"id": id, "done": bulk.done}, Change(set=change))
        if moved is not None:
            await self.wake(moved)
        return True

    async def wake(self, bulk: BulkDistributionDocument) -> None:
        """Ask a worker for the next portion, when it is to be made."""
        if bulk.next_at is not None:
            given = {"bulk_id": bulk.id}
            await ask(self._scope, BULK_TASK, id=bulk.id, payload=given, at=bulk.next_at, priority=bulk.priority)

    async def wake_due(self) -> int:
        """Ask a worker for every portion that is due; how many there are."""
        due = await self._bulks.list({"next_at": {"$lte": self._scope.clock.now()}}, order=Order("next_at"))
        for bulk in due:
            await self.wake(bulk)
        return len(due)

    async def _made_before(self, key: str) -> BulkDistributionDocument | None:
        return await self._bulks.find_one({"idempotency_key": key})

    async def _jobs(self, items: Sequence[BulkItem]) -> tuple[BulkJob, ...]:
        if not 1 <= len(items) <= MOST_JOBS:
            raise DomainError("BULK_INVALID", f"name 1 to {MOST_JOBS} releases", ("items",))
        releases = await self._scope.store.collection(ReleaseDocument).get_many(item.release_id for item in items)
        service = DistributionService(self._scope)
        found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        jobs: dict[str, BulkJob] = {}
        faults: list[DomainError] = []
        for place, item in enumerate(items):
            if item.release_id not in releases:
                message = f"there is no release with id {item.release_id}"
                faults.append(DomainError("NOT_FOUND", message, ("items", place, "release_id")))
            same = (item.target_ids, item.platforms)
            try:
                if same not in found:
                    targets = await service.find_targets(Destination(*same))
                    found[same] = [target.id for target in targets]
            except DomainError as error:
                each = error.errors if isinstance(error, DomainErrors) else (error,)
                faults += [DomainError(one.code, one.message, ("items", place, *one.path)) for one in each]
                continue
            for target_id in found[same]:
                job = BulkJob(release_id=item.release_id, target_id=target_id)
                jobs[job.name] = job
        if faults:
            raise DomainErrors(faults)
        if len(jobs) > MOST_JOBS:
            raise DomainError("BULK_INVALID", f"{len(jobs)} deliveries are more than {MOST_JOBS}", ("items",))
        return tuple(jobs.values())


async def _make(deliveries: DeliveryService, bulk: BulkDistributionDocument, job: BulkJob, at: datetime) -> BulkJob:
    wish = Wish(
        idempotency_key=f"bulk {bulk.id} {job.name}",
        force=bulk.force,
        priority=bulk.priority,
        due_at=at,
        notify_on_completion=bulk.notify_on_completion,
    )
    try:
        (delivery,) = await deliveries.create([job.release_id], job.target_id, wish)
    except DomainError as error:
        return job.model_copy(update={"code": error.code, "message": error.message[:LONGEST_MESSAGE]})
    return job.model_copy(update={"delivery_id": delivery.id})
