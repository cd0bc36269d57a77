"""Streams that end with their caller's token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from distro_api.graphql.streams import until
from distro_core.clock import SystemClock
from distro_sdk.errors import DomainError

NOW = SystemClock().now


class Source:
    """A stream that notes when it is let go."""

    def __init__(self, *events: int, forever: bool = False) -> None:
        self.closed = False
        self._events = events
        self._forever = forever

    async def stream(self) -> AsyncGenerator[int, None]:
        try:
            for event in self._events:
                yield event
            if self._forever:
                await asyncio.Event().wait()
        finally:
            self.closed = True


@pytest.mark.parametrize("ends_at", [None, NOW() + timedelta(hours=1)])
async def test_all_events_come_through(ends_at: object) -> None:
    source = Source(1, 2, 3)

    seen = [event async for event in until(ends_at, source.stream(), NOW)]  # type: ignore[arg-type]

    assert seen == [1, 2, 3]
    assert source.closed


async def test_a_stream_ends_with_its_moment_and_lets_its_source_go() -> None:
    source = Source(1, forever=True)
    events = until(NOW() + timedelta(milliseconds=50), source.stream(), NOW)

    assert await anext(events) == 1
    with pytest.raises(DomainError, match="the access token has expired"):
        await anext(events)
    assert source.closed


async def test_who_stops_listening_lets_the_source_go() -> None:
    source = Source(1, forever=True)
    events = until(None, source.stream(), NOW)
    await anext(events)

    await events.aclose()

    assert source.closed


async def test_a_failing_source_is_heard() -> None:
    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        raise OSError("gone")

    events = until(None, failing(), NOW)
    assert await anext(events) == 1
    with pytest.raises(OSError, match="gone"):
        await anext(events)
