"""The way of a delivery that a person carries out: pending, exported, in work, at its end (row MAN-06).

A worker validates it like any other and leaves it queued. An export brings it under way, and every status after that
is what the person says, within the table of statuses.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from distro_core.delivery.batches import close_batch
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument, DeliveryError, LogLevel
from distro_core.delivery.failures.description import delivery_error
from distro_core.delivery.logs import StepLog
from distro_core.delivery.runs import BatchRun
from distro_core.delivery.status.settling import mark_delivered
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED, WAITING, InvalidTransition, change_status, check_transition
from distro_core.platforms.adapters import find_adapter
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order
from distro_sdk.adapters import ConnectionType
from distro_sdk.errors import DomainError, ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype

MANUAL = "manual_distribution"
PENDING = "pending: a person exports and delivers it"

_OF_ALL = frozenset({Status.PROCESSING_BY_PLATFORM, Status.DISTRIBUTED, Status.FAILED})

SAYABLE: Mapping[MessageSubtype, frozenset[Status]] = {
    MessageSubtype.INITIAL: _OF_ALL | {Status.LIVE, Status.REJECTED},
    MessageSubtype.UPDATE: _OF_ALL | {Status.LIVE, Status.REJECTED, Status.UPDATING, Status.UPDATED},
    MessageSubtype.TAKEDOWN: _OF_ALL | {Status.TAKEDOWN_REQUESTED, Status.REMOVED},
}
"""What a person can say of a delivery; everything before is our own work."""

_WITH_PERSON = (Status.QUEUED, Status.RETRYING, Status.UPLOADING)


def is_manual(scope: Scope, target: TargetDocument) -> bool:
    """Whether a person delivers to a target."""
    adapter = find_adapter(scope, target)
    return adapter is not None and adapter.connection_type is ConnectionType.MANUAL


async def hand_to_person(run: BatchRun) -> None:
    """Leave the deliveries of a round, which are validated and queued, to a person.

    The batch rests with its claims, so that no second delivery of the release is made meanwhile; no worker takes it.
    """
    for delivery_id in list(run.deliveries):
        await run.note(delivery_id, Change(set={"status_details": PENDING}))
    await run.log.write(LogLevel.INFO, MANUAL, "The delivery waits for a person")
    rest = Change(set={"status": BatchStatus.WITH_PERSON, "holder": None, "leased_until": None})
    where = {"id": run.batch.id, "holder": run.batch.holder}
    await run.scope.store.collection(BatchDocument).try_update(where, rest)


async def find_waiting(scope: Scope, release_id: str, target_id: str) -> DeliveryDocument | None:
    """The delivery of a release that waits for a person at a target."""
    batches = await scope.store.collection(BatchDocument).list(
        {"target_id": target_id, "status": BatchStatus.WITH_PERSON, "claims": f"{release_id}:{target_id}"}
    )
    where = {
        "release_id": release_id,
        "target_id": target_id,
        "batch_id": {"$in": [batch.id for batch in batches]},
        "status": {"$in": list(_WITH_PERSON)},
    }
    return await scope.store.collection(DeliveryDocument).find_one(where, Order("batch_id", descending=True))


async def note_export(scope: Scope, delivery: DeliveryDocument, format: str) -> DeliveryDocument:
    """Bring a delivery under way, because a person has its export; a further export changes nothing."""
    log = StepLog(scope, (delivery.id,))
    await log.write(LogLevel.INFO, MANUAL, "The release was exported", details={"format": format})
    if delivery.status is Status.UPLOADING:
        return delivery
    change = Change(set={"started_at": delivery.started_at or scope.clock.now()})
    via = ((Status.PREPARING, ""),) if delivery.status is Status.QUEUED else ()
    return await change_status(scope, delivery, Status.UPLOADING, details="exported", via=via, change=change)


async def say_status(
    scope: Scope, delivery_id: str, status: Status, details: str = "", platform_ids: Mapping[str, str] | None = None
) -> DeliveryDocument:
    """Move a delivery by what a person says (rows MAN-03 and SVC-07).

    What a platform is known to have passed on the way is written too: what is live was distributed before. Raises
    NOT_FOUND, DELIVERY_NOT_MANUAL, STATUS_NOT_SAYABLE, INVALID_STATUS_TRANSITION or DELIVERY_CHANGED.
    """
    deliveries = scope.store.collection(DeliveryDocument)
    delivery = await deliveries.get(delivery_id)
    target = await scope.store.collection(TargetDocument).get(delivery.target_id)
    if not is_manual(scope, target):
        message = f"{target.name} is not delivered to by a person: the platform says how its deliveries stand"
        raise DomainError("DELIVERY_NOT_MANUAL", message, ("id",))
    if status not in SAYABLE[delivery.subtype]:
        known = ", ".join(sorted(SAYABLE[delivery.subtype]))
        message = f"a person says one of {known} of this delivery, not {status.value}"
        raise DomainError("STATUS_NOT_SAYABLE", message, ("status",))
    is_over = status is not Status.PROCESSING_BY_PLATFORM and delivery.completed_at is None
    ended = {"completed_at": scope.clock.now()} if is_over else {}
    ids = {f"aftermath.platform_ids.{name}": id for name, id in (platform_ids or {}).items()}
    change = Change(set={**ended, **ids, "error": _error(status, details)})
    via = tuple((passed, "") for passed in _passed(delivery, status))
    try:
        moved = await change_status(scope, delivery, status, details=details, via=via, change=change)
    except InvalidTransition as error:
        raise InvalidTransition(error.previous, error.status, ("status",)) from error
    level = LogLevel.ERROR if status in {Status.FAILED, Status.REJECTED} else LogLevel.SUCCESS
    await StepLog(scope, (delivery.id,)).write(
        level, MANUAL, f"A person says: {status.value}", details={"text": details}
    )
    await _end_batch(scope, moved)
    if status in TRANSFERRED and delivery.subtype is not MessageSubtype.TAKEDOWN and not delivery.test:
        await mark_delivered(scope, delivery.release_id)
    return moved


def _passed(delivery: DeliveryDocument, status: Status) -> tuple[Status, ...]:
    """The statuses between what a delivery is and what a person says it is, where these are beyond doubt."""
    ways: tuple[tuple[Status, ...], ...] = (
        (),
        (Status.PROCESSING_BY_PLATFORM,),
        (Status.DISTRIBUTED, Status.UPDATING),
        (Status.DISTRIBUTED, Status.TAKEDOWN_REQUESTED),
    )
    for way in ways:
        steps = (delivery.status, *way, status)
        try:
            for previous, following in itertools.pairwise(steps):
                check_transition(previous, following)
        except DomainError:
            continue
        return way
    return ()


def _error(status: Status, details: str) -> DeliveryError | None:
    if status not in {Status.FAILED, Status.REJECTED}:
        return None
    message = details or "the platform did not take the release"
    return delivery_error(ErrorCategory.METADATA_INVALID, "PLATFORM_REFUSED", message, retryable=False)


async def _end_batch(scope: Scope, delivery: DeliveryDocument) -> None:
    """End the batch of a delivery once none of its deliveries is still to be carried out."""
    open_ones = await scope.store.collection(DeliveryDocument).count(
        {"batch_id": delivery.batch_id, "status": {"$in": sorted(WAITING)}}
    )
    if not open_ones:
        status = BatchStatus.SENT if delivery.status in TRANSFERRED else BatchStatus.FAILED
        await close_batch(scope, delivery.batch_id, status)
