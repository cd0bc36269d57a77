"""Deliveries that plugins put off: they are scheduled, cost no worker and no attempt, and are asked about again.

A plugin's wish to be asked sooner may come while the question is under way. It is counted on the delivery before
anybody looks which batches rest, and looked for after the batch was laid to rest: whichever comes first, none is
missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from distro_core.delivery.batches import drop_claims, reserve_new, wake
from distro_core.delivery.documents import (
    AttemptStatus,
    BatchDocument,
    BatchStatus,
    DeliveryDocument,
    DeliveryError,
    LogLevel,
    Waiting,
    WaitReason,
)
from distro_core.delivery.failures.description import delivery_error
from distro_core.delivery.limits.lines import MustWait
from distro_core.delivery.limits.waits import WAITING_STEP
from distro_core.delivery.preparation import Postponed
from distro_core.delivery.runs import BatchRun, ask_for_attention
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.errors import ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status

SHORTEST = timedelta(seconds=1)
"""How soon plugins are asked again at the earliest, unless one of them wishes it."""

MOST_REASONS = 5


class PutOff(MustWait):
    """A whole batch waits for plugins. `heard`: wishes that were counted before they were asked, by delivery."""

    def __init__(self, waiting: Waiting, heard: Mapping[str, int]) -> None:
        super().__init__(waiting)
        self.heard = heard


def is_asked_again(run: BatchRun) -> bool:
    """Whether the round is about deliveries that plugins put off."""
    return any(each.postponed_since is not None and each.message_key is None for each in run.travelling)


async def postpone(run: BatchRun, postponed: Mapping[str, Postponed]) -> None:
    """Lay deliveries to rest that plugins put off; the others of the batch go on without them.

    Those that were put off for too long need somebody instead. Raises `PutOff` where the whole batch waits.
    """
    now = run.scope.clock.now()
    waiting: dict[str, Waiting] = {}
    for delivery_id, later in postponed.items():
        since = run.deliveries[delivery_id].postponed_since or now
        limit = since + timedelta(seconds=run.scope.settings.delivery_postponed)
        if now >= limit:
            await ask_for_attention(run, delivery_id, _too_long(later, since))
            continue
        until = min(max(later.until, now + SHORTEST), limit)
        waiting[delivery_id] = Waiting(reason=WaitReason.PLUGIN, message=later.reason, until=until)
        await _rest(run, delivery_id, waiting[delivery_id], since, later)
    if not waiting:
        return
    heard = {delivery_id: postponed[delivery_id].wishes for delivery_id in waiting}
    if waiting.keys() >= run.deliveries.keys():
        raise PutOff(_together(list(waiting.values())), heard)
    for delivery_id, wait in waiting.items():
        await _set_apart(run, run.deliveries[delivery_id], wait, heard[delivery_id])


async def heed_wishes(scope: Scope, batch: BatchDocument, heard: Mapping[str, int]) -> bool:
    """Have a batch that was laid to rest asked about at once where a plugin wished it meanwhile."""
    found = await scope.store.collection(DeliveryDocument).get_many(heard)
    if all(delivery.wishes == heard[delivery.id] for delivery in found.values()):
        return False
    where = {"id": batch.id, "status": BatchStatus.OPEN, "waits_for": WaitReason.PLUGIN}
    soon = Change(set={"due_at": scope.clock.now()})
    return await scope.store.collection(BatchDocument).try_update(where, soon) is not None


async def _rest(run: BatchRun, delivery_id: str, waiting: Waiting, since: datetime, later: Postponed) -> None:
    """Write down that a delivery waits; the attempt in which plugins were asked first is none."""
    delivery = run.deliveries[delivery_id]
    first = delivery.postponed_since is None
    change: dict[str, object] = {"postponed_since": since, "waiting": waiting, "scheduled_at": waiting.until}
    change["validation"] = later.validation
    if delivery.attempts and delivery.attempts[-1].status is AttemptStatus.RUNNING:
        before = delivery.attempts[:-1]
        change |= {"attempts": before} | ({} if before else {"started_at": None})
    if delivery.status is Status.SCHEDULED:
        await run.note(delivery_id, Change(set=change))
    else:
        via = ((Status.QUEUED, ""),)
        await run.move(delivery_id, Status.SCHEDULED, details=waiting.message, via=via, change=Change(set=change))
    if first:
        details = {"reason": waiting.reason.value, "until": waiting.until.isoformat()}
        await run.log.write(LogLevel.WARNING, WAITING_STEP, waiting.message, details=details, only=delivery_id)


async def _set_apart(run: BatchRun, delivery: DeliveryDocument, waiting: Waiting, wishes: int) -> None:
    """Give a delivery that waits a batch of its own, so that it holds nobody up.

    A crash in between leaves a batch without deliveries, which ends by itself before anybody tries this again.
    """
    scope = run.scope
    await drop_claims(scope, run.batch.id, [delivery])
    batch = await reserve_new(scope, [delivery])
    await run.note(delivery.id, Change(set={"batch_id": batch.id}))
    run.leave(delivery.id)
    free = {"holder": None, "leased_until": None, "due_at": waiting.until, "waits_for": WaitReason.PLUGIN}
    batches = scope.store.collection(BatchDocument)
    await batches.try_update({"id": batch.id, "holder": batch.holder}, Change(set=free))
    await heed_wishes(scope, batch, {delivery.id: wishes})
    await wake(scope, await batches.get(batch.id))


def _together(waits: Sequence[Waiting]) -> Waiting:
    reasons = list(dict.fromkeys(each.message for each in waits))
    message = "; ".join(reasons[:MOST_REASONS])
    return Waiting(reason=WaitReason.PLUGIN, message=message, until=max(each.until for each in waits))


def _too_long(later: Postponed, since: datetime) -> DeliveryError:
    message = f"plugins have put the delivery off since {since:%Y-%m-%d %H:%M} UTC; {later.reason}"
    action = "See to what the plugin waits for, or change its configuration; then try the delivery again."
    return delivery_error(ErrorCategory.UNKNOWN, "DELIVERY_POSTPONED_TOO_LONG", message, retryable=False, action=action)
