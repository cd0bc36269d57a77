"""Whoever wants to hear how a delivery ends is told once (rows WFL-12, SCD-05)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from distro_core.delivery.requests.recurrence import Timing
from distro_core.delivery.requests.schedules import ScheduleDraft, ScheduleService
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.store.outbox import OutboxRelay
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_notifications import choose, statuses_told, told


@pytest.mark.proves("WFL-12")
async def test_the_end_is_told_once_to_who_asked_and_only_then(
    platform: Platform, tenant_a: TenantDocument, label: Label
) -> None:
    await choose(platform, tenant_a)
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id, notify_on_completion=True)
    other = await label.release()
    await label.deliver([other.id], target.id)

    await OutboxRelay(platform).relay_all()
    await OutboxRelay(platform).relay_all()

    assert await statuses_told(label.scope) == [Status.DISTRIBUTED]
    (notification,) = await told(label.scope)
    assert notification.release_id == release.id


@pytest.mark.proves("WFL-12")
async def test_where_the_platform_answers_its_answer_is_the_end(
    platform: Platform, tenant_a: TenantDocument, label: Label
) -> None:
    await choose(platform, tenant_a)
    release, target = await label.release(), await label.target(acknowledges=True)
    waiting = await label.deliver([release.id], target.id, notify_on_completion=True)

    await OutboxRelay(platform).relay_all()

    assert waiting.status is Status.PROCESSING_BY_PLATFORM
    assert await told(label.scope) == []


@pytest.mark.proves("SCD-05")
async def test_a_scheduled_delivery_tells_its_status_and_its_end(
    platform: Platform, tenant_a: TenantDocument, label: Label
) -> None:
    await choose(platform, tenant_a)
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    schedules = ScheduleService(label.scope)
    timing = Timing.model_validate({"starts_at": "2026-03-01T18:00"})
    releases, target = ((await label.release()).id,), await label.target()
    draft = ScheduleDraft(release_ids=releases, target_id=target.id, timing=timing, notify_on_completion=True)
    made = await schedules.create(draft)
    clock.set(clock.now() + timedelta(days=1))

    await schedules.run(made.id)
    (run,) = (await schedules.get(made.id)).runs
    delivery = await label.work(await label.deliveries.get(run.delivery_ids[0]))
    await OutboxRelay(platform).relay_all()

    assert delivery.status is Status.DISTRIBUTED
    assert await statuses_told(label.scope) == [Status.DISTRIBUTED]
