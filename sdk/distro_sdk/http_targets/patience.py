"""Noticing a server that keeps the connection but takes no bytes and says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Patience:
    """A deadline that moves on with each step forward and stands still while it is us who take their time.

    `limit`: seconds without a step; `first`: seconds that the first step after connecting may take. Use `deadline`
    with `async with` around the request; connecting has a limit of its own.
    """

    def __init__(self, limit: float, first: float | None = None) -> None:
        self._limit = limit
        self._first = limit if first is None else min(first, limit)
        self._loop = asyncio.get_running_loop()
        self.deadline = asyncio.timeout(None)
        self.over = False

    @property
    def ran_out(self) -> bool:
        """Whether the server took too long."""
        return self.deadline.expired()

    def connected(self) -> None:
        """The request goes out: from now on the server owes a step."""
        self._move(self._loop.time() + self._first)

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """While the block runs, the server owes nothing."""
        self._move(None)
        try:
            yield
        finally:
            self._move(self._loop.time() + self._limit)

    def _move(self, when: float | None) -> None:
        # The client may still be at the body when the request is over: an answer may come early.
        if not self.over and not self.deadline.expired():
            self.deadline.reschedule(when)
