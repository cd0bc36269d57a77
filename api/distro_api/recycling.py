"""Processes that end and begin anew, because Python cannot forget the code of a plugin that was upgraded or removed."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from distro_core.platform import Platform

log = structlog.get_logger(__name__)

SPREAD = 3.0
"""Seconds over which the processes of a deployment are spread, so that some always serve."""


@asynccontextmanager
async def watching_for_recycling(platform: Platform, drain: Callable[[], None]) -> AsyncIterator[None]:
    """While this is entered, `drain` is called once when the process has code that is not installed any more."""

    async def watch() -> None:
        await platform.marketplace.installed.stale.wait()
        await asyncio.sleep(random.uniform(0, SPREAD))  # noqa: S311 (nobody gains by guessing it)
        log.info("process drains to be recycled")
        drain()

    watching = asyncio.create_task(watch(), name="watch for recycling")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def recycle() -> None:
    """Run the same command in this process from its beginning: its id stays, so that a supervisor notices nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (our own command line)
