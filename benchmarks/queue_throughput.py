"""How many deliveries a worker works off in a second, against what arq makes of jobs that do nothing.

A no-op delivery is a takedown that passes the whole engine: its message is built, judged, packed with manifest and
marker, "sent" to a target that keeps nothing, and proven by a receipt. Floor: arq's own worker as it comes, on the same
Redis in the same run, with the same number of jobs at once. Printed for information, and without a limit: how fast our
queue runs tasks that do nothing, and how fast deliveries are closed that were cancelled while they waited, as happens
to thousands at once when somebody cancels a bulk.
`--count N`: no-op deliveries, 10,000 unless given; `--cancelled N`: cancelled ones, 2,000 unless given; `--profile`:
where the time of the no-op deliveries goes.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from arq.connections import ArqRedis
from arq.worker import Worker, func

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.deliveries import label_at_work, make_release, make_target
from distro_core.delivery.batches import claim_of, wake
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.requests.creation import BatchPlanner
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.event_loop import run_worker_loop
from distro_core.messages.message_id import new_message_id
from distro_core.platform import Platform
from distro_core.queue.arq_queue import run_tasks
from distro_core.redis_clients import PATIENT, redis_pool
from distro_core.scope import Scope
from distro_core.store.codec import encode_document
from distro_core.store.documents import new_id
from distro_core.worker import task_handlers
from distro_sdk.models.delivery import DeliveryStatus

LEAST_SHARE = 0.3
EMPTY_JOBS = 2_000


async def queue_deliveries(scope: Scope, count: int, status: DeliveryStatus = DeliveryStatus.CREATED) -> None:
    """`count` takedowns of one release, each to a target of its own. `status`: of all of them."""
    release, target = await make_release(scope), await make_target(scope)
    planned = await BatchPlanner(scope).plan([release.id], target.id, Wish(withdraws=True, force=True))
    (first,) = planned.planned
    began = scope.clock.now()
    for start in range(0, count, 1000):
        targets, batches, deliveries = [], [], []
        for place in range(start, min(start + 1000, count)):
            moment = began - timedelta(hours=1) + timedelta(milliseconds=place)
            batch_id = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
            copy = target.model_copy(update={"id": new_id()})
            named = {"id": new_id(), "target_id": copy.id, "batch_id": batch_id, "message_id": new_message_id()}
            named["status"] = status
            delivery = first.model_copy(update=named)
            batch = planned.model_copy(
                update={
                    "id": batch_id,
                    "target_id": copy.id,
                    "delivery_ids": (delivery.id,),
                    "planned": (),
                    "claims": (claim_of(release.id, copy.id),),
                    "created_at": began,
                }
            )
            targets.append(encode_document(copy))
            batches.append(batch)
            deliveries.append(encode_document(delivery))
        await scope.store.collection(TargetDocument).raw.insert_many(targets)
        await scope.store.collection(DeliveryDocument).raw.insert_many(deliveries)
        await scope.store.collection(BatchDocument).raw.insert_many([encode_document(batch) for batch in batches])
        await asyncio.gather(*(wake(scope, batch) for batch in batches))


async def deliver_all(platform: Platform, scope: Scope, count: int, end: BatchStatus = BatchStatus.SENT) -> float:
    """Seconds in which a worker's tasks bring all to their end. `end`: which that is."""
    stop = asyncio.Event()
    began = time.perf_counter()
    concurrency = platform.settings.worker_concurrency
    working = asyncio.create_task(run_tasks(platform.redis_url, task_handlers(platform), concurrency, stop))
    batches = scope.store.collection(BatchDocument)
    while await batches.find_one({"status": BatchStatus.OPEN}) is not None:
        await asyncio.sleep(0.5)
    seconds = time.perf_counter() - began
    stop.set()
    await working
    ended = await batches.count({"status": end})
    assert ended == count, f"{ended} of {count} are {end.value}"
    return seconds


async def run_empty_tasks(platform: Platform, count: int) -> float:
    """Seconds in which our queue runs tasks that do nothing."""
    stop, left = asyncio.Event(), count

    async def nothing(payload: Mapping[str, Any]) -> None:
        nonlocal left
        left -= 1
        if not left:
            stop.set()

    await asyncio.gather(*(platform.queue.enqueue("nothing", {}, key=str(place)) for place in range(count)))
    began = time.perf_counter()
    await run_tasks(platform.redis_url, {"nothing": nothing}, platform.settings.worker_concurrency, stop)
    return time.perf_counter() - began


async def nothing(context: dict[Any, Any]) -> None:
    """A job of arq's that does nothing."""


async def run_empty_jobs(platform: Platform, count: int) -> float:
    """Seconds in which arq runs jobs that do nothing."""
    redis = ArqRedis(redis_pool(platform.redis_url, PATIENT), default_queue_name="bench")
    await asyncio.gather(*(redis.enqueue_job("nothing") for _ in range(count)))
    worker = Worker(
        functions=[func(cast(Any, nothing), name="nothing")],
        redis_pool=redis,
        queue_name="bench",
        handle_signals=False,
        burst=True,
        max_jobs=platform.settings.worker_concurrency,
    )
    began = time.perf_counter()
    await worker.main()
    seconds = time.perf_counter() - began
    await redis.aclose(close_connection_pool=True)
    return seconds


def given(option: str, usual: int) -> int:
    """The number after an option of the command line."""
    return int(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else usual


async def main() -> None:
    """Measure all four, and end with 1 where no-op deliveries are too slow."""
    count, idle = given("--count", 10_000), given("--cancelled", 2_000)
    profile = cProfile.Profile()
    async with label_at_work() as (platform, scope):
        ours = EMPTY_JOBS / await run_empty_tasks(platform, EMPTY_JOBS)
        await queue_deliveries(scope, idle, DeliveryStatus.CANCELLED)
        cancelled = idle / await deliver_all(platform, scope, idle, BatchStatus.CANCELLED)
    async with label_at_work() as (platform, scope):
        await queue_deliveries(scope, count)
        before = EMPTY_JOBS / await run_empty_jobs(platform, EMPTY_JOBS)
        if "--profile" in sys.argv:
            profile.enable()
        deliveries = count / await deliver_all(platform, scope, count)
        profile.disable()
        after = EMPTY_JOBS / await run_empty_jobs(platform, EMPTY_JOBS)
    if "--profile" in sys.argv:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    floor = (before + after) / 2
    share = deliveries / floor
    print(
        f"{count} no-op deliveries: {deliveries:.0f} a second, {share:.2f} of arq's {floor:.0f} empty jobs "
        f"(at least {LEAST_SHARE:g}){' MISSED' if share < LEAST_SHARE else ''}; our queue runs {ours:.0f} empty tasks "
        f"a second, and {cancelled:.0f} cancelled deliveries a second are closed"
    )
    if share < LEAST_SHARE:
        sys.exit(1)


if __name__ == "__main__":
    run_worker_loop(main())
