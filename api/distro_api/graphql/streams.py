"""Streams of events for subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import TypeVar

from distro_sdk.errors import DomainError

T = TypeVar("T")


async def until(
    ends_at: datetime | None, events: AsyncGenerator[T, None], now: Callable[[], datetime]
) -> AsyncGenerator[T, None]:
    """The events until a moment; then raises TOKEN_EXPIRED. `ends_at`: None for a stream without end."""
    async with aclosing(events):
        following = asyncio.ensure_future(anext(events))
        try:
            while True:
                left = None if ends_at is None else max(0.0, (ends_at - now()).total_seconds())
                done, _ = await asyncio.wait({following}, timeout=left)
                if not done:
                    raise DomainError("TOKEN_EXPIRED", "the access token has expired: refresh it and subscribe anew")
                try:
                    event = following.result()
                except StopAsyncIteration:
                    return
                yield event
                following = asyncio.ensure_future(anext(events))
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await following
