"""Telling listeners and waking workers, neither of which anything may depend on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog
from redis.exceptions import RedisError

from distro_core.queue.port import Priority, TaskQueue
from distro_core.scope import Scope

log = structlog.get_logger("distro.delivery")


def tell(scope: Scope, channel: str, *messages: Mapping[str, Any]) -> None:
    """Broadcast what already stands in MongoDB, in this order; a listener who misses it reads it there."""
    for message in messages:
        scope.broadcast.post(channel, message)


class Asking(Protocol):
    """Who asks for tasks: a tenant with the queue."""

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        ...

    @property
    def queue(self) -> TaskQueue:
        """Where tasks are put."""
        ...


async def ask(
    scope: Asking,
    task: str,
    *,
    id: str,
    payload: Mapping[str, Any],
    at: datetime | None = None,
    priority: Priority = Priority.NORMAL,
    since: datetime | None = None,
) -> bool:
    """Ask a worker for a task of the tenant; where the queue is gone, the sweeper asks again.

    `id`: of the document that it is about, so that at most one such task waits; `since`: since when it counts as
    waiting, where that is before its moment. False where one waits already or the queue is out of reach.
    """
    given = {"tenant_id": scope.tenant_id, **payload}
    key = f"{task}:{scope.tenant_id}:{id}"
    try:
        return await scope.queue.enqueue(task, given, key=key, at=at, priority=priority, since=since)
    except (RedisError, OSError) as error:
        log.warning("worker_not_woken", task=task, id=id, reason=str(error))
        return False
