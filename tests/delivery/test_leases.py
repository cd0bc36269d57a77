"""One worker at a time: who has a batch, and what happens when that worker stops (rows LOC-01 to LOC-03)."""

from __future__ import annotations

import asyncio

import pytest

from distro_core.delivery import leases
from distro_core.delivery.documents import AttemptStatus, BatchDocument, BatchStatus, TransferStatus
from distro_core.delivery.engine import run_batch
from distro_core.delivery.leases import hold_batch
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.delivery.transitions import LeaseLost
from distro_core.store.collection import Change
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport, pass_on


@pytest.fixture
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease of a minute is renewed every tenth of a second: a busy machine is late for a beat, not for the lease."""
    monkeypatch.setattr(leases, "BEATS_PER_LEASE", 600)


async def batch_of(label: Label, batch_id: str) -> BatchDocument:
    return await label.scope.store.collection(BatchDocument).get(batch_id)


async def files_completed(label: Label, delivery_id: str) -> int:
    attempts = (await label.deliveries.get(delivery_id)).attempts
    return [file.status for attempt in attempts for file in attempt.files].count(TransferStatus.COMPLETED)


@pytest.mark.proves("LOC-01")
async def test_of_ten_workers_exactly_one_runs(label: Label) -> None:
    line = HookedTransport()
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    ran = await asyncio.gather(*(run_batch(label.scope, made.batch_id) for _ in range(10)))

    delivery = await label.deliveries.get(made.id)
    assert sorted(ran) == [False] * 9 + [True]
    assert (line.connections, len(delivery.attempts), delivery.status) == (1, 1, Status.DISTRIBUTED)
    assert len(line.put) == len(set(line.put)) == 6


async def test_a_batch_of_another_tenant_cannot_be_run(label: Label, other_label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)

    assert await run_batch(other_label.scope, made.batch_id) is False
    assert (await label.deliveries.get(made.id)).status is Status.CREATED


@pytest.mark.proves("LOC-02", "RTY-04", "JOB-11")
async def test_a_worker_that_fell_silent_is_replaced_and_cannot_write_any_more(label: Label) -> None:
    clock, stuck, go_on = FixedClock(), asyncio.Event(), asyncio.Event()

    async def hang_at_the_cover(path: str) -> None:
        if path.endswith(".jpg"):
            stuck.set()
            await go_on.wait()

    silent_line, line = HookedTransport(before=hang_at_the_cover), HookedTransport()
    silent, healthy = with_line(label, silent_line, clock), with_line(label, line, clock)
    release, target = await healthy.release(), await healthy.target(transport="hooked")
    (made,) = await healthy.deliveries.create([release.id], target.id)

    lost = asyncio.create_task(run_batch(silent.scope, made.batch_id))
    async with asyncio.timeout(30):
        await stuck.wait()
        # The two recordings travel beside the cover; only what is written down as whole is not sent again.
        while await files_completed(silent, made.id) < 2:
            await asyncio.sleep(0.01)
    refused = await run_batch(healthy.scope, made.batch_id)
    clock.advance(healthy.scope.settings.delivery_lease + 1)
    taken_over = await run_batch(healthy.scope, made.batch_id)
    delivery = await healthy.deliveries.get(made.id)
    sent_by_both = [*silent_line.put, *line.put]
    go_on.set()
    await lost

    assert (refused, taken_over) == (False, True)
    assert delivery.status is Status.DISTRIBUTED
    assert [attempt.status for attempt in delivery.attempts] == [AttemptStatus.PARTIAL, AttemptStatus.SUCCESS]
    assert delivery.attempts[0].error is not None
    assert delivery.attempts[0].error.code == "WORKER_LOST"
    assert len(sent_by_both) == len(set(sent_by_both)) == 6
    assert [line.status for line in delivery.history][3:6] == [Status.UPLOADING, Status.FAILED, Status.RETRYING]
    after = await healthy.deliveries.get(made.id)
    assert (after.history, after.attempts, after.receipt) == (delivery.history, delivery.attempts, delivery.receipt)
    assert silent_line.put.count(f"{made.batch_id}/BatchComplete.txt") == 0


@pytest.mark.proves("LOC-02")
@pytest.mark.usefixtures("quick_beats")
async def test_a_lease_is_renewed_for_as_long_as_the_work_takes(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"delivery_lease": 60.0}), clock=clock)
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)

    async with hold_batch(label.scope, made.batch_id) as lease:
        assert lease is not None
        first_end = lease.batch.leased_until
        clock.advance(40)
        async with asyncio.timeout(60):
            while (await batch_of(label, made.batch_id)).leased_until == first_end:
                await asyncio.sleep(0.01)
        clock.advance(40)
        assert first_end is not None
        assert clock.now() > first_end
        async with hold_batch(label.scope, made.batch_id) as second:
            assert second is None

    given_back = await batch_of(label, made.batch_id)
    assert (given_back.holder, given_back.leased_until, given_back.attempt) == (None, None, 1)


@pytest.mark.proves("LOC-02")
@pytest.mark.usefixtures("quick_beats")
async def test_work_is_stopped_when_the_lease_is_lost(label: Label) -> None:
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"delivery_lease": 60.0}))
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    stolen = Change(set={"holder": "somebody else"})

    async def work() -> None:
        async with hold_batch(label.scope, made.batch_id):
            await label.scope.store.collection(BatchDocument).update(made.batch_id, stolen)
            await asyncio.Event().wait()

    with pytest.raises(LeaseLost):
        await work()

    assert (await batch_of(label, made.batch_id)).holder == "somebody else"


async def test_a_worker_that_is_stopped_gives_the_batch_back_and_its_attempt_does_not_count(label: Label) -> None:
    uploading = asyncio.Event()

    async def wait_for_ever(path: str) -> None:
        uploading.set()
        await asyncio.Event().wait()

    line = HookedTransport(before=wait_for_ever)
    label = with_line(label, line)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    working = asyncio.create_task(run_batch(label.scope, made.batch_id))
    async with asyncio.timeout(30):
        await uploading.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    given_back = await batch_of(label, made.batch_id)
    line.before = pass_on
    delivery = await label.work(made)

    assert working.cancelled()
    assert (given_back.holder, given_back.attempt, given_back.status) == (None, 0, BatchStatus.OPEN)
    assert delivery.status is Status.DISTRIBUTED
    assert [attempt.number for attempt in delivery.attempts] == [1, 2]


@pytest.mark.parametrize(("limit", "attempts"), [(None, 4), (2, 2)])
@pytest.mark.proves("ERR-12")
async def test_workers_that_die_again_and_again_use_up_the_attempts(
    label: Label, limit: int | None, attempts: int
) -> None:
    clock, line = FixedClock(), HookedTransport()
    label = with_line(label, line, clock)
    release = await label.release()
    target = await label.target(transport="hooked", limits=TargetLimits(attempts=limit))
    (made,) = await label.deliveries.create([release.id], target.id)
    dead = Change(set={"holder": "dead", "leased_until": clock.now()}, increment={"attempt": 1})
    batches = label.scope.store.collection(BatchDocument)

    for _ in range(attempts):
        await batches.update(made.batch_id, dead)
    clock.advance(1)
    delivery = await label.work(made)

    assert (delivery.status, line.connections) == (Status.FAILED, 0)
    assert delivery.error is not None
    assert delivery.error.code == "WORKER_LOST"
    assert (await batch_of(label, made.batch_id)).status is BatchStatus.FAILED


@pytest.mark.proves("ERR-12")
async def test_after_three_workers_that_died_a_fourth_one_delivers(label: Label) -> None:
    """The row's number counts retries: three after the first attempt."""
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    (made,) = await label.deliveries.create([(await label.release()).id], (await label.target()).id)
    dead = Change(set={"holder": "dead", "leased_until": clock.now()}, increment={"attempt": 1})

    for _ in range(3):
        await label.scope.store.collection(BatchDocument).update(made.batch_id, dead)
    clock.advance(1)

    assert (await label.work(made)).status is Status.DISTRIBUTED


async def test_what_broke_off_after_the_upload_is_finished_by_the_next(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    update = await label.deliver([release.id], target.id)
    reopened = Change(set={"status": BatchStatus.OPEN, "due_at": label.scope.clock.now()})
    await label.scope.store.collection(BatchDocument).update(update.batch_id, reopened)
    deliveries = label.scope.store.collection(type(update))
    await deliveries.update(update.id, Change(set={"status": Status.DISTRIBUTED}))

    finished = await label.work(update)

    assert finished.status is Status.UPDATED
    assert len(finished.attempts) == 1
    assert (await batch_of(label, update.batch_id)).status is BatchStatus.SENT
