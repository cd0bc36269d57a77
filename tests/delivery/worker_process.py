"""A worker in a process of its own, to be killed. Settings come from `DISTRO_…`; SIGTERM stops it in order."""

from __future__ import annotations

import asyncio
import signal
import sys

from distro_core.event_loop import run_worker_loop
from distro_core.platform import open_platform
from distro_core.settings import Settings
from distro_core.worker import run_worker


async def work() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_platform(Settings(_env_file=None)) as platform:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await run_worker(platform, stop)


if __name__ == "__main__":
    run_worker_loop(work())
