"""How long it takes from asking for a delivery until its first byte leaves.

The worker is idle, as it is between deliveries; the target takes everything and keeps nothing. Between both lie
storing the delivery, the queue, building and judging the message, and packing it with its audio proven. `--count N`:
deliveries.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.deliveries import label_at_work, make_release, make_target, on_put
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.requests.wishes import Wish
from distro_core.worker import run_worker
from distro_sdk.models.delivery import DeliveryStatus

MOST_MILLISECONDS = 300.0


def note(arrived: asyncio.Future[float], path: str) -> None:
    """Remember when the first file began to arrive."""
    if not arrived.done():
        arrived.set_result(time.perf_counter())


async def main() -> None:
    """Measure, and end with 1 where the median is too long."""
    count = int(sys.argv[sys.argv.index("--count") + 1]) if "--count" in sys.argv else 30
    waits: list[float] = []
    async with label_at_work() as (platform, scope):
        deliveries, release = DeliveryService(scope), await make_release(scope)
        targets = [await make_target(scope) for _ in range(count + 1)]
        stop = asyncio.Event()
        working = asyncio.create_task(run_worker(platform, stop))
        for target in targets:
            arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            on_put[:] = [partial(note, arrived)]
            began = time.perf_counter()
            (made,) = await deliveries.create([release.id], target.id, Wish())
            waits.append((await arrived - began) * 1000)
            while (await deliveries.get(made.id)).status is not DeliveryStatus.DISTRIBUTED:
                await asyncio.sleep(0.02)
        stop.set()
        await working
    waits = sorted(waits[1:])
    median, most = statistics.median(waits), waits[int(len(waits) * 0.95)]
    missed = " MISSED" if median > MOST_MILLISECONDS else ""
    limit = f"at most {MOST_MILLISECONDS:g}"
    print(f"queue to first byte: median {median:.0f} ms ({limit}){missed}, 95 % within {most:.0f} ms")
    if missed:
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main())
