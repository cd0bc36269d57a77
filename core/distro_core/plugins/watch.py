"""Runs plugins' coroutines one after the other and gives up on those that take too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What came of calling one plugin. `seconds`: how long it took; `error`: None where it went well."""

    plugin: str
    result: Any
    error: Exception | None
    seconds: float


class Watch:
    """Gives each call `limit` seconds.

    One timer serves all calls: setting one for each, as `asyncio.timeout` does, costs more than the rest of a call.
    """

    def __init__(self, limit: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._limit = limit
        self._task = task
        self._cancelled_before = task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._began: float | None = None
        self._expired = False

    def __enter__(self) -> Watch:
        self._timer = self._loop.call_later(self._limit, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    async def run(self, plugin: str, function: Callable[..., Awaitable[Any]], *arguments: object) -> Outcome:
        """Call one plugin; what it raises becomes part of the outcome, but for the cancellation of the caller."""
        result: Any = None
        error: Exception | None = None
        cancelled: asyncio.CancelledError | None = None
        self._began = began = self._loop.time()
        try:
            result = await function(*arguments)
        except asyncio.CancelledError as raised:
            cancelled = raised
        except Exception as raised:  # noqa: BLE001 (whatever a plugin raises stays with that plugin)
            error = raised
        self._began = None
        if self._expired or cancelled is not None:
            result, error = None, self._interrupted(cancelled)
        return Outcome(plugin, result, error, self._loop.time() - began)

    def _interrupted(self, cancelled: asyncio.CancelledError | None) -> Exception:
        expired, self._expired = self._expired, False
        if expired:
            self._task.uncancel()
        if cancelled is not None and self._task.cancelling() > self._cancelled_before:
            raise cancelled
        if expired:
            return TimeoutError(f"no answer within {self._limit:g} seconds")
        return RuntimeError(f"it cancelled itself: {cancelled}")

    def _look(self) -> None:
        """Cancel a call that has had its time, and look again when the present one will have had its."""
        now = self._loop.time()
        due = now + self._limit if self._began is None or self._expired else self._began + self._limit
        if due <= now:
            self._expired = True
            self._task.cancel()
            due = now + self._limit
        self._timer = self._loop.call_at(due, self._look)
