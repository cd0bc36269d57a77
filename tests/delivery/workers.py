"""Workers for tests: beside the test, or in a process that can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from distro_core.embedded import ServiceUrls
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_core.worker import run_worker

PROGRAM = Path(__file__).with_name("worker_process.py")

BRISK = {
    "sweep_interval": 0.2,
    "acknowledgement_interval": 0.3,
    "retry_delay": 0.2,
    "circuit_reset": 0.5,
}
"""Settings under which a test need not wait long."""

SHORT_LEASE = 2.0
"""Seconds until what a killed process held is free. Others have the usual lease: a busy machine kills nobody."""


@asynccontextmanager
async def worker(platform: Platform, **settings: object) -> AsyncIterator[None]:
    """A worker in this process, for as long as the body runs."""
    stop = asyncio.Event()
    brisk = platform.settings.model_copy(update={**BRISK, **settings})
    running = asyncio.create_task(run_worker(replace(platform, settings=brisk), stop))
    try:
        yield
    finally:
        stop.set()
        await running


@dataclass
class WorkerProcess:
    """A worker in a process of its own."""

    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """End it as the kernel does: nothing of it runs any more."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to stop; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self.process.wait()


@asynccontextmanager
async def worker_process(settings: Settings, services: ServiceUrls, **changes: object) -> AsyncIterator[WorkerProcess]:
    """A worker process on the same servers, ready for work."""
    given = {
        "data_dir": settings.data_dir,
        "mongo_url": services.mongo_url,
        "redis_url": services.redis_url,
        "plugins": json.dumps(settings.plugins),
        **BRISK,
        "delivery_lease": SHORT_LEASE,
        **changes,
    }
    environment = {**os.environ, **{f"DISTRO_{name.upper()}": str(value) for name, value in given.items()}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"ready\n"
        yield WorkerProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
