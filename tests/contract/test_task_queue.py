"""What the task queue promises, on a real Valkey."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis

from distro_core.embedded import embedded_services
from distro_core.queue.arq_queue import ArqTaskQueue, run_tasks
from distro_core.queue.port import Priority, TaskHandler
from distro_core.settings import Settings

Payload = Mapping[str, Any]

LATER = timedelta(hours=1)


class Notebook:
    """A handler that writes down what it runs; `gate` holds it until it is set."""

    def __init__(self) -> None:
        self.begun: list[Payload] = []
        self.done: list[Payload] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def __call__(self, payload: Payload) -> None:
        """Run a task."""
        await self._write(self.begun, payload)
        await self.gate.wait()
        if "fault" in payload:
            raise RuntimeError(payload["fault"])
        await self._write(self.done, payload)

    async def until(self, holds: Callable[[Notebook], bool]) -> None:
        """Wait for something to be written."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: holds(self))

    async def _write(self, lines: list[Payload], payload: Payload) -> None:
        async with self._changed:
            lines.append(payload)
            self._changed.notify_all()


@pytest.fixture(scope="module")
async def redis_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Valkey of these tests' own, so that nobody else's tasks lie in it."""
    unused = "mongodb://127.0.0.1:1"
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("queue"), "mongo_url": unused})
    async with embedded_services(settings) as urls:
        yield urls.redis_url


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[ArqTaskQueue]:
    """An empty queue."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    opened = ArqTaskQueue(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def notebook() -> Notebook:
    """An empty notebook."""
    return Notebook()


async def test_a_task_runs_with_its_payload(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    payload = {"tenant_id": "t", "names": ["Bj\N{LATIN SMALL LETTER O WITH DIAERESIS}rk", None], "count": 3}
    await queue.enqueue("write", payload, key="k")

    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 1)

    assert notebook.done == [payload]
    assert await queue.depth() == 0


async def test_tasks_go_to_their_handlers(queue: ArqTaskQueue, redis_url: str) -> None:
    deliver, check = Notebook(), Notebook()
    await queue.enqueue("deliver", {"n": 1}, key="deliver:1")
    await queue.enqueue("check", {"n": 2}, key="check:2")

    async with _worker(redis_url, {"deliver": deliver, "check": check}):
        await deliver.until(lambda notes: bool(notes.done))
        await check.until(lambda notes: bool(notes.done))

    assert (deliver.done, check.done) == ([{"n": 1}], [{"n": 2}])


async def test_of_one_key_one_task_waits(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    added = [await queue.enqueue("write", {"n": n}, key="same") for n in range(3)]
    other = await queue.enqueue("write", {"n": 9}, key="other")

    assert (added, other, await queue.depth()) == ([True, False, False], True, 2)
    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 2)
    assert sorted(payload["n"] for payload in notebook.done) == [0, 9]


async def test_of_many_who_ask_at_once_one_is_heard(queue: ArqTaskQueue) -> None:
    added = await asyncio.gather(*(queue.enqueue("write", {"n": n}, key="same") for n in range(20)))

    assert sorted(added) == [False] * 19 + [True]
    assert await queue.depth() == 1


async def test_a_wish_during_a_run_is_not_lost(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    notebook.gate.clear()
    await queue.enqueue("write", {"n": 1}, key="same")

    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.begun) == 1)
        added = await queue.enqueue("write", {"n": 2}, key="same")
        notebook.gate.set()
        await notebook.until(lambda notes: len(notes.done) == 2)

    assert added
    assert [payload["n"] for payload in notebook.done] == [1, 2]


async def test_a_task_for_later_waits(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    await queue.enqueue("write", {"n": 1}, key="later", at=datetime.now(UTC) + LATER)
    await queue.enqueue("write", {"n": 2}, key="now")

    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 1)

    assert notebook.done == [{"n": 2}]
    assert await queue.depth() == 1


async def test_the_earlier_wish_counts(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    await queue.enqueue("write", {"n": 1}, key="same", at=datetime.now(UTC) + LATER)
    sooner = await queue.enqueue("write", {"n": 2}, key="same")
    later_again = await queue.enqueue("write", {"n": 3}, key="same", at=datetime.now(UTC) + LATER)

    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 1)

    assert (sooner, later_again) == (False, False)
    assert notebook.done == [{"n": 1}]


@pytest.mark.proves("QUE-05", "JOB-07", "WFL-09")
async def test_an_urgent_task_is_next_although_a_hundred_waited_before_it(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    notebook.gate.clear()
    for number in range(100):
        await queue.enqueue("write", {"n": number}, key=f"low {number}", priority=Priority.LOW)

    async with _worker(redis_url, {"write": notebook}, concurrency=1):
        await notebook.until(lambda notes: len(notes.begun) == 1)
        for priority in (Priority.NORMAL, Priority.HIGH, Priority.URGENT):
            await queue.enqueue("write", {"n": priority.value}, key=priority, priority=priority)
        notebook.gate.set()
        await notebook.until(lambda notes: len(notes.done) == 103)

    ran = [payload["n"] for payload in notebook.done]
    assert ran == [0, "urgent", "high", "normal", *range(1, 100)]


@pytest.mark.proves("QUE-05")
async def test_a_task_that_has_waited_longer_than_the_head_start_goes_first(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    now = datetime.now(UTC)
    day = timedelta(days=1)
    await queue.enqueue("write", {"n": "urgent"}, key="urgent", priority=Priority.URGENT)
    await queue.enqueue("write", {"n": "young"}, key="young", at=now - day / 2, priority=Priority.LOW)
    await queue.enqueue("write", {"n": "old"}, key="old", at=now - day * 1.1, priority=Priority.LOW)

    async with _worker(redis_url, {"write": notebook}, concurrency=1):
        await notebook.until(lambda notes: len(notes.done) == 3)

    assert [payload["n"] for payload in notebook.done] == ["old", "urgent", "young"]


async def test_priority_lets_no_task_run_before_its_moment(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    moments: list[datetime] = []

    async def write(payload: Payload) -> None:
        moments.append(datetime.now(UTC))
        await notebook(payload)

    much_later = datetime.now(UTC) + LATER
    await queue.enqueue("write", {"n": "much later"}, key="much later", at=much_later, priority=Priority.URGENT)
    await queue.enqueue("write", {"n": "low"}, key="low", priority=Priority.LOW)

    async with _worker(redis_url, {"write": write}, concurrency=1):
        await notebook.until(lambda notes: len(notes.done) == 1)
        soon = datetime.now(UTC) + timedelta(seconds=0.5)
        await queue.enqueue("write", {"n": "later"}, key="later", at=soon, priority=Priority.URGENT)
        await notebook.until(lambda notes: len(notes.done) == 2)

    assert moments[1] >= soon - timedelta(milliseconds=1), "moments are kept in whole milliseconds"
    assert [payload["n"] for payload in notebook.done] == ["low", "later"]
    assert await queue.depth() == 1


async def test_a_task_whose_moment_has_come_takes_its_place_by_priority(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.1)
    await queue.enqueue("write", {"n": "urgent"}, key="urgent", at=soon, priority=Priority.URGENT)
    await queue.enqueue("write", {"n": "normal"}, key="normal")
    await asyncio.sleep(0.15)

    async with _worker(redis_url, {"write": notebook}, concurrency=1):
        await notebook.until(lambda notes: len(notes.done) == 2)

    assert [payload["n"] for payload in notebook.done] == ["urgent", "normal"]


async def test_a_cancelled_task_does_not_run(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    await queue.enqueue("write", {"n": 1}, key="unwanted")
    await queue.enqueue("write", {"n": 2}, key="wanted")

    await queue.cancel("unwanted")
    await queue.cancel("never asked for")

    assert await queue.depth() == 1
    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 1)
    assert notebook.begun == [{"n": 2}]
    assert await queue.enqueue("write", {"n": 3}, key="unwanted")


async def test_a_task_that_fails_ends_neither_the_worker_nor_its_key(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    async with _worker(redis_url, {"write": notebook}):
        await queue.enqueue("write", {"fault": "the pen broke"}, key="same")
        await notebook.until(lambda notes: len(notes.begun) == 1)
        await _until_added(queue, {"n": 2}, key="same")
        await notebook.until(lambda notes: len(notes.done) == 1)

    assert notebook.begun == [{"fault": "the pen broke"}, {"n": 2}]
    assert await queue.depth() == 0


async def test_a_task_that_no_worker_here_knows_is_told_and_ends_nothing(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    await queue.enqueue("of another version", {"n": 1}, key="unknown")
    await queue.enqueue("write", {"n": 2}, key="known")

    with structlog.testing.capture_logs() as lines:
        async with _worker(redis_url, {"write": notebook}):
            await notebook.until(lambda notes: len(notes.done) == 1)

    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["task cannot be run"]
    assert await queue.enqueue("of another version", {"n": 3}, key="unknown")


async def test_a_task_whose_payload_has_run_out_is_told_and_ends_nothing(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    await queue.enqueue("write", {"n": 1}, key="run out")
    async with Redis.from_url(redis_url) as redis:
        (job,) = [name async for name in redis.scan_iter(match="arq:job:*")]
        await redis.delete(job)
    await queue.enqueue("write", {"n": 2}, key="there")

    with structlog.testing.capture_logs() as lines:
        async with _worker(redis_url, {"write": notebook}):
            await notebook.until(lambda notes: len(notes.done) == 1)

    assert notebook.done == [{"n": 2}]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["task cannot be run"]


async def test_nothing_of_a_task_is_left_in_redis(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    await queue.enqueue("write", {"n": 1}, key="k")

    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 1)

    async with Redis.from_url(redis_url) as redis:
        assert [name async for name in redis.scan_iter() if b"health" not in name] == []


@pytest.mark.proves("JOB-09")
async def test_ten_slow_tasks_run_together_and_the_eleventh_waits(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    notebook.gate.clear()
    for number in range(11):
        await queue.enqueue("write", {"n": number}, key=str(number))

    async with _worker(redis_url, {"write": notebook}, concurrency=Settings().worker_concurrency):
        await notebook.until(lambda notes: len(notes.begun) == 10)
        await asyncio.sleep(0.3)
        begun, waiting = len(notebook.begun), await queue.depth()
        notebook.gate.set()
        await notebook.until(lambda notes: len(notes.done) == 11)

    assert (begun, waiting) == (10, 1)


async def test_a_stopping_worker_finishes_what_it_can(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    notebook.gate.clear()
    await queue.enqueue("write", {"n": 1}, key="running")
    stop = asyncio.Event()
    worker = asyncio.create_task(run_tasks(redis_url, {"write": notebook}, 5, stop, patience=10))
    await notebook.until(lambda notes: len(notes.begun) == 1)

    stop.set()
    await asyncio.sleep(0.1)
    await queue.enqueue("write", {"n": 2}, key="too late")
    notebook.gate.set()
    await worker

    assert notebook.done == [{"n": 1}]
    assert await queue.depth() == 1


async def test_what_a_stopping_worker_cannot_finish_is_run_by_the_next(
    queue: ArqTaskQueue, redis_url: str, notebook: Notebook
) -> None:
    notebook.gate.clear()
    await queue.enqueue("write", {"n": 1}, key="long")
    stop = asyncio.Event()
    worker = asyncio.create_task(run_tasks(redis_url, {"write": notebook}, 5, stop, patience=0.05))
    await notebook.until(lambda notes: len(notes.begun) == 1)

    stop.set()
    await worker
    left = await queue.depth()
    notebook.gate.set()
    async with _worker(redis_url, {"write": notebook}):
        await notebook.until(lambda notes: len(notes.done) == 1)

    assert left == 1
    assert notebook.begun == [{"n": 1}, {"n": 1}]


async def test_workers_and_tasks_outlast_the_server(queue: ArqTaskQueue, redis_url: str, notebook: Notebook) -> None:
    async with _worker(redis_url, {"write": notebook}), Redis.from_url(redis_url) as redis:
        server = (await redis.info("server"))["process_id"]
        await queue.enqueue("write", {"n": 1}, key="before", at=datetime.now(UTC) + timedelta(seconds=1))

        os.kill(server, signal.SIGKILL)
        await queue.enqueue("write", {"n": 2}, key="after")
        await notebook.until(lambda notes: len(notes.done) == 2)

    assert sorted(payload["n"] for payload in notebook.done) == [1, 2]


async def test_a_queue_out_of_reach_is_no_error() -> None:
    queue = ArqTaskQueue("unix:///nowhere/valkey.sock")

    added = await queue.enqueue("write", {"n": 1}, key="k")
    await queue.cancel("k")
    await queue.close()

    assert not added


async def test_a_worker_without_its_queue_waits_and_can_be_stopped(
    tmp_path: Path, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distro_core.queue.arq_queue.PATIENT", 0)
    monkeypatch.setattr("distro_core.queue.arq_queue.PAUSE_AFTER_FAULT", 0.05)
    settings = Settings.model_validate({"data_dir": tmp_path, "mongo_url": "mongodb://127.0.0.1:1"})
    redis_url = f"unix://{tmp_path}/run/valkey.sock"

    async with _worker(redis_url, {"write": notebook}):
        await asyncio.sleep(0.2)
        async with embedded_services(settings) as urls:
            queue = ArqTaskQueue(urls.redis_url)
            await queue.enqueue("write", {"n": 1}, key="k")
            await notebook.until(lambda notes: len(notes.done) == 1)
            await queue.close()

    assert urls.redis_url == redis_url
    assert notebook.done == [{"n": 1}]


async def test_nothing_in_redis_is_a_pickle(queue: ArqTaskQueue, redis_url: str) -> None:
    await queue.enqueue("write", {"n": 1}, key="k")

    async with Redis.from_url(redis_url) as redis:
        jobs = [await redis.get(key) for key in await redis.keys("arq:job:*")]

    assert [job[:1] + job[-1:] for job in jobs] == [b"{}"]


@asynccontextmanager
async def _worker(redis_url: str, handlers: Mapping[str, TaskHandler], *, concurrency: int = 10) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker: Awaitable[None] = asyncio.create_task(run_tasks(redis_url, handlers, concurrency, stop))
    try:
        yield
    finally:
        stop.set()
        await worker


async def _until_added(queue: ArqTaskQueue, payload: Payload, *, key: str) -> None:
    async with asyncio.timeout(60):
        while not await queue.enqueue("write", payload, key=key):
            await asyncio.sleep(0.01)
