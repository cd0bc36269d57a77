"""How long one request is waited for, and how often it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from distro_sdk.errors import TransportError
from distro_sdk.network_failures import LOST, STALLED, raised
from distro_sdk.object_storage.failures import RATE_LIMITED, UNAVAILABLE

Answer = TypeVar("Answer")

PAUSES = (0.5, 2.0)
"""Seconds before the second and the third time a request is made; the engine's own retries follow (row RTS-01)."""

LONGEST_PAUSE = 20.0
"""Seconds that are waited here when the server asks for them; a longer wait is left to the engine."""

_PASSING = frozenset({LOST.code, RATE_LIMITED.code, UNAVAILABLE.code})


class Watch:
    """Ends what takes no step forward for `limit` seconds."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.Timeout | None = None

    def heard(self) -> None:
        """A step forward was made; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._extend)

    async def over(self, work: Awaitable[Answer], doing: str) -> Answer:
        """Wait for work; raises `TransportError` TRANSFER_STALLED when nothing was heard for too long."""
        try:
            async with asyncio.timeout(self._limit) as self._deadline:
                return await work
        except TimeoutError as error:
            if self._deadline is not None and self._deadline.expired():
                raise raised(STALLED, f"cannot {doing}: nothing moved for {self._limit:g} seconds") from error
            raise

    def _extend(self) -> None:
        if self._deadline is not None and not self._deadline.expired():
            try:
                self._deadline.reschedule(self._loop.time() + self._limit)
            except RuntimeError:  # the work has ended in the meantime
                self._deadline = None


async def repeated(make: Callable[[], Awaitable[Answer]], pauses: tuple[float, ...] = PAUSES) -> Answer:
    """Make a request again when it failed for a reason that passes: throttled, unavailable, connection lost.

    `make`: makes the request once and raises `TransportError` alone; waits as long as `Retry-After` asks.
    """
    for pause in pauses:
        try:
            return await make()
        except TransportError as error:
            wait = max(pause, error.retry_after or 0)
            if error.code not in _PASSING or wait > LONGEST_PAUSE:
                raise
        await asyncio.sleep(wait)
    return await make()
