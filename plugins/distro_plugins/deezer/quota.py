"""So many calls in so many seconds, over everything that one process asks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic

from distro_sdk.errors import ErrorCategory
from distro_sdk.network_failures import Verdict, raised

LIMITED = Verdict(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", retryable=True)


class Quota:
    """A sliding window. `calls` in any `window` seconds; `clock`, `sleep`: where time comes from."""

    def __init__(
        self,
        calls: int,
        window: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._moments: deque[float] = deque(maxlen=calls)
        self._window = window
        self._clock = clock
        self._sleep = sleep

    async def turn(self, patience: float) -> None:
        """Wait for a turn; raises `TransportError` RATE_LIMITED where it comes in more than `patience` seconds."""
        now = self._clock()
        moment = now
        if len(self._moments) == self._moments.maxlen:
            moment = max(now, self._moments[0] + self._window)
        if moment - now > patience:
            raise raised(LIMITED, "Deezer is asked too often from here", retry_after=moment - now)
        # Taken at once: whoever asks next stands behind.
        self._moments.append(moment)
        if moment > now:
            await self._sleep(moment - now)

    def exhaust(self) -> None:
        """Take every turn of a window: the service says that others use them up."""
        now = self._clock()
        self._moments.extend([now] * (self._moments.maxlen or 0))
