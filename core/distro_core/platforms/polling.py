"""Asking platforms how deliveries stand (rows WFL-18, SVC-03, ADI-14)."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures.texts import bounded
from distro_core.delivery.in_flight import plugins_of_target
from distro_core.delivery.status.answers import Applied
from distro_core.delivery.status.reports import apply_report
from distro_core.delivery.status.settling import ask_for_statuses
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import UNANSWERED
from distro_core.platform import Platform
from distro_core.platforms.adapters import Conversation, find_adapter, open_conversation
from distro_core.platforms.answering import find_answering
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.collection import Change, Order
from distro_sdk.errors import DomainError, TransportError

log = structlog.get_logger("distro.delivery")

ASKED_AT_ONCE = 100
"""Deliveries in one look; the next look begins with those that were asked for longest ago."""

LOOK_LEASE = timedelta(seconds=120)
"""For how long a look keeps other workers from looking too; a worker that dies delays the next look by this much."""


async def platform_statuses(platform: Platform, tenant_id: str, target_id: str) -> None:
    """Ask a platform, if it is time; the handler of the task `platform_statuses`."""
    scope = await platform.scope(tenant_id, SYSTEM_ACTOR, began_with=plugins_of_target(target_id))
    await check_statuses(scope, target_id)


async def check_statuses(scope: Scope, target_id: str) -> int:
    """Ask the platform of a target how its deliveries stand and move them; how many moved.

    Does nothing where it is not time, or another worker is asking. The next look is set before this returns, and not
    at all once no delivery waits.
    """
    targets = scope.store.collection(TargetDocument)
    now = scope.clock.now()
    mine = now + LOOK_LEASE
    due = {"id": target_id, "statuses_due_at": {"$lte": now}}
    target = await targets.try_update(due, Change(set={"statuses_due_at": mine}))
    if target is None:
        return 0
    moved, pause = await _look(scope, target)
    again = bool(await _waiting(scope, target, most=1)) and find_answering(scope, target).polling
    next_look = scope.clock.now() + timedelta(seconds=pause) if again and target.archived_at is None else None
    await targets.try_update({"id": target_id, "statuses_due_at": mine}, Change(set={"statuses_due_at": next_look}))
    if next_look is not None:
        await ask_for_statuses(scope, target_id, next_look)
    return moved


async def _look(scope: Scope, target: TargetDocument) -> tuple[int, float]:
    """How many deliveries moved, and for how many seconds the platform is left alone now."""
    interval = scope.settings.status_interval
    adapter = find_adapter(scope, target)
    waiting = await _waiting(scope, target, most=ASKED_AT_ONCE)
    if adapter is None or not waiting or target.archived_at is not None:
        return 0, interval
    moved = 0
    try:
        async with open_conversation(scope, target, adapter) as conversation:
            for delivery in waiting:
                moved += await _ask(scope, conversation, delivery)
    except (TransportError, DomainError) as error:
        log.warning("platform_not_asked", target_id=target.id, error=bounded(error))
        return moved, max(interval, getattr(error, "retry_after", None) or 0.0)
    return moved, interval


async def _ask(scope: Scope, conversation: Conversation, delivery: DeliveryDocument) -> bool:
    reference = delivery.aftermath.reference
    if reference is None:
        return False
    await _note_look(scope, delivery, scope.clock.now())
    try:
        report = await conversation.ask(lambda session: session.check_status(reference))
    except TransportError as error:
        if error.retryable:
            raise
        # One delivery that the platform does not know must not keep the others waiting.
        log.warning("platform_status_unknown", delivery_id=delivery.id, error=bounded(error))
        return False
    return await apply_report(scope, delivery, report) is Applied.CHANGED


async def _waiting(scope: Scope, target: TargetDocument, *, most: int) -> list[DeliveryDocument]:
    where = {
        "target_id": target.id,
        "status": {"$in": sorted(UNANSWERED)},
        "aftermath.reference": {"$ne": None},
    }
    return await scope.store.collection(DeliveryDocument).list(where, order=Order("aftermath.checked_at"), limit=most)


async def _note_look(scope: Scope, delivery: DeliveryDocument, at: datetime) -> None:
    change = Change(set={"aftermath.checked_at": at})
    await scope.store.collection(DeliveryDocument).update(delivery.id, change)
