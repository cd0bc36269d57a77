"""Deliveries that do not move: people are told, once (row WLK-34)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import change_status
from distro_core.notifications.documents import NotificationDocument
from distro_core.platform import Platform
from distro_core.platforms.housekeeping import keep_house
from distro_core.platforms.stale import MOVING, alert_stale, page_stale
from distro_core.scope import Scope
from distro_core.store.collection import Order
from distro_core.store.documents import new_id
from distro_core.store.outbox import OutboxRelay
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.world import delivery_document, target_document
from tests.delivery.clocks import FixedClock


async def resting(scope: Scope, status: Status, days: float, **fields: Any) -> DeliveryDocument:
    """A delivery whose status has been the same for so many days."""
    target = await scope.store.collection(TargetDocument).insert(target_document())
    since = scope.clock.now() - timedelta(days=days)
    given = {"status": status, "status_changed_at": since, "message_id": new_id(), **fields}
    draft = delivery_document(new_id(), target.id).model_copy(update=given)
    return await scope.store.collection(DeliveryDocument).insert(draft)


def waits(*, final: bool) -> Acknowledgement:
    return Acknowledgement(message_id="", status=AcknowledgementStatus.INGESTED, code="taken in", final=final)


async def listed(scope: Scope) -> list[str]:
    return [delivery.id for delivery in (await page_stale(scope)).documents]


@pytest.mark.proves("WLK-34")
async def test_people_are_told_once_of_a_delivery_that_has_not_moved_for_a_week(
    platform: Platform, label_a: Scope, label_b: Scope
) -> None:
    stale = await resting(label_a, Status.PROCESSING_BY_PLATFORM, 7.01)
    await resting(label_a, Status.PROCESSING_BY_PLATFORM, 6.99)
    foreign = await resting(label_b, Status.UPDATING, 8)

    told = await asyncio.gather(*[alert_stale(label_a) for _ in range(5)])
    again = await keep_house(platform)
    await keep_house(platform)
    for scope in (label_a, label_b):
        await OutboxRelay(platform).relay_tenant(scope.tenant_id)

    (ours,) = await label_a.store.collection(NotificationDocument).list({})
    (theirs,) = await label_b.store.collection(NotificationDocument).list({})
    assert (sum(told), again >= 1) == (1, True)
    assert (ours.delivery_id, ours.severity.value, theirs.delivery_id) == (stale.id, "warning", foreign.id)
    assert "does not move at Shop" in ours.title
    assert ours.message == "The delivery has been processing_by_platform for 7 days."
    assert await listed(label_a) == [stale.id]


@pytest.mark.proves("WLK-34")
async def test_only_what_something_should_follow_can_be_stale(label_a: Scope) -> None:
    found = {status: await resting(label_a, status, 30) for status in Status}
    for_more = await resting(label_a, Status.DISTRIBUTED, 31, acknowledgement=waits(final=False))
    await resting(label_a, Status.DISTRIBUTED, 30, acknowledgement=waits(final=True))

    stale = await listed(label_a)

    assert stale[0] == for_more.id
    assert set(stale[1:]) == {found[status].id for status in MOVING}
    assert Status.SCHEDULED not in MOVING


async def test_a_delivery_that_moves_is_no_longer_stale(label_a: Scope) -> None:
    clock = FixedClock(label_a.clock.now())
    scope = replace(label_a, clock=clock)
    delivery = await resting(scope, Status.PROCESSING_BY_PLATFORM, 8)
    before = await listed(scope)

    await change_status(scope, delivery, Status.DISTRIBUTED)
    after = await listed(scope)

    assert (before, after) == ([delivery.id], [])
    assert await alert_stale(scope) == 0


@pytest.mark.proves("WLK-34")
async def test_people_are_told_once_of_each_stall(platform: Platform, label_a: Scope, label_b: Scope) -> None:
    clock, week = FixedClock(label_a.clock.now()), timedelta(days=7, hours=1).total_seconds()
    scope, beside = replace(label_a, clock=clock), replace(label_b, clock=clock)
    delivery = await resting(scope, Status.UPLOADING, 8)
    foreign = await resting(beside, Status.UPLOADING, 8)
    first = [await alert_stale(each) for each in (scope, beside)]

    await change_status(scope, delivery, Status.PROCESSING_BY_PLATFORM)
    moving = await alert_stale(scope)
    clock.advance(week)
    second = await asyncio.gather(*[alert_stale(scope) for _ in range(5)])
    clock.advance(week)
    later = [await alert_stale(each) for each in (scope, beside)]

    for each in (scope, beside):
        await OutboxRelay(platform).relay_tenant(each.tenant_id)
    ours = await scope.store.collection(NotificationDocument).list({}, order=Order("id"))
    (theirs,) = await beside.store.collection(NotificationDocument).list({})
    assert (first, moving, sum(second), later) == ([1, 1], 0, 1, [0, 0])
    assert [each.message for each in ours] == [
        "The delivery has been uploading for 8 days.",
        "The delivery has been processing_by_platform for 7 days.",
    ]
    assert {each.delivery_id for each in ours} == {delivery.id}
    assert theirs.delivery_id == foreign.id


@pytest.mark.proves("WLK-34")
async def test_a_delivery_that_no_worker_has_touched_is_stale_too(label_a: Scope) -> None:
    delivery = await resting(label_a, Status.CREATED, 0, status_changed_at=None)
    next_week = replace(label_a, clock=FixedClock(label_a.clock.now() + timedelta(days=7, hours=1)))

    assert await listed(label_a) == []
    assert await listed(next_week) == [delivery.id]
    assert [await alert_stale(next_week) for _ in range(2)] == [1, 0]


async def test_the_time_is_a_setting(label_a: Scope) -> None:
    delivery = await resting(label_a, Status.PROCESSING_BY_PLATFORM, 2)
    hasty = replace(label_a, settings=label_a.settings.model_copy(update={"stale_after": 86_400.0}))

    assert await listed(label_a) == []
    assert await listed(hasty) == [delivery.id]
