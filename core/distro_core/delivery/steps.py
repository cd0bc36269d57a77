"""The steps of an attempt, in the order in which they stand in the delivery's log (row LOG-02)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import AttemptStatus, BatchDocument, DeliveryDocument, LogLevel
from distro_core.delivery.file_preparation import BEFORE_MESSAGE, leave_or_raise, prepare_files
from distro_core.delivery.lanes import Link, Load, share_out
from distro_core.delivery.leftovers import discard_unfinished
from distro_core.delivery.logs import (
    DELIVERY_EXECUTION,
    INITIALIZATION,
    PACKAGE_PREPARATION,
    RECEIPT_GENERATION,
    TARGET_CONFIGURATION,
    VALIDATION,
)
from distro_core.delivery.package_transfer import send_package
from distro_core.delivery.packaging import PackedBatch, pack_batch
from distro_core.delivery.postponements import postpone
from distro_core.delivery.preparation import MessageInvalid, Postponed, prepare_message
from distro_core.delivery.progress import AttemptProgress, DeliveryCancelled
from distro_core.delivery.release_changes import leave_changed, read_releases, stop_changed
from distro_core.delivery.runs import BatchRun, begin_attempts, regroup
from distro_core.delivery.status.receipts import make_receipt
from distro_core.delivery.status.settling import arrived_status, rest_of_way
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.metadata_connections import open_links, protocols_of
from distro_core.delivery.transfer import Transfer
from distro_core.manual.walk import is_manual
from distro_core.platforms.answering import find_answering
from distro_core.preparation.releases import NOTHING_PREPARED
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.transports import Transport

log = structlog.get_logger("distro.delivery")


@dataclass(frozen=True)
class Route:
    """Where a round goes and by what. `links`: the transports in the order in which they are used, one or two.

    `answers`: whether the platform's answers are waited for; `manual`: whether a person goes it.
    """

    target: TargetDocument
    choreography: Choreography
    links: tuple[Link, ...]
    answers: bool = False
    manual: bool = False

    @property
    def transport(self) -> Transport:
        """What the files travel by; the platform's answers are fetched by it too."""
        return self.links[0].transport


async def begin(run: BatchRun) -> None:
    """Add the attempt to every delivery."""
    async with run.log.step(INITIALIZATION, "An attempt begins") as details:
        details |= {"attempt": run.batch.attempt, "of": run.scope.settings.retry_attempts, "batch": run.batch.id}
        await begin_attempts(run)


async def find_route(run: BatchRun, target: TargetDocument) -> Route:
    """The target with its plugins and its opened settings.

    Raises TARGET_INACTIVE, CHOREOGRAPHY_UNKNOWN, TRANSPORT_UNKNOWN, SECRET_UNREADABLE or TARGET_SETTING_INVALID.
    """
    async with run.log.step(TARGET_CONFIGURATION, "The target is ready") as details:
        if not target.active:
            raise DomainError("TARGET_INACTIVE", f"the target {target.name} is not active", ("target_id",))
        choreography = run.scope.plugins.choreographies.get(target.choreography)
        if choreography is None:
            raise run.scope.plugins.unknown("choreography", target.choreography)
        details |= {"target": target.name, "protocol": protocols_of(target), "choreography": target.choreography}
        return Route(
            target,
            choreography,
            await open_links(run.scope, target),
            answers=bool(find_answering(run.scope, target)),
            manual=is_manual(run.scope, target),
        )


async def write_messages(run: BatchRun, target: TargetDocument, *, packed_next: bool = False) -> None:
    """Build and judge the messages that do not exist yet; a release that fails leaves, the others go on.

    So does one whose message exists and whose release has changed since, and one that plugins put off; raises
    `MustWait` where they put off all. `packed_next`: deliveries are queued and in the same step prepared, because
    nothing comes in between.
    """
    releases = await read_releases(run)
    await leave_changed(run, releases)
    prepared = await prepare_files(run, target, releases)
    unwritten = [delivery for delivery in run.deliveries.values() if delivery.message_key is None]
    if not unwritten:
        return
    postponed: dict[str, Postponed] = {}
    async with run.log.step(VALIDATION, "The messages are written and valid") as details:
        for delivery in unwritten:
            if delivery.status not in BEFORE_MESSAGE and not run.is_held(delivery.id):
                await run.move(delivery.id, Status.VALIDATING)
            try:
                files = prepared.get(delivery.id, NOTHING_PREPARED)
                written = await prepare_message(run.scope, delivery, target, run.log, files)
            except Postponed as later:
                postponed[delivery.id] = later
            except DomainError as error:
                if isinstance(error, MessageInvalid):
                    await run.note(delivery.id, Change(set={"validation": error.validation}))
                await leave_or_raise(run, delivery.id, error)
            else:
                run.written[delivery.id] = written
                await _pass_on(run, delivery.id, written.change, packed_next=packed_next)
                await _warn_of_errors(run, delivery.id)
        await postpone(run, postponed)
        details["messages"] = [delivery.message_id for delivery in run.deliveries.values()]


async def _pass_on(run: BatchRun, delivery_id: str, change: Change, *, packed_next: bool) -> None:
    """Queue a delivery with its message; where no stored file is to be proven, its upload begins in the same step."""
    queued = (Status.QUEUED, "")
    written = change.set or {}
    if not packed_next:
        await run.move(delivery_id, Status.QUEUED, change=change)
    elif written["files"] or written["sidecars"]:
        await run.move(delivery_id, Status.PREPARING, via=(queued,), stood={Status.QUEUED}, change=change)
    else:
        run.hold(delivery_id, (queued, (Status.PREPARING, "")), change)


async def _warn_of_errors(run: BatchRun, delivery_id: str) -> None:
    """Say in the log that a message goes out although validation found errors in it (row VAL-10)."""
    verdict = run.deliveries[delivery_id].validation
    if verdict is not None and not verdict.valid:
        message = "The message has errors and is delivered all the same, because the tenant does not require validation"
        found = {"errors": len(verdict.errors), "codes": sorted({issue.code for issue in verdict.errors})}
        await run.log.write(LogLevel.WARNING, VALIDATION, message, details=found, only=delivery_id)


async def pack(run: BatchRun, route: Route) -> PackedBatch | None:
    """The package with every stored file proven, or None where no release is left to send."""
    if not run.deliveries:
        return None
    for delivery in run.travelling:
        if delivery.status is not Status.PREPARING and not run.is_held(delivery.id):
            await run.move(delivery.id, Status.PREPARING)
    async with run.log.step(PACKAGE_PREPARATION, "The package is laid out and its files are proven") as details:
        while run.deliveries:
            travelling = list(run.deliveries.values())
            packed = await pack_batch(
                run.scope, route.choreography, route.target, run.batch, travelling, written=run.written
            )
            if not packed.faults:
                details |= {"files": len(packed.files), "bytes": sum(file.size for file in packed.files)}
                return packed
            for delivery_id, faults in packed.faults.items():
                await leave_or_raise(run, delivery_id, DomainErrors(faults))
    return None


async def upload(run: BatchRun, route: Route, packed: PackedBatch) -> Transfer | None:
    """Bring the package to the receiver, its completion marker last.

    None where the folder was begun for other deliveries, which now go a way of their own. Raises `TransportError`,
    `DeliveryCancelled` or `LeaseLost`.
    """
    begun = _begun(run)
    if begun and begun != run.deliveries.keys():
        await regroup(run)
        return None
    run.progress = progress = AttemptProgress(run.scope, run.travelling, packed.files)
    await _start(run, route, packed, progress)
    loads = share_out(packed, route.links)
    async with AsyncExitStack() as stack:
        lanes: list[tuple[Link, Load, Transfer]] = []
        for link, load in zip(route.links, loads, strict=True):
            async with run.log.step(link.step("connect"), "Connected to the receiver"):
                session = await stack.enter_async_context(run.line.connect(link.transport, link.configuration))
            transfer = Transfer(
                session=session,
                capabilities=link.transport.capabilities,
                progress=progress,
                clock=run.scope.clock,
                resuming=bool(begun),
                verify_hashes=route.target.verify_after_upload,
            )
            lanes.append((link, load, transfer))
        *_, (last, load, transfer) = lanes
        if not last.whole and await transfer.is_complete(load.marker):
            await transfer.skip(packed.files)
            return transfer
        perhaps_there = {each.id for each in run.travelling if last.whole and each.committed_at is not None}
        await _reopen(run)
        try:
            for each in lanes:
                await _send(run, *each, perhaps_there)
        except DeliveryCancelled:
            for link, load, transfer in lanes:
                await discard_unfinished(run.log, link, load, transfer)
            raise
        return _together([each for _, _, each in lanes])


async def record(run: BatchRun, route: Route, packed: PackedBatch, transfer: Transfer) -> None:
    """Write the receipts, each in one step with the status that it proves."""
    async with run.log.step(RECEIPT_GENERATION, "The receipt is written") as details:
        now = run.scope.clock.now()
        told = {} if transfer.reference is None else {"aftermath.reference": transfer.reference}
        releases = {each.release.id: each.release for each in run.written.values()}
        unread = {delivery.release_id for delivery in run.travelling} - releases.keys()
        releases |= await run.scope.store.collection(ReleaseDocument).get_many(unread)
        for delivery in list(run.deliveries.values()):
            status = arrived_status(delivery, answers=route.answers)
            receipt = make_receipt(
                delivery,
                releases.get(delivery.release_id),
                route.target,
                transfer,
                tenant_id=run.scope.tenant_id,
                files=packed.files,
                status=status,
                completed_at=now,
                durations=run.log.durations,
            )
            place = f"attempts.{len(delivery.attempts) - 1}"
            ended = {f"{place}.ended_at": now, f"{place}.status": AttemptStatus.SUCCESS}
            # What is asked of the platform by it follows in the same step: nothing happens in between.
            *via, (last, why) = ((status, ""), *rest_of_way(delivery, status, answers=route.answers))
            arrived = await transfer.progress.unwritten(delivery.id)
            change = Change(set={"receipt": receipt, "completed_at": now, "error": None, **told, **ended, **arrived})
            await run.move(delivery.id, last, details=why, via=via, stood={status}, change=change)
            transfer.progress.forget(delivery.id)
            told_when = {"status": status.value, "attempt": len(delivery.attempts), "bytes": receipt.total_bytes}
            log.info("Delivery completed", **_ids(delivery), **told_when)
        details["batch"] = run.batch.id


def _begun(run: BatchRun) -> set[str]:
    """The deliveries for which the folder at the receiver was begun; of a single one its own history says it."""
    if len(run.batch.delivery_ids) > 1:
        return set(run.batch.folder_of)
    return {each.id for each in run.travelling if any(line.status is Status.UPLOADING for line in each.history)}


async def _start(run: BatchRun, route: Route, packed: PackedBatch, progress: AttemptProgress) -> None:
    start = perf_counter()
    if len(run.batch.delivery_ids) > 1 and not run.batch.folder_of:
        mine = {"holder": run.batch.holder}
        begun = Change(set={"folder_of": tuple(run.deliveries)})
        await run.scope.store.collection(BatchDocument).try_write(run.batch.id, begun, where=mine)
    for delivery in run.travelling:
        await run.move(delivery.id, Status.UPLOADING, change=Change(set=progress.pending(delivery.id)))
        facts = _facts(delivery, route, packed)
        log.info("Delivery started", **facts)
        duration = float(f"{perf_counter() - start:.3f}")
        await run.log.write(
            LogLevel.INFO, DELIVERY_EXECUTION, "Delivery started", details=facts, duration=duration, only=delivery.id
        )


def _facts(delivery: DeliveryDocument, route: Route, packed: PackedBatch) -> dict[str, Any]:
    """What row LOG-05 asks for, in its words."""
    own = [file for file in packed.files if file.file.delivery_id in {None, delivery.id}]
    return {
        **_ids(delivery),
        "protocol": protocols_of(route.target),
        "fileCount": len(own),
        "totalSize": sum(file.size for file in own),
    }


def _ids(delivery: DeliveryDocument) -> dict[str, str]:
    return {"deliveryId": delivery.id, "releaseId": delivery.release_id, "targetId": delivery.target_id}


async def _reopen(run: BatchRun) -> None:
    """Allow cancelling where the marker of an earlier attempt did not arrive, until it is sent again."""
    for delivery in list(run.deliveries.values()):
        if delivery.committed_at is not None:
            await run.note(delivery.id, Change(set={"committed_at": None}))


async def _send(run: BatchRun, link: Link, load: Load, transfer: Transfer, perhaps_there: Collection[str]) -> None:
    """Send what one link carries, what completes the package last.

    `perhaps_there`: ids of deliveries that may be complete at the receiver.
    """

    async def commit() -> None:
        await stop_changed(run, perhaps_there)
        await _commit(run, transfer.progress)

    if link.whole:
        async with run.log.step(link.step("upload"), "The package is at the receiver") as details:
            await send_package(transfer, run.batch.id, load.files, commit)
            details |= {"sent": len(load.files), "reference": transfer.reference}
        return
    async with run.log.step(link.step("upload"), "The files are at the receiver") as details:
        await transfer.send_all(load.payload)
        skipped = len(transfer.skipped)
        details |= {"sent": len(load.payload) - skipped, "skipped": skipped}
    if load.marker is not None:
        async with run.log.step(link.step("complete"), "The completion marker is at the receiver"):
            await commit()
            await transfer.send(load.marker)


async def _commit(run: BatchRun, progress: AttemptProgress) -> None:
    """Note that the package may be complete from now on; raises `DeliveryCancelled` where somebody was faster."""
    deliveries = run.scope.store.collection(DeliveryDocument)
    for delivery_id in run.deliveries:
        where = {"holder": run.batch.holder, "status": Status.UPLOADING}
        arrived = await progress.unwritten(delivery_id)
        committed = Change(set={"committed_at": run.scope.clock.now(), **arrived})
        if not await deliveries.try_write(delivery_id, committed, where=where):
            raise DeliveryCancelled(delivery_id)
        progress.forget(delivery_id)


def _together(transfers: Sequence[Transfer]) -> Transfer:
    """The last transfer with what the others have brought."""
    *others, last = transfers
    for other in others:
        last.arrived |= other.arrived
        last.hashed |= other.hashed
        last.skipped |= other.skipped
        last.reference = last.reference or other.reference
    return last
