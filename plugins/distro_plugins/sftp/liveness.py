"""Noticing a server that keeps the connection but answers no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Liveness:
    """Calls `give_up` once when something is awaited and nothing was heard for `limit` seconds."""

    def __init__(self, limit: float, give_up: Callable[[], None]) -> None:
        self._limit = limit
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._awaited = 0
        self._heard = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.gave_up = False

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """While the block runs, the server owes an answer."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """Within `awaiting`: while the block runs, it is us who take their time, and the server owes nothing."""
        self._end()
        try:
            yield
        finally:
            self._begin()

    def heard(self) -> None:
        """The server has answered something."""
        self._heard = self._loop.time()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._awaited += 1
        if self._awaited == 1:
            self.heard()
            self._timer = self._loop.call_later(self._limit, self._look)

    def _end(self) -> None:
        self._awaited -= 1
        self.heard()
        if self._awaited == 0:
            self.stop()

    def _look(self) -> None:
        silent = self._loop.time() - self._heard
        if silent >= self._limit:
            self.gave_up = True
            self._give_up()
        else:
            self._timer = self._loop.call_later(self._limit - silent, self._look)
