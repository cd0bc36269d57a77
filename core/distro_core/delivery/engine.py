"""The way of a batch from the queue to the platform, one attempt at a time.

`deliver` leases the batch, `steps` does the work in the order of the delivery's log, `runs` writes down how it went.
Everything is written under the lease, so that another worker can take over at any point.
"""

from __future__ import annotations

import structlog

from distro_core.delivery.batches import wake
from distro_core.delivery.documents import BatchDocument, BatchStatus, LogLevel
from distro_core.delivery.failures.description import describe_failure, worker_lost
from distro_core.delivery.failures.network_check import check_network
from distro_core.delivery.failures.retries import most_attempts
from distro_core.delivery.in_flight import plugins_of_batch
from distro_core.delivery.leases import hold_batch
from distro_core.delivery.limits.admission import is_paused, may_begin
from distro_core.delivery.limits.lines import MustWait, hold_line
from distro_core.delivery.limits.waits import put_off, stop_waiting
from distro_core.delivery.logs import COMPLETION
from distro_core.delivery.postponements import PutOff, heed_wishes, is_asked_again
from distro_core.delivery.progress import DeliveryCancelled
from distro_core.delivery.run_logs import RunLog
from distro_core.delivery.runs import BatchRun, ask_for_attention, close, fail, recover, regroup
from distro_core.delivery.status.settling import note_transfer, settle
from distro_core.delivery.steps import begin, find_route, pack, record, upload, write_messages
from distro_core.delivery.targets.credentials import hold_back
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED, LeaseLost
from distro_core.manual.walk import hand_to_person
from distro_core.platform import Platform
from distro_core.platforms.answering import find_answering
from distro_core.platforms.submission import submit
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.collection import not_found
from distro_sdk.errors import DomainError, TransportError

log = structlog.get_logger("distro.delivery")


async def deliver(platform: Platform, tenant_id: str, batch_id: str) -> None:
    """Make one attempt at a batch that is due; the handler of the task `deliver`.

    May be called any number of times, by any number of workers: one of them works, for the others it does nothing.
    """
    await run_batch(await platform.scope(tenant_id, SYSTEM_ACTOR, began_with=plugins_of_batch(batch_id)), batch_id)


async def run_batch(scope: Scope, batch_id: str) -> bool:
    """As `deliver`, in a tenant's scope; False where there was nothing to do or somebody else does it."""
    try:
        async with hold_batch(scope, batch_id) as lease:
            if lease is None:
                return False
            target = await scope.store.collection(TargetDocument).find(lease.batch.target_id)
            began = await may_begin(scope, lease.batch, target)
            if began:
                run = BatchRun(scope, lease.batch, RunLog(scope), lease.is_lost)
                run.see(lease.deliveries)
                lease.ended = await _work(run, target)
    except LeaseLost as error:
        log.warning("lease_lost", batch_id=batch_id, error=error.message)
        return True
    if lease.ended:
        return True
    latest = await scope.store.collection(BatchDocument).get(batch_id)
    if latest.status is BatchStatus.OPEN and (began or not await is_paused(scope, latest)):
        await wake(scope, latest)
    return began


async def _work(run: BatchRun, target: TargetDocument | None) -> bool:
    """Make an attempt. Whether the batch has ended for sure: nobody need look whether it goes on."""
    scope, batch = run.scope, run.batch
    try:
        if run.deliveries:
            await recover(run)
            lost = worker_lost()
            limit = None if target is None else target.limits.attempts
            if batch.attempt > max(batch.attempts_allowed, most_attempts(scope.settings, lost, limit)):
                await fail(run, lost)
                return False
        elif not any(delivery.status in TRANSFERRED for delivery in run.found):
            await close(run, run.found)
            return True
        if target is None:
            raise not_found(TargetDocument, batch.target_id)
        if run.deliveries and not await _has_begun(run, target):
            return False
        await _settle_all(run, target)
        await close(run, run.found, with_log=True)
        return True
    except LeaseLost:
        raise
    except DeliveryCancelled:
        await regroup(run)
    except Exception as error:  # noqa: BLE001 (whatever went wrong belongs on the delivery)
        await _give_up(run, error)
    finally:
        await run.flush()
    return False


async def _has_begun(run: BatchRun, target: TargetDocument) -> bool:
    """Make the attempt, unless something must be waited for first."""
    try:
        if is_asked_again(run):
            await write_messages(run, target)
        if run.deliveries:
            async with hold_line(run.scope, target, run.travelling, run.is_stopped) as line:
                run.line, run.words = line, line.words
                await _attempt(run, target)
    except MustWait as wait:
        await put_off(run.scope, run.batch, run.travelling, wait.waiting)
        if isinstance(wait, PutOff):
            await heed_wishes(run.scope, run.batch, wait.heard)
        return False
    return True


async def _attempt(run: BatchRun, target: TargetDocument) -> None:
    await stop_waiting(run.scope, run.batch, run.travelling)
    await begin(run)
    route = await find_route(run, target)
    await check_network(run, route)
    await write_messages(run, route.target, packed_next=not route.manual)
    if route.manual:
        await hand_to_person(run)
        return
    packed = await pack(run, route)
    if packed is None:
        return
    transfer = await upload(run, route, packed)
    if transfer is not None:
        await submit(run, route.target, packed.files)
        await record(run, route, packed, transfer)


async def _settle_all(run: BatchRun, target: TargetDocument) -> None:
    """Finish what has arrived, in this round or in one that broke off after its upload."""
    arrived = [each for each in run.found if each.status in TRANSFERRED]
    if not arrived:
        return
    answering = find_answering(run.scope, target)
    answers = bool(answering)
    run.log.delivery_ids = tuple(delivery.id for delivery in arrived)
    async with run.log.step(COMPLETION, "The delivery is complete", LogLevel.SUCCESS) as details:
        for delivery in arrived:
            await settle(run.scope, delivery, target, answers=answers)
        await note_transfer(run.scope, target, run.log, files=answering.files, polling=answering.polling)
        details["waits_for_answer"] = answers


async def _give_up(run: BatchRun, error: Exception) -> None:
    failure = describe_failure(error, run.words)
    if not isinstance(error, DomainError | TransportError):
        log.error("delivery_failed_unexpectedly", batch_id=run.batch.id, exc_info=error)
    try:
        if isinstance(error, DomainError) and not failure.retryable:
            await run.reread()
            for delivery_id in list(run.deliveries):
                await ask_for_attention(run, delivery_id, failure)
            await close(run)
        else:
            await hold_back(run.scope, run.batch.target_id, error, failure)
            await fail(run, failure, asked=getattr(error, "retry_after", None))
    except DeliveryCancelled:
        await regroup(run)
