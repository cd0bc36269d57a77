"""The task queue on Redis through arq: the only module that knows arq.

arq runs tasks and polls; which tasks wait is kept by two short scripts here, because arq refuses a job whose id is
*running*, so that a wish that arrives during a run would be lost. A task leaves Redis when it starts: should its worker
die, the sweeper finds the work in MongoDB, sooner than arq would (it waits for the longest timeout of any task).
Payloads are JSON: with arq's default, pickle, whoever writes to Redis would run code here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from time import time
from typing import Any, cast

import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from arq.worker import Worker, func

from distro_core.queue.port import TaskHandler
from distro_core.redis_clients import redis_pool
from distro_core.store.documents import new_id

log = structlog.get_logger(__name__)

QUEUE = "distro:tasks"
WAITING = "distro:waiting:"
POLL_DELAY = 0.05
KEEP_WAITING = 86_400.0
"""Seconds after its moment for which a task that nobody picks up is kept."""
LONGEST_TASK = 86_400.0

_ENQUEUE = """
local waiting = redis.call('get', KEYS[1])
if waiting and redis.call('zscore', KEYS[2], waiting) then
  redis.call('zadd', KEYS[2], 'LT', ARGV[1], waiting)
  return 0
end
redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('set', KEYS[3], ARGV[4], 'PX', ARGV[3])
redis.call('zadd', KEYS[2], ARGV[1], ARGV[2])
return 1
"""
_BEGIN = """
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
return redis.call('zrem', KEYS[2], ARGV[1])
"""
_CANCEL = """
local waiting = redis.call('get', KEYS[1])
if not waiting then return 0 end
redis.call('del', KEYS[1], ARGV[1] .. waiting)
return redis.call('zrem', KEYS[2], waiting)
"""


class ArqTaskQueue:
    """Puts tasks where `run_tasks` picks them up, in this process or another."""

    def __init__(self, redis_url: str) -> None:
        self._redis = _connect(redis_url)

    async def enqueue(self, task: str, payload: Mapping[str, Any], *, key: str, at: datetime | None = None) -> bool:
        """Ask for a task to run, at once or at a moment; a waiting task of the same key keeps the earlier moment.

        `key`: at most one task of a key waits; a running one does not count. False when one was waiting already.
        """
        now = _milliseconds(time())
        moment = now if at is None else _milliseconds(at.timestamp())
        job_id = new_id()
        job = serialize_job(task, (key, dict(payload)), {}, None, now, serializer=_to_json)
        life = max(moment - now, 0) + _milliseconds(KEEP_WAITING)
        added = await cast(
            "Coroutine[Any, Any, int]",
            self._redis.eval(_ENQUEUE, 3, WAITING + key, QUEUE, job_key_prefix + job_id, moment, job_id, life, job),  # type: ignore[arg-type]
        )
        return added == 1

    async def cancel(self, key: str) -> None:
        """Forget a waiting task; one that runs is not touched."""
        await cast("Coroutine[Any, Any, int]", self._redis.eval(_CANCEL, 2, WAITING + key, QUEUE, job_key_prefix))

    async def depth(self) -> int:
        """How many tasks wait, those for later included."""
        return int(await self._redis.zcard(QUEUE))

    async def close(self) -> None:
        """Let go of connections."""
        await self._redis.aclose(close_connection_pool=True)


async def run_tasks(
    redis_url: str,
    handlers: Mapping[str, TaskHandler],
    concurrency: int,
    stop: asyncio.Event,
    *,
    patience: float = 10.0,
) -> None:
    """Run tasks until `stop` is set. A task that fails is logged and not repeated: what is true stands in MongoDB.

    `handlers`: by task; `concurrency`: tasks at once; `patience`: seconds that running tasks get to end after `stop`,
    before they are cancelled and put back.
    """
    worker = Worker(
        functions=[
            func(cast(Any, _runner(task, handler)), name=task, timeout=LONGEST_TASK, max_tries=1_000)
            for task, handler in handlers.items()
        ],
        redis_pool=_connect(redis_url),
        queue_name=QUEUE,
        handle_signals=False,
        max_jobs=concurrency,
        poll_delay=POLL_DELAY,
        keep_result=0,
        job_serializer=_to_json,
        job_deserializer=_from_json,
        log_results=False,
    )
    polling = asyncio.create_task(worker.main())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            worker.allow_pick_jobs = False
            if running := set(worker.tasks.values()):
                await asyncio.wait(running, timeout=patience)
        else:
            await polling
    finally:
        stopping.cancel()
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await polling
        for task in worker.job_tasks.values():
            task.cancel()
        await worker.close()


def _runner(task: str, handler: TaskHandler) -> Callable[..., Coroutine[Any, Any, None]]:
    async def run(context: Mapping[str, Any], key: str, payload: Mapping[str, Any]) -> None:
        redis: ArqRedis = context["redis"]
        job_id: str = context["job_id"]
        await cast("Coroutine[Any, Any, int]", redis.eval(_BEGIN, 2, WAITING + key, QUEUE, job_id))
        try:
            await handler(payload)
        except asyncio.CancelledError:
            # The worker is stopping: another one is to run it at once.
            await redis.zadd(QUEUE, {job_id: _milliseconds(time())})
            raise
        except Exception:
            # One task's fault must not end the worker.
            log.exception("task failed", task=task, key=key)

    run.__qualname__ = task
    return run


def _connect(redis_url: str) -> ArqRedis:
    return ArqRedis(
        redis_pool(redis_url),
        job_serializer=_to_json,
        job_deserializer=_from_json,
        default_queue_name=QUEUE,
    )


def _to_json(job: dict[str, Any]) -> bytes:
    return json.dumps(job, separators=(",", ":")).encode()


def _from_json(content: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(content))


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
