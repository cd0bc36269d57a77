"""The statuses of a delivery: which may follow which, and the one function that writes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from distro_core.delivery.documents import DeliveryDocument, StatusChange
from distro_core.delivery.live import tell
from distro_core.scope import Scope
from distro_core.store.changes import changed
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.events import DeliveryStatusChanged

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.VALIDATING, Status.QUEUED, Status.FAILED, Status.CANCELLED}),
    Status.VALIDATING: frozenset({Status.QUEUED, Status.NEEDS_ATTENTION, Status.FAILED, Status.CANCELLED}),
    Status.QUEUED: frozenset({Status.PREPARING, Status.SCHEDULED, Status.FAILED, Status.CANCELLED}),
    Status.SCHEDULED: frozenset({Status.QUEUED, Status.PREPARING, Status.FAILED, Status.CANCELLED}),
    Status.PREPARING: frozenset({Status.UPLOADING, Status.NEEDS_ATTENTION, Status.FAILED, Status.CANCELLED}),
    Status.UPLOADING: frozenset({Status.PROCESSING_BY_PLATFORM, Status.DISTRIBUTED, Status.FAILED, Status.CANCELLED}),
    Status.PROCESSING_BY_PLATFORM: frozenset({Status.DISTRIBUTED, Status.LIVE, Status.REJECTED, Status.FAILED}),
    Status.DISTRIBUTED: frozenset(
        {Status.LIVE, Status.REJECTED, Status.UPDATING, Status.TAKEDOWN_REQUESTED, Status.FAILED}
    ),
    Status.LIVE: frozenset({Status.UPDATING, Status.TAKEDOWN_REQUESTED, Status.REJECTED}),
    Status.FAILED: frozenset({Status.RETRYING, Status.NEEDS_ATTENTION, Status.CANCELLED}),
    Status.RETRYING: frozenset({Status.VALIDATING, Status.PREPARING, Status.UPLOADING, Status.FAILED}),
    Status.NEEDS_ATTENTION: frozenset({Status.VALIDATING, Status.RETRYING, Status.CANCELLED, Status.FAILED}),
    Status.REJECTED: frozenset({Status.VALIDATING, Status.NEEDS_ATTENTION, Status.CANCELLED}),
    Status.UPDATING: frozenset({Status.UPDATED, Status.FAILED}),
    Status.UPDATED: frozenset({Status.LIVE, Status.UPDATING, Status.TAKEDOWN_REQUESTED}),
    Status.TAKEDOWN_REQUESTED: frozenset({Status.REMOVED, Status.FAILED}),
    Status.REMOVED: frozenset({Status.VALIDATING}),
    Status.CANCELLED: frozenset(),
}
"""Table of section D6 of the feature list."""

WAITING = frozenset(
    {
        Status.CREATED,
        Status.VALIDATING,
        Status.QUEUED,
        Status.SCHEDULED,
        Status.PREPARING,
        Status.UPLOADING,
        Status.RETRYING,
    }
)
"""Still to travel, without anybody's help."""

TRANSFERRED = frozenset(
    {
        Status.PROCESSING_BY_PLATFORM,
        Status.DISTRIBUTED,
        Status.LIVE,
        Status.UPDATING,
        Status.UPDATED,
        Status.TAKEDOWN_REQUESTED,
        Status.REMOVED,
    }
)
"""The platform has the whole package and has not refused it."""

UNANSWERED = frozenset({Status.PROCESSING_BY_PLATFORM, Status.DISTRIBUTED, Status.UPDATING, Status.TAKEDOWN_REQUESTED})
"""The platform may still answer."""


class InvalidTransition(DomainError):
    """A change of status that the table does not allow (row STT-01). `path`: where an input named the status."""

    def __init__(self, previous: Status, status: Status, path: Path = ()) -> None:
        message = f"Invalid status transition from {previous.value} to {status.value}"
        super().__init__("INVALID_STATUS_TRANSITION", message, path)
        self.previous = previous
        self.status = status


class LeaseLost(DomainError):
    """Another worker has the batch, or may have it: whoever gets this must stop writing."""

    def __init__(self, id: str) -> None:
        super().__init__("LEASE_LOST", f"the lease of {id} is lost: another worker has it, or may have it")


def check_transition(previous: Status, status: Status) -> None:
    """Raise `InvalidTransition` unless the table has this pair."""
    if status not in TRANSITIONS[previous]:
        raise InvalidTransition(previous, status)


Via = Sequence[tuple[Status, str]]
"""Statuses that are passed through in one step, each with its details."""


async def change_status(
    scope: Scope,
    delivery: DeliveryDocument,
    status: Status,
    *,
    details: str = "",
    via: Via = (),
    stood: Collection[Status] = (),
    holder: str | None = None,
    change: Change | None = None,
    where: Mapping[str, Any] | None = None,
    reads: bool = True,
) -> DeliveryDocument:
    """Move a delivery from the status it was read with to another: the only way a status is ever written.

    One atomic step: the status, the line in the history (row STT-02), whatever `change` adds, and the event in the
    outbox; listeners are told afterwards (row STT-05). `via`: statuses on the way, written and told too, but never
    seen alone: nobody mistakes a failure that is tried again for the end. `stood`: those of them that are told as if
    they had been seen, because the way merely led on at once. `holder`: the lease token of a worker, which must still
    hold; `where`: a further condition; `reads`: whether the delivery is read again, with what others have written
    meanwhile. Raises `InvalidTransition`, `LeaseLost`, or DELIVERY_CHANGED when the delivery has moved on to a status
    from which the step would be allowed too, or VALIDATION_MISSING.
    """
    way = (*via, (status, details))
    lines = list(_lines(scope, delivery.status, way))
    events = [
        _event(scope, delivery, line, in_passing=line is not lines[-1] and line.status not in stood) for line in lines
    ]
    extra = change or Change()
    _check_validated(delivery, lines, extra)
    condition = {"status": delivery.status, **(where or {}), **({} if holder is None else {"holder": holder})}
    whole = Change(
        set={**(extra.set or {}), "status": status, "status_details": details, "status_changed_at": lines[-1].at},
        unset=extra.unset,
        push={**(extra.push or {}), "history": lines},
        increment=extra.increment,
    )
    deliveries = scope.store.collection(DeliveryDocument)
    if reads:
        moved = await deliveries.try_update({"id": delivery.id, **condition}, whole, events=events)
    else:
        written = await deliveries.try_write(delivery.id, whole, where=condition, events=events)
        moved = changed(delivery, whole) if written else None
    if moved is None:
        raise await _refusal(scope, delivery, way[0][0], holder)
    told = [event.model_dump(mode="json") for event in events]
    tell(scope, delivery_channel(scope.tenant_key, delivery.id), *told)
    return moved


def _check_validated(delivery: DeliveryDocument, lines: Sequence[StatusChange], change: Change) -> None:
    """Nothing is queued from validation without a verdict that is stored in the same step (row VAL-01)."""
    verdict = (change.set or {}).get("validation", delivery.validation)
    queues = any((line.previous, line.status) == (Status.VALIDATING, Status.QUEUED) for line in lines)
    if queues and verdict is None:
        raise DomainError("VALIDATION_MISSING", f"delivery {delivery.id} has no verdict of validation")


def delivery_channel(tenant_key: str, delivery_id: str) -> str:
    """Where changes of a delivery's status are broadcast."""
    return f"{tenant_key}:deliveries:{delivery_id}"


def _lines(scope: Scope, previous: Status, way: Via) -> Iterator[StatusChange]:
    now = scope.clock.now()
    for status, details in way:
        check_transition(previous, status)
        yield StatusChange(previous=previous, status=status, at=now, by=scope.actor, details=details)
        previous = status


def _event(scope: Scope, delivery: DeliveryDocument, line: StatusChange, *, in_passing: bool) -> DeliveryStatusChanged:
    return DeliveryStatusChanged(
        id=new_id(),
        tenant_id=scope.tenant_id,
        at=line.at,
        delivery_id=delivery.id,
        release_id=delivery.release_id,
        target_id=delivery.target_id,
        subtype=delivery.subtype,
        previous=line.previous,
        status=line.status,
        in_passing=in_passing,
    )


async def _refusal(scope: Scope, delivery: DeliveryDocument, status: Status, holder: str | None) -> DomainError:
    latest = await scope.store.collection(DeliveryDocument).get(delivery.id)
    if holder is not None and latest.holder != holder:
        return LeaseLost(delivery.id)
    if status not in TRANSITIONS[latest.status]:
        return InvalidTransition(latest.status, status)
    return DomainError("DELIVERY_CHANGED", f"the delivery is {latest.status.value} now; look at it and try again")
