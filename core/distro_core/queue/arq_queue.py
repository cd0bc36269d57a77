"""The task queue on Redis through arq: the only module that knows arq.

arq polls, counts and keeps the handlers; which tasks wait, and whose turn it is, is kept by short scripts here: arq
refuses a job whose id is *running*, so that a wish that arrives during a run would be lost, and knows no priorities. A
task leaves Redis when it starts: should its worker die, the sweeper finds the work in MongoDB, sooner than arq would,
which waits for the longest timeout of any task. Payloads are JSON: with arq's default, pickle, whoever writes to Redis
would run code here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import time
from typing import Any, cast

import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import SerializationError, deserialize_job_raw, serialize_job
from arq.worker import Worker, func
from redis.exceptions import RedisError

from distro_core.queue.port import HEAD_STARTS, Priority, TaskHandler
from distro_core.queue.scripts import CANCEL, ENQUEUE, NEXT, PUT_BACK
from distro_core.redis_clients import BRIEF, PATIENT, redis_pool
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError

log = structlog.get_logger(__name__)

QUEUE = "distro:tasks"
LATER = "distro:tasks:later"
WAITING = "distro:waiting:"
POLL_DELAY = 0.05
KEEP_WAITING = 86_400.0
"""Seconds after its moment for which a task that nobody picks up is kept."""
LONGEST_TASK = 86_400.0
"""Seconds after which a task that has not ended is put back."""
PAUSE_AFTER_FAULT = 1.0


class ArqTaskQueue:
    """Puts tasks where `run_tasks` picks them up, in this process or another."""

    def __init__(self, redis_url: str) -> None:
        self._redis = _connect(redis_url, BRIEF)

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
        whose moment has come. `since`: since when it counts as waiting, where that is before its moment. False, and no
        error, when one was waiting already or the queue cannot be reached: the sweeper finds the work.
        """
        now = _milliseconds(time())
        moment = now if at is None else _milliseconds(at.timestamp())
        waited = 0 if since is None else max(moment - _milliseconds(since.timestamp()), 0)
        head = _milliseconds(HEAD_STARTS[priority].total_seconds()) + waited
        job_id = f"{new_id()}-{head}"
        job = serialize_job(task, (key, dict(payload)), {}, None, now, serializer=_to_json)
        life = max(moment - now, 0) + _milliseconds(KEEP_WAITING)
        keys = (WAITING + key, QUEUE, LATER, job_key_prefix + job_id)
        try:
            return await _run(self._redis, ENQUEUE, keys, now, moment, head, job_id, life, job) == 1
        except (RedisError, OSError) as error:
            log.warning("task is left to the sweeper", task=task, key=key, reason=str(error))
            return False

    async def cancel(self, key: str) -> None:
        """Forget a waiting task; one that runs is not touched. No error when the queue cannot be reached."""
        try:
            await _run(self._redis, CANCEL, (WAITING + key, QUEUE, LATER), job_key_prefix)
        except (RedisError, OSError) as error:
            log.warning("task is not cancelled", key=key, reason=str(error))

    async def depth(self) -> int:
        """How many tasks wait, those for later included."""
        return int(await self._redis.zcard(QUEUE)) + int(await self._redis.zcard(LATER))

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
    while not stop.is_set():
        redis = _connect(redis_url, PATIENT)
        try:
            await _work(_worker(redis, handlers, concurrency), stop, patience)
        except (RedisError, OSError) as error:
            log.error("no tasks are run for the moment", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE_AFTER_FAULT)
        finally:
            await redis.aclose(close_connection_pool=True)


async def _work(worker: Worker, stop: asyncio.Event, patience: float) -> None:
    polling = asyncio.create_task(worker.main(), name="poll for tasks")
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await polling
        worker.allow_pick_jobs = False
        if running := set(worker.tasks.values()):
            await asyncio.wait(running, timeout=patience)
    finally:
        stopping.cancel()
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        for task in worker.tasks.values():
            task.cancel()
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)


@dataclass(frozen=True)
class _Taken:
    """A task that was taken from Redis. `turn`: its place there, in milliseconds; `job`: as it was kept there."""

    id: str
    turn: int
    job: bytes


class _Worker(Worker):
    """arq's worker, which takes the task whose turn it is each time that there is room for one.

    As it comes, arq reads a hundred ids at once and works through them: what becomes urgent meanwhile would wait. Nor
    are its own notes on a job kept, its tries and results: they were two of three round trips of a task.
    """

    def __init__(self, *, max_jobs: int, **options: Any) -> None:
        super().__init__(max_jobs=max_jobs, queue_read_limit=1, **options)
        # arq's own admits one more than may run, and counts.
        self.sem = asyncio.BoundedSemaphore(max_jobs)

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start tasks until none is due. Called by arq with every poll."""
        while True:
            await self.sem.acquire()
            self._forget_ended()
            taken = await self._take()
            if taken is None:
                self.sem.release()
                return
            self.job_counter += 1
            task = self.loop.create_task(self._run_taken(taken))
            task.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
            self.tasks[taken.id] = task

    async def _take(self) -> _Taken | None:
        if not self.allow_pick_jobs:
            return None
        arguments = (_milliseconds(time()), job_key_prefix, WAITING)
        try:
            popped = await cast("Any", self.pool).eval(NEXT, 2, QUEUE, LATER, *arguments)
        except BaseException:
            self.sem.release()
            raise
        return _Taken(popped[0].decode(), int(popped[1]), popped[2]) if popped else None

    async def _run_taken(self, taken: _Taken) -> None:
        try:
            name, arguments, *_ = deserialize_job_raw(taken.job, deserializer=_from_json)
            function = self.functions[name]
        except (SerializationError, KeyError) as error:
            # One that has run out, or of another version of the platform: the sweeper finds the work.
            self.jobs_failed += 1
            log.error("task cannot be run", id=taken.id, reason=repr(error))
            return
        if await function.coroutine({"redis": self.pool, "taken": taken}, *arguments):
            self.jobs_complete += 1
        else:
            self.jobs_failed += 1

    def _forget_ended(self) -> None:
        for job_id in [job_id for job_id, task in self.tasks.items() if task.done()]:
            self.tasks.pop(job_id).result()


def _worker(redis: ArqRedis, handlers: Mapping[str, TaskHandler], concurrency: int) -> Worker:
    return _Worker(
        functions=[func(cast(Any, _runner(task, handler)), name=task) for task, handler in handlers.items()],
        redis_pool=redis,
        queue_name=QUEUE,
        handle_signals=False,
        max_jobs=concurrency,
        poll_delay=POLL_DELAY,
        job_serializer=_to_json,
        job_deserializer=_from_json,
    )


def _runner(task: str, handler: TaskHandler) -> Callable[..., Coroutine[Any, Any, bool]]:
    async def run(context: Mapping[str, Any], key: str, payload: Mapping[str, Any]) -> bool:
        """Whether the task has ended well."""
        redis: ArqRedis = context["redis"]
        taken: _Taken = context["taken"]
        try:
            async with asyncio.timeout(LONGEST_TASK):
                await _handle(redis, taken, key, handler, payload)
        except DomainError as error:
            # Such as a tenant or a batch that is gone: a refusal that was foreseen needs no trace.
            log.error("task failed", task=task, key=key, code=error.code, reason=error.message)
        except Exception:
            # One task's fault must not end the worker.
            log.exception("task failed", task=task, key=key)
        else:
            return True
        return False

    run.__qualname__ = task
    return run


async def _handle(redis: ArqRedis, taken: _Taken, key: str, handler: TaskHandler, payload: Mapping[str, Any]) -> None:
    try:
        await handler(payload)
    except asyncio.CancelledError:
        # The worker is stopping: another one is to run it at once, in its old place.
        keys = (WAITING + key, QUEUE, job_key_prefix + taken.id)
        await _run(redis, PUT_BACK, keys, taken.turn, taken.id, _milliseconds(KEEP_WAITING), taken.job)
        raise


async def _run(redis: ArqRedis, script: str, keys: Sequence[str], *arguments: int | str | bytes | None) -> int:
    return cast(int, await cast("Any", redis).eval(script, len(keys), *keys, *arguments))


def _connect(redis_url: str, retries: int) -> ArqRedis:
    return ArqRedis(
        redis_pool(redis_url, retries),
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
