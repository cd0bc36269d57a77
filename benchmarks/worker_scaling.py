"""How much more four workers deliver in a second than one, to a receiver that is 50 ms away.

Workers are processes that share their work through MongoDB and Redis alone, as they would on several hosts. Each has
two deliveries under way, so that it waits for the line and not for the processor. A delivery is a release with a
recording and a cover over SFTP, with manifest and completion marker, each file proven after its upload. Told is the
rate between the first and the last arrival. `--count N`: deliveries for each worker.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.sftp_far_upload import DELAY, far_away
from benchmarks.transfers import fast_folder
from distro_core.delivery.documents import BatchDocument, BatchStatus
from distro_core.delivery.targets.pauses import PauseService
from distro_core.settings import Settings
from distro_sdk.models.delivery import DeliveryStatus
from tests.chaos.crew import Crew, dsp_process
from tests.chaos.receiver_process import Chances
from tests.chaos.storm import label_on_servers, worker_settings
from tests.conftest import LOOPBACK
from tests.delivery.label import Label
from tests.delivery.material import tone

LEAST_TIMES = 3.0
MOST_WORKERS = 4
CONCURRENCY = 2
TARGETS = 4
SETTINGS: dict[str, Any] = {"worker_concurrency": CONCURRENCY, "log_level": "ERROR", "plugins": LOOPBACK}


async def rate(label: Label, target_ids: Sequence[str], title: str, count: int) -> float:
    """Deliveries in a second of the workers that stand, once all deliveries wait."""
    pauses = PauseService(label.scope)
    for target_id in target_ids:
        await pauses.pause(target_id, "deliveries are made")
    releases = [await label.release(tone(440, 0.2), title=f"{title} {place}") for place in range(count // TARGETS)]
    made = [
        delivery
        for release in releases
        for target_id in target_ids
        for delivery in await label.deliveries.create([release.id], target_id)
    ]
    for target_id in target_ids:
        await pauses.resume(target_id)
    batches = label.scope.store.collection(BatchDocument)
    while await batches.find_one({"status": BatchStatus.OPEN}) is not None:
        await asyncio.sleep(0.1)
    ended = [await label.deliveries.get(delivery.id) for delivery in made]
    assert {delivery.status for delivery in ended} == {DeliveryStatus.DISTRIBUTED}
    moments = sorted(delivery.completed_at for delivery in ended if delivery.completed_at is not None)
    return (len(moments) - 1) / (moments[-1] - moments[0]).total_seconds()


async def main() -> None:
    """Measure one worker and four, and end with 1 where four are too slow."""
    count = int(sys.argv[sys.argv.index("--count") + 1]) if "--count" in sys.argv else 24
    with tempfile.TemporaryDirectory(prefix="bench-", dir=fast_folder()) as name:
        folder = Path(name)
        settings = Settings.model_validate({**SETTINGS, "data_dir": folder / "data"})
        async with (
            label_on_servers(settings) as (platform, label),
            dsp_process(folder / "dsp", 1, Chances()) as dsp,
        ):
            crew = Crew(worker_settings(platform.settings, {}), folder / "workers.log")
            with far_away(dsp.facts["port"]) as port:
                far = {**dsp.facts, "port": port}
                targets = [
                    await dsp.target(label, f"dsp-{place}", facts=far, acknowledges=False, verify_after_upload=False)
                    for place in range(TARGETS)
                ]
                ids = [target.id for target in targets]
                try:
                    await crew.hire()
                    await rate(label, ids, "Warm-up", TARGETS)
                    one = await rate(label, ids, "Alone", count)
                    for _ in range(MOST_WORKERS - 1):
                        await crew.hire()
                    await rate(label, ids, "Second warm-up", TARGETS * MOST_WORKERS)
                    many = await rate(label, ids, "Together", count * MOST_WORKERS)
                finally:
                    await crew.dismiss()
    times = many / one
    print(
        f"{DELAY * 2000:.0f} ms away, {CONCURRENCY} deliveries at once in each worker: one worker {one:.2f} deliveries "
        f"a second, {MOST_WORKERS} workers {many:.2f}: {times:.2f} times (at least {LEAST_TIMES:g})"
        f"{' MISSED' if times < LEAST_TIMES else ''}"
    )
    if times < LEAST_TIMES:
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main())
