"""The task queue: four methods. A lost task is found again by the sweeper, so nothing may depend on its arrival."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

TaskHandler = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Runs one task with its JSON payload."""


class Priority(StrEnum):
    """How soon a task is to have its turn (row QUE-05)."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


HEAD_STARTS: Mapping[Priority, timedelta] = {
    Priority.URGENT: timedelta(hours=24),
    Priority.HIGH: timedelta(hours=4),
    Priority.NORMAL: timedelta(hours=1),
    Priority.LOW: timedelta(0),
}
"""How much longer each counts as having waited than it has.

What has waited longest by this count is next. So an urgent task overtakes everything of the last day, and nothing
starves: a task of low priority waits at most a day behind urgent ones that arrive without end.
"""


class TaskQueue(Protocol):
    """Where tasks are put."""

    async def enqueue(
        self,
        task: str,
        payload: Mapping[str, Any],
        *,
        key: str,
        at: datetime | None = None,
        priority: Priority = Priority.NORMAL,
        since: datetime | None = None,
    ) -> bool:
        """Ask for a task to run, at once or at a moment; a waiting task of the same key keeps the earlier moment.

        `key`: at most one task of a key waits; a running one does not count. `priority`: its place among the tasks
        whose moment has come; before its moment no task runs. `since`: since when it counts as waiting, where that is
        before its moment. False, and no error, when one was waiting already or
        the queue cannot be reached: the sweeper finds the work.
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
