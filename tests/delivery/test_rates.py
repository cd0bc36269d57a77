"""A platform gets no more deliveries in a span of time than it takes, whoever sends them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from distro_core.delivery.documents import BatchDocument, WaitReason
from distro_core.delivery.limits.rates import RateExceeded, Rates
from distro_core.delivery.targets.documents import TargetDocument, TargetLimits
from distro_core.platform import Platform
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.platforms import RateLimit
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label

FOUR = TargetLimits(rate=RateLimit(deliveries=4, seconds=60))


async def taken(rates: Rates, target: TargetDocument, count: int = 1) -> bool:
    try:
        await rates.take(target, count)
    except RateExceeded:
        return False
    return True


@pytest.mark.proves("JOB-08", "TPF-05")
async def test_of_many_workers_at_once_no_more_begin_than_the_platform_takes(label: Label, platform: Platform) -> None:
    clock = FixedClock()
    target = await label.with_scope(clock=clock).target(limits=FOUR)
    workers = [Rates(replace(await platform.scope(label.scope.tenant_id, "system"), clock=clock)) for _ in range(3)]

    begun = await asyncio.gather(*(taken(worker, target) for worker in workers * 5))

    assert sorted(begun) == [False] * 11 + [True] * 4


@pytest.mark.proves("JOB-08")
async def test_in_no_window_of_a_minute_are_there_more_than_allowed(label: Label) -> None:
    clock = FixedClock()
    scope = label.with_scope(clock=clock)
    target = await scope.target(limits=FOUR)
    rates = Rates(scope.scope)
    begun = []

    for second in range(240):
        clock.set(START + timedelta(seconds=second))
        if await taken(rates, target):
            begun.append(second)

    windows = [[each for each in begun if second <= each < second + 60] for second in range(240)]
    assert max(len(window) for window in windows) == 4
    assert len(begun) >= 14


async def test_it_says_when_there_is_room_again(label: Label) -> None:
    clock = FixedClock()
    scope = label.with_scope(clock=clock)
    target = await scope.target(name="Shop", limits=FOUR)
    rates = Rates(scope.scope)
    await rates.take(target, 4)

    with pytest.raises(RateExceeded) as full:
        await rates.take(target, 1)
    clock.set(full.value.until)

    assert (full.value.code, full.value.message) == ("RATE_EXCEEDED", "Shop takes 4 deliveries in 60 seconds")
    assert START + timedelta(seconds=60) <= full.value.until <= START + timedelta(seconds=62)
    assert await taken(rates, target)


async def test_a_batch_that_is_larger_than_the_limit_goes_alone(label: Label) -> None:
    clock = FixedClock()
    scope = label.with_scope(clock=clock)
    target = await scope.target(limits=FOUR)
    rates = Rates(scope.scope)

    assert [await taken(rates, target, 50), await taken(rates, target)] == [True, False]


@pytest.mark.proves("JOB-08")
async def test_targets_of_a_platform_share_its_rate_and_tenants_do_not(label: Label, other_label: Label) -> None:
    clock = FixedClock()
    ours, theirs = label.with_scope(clock=clock), other_label.with_scope(clock=clock)
    profile = ours.scope.plugins.platforms["conformance-receiver"]
    limit = profile.rate_limit
    nowhere = {"platform": None, "format": "ern/4.3", "commercial_terms": profile.commercial_terms}
    first, second = await ours.target(), await ours.target()

    assert await taken(Rates(ours.scope), first, limit.deliveries)
    assert not await taken(Rates(ours.scope), second)
    assert await taken(Rates(theirs.scope), await theirs.target(), limit.deliveries)
    assert await taken(Rates(ours.scope), await ours.target(limits=FOUR))
    assert await taken(Rates(ours.scope), await ours.target(**nowhere))


@pytest.mark.proves("JOB-08", "TPF-05")
async def test_deliveries_over_the_limit_wait_without_an_attempt(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    releases = [await label.release() for _ in range(2)]
    target = await label.target(limits=TargetLimits(rate=RateLimit(deliveries=1, seconds=60)))
    first = await label.deliver([releases[0].id], target.id)

    held = await label.deliver([releases[1].id], target.id)
    batch = await label.scope.store.collection(BatchDocument).get(held.batch_id)
    clock.set(batch.due_at)
    second = await label.work(held)

    assert (first.status, held.status, held.attempts, batch.attempt) == (Status.DISTRIBUTED, Status.CREATED, (), 0)
    assert held.waiting is not None
    assert held.waiting.reason is WaitReason.RATE_LIMIT
    assert (second.status, second.waiting, len(second.attempts)) == (Status.DISTRIBUTED, None, 1)
