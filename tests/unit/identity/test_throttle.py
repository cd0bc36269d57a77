"""How often somebody may try to sign in."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from distro_core.clock import SystemClock
from distro_core.identity.throttle import MAX_ATTEMPTS, SignInThrottle
from distro_core.platform import Platform
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.testing.clock import SettableClock


async def refused(throttle: SignInThrottle, email: str, address: str = "192.0.2.1") -> bool:
    try:
        await throttle.count(email, address)
    except DomainError as error:
        return error.code == "SIGN_IN_THROTTLED"
    return False


async def test_attempts_are_counted_by_person_and_place_for_a_quarter_of_an_hour(platform: Platform) -> None:
    clock, email = SettableClock(SystemClock().now()), f"{new_id()}@label.example"
    throttle = SignInThrottle(platform.control, clock)

    assert not any([await refused(throttle, email) for _ in range(MAX_ATTEMPTS)])
    assert await refused(throttle, email)
    assert await refused(throttle, email.upper())
    assert not await refused(throttle, email, "192.0.2.2")
    assert not await refused(throttle, f"x{email}")
    clock.advance(timedelta(minutes=14, seconds=59))
    assert await refused(throttle, email)
    clock.advance(timedelta(seconds=1))
    assert not any([await refused(throttle, email) for _ in range(MAX_ATTEMPTS)])
    assert await refused(throttle, email)


async def test_a_refusal_says_how_long_to_wait(platform: Platform) -> None:
    clock, email = SettableClock(SystemClock().now()), f"{new_id()}@label.example"
    throttle = SignInThrottle(platform.control, clock)
    for _ in range(MAX_ATTEMPTS):
        await throttle.count(email, "192.0.2.1")
    clock.advance(timedelta(minutes=10))

    with pytest.raises(DomainError, match="try again in 300 seconds"):
        await throttle.count(email, "192.0.2.1")


async def test_first_attempts_at_the_same_moment_all_count(platform: Platform) -> None:
    email = f"{new_id()}@label.example"
    throttle = SignInThrottle(platform.control, SettableClock(SystemClock().now()))

    outcomes = await asyncio.gather(*(refused(throttle, email) for _ in range(3 * MAX_ATTEMPTS)))

    assert sum(outcomes) == 2 * MAX_ATTEMPTS


async def test_success_forgets(platform: Platform) -> None:
    email = f"{new_id()}@label.example"
    throttle = SignInThrottle(platform.control, SettableClock(SystemClock().now()))
    for _ in range(MAX_ATTEMPTS):
        await throttle.count(email, "192.0.2.1")

    await throttle.forget(email, "192.0.2.1")

    assert not await refused(throttle, email)
