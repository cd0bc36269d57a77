"""Bulk distribution: portions, spacing, progress, and no job twice whatever dies (rows TPF-01, TAP-05, TAP-06)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.requests.bulk import BulkDraft, BulkItem, BulkService
from distro_core.delivery.requests.bulk_documents import BulkDistributionDocument
from distro_core.delivery.requests.bulk_progress import BulkStatus, measure_progress
from distro_core.embedded import ServiceUrls
from distro_core.platform import Platform
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_priorities import many_targets
from tests.delivery.workers import worker, worker_process


async def copies(label: Label, count: int) -> list[str]:
    """Releases that differ in nothing but their ids."""
    first = await label.release()
    stored = label.scope.store.collection(ReleaseDocument)
    drafts = [first.model_copy(update={"id": new_id(), "icpn": None, "icpn_key": None}) for _ in range(count - 1)]
    return [first.id, *[(await stored.insert(draft)).id for draft in drafts]]


def draft(release_ids: list[str], target_ids: list[str], **fields: Any) -> BulkDraft:
    items = tuple(BulkItem(release_id=each, target_ids=tuple(target_ids)) for each in release_ids)
    return BulkDraft(items=items, **fields)


async def faults(wish: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(DomainError) as refused:
        await wish
    errors = refused.value.errors if isinstance(refused.value, DomainErrors) else (refused.value,)
    return [(error.code, error.path) for error in errors]


async def set_all(label: Label, bulk: BulkDistributionDocument, *statuses: Status) -> None:
    """What has become of the deliveries, in the order of the jobs."""
    stored = label.scope.store.collection(DeliveryDocument)
    for job, status in zip(bulk.jobs, statuses, strict=True):
        assert job.delivery_id is not None
        at = label.scope.clock.now()
        await stored.update(job.delivery_id, Change(set={"status": status, "started_at": at}))


@pytest.mark.proves("TPF-01", "TPF-02", "TAP-05")
async def test_120_jobs_are_made_in_portions_of_50_50_and_20_with_a_tenth_of_a_second_between(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    targets = await many_targets(label, 3)
    bulks = BulkService(label.scope)
    bulk = await bulks.create(draft(await copies(label, 40), [each.id for each in targets]))

    done = []
    while (current := await bulks.get(bulk.id)).next_at is not None:
        clock.set(current.next_at)
        await bulks.work(bulk.id)
        done.append((await bulks.get(bulk.id)).done)

    assert done == [50, 100, 120]
    jobs = (await bulks.get(bulk.id)).jobs
    assert len({job.name for job in jobs}) == 120
    assert jobs[0].name == f"distribute:{jobs[0].release_id}:{jobs[0].target_id}"
    batches = await label.scope.store.collection(BatchDocument).list({}, order=None)
    begins = sorted(batch.due_at for batch in batches)
    gaps = {later - earlier for earlier, later in pairwise(begins)}
    assert gaps == {timedelta(milliseconds=100)}


@pytest.mark.proves("CAT-22")
async def test_20_releases_to_3_targets_are_60_deliveries(label: Label) -> None:
    targets, releases = await many_targets(label, 3), await copies(label, 20)
    bulks = BulkService(label.scope)
    bulk = await bulks.create(draft(releases, [each.id for each in targets], portion=60, stagger=0))

    await bulks.work(bulk.id)

    made = await label.scope.store.collection(DeliveryDocument).list({})
    assert len({(each.release_id, each.target_id) for each in made}) == len(made) == 60


async def test_with_one_unknown_release_or_target_nothing_is_made(label: Label, other_label: Label) -> None:
    release, target = await label.release(), await label.target()
    theirs = await other_label.target()
    items = (
        BulkItem(release_id=new_id(), target_ids=(target.id,)),
        BulkItem(release_id=release.id, target_ids=(target.id, theirs.id)),
        BulkItem(release_id=release.id),
    )

    found = await faults(BulkService(label.scope).create(BulkDraft(items=items)))

    assert found == [
        ("NOT_FOUND", ("items", 0, "release_id")),
        ("NOT_FOUND", ("items", 1, "target_ids", 1)),
        ("TARGETS_INVALID", ("items", 2, "target_ids")),
    ]
    assert await faults(BulkService(label.scope).create(BulkDraft(items=()))) == [("BULK_INVALID", ("items",))]
    assert await label.scope.store.collection(BulkDistributionDocument).count({}) == 0


async def test_the_same_key_gives_the_same_bulk_also_in_parallel(label: Label) -> None:
    release, target = await label.release(), await label.target()
    wanted = draft([release.id], [target.id], idempotency_key="monday")

    made = await asyncio.gather(*(BulkService(label.scope).create(wanted) for _ in range(5)))

    assert len({bulk.id for bulk in made}) == 1


async def test_a_portion_that_two_workers_make_is_made_once(label: Label) -> None:
    targets = await many_targets(label, 8)
    bulks = BulkService(label.scope)
    bulk = await bulks.create(draft([(await label.release()).id], [each.id for each in targets], stagger=0))

    await asyncio.gather(*(bulks.work(bulk.id) for _ in range(4)))

    after = await bulks.get(bulk.id)
    assert (after.done, after.next_at) == (8, None)
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 8
    assert all(job.delivery_id and job.code is None for job in after.jobs)


@pytest.mark.proves("TAP-06")
async def test_a_bulk_passes_all_five_statuses(label: Label) -> None:
    targets, bulks = await many_targets(label, 3), BulkService(label.scope)
    bulk = await bulks.create(draft([(await label.release()).id], [each.id for each in targets], stagger=0))

    async def shown() -> tuple[str, int, int, int]:
        progress = await measure_progress(label.scope, await bulks.get(bulk.id))
        assert progress.total == 3
        return progress.status.value, progress.completed, progress.failed, progress.in_progress

    assert await shown() == ("pending", 0, 0, 0)
    await bulks.work(bulk.id)
    made = await bulks.get(bulk.id)
    await set_all(label, made, Status.LIVE, Status.UPLOADING, Status.CREATED)
    assert await shown() == ("processing", 1, 0, 1)
    await set_all(label, made, Status.LIVE, Status.LIVE, Status.FAILED)
    assert await shown() == ("partial", 2, 1, 0)
    await set_all(label, made, Status.REJECTED, Status.NEEDS_ATTENTION, Status.FAILED)
    assert await shown() == ("failed", 0, 3, 0)
    await set_all(label, made, Status.LIVE, Status.LIVE, Status.DISTRIBUTED)
    assert await shown() == ("completed", 3, 0, 0)
    first = (await measure_progress(label.scope, await bulks.get(bulk.id))).completed_at
    await set_all(label, made, Status.LIVE, Status.LIVE, Status.LIVE)
    assert (await measure_progress(label.scope, await bulks.get(bulk.id))).completed_at == first is not None


async def test_a_job_that_cannot_be_made_is_told_and_keeps_none_of_the_others(label: Label) -> None:
    ready, unready, target = await label.release(), await label.release(ready=False), await label.target()
    bulks = BulkService(label.scope)
    bulk = await bulks.create(draft([unready.id, ready.id], [target.id], stagger=0))

    await bulks.work(bulk.id)

    jobs = (await bulks.get(bulk.id)).jobs
    assert [job.code for job in jobs] == ["RELEASE_NOT_READY", None]
    assert (await measure_progress(label.scope, await bulks.get(bulk.id))).status is BulkStatus.PROCESSING


@pytest.mark.slow
@pytest.mark.proves("TAP-05")
async def test_the_estimate_is_half_right(label: Label, platform: Platform) -> None:
    (cold, *targets), release = await many_targets(label, 14), await label.release()
    bulks = BulkService(label.scope)
    # What only the first delivery of a process has to read says nothing of the others.
    await label.deliver([release.id], cold.id)
    async with worker(platform):
        known = await bulks.create(draft([release.id], [targets[0].id], stagger=0))
        await finished(label, known.id)
        bulk = await bulks.create(draft([release.id], [each.id for each in targets], stagger=0.3, force=True))
        done = await finished(label, bulk.id)

    estimated, took = bulk.estimated_completion - bulk.begin_at, done - bulk.begin_at
    assert 0.5 * took <= estimated <= 1.5 * took


async def finished(label: Label, bulk_id: str) -> Any:
    async with asyncio.timeout(60):
        while (
            progress := await measure_progress(label.scope, await BulkService(label.scope).get(bulk_id))
        ).status is not BulkStatus.COMPLETED:
            await asyncio.sleep(0.05)
    return progress.completed_at


@pytest.mark.slow
async def test_a_killed_worker_leaves_nothing_undone_and_nothing_twice(
    label: Label, platform: Platform, services: ServiceUrls
) -> None:
    targets, release = await many_targets(label, 30), await label.release()
    bulks = BulkService(label.scope)
    # So far apart that no kill comes too late.
    bulk = await bulks.create(draft([release.id], [each.id for each in targets], portion=10, stagger=10.0))

    async with worker_process(platform.settings, services) as process:
        async with asyncio.timeout(60):
            while not await label.scope.store.collection(DeliveryDocument).count({}):
                await asyncio.sleep(0.005)
        await process.kill()
    begun = await label.scope.store.collection(DeliveryDocument).count({})
    at_once = {"due_at": label.scope.clock.now()}
    await label.scope.store.collection(BatchDocument).raw.update_many({}, {"$set": at_once})
    rest = Change(set={"stagger": 0.02, "next_at": label.scope.clock.now()})
    await label.scope.store.collection(BulkDistributionDocument).update(bulk.id, rest)
    async with worker(platform):
        await finished(label, bulk.id)

    assert 0 < begun <= 10
    made = await label.scope.store.collection(DeliveryDocument).list({})
    assert sorted(each.target_id for each in made) == sorted(each.id for each in targets)
    markers = [name for name in label.files() if "BatchComplete" in name]
    assert len(markers) == 30
