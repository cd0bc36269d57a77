"""The task queue: four methods. A lost task is found again by the sweeper, so nothing may depend on its arrival."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

TaskHandler = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Runs one task with its JSON payload."""


class TaskQueue(Protocol):
    """Where tasks are put."""

    async def enqueue(self, task: str, payload: Mapping[str, Any], *, key: str, at: datetime | None = None) -> bool:
        """Ask for a task to run, at once or at a moment; a waiting task of the same key keeps the earlier moment.

        `key`: at most one task of a key waits; a running one does not count. False, and no error, when one was waiting
        already or the queue cannot be reached: the sweeper finds the work.
        """
        ...

    async def cancel(self, key: str) -> None:
        """Forget a waiting task."""
        ...

    async def depth(self) -> int:
        """How many tasks wait."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
