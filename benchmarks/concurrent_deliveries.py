"""A thousand deliveries in flight at once, to a receiver that takes its time (row QUE-07).

Four workers with 250 deliveries each, all to one SFTP server, which takes no recording before a thousand deliveries
have begun to send theirs; then it takes all. Every delivery must end as distributed in its first attempt, with one
completion marker. Told are the time and the most memory of a worker. `--count N`: deliveries, 1,000 unless given.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.transfers import fast_folder
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.settings import Settings
from tests.chaos.crew import Crew, Dsp, dsp_process
from tests.chaos.receiver_process import Chances
from tests.chaos.storm import label_on_servers, worker_settings
from tests.conftest import LOOPBACK
from tests.delivery.label import Label
from tests.delivery.material import tone

WORKERS = 4
TARGETS = 20
PATIENCE = 600.0
SETTINGS: dict[str, Any] = {"log_level": "ERROR", "plugins": LOOPBACK}


async def begin(label: Label, dsp: Dsp, count: int) -> None:
    """Ask for all deliveries."""
    limits = TargetLimits(max_connections=count // TARGETS)
    targets = [
        await dsp.target(
            label, f"dsp-{place}", stall=PATIENCE, acknowledges=False, verify_after_upload=False, limits=limits
        )
        for place in range(TARGETS)
    ]
    for place in range(count // TARGETS):
        release = await label.release(tone(440, 0.2), title=f"Song {place}")
        for target in targets:
            await label.deliveries.create([release.id], target.id)


async def most_held(dsp: Dsp, count: int) -> int:
    """How many have begun at once, once all have."""
    held, end = 0, time.monotonic() + PATIENCE
    while held < count and time.monotonic() < end:
        await asyncio.sleep(0.5)
        held = (await dsp.order("held"))["held"]
    return held


async def all_ended(label: Label) -> list[DeliveryDocument]:
    """The deliveries, once none is under way any more."""
    batches = label.scope.store.collection(BatchDocument)
    while await batches.find_one({"status": BatchStatus.OPEN}) is not None:
        await asyncio.sleep(0.2)
    deliveries = label.scope.store.collection(DeliveryDocument)
    found: list[DeliveryDocument] = []
    while page := await deliveries.list({"id": {"$gt": found[-1].id if found else ""}}):
        found += page
    return found


def most_memory(crew: Crew) -> int:
    """The most resident memory that a worker has had, MB."""
    lines = [line for each in crew.workers for line in Path(f"/proc/{each.pid}/status").read_text().splitlines()]
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


async def main() -> None:
    """Measure, and end with 1 where they were not all in flight at once or one did not arrive."""
    count = int(sys.argv[sys.argv.index("--count") + 1]) if "--count" in sys.argv else 1000
    with tempfile.TemporaryDirectory(prefix="bench-", dir=fast_folder()) as name:
        folder = Path(name)
        settings = Settings.model_validate(
            {**SETTINGS, "data_dir": folder / "data", "worker_concurrency": count // WORKERS}
        )
        async with label_on_servers(settings) as (platform, label), dsp_process(folder / "dsp", 1, Chances()) as dsp:
            crew = Crew(worker_settings(platform.settings, {}), folder / "workers.log")
            try:
                await dsp.order("hold")
                await begin(label, dsp, count)
                began = time.monotonic()
                for _ in range(WORKERS):
                    await crew.hire()
                held = await most_held(dsp, count)
                in_flight = time.monotonic() - began
                await dsp.order("release")
                ended = await all_ended(label)
                seconds, memory = time.monotonic() - began, most_memory(crew)
            finally:
                await crew.dismiss()
        statuses = Counter(delivery.status.value for delivery in ended)
        attempts = Counter(len(delivery.attempts) for delivery in ended)
        markers = sum(1 for _ in (folder / "dsp" / "users").rglob("BatchComplete.txt"))
    well = held == count and statuses == {"distributed": count} and attempts == {1: count} and markers == count
    print(
        f"{held} deliveries in flight at once after {in_flight:.0f} s, all ended after {seconds:.0f} s: "
        f"{dict(statuses)}, attempts {dict(attempts)}, {markers} completion markers; a worker took at most {memory} MB"
        f"{'' if well else ' MISSED'}"
    )
    if not well:
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main())
