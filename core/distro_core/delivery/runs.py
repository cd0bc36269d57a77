"""One attempt at a batch: the deliveries that take part in it, and how each is written down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from distro_core.delivery.batches import close_batch, drop_claims, end_of_batch, members, reserve_new, set_free
from distro_core.delivery.documents import (
    Attempt,
    AttemptStatus,
    BatchDocument,
    BatchStatus,
    DeliveryDocument,
    DeliveryError,
    LogLevel,
    TransferStatus,
)
from distro_core.delivery.failures.corrections import needs_change, take_picture
from distro_core.delivery.failures.description import delivery_error, worker_lost
from distro_core.delivery.failures.records import record_failures
from distro_core.delivery.failures.retries import RetryStrategy, most_attempts, retry_after, strategy_of
from distro_core.delivery.limits.lines import Line
from distro_core.delivery.logs import ERROR_HANDLING, MAX_RETRIES, RETRY_SCHEDULED
from distro_core.delivery.preparation import PreparedMessage
from distro_core.delivery.progress import AttemptProgress, DeliveryCancelled
from distro_core.delivery.run_logs import RunLog
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED, WAITING, InvalidTransition, LeaseLost, Via, change_status
from distro_core.scope import Scope
from distro_core.store.changes import changed, together
from distro_core.store.collection import Change
from distro_sdk.errors import ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from distro_sdk.platforms import ErrorWords

log = structlog.get_logger("distro.delivery")

_THERE = frozenset({TransferStatus.COMPLETED, TransferStatus.SKIPPED})
_UNDER_WAY = WAITING - {Status.CREATED, Status.RETRYING}


@dataclass(frozen=True)
class _Held:
    """Statuses that a delivery passes with its next move. `read`: the delivery as it is stored."""

    read: DeliveryDocument
    way: Via
    change: Change


@dataclass
class BatchRun:
    """The deliveries of a leased batch that are still to travel, as they were last written.

    `is_stopped`: whether somebody else may have the batch; `line`: by which the attempt reaches the target, from the
    moment that it may begin; `words`: how the platform's refusals are to be read; `progress`: of the files that travel,
    once there are any; `written`: the messages that were written in this attempt, by the delivery's id.
    """

    scope: Scope
    batch: BatchDocument
    log: RunLog
    is_stopped: Callable[[], bool]
    line: Line = field(init=False)
    words: Sequence[ErrorWords] = ()
    deliveries: dict[str, DeliveryDocument] = field(default_factory=dict)
    progress: AttemptProgress | None = None
    written: dict[str, PreparedMessage] = field(default_factory=dict)
    _members: dict[str, DeliveryDocument] = field(default_factory=dict)
    _held: dict[str, _Held] = field(default_factory=dict)

    @property
    def travelling(self) -> list[DeliveryDocument]:
        """The deliveries that are still to travel."""
        return list(self.deliveries.values())

    @property
    def found(self) -> list[DeliveryDocument]:
        """All that were in the batch when it was last read, each as it was last written here."""
        return [each for each in self._members.values() if each.batch_id == self.batch.id]

    async def move(
        self,
        delivery_id: str,
        status: Status,
        *,
        details: str = "",
        via: Via = (),
        stood: Collection[Status] = (),
        change: Change | None = None,
    ) -> DeliveryDocument:
        """Change a status under the lease; raises `DeliveryCancelled` when the tenant was faster."""
        delivery, holder = self.deliveries[delivery_id], self.batch.holder
        if (held := self._held.get(delivery_id)) is not None:
            delivery = held.read
            via, stood = (*held.way, *via), {*stood, *(each for each, _ in held.way)}
            change = together(held.read, held.change, change or Change())
        try:
            moved = await change_status(
                self.scope,
                delivery,
                status,
                details=details,
                via=via,
                stood=stood,
                holder=holder,
                change=change,
                reads=False,
            )
        except InvalidTransition as error:
            if error.previous is Status.CANCELLED:
                raise DeliveryCancelled(delivery_id) from error
            raise
        self._held.pop(delivery_id, None)
        self.deliveries[delivery_id] = self._members[delivery_id] = moved
        return moved

    def hold(self, delivery_id: str, way: Via, change: Change) -> None:
        """Pass statuses with the next move, in one step with it: what comes before that takes no time to speak of."""
        held = self._held.get(delivery_id) or _Held(self.deliveries[delivery_id], (), Change())
        held = _Held(held.read, (*held.way, *way), together(held.read, held.change, change))
        self._held[delivery_id] = held
        self.deliveries[delivery_id] = changed(held.read, held.change)

    def is_held(self, delivery_id: str) -> bool:
        """Whether statuses of a delivery are still to be passed with its next move."""
        return delivery_id in self._held

    async def pass_held(self, delivery_id: str) -> None:
        """Pass the statuses that are held now, because something else follows than the next move."""
        if (held := self._held.pop(delivery_id, None)) is not None:
            self.deliveries[delivery_id] = held.read
            *via, (last, details) = held.way
            stood = [each for each, _ in via]
            await self.move(delivery_id, last, details=details, via=via, stood=stood, change=held.change)

    async def note(self, delivery_id: str, change: Change) -> DeliveryDocument:
        """Change anything but the status under the lease; raises `LeaseLost`, or `DeliveryCancelled` as `move` does."""
        await self.pass_held(delivery_id)
        where = {"id": delivery_id, "holder": self.batch.holder}
        noted = await self.scope.store.collection(DeliveryDocument).try_update(where, change)
        if noted is None:
            raise LeaseLost(delivery_id)
        self.deliveries[delivery_id] = self._members[delivery_id] = noted
        return noted

    def leave(self, delivery_id: str) -> None:
        """Go on without a delivery."""
        self.deliveries.pop(delivery_id, None)
        self.log.delivery_ids = tuple(self.deliveries)

    async def flush(self) -> None:
        """Write what waits to be written: how far files have come, and lines of the log."""
        if self.progress is not None:
            await self.progress.end()
        await self.log.flush()

    async def reread(self) -> None:
        """See the deliveries as they are now; those that no longer wait to travel are left out."""
        for delivery_id in list(self._held):
            with suppress(DeliveryCancelled):  # reading shows it
                await self.pass_held(delivery_id)
        if self.progress is not None:
            await self.progress.end()
        self.see(await members(self.scope, self.batch.id))

    def see(self, found: Sequence[DeliveryDocument]) -> None:
        """Take over the deliveries of the batch as they have just been read."""
        self._members = {delivery.id: delivery for delivery in found}
        self.deliveries = {delivery.id: delivery for delivery in self.found if delivery.status in WAITING}
        self.log.delivery_ids = tuple(self.deliveries)


async def recover(run: BatchRun) -> None:
    """Write down what a worker that died could not: the end of its attempt."""
    for delivery in list(run.deliveries.values()):
        if delivery.attempts and delivery.attempts[-1].status is AttemptStatus.RUNNING:
            error = worker_lost()
            await run.log.write(LogLevel.WARNING, ERROR_HANDLING, error.message, details=_told(error), only=delivery.id)
            change = _end_of_attempt(run, delivery, error)
            if delivery.status in _UNDER_WAY:
                via = ((Status.FAILED, error.message),)
                details = "another worker takes over"
                await run.move(delivery.id, Status.RETRYING, details=details, via=via, change=change)
            else:
                await run.note(delivery.id, change)


async def begin_attempts(run: BatchRun) -> None:
    """Add an attempt to every delivery (row RTY-03); one that is new is validated from here on."""
    now = run.scope.clock.now()
    for delivery in list(run.deliveries.values()):
        attempt = Attempt(number=len(delivery.attempts) + 1, started_at=now)
        started = {} if delivery.started_at else {"started_at": now}
        change = Change(set={**started, "error": None}, push={"attempts": [attempt]})
        if delivery.status is Status.CREATED and _is_written_at_once(run, delivery):
            run.hold(delivery.id, ((Status.VALIDATING, ""),), change)
        elif delivery.status is Status.CREATED:
            await run.move(delivery.id, Status.VALIDATING, change=change)
        else:
            await run.note(delivery.id, change)


def _is_written_at_once(run: BatchRun, delivery: DeliveryDocument) -> bool:
    """Whether nothing is waited for before a delivery travels: no file of its release, and no plugin."""
    return delivery.subtype is MessageSubtype.TAKEDOWN and not run.scope.plugins.asked_before_delivery


async def fail(run: BatchRun, error: DeliveryError, *, asked: float | None = None) -> None:
    """End the attempt of every delivery that has not arrived, and schedule the next one where there may be one.

    Where all have arrived, only what follows the upload failed; the batch stays open until that is done too.
    `asked`: seconds that the receiver wants us to wait.
    """
    await run.reread()
    settings = run.scope.settings
    due_at = run.scope.clock.now() + retry_after(settings, run.batch.attempt, asked)
    attempts = most_attempts(settings, error, await _limit_of(run))
    again = not run.deliveries or run.batch.attempt < attempts
    if again:
        where = {"id": run.batch.id, "holder": run.batch.holder}
        scheduled = Change(set={"due_at": due_at, "attempts_allowed": attempts})
        await run.scope.store.collection(BatchDocument).try_update(where, scheduled)
    await record_failures(run.scope, list(run.deliveries.values()), error, final=not again)
    for delivery in list(run.deliveries.values()):
        change = _end_of_attempt(run, delivery, error)
        if again:
            details, via = f"attempt {run.batch.attempt + 1} follows", ((Status.FAILED, error.message),)
            await run.move(delivery.id, Status.RETRYING, details=details, via=via, change=change)
        else:
            ended = await _needs_somebody(run, delivery, error, change)
            await run.move(delivery.id, Status.FAILED, details=error.message, change=ended)
    await run.log.write(LogLevel.ERROR, ERROR_HANDLING, error.message, details=_told(error))
    if again:
        details_of_next = {"at": due_at.isoformat(), "attempt": run.batch.attempt + 1, "of": attempts}
        details_of_next["strategy"] = strategy_of(error, asked).value
        message = "The delivery will be tried again"
        await run.log.write(LogLevel.WARNING, RETRY_SCHEDULED, message, details=details_of_next)
        return
    if strategy_of(error) is not RetryStrategy.MANUAL:
        message = f"All {attempts} attempts have failed"
        await run.log.write(LogLevel.ERROR, MAX_RETRIES, message)
    await close(run)


async def ask_for_attention(run: BatchRun, delivery_id: str, error: DeliveryError) -> None:
    """Take a delivery out of the round that a person must mend first; the others go on."""
    await run.pass_held(delivery_id)
    delivery = run.deliveries[delivery_id]
    via: Via = ()
    if delivery.status is Status.CREATED:
        via = ((Status.VALIDATING, ""),)
    elif delivery.status not in {Status.VALIDATING, Status.PREPARING}:
        via = ((Status.FAILED, error.message),)
    change = await _needs_somebody(run, delivery, error, _end_of_attempt(run, delivery, error))
    await run.move(delivery_id, Status.NEEDS_ATTENTION, details=error.message, via=via, change=change)
    await record_failures(run.scope, [delivery], error, final=True)
    await run.log.write(LogLevel.ERROR, ERROR_HANDLING, error.message, details=_told(error), only=delivery_id)
    await drop_claims(run.scope, run.batch.id, [delivery])
    run.leave(delivery_id)


async def regroup(run: BatchRun) -> None:
    """Send the deliveries that remain in a folder of their own, because this one was begun for more of them."""
    message = "another release of the batch left it after its folder was begun: this one travels in a new folder"
    error = delivery_error(ErrorCategory.UNKNOWN, "BATCH_REGROUPED", message, retryable=True)
    await run.reread()
    remaining = list(run.deliveries.values())
    if remaining:
        await drop_claims(run.scope, run.batch.id, remaining)
        batch = await reserve_new(run.scope, remaining)
        for delivery in remaining:
            if delivery.status is not Status.RETRYING:
                change = _end_of_attempt(run, delivery, error)
                via = ((Status.FAILED, message),)
                await run.move(delivery.id, Status.RETRYING, details=message, via=via, change=change)
            await run.note(delivery.id, Change(set={"batch_id": batch.id, "committed_at": None}))
        await set_free(run.scope, batch)
        log.info("batch_regrouped", batch_id=run.batch.id, new_batch_id=batch.id)
    await close(run)


async def close(run: BatchRun, left: Sequence[DeliveryDocument] | None = None, *, with_log: bool = False) -> None:
    """End the batch with what became of its deliveries, and the attempts that were cancelled.

    `left`: all its deliveries as they are, where they have just been read; `with_log`: it is written right after the
    lines of the log, with the ends of other batches.
    """
    if left is None:
        left = await members(run.scope, run.batch.id)
    for delivery in left:
        if delivery.status is Status.CANCELLED and delivery.attempts[-1:] and not delivery.attempts[-1].ended_at:
            await run.note(delivery.id, _end_of_attempt(run, delivery, None))
    statuses = {delivery.status for delivery in left}
    if statuses & TRANSFERRED:
        status = BatchStatus.SENT
    else:
        status = BatchStatus.CANCELLED if statuses <= {Status.CANCELLED} else BatchStatus.FAILED
    if with_log:
        where = {"holder": run.batch.holder}
        batches = run.scope.store.collection(BatchDocument)
        run.log.end_with(batches.update_of(run.batch.id, end_of_batch(status), where))
    else:
        await close_batch(run.scope, run.batch.id, status, holder=run.batch.holder)


async def _limit_of(run: BatchRun) -> int | None:
    """How many attempts the target allows, None where it says nothing."""
    target = await run.scope.store.collection(TargetDocument).find(run.batch.target_id)
    return None if target is None else target.limits.attempts


async def _needs_somebody(run: BatchRun, delivery: DeliveryDocument, error: DeliveryError, change: Change) -> Change:
    """Note since when a delivery needs a person, and how things were then where only a change can help (row RTS-04)."""
    noted: dict[str, object] = {**(change.set or {}), "failed_at": run.scope.clock.now(), "waiting": None}
    if needs_change(error):
        noted["failed_as"] = await take_picture(run.scope, delivery)
    return Change(set=noted, unset=change.unset, push=change.push, increment=change.increment)


def _end_of_attempt(run: BatchRun, delivery: DeliveryDocument, error: DeliveryError | None) -> Change:
    kept = {} if error is None else {"error": error}
    if not delivery.attempts or delivery.attempts[-1].status is not AttemptStatus.RUNNING:
        return Change(set=kept)
    attempt = delivery.attempts[-1]
    some = any(file.status in _THERE for file in attempt.files)
    place = f"attempts.{len(delivery.attempts) - 1}"
    ended = {
        f"{place}.ended_at": run.scope.clock.now(),
        f"{place}.status": AttemptStatus.PARTIAL if some else AttemptStatus.FAILED,
        f"{place}.error": error,
    }
    return Change(set={**kept, **ended})


def _told(error: DeliveryError) -> dict[str, object]:
    return error.model_dump(mode="json", exclude={"message"})
