"""A worker that is killed in the middle of a plugin's job, as by `kill -9`: in a process of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from enum import StrEnum
from multiprocessing.context import ForkServerContext

from distro_core.marketplace.install.documents import JobStep
from distro_core.marketplace.install.installation import Installation
from distro_core.marketplace.install.installed import InstalledPlugins
from distro_core.marketplace.install.uninstallation import Uninstallation
from distro_core.platform import open_platform
from distro_core.plugins.discovery import find_plugins, import_plugin
from distro_core.settings import Settings

# The server imports what every worker would: most of their time would go into it.
for _found in find_plugins():
    if _found.built_in:
        import_plugin(_found)


def fork_server() -> ForkServerContext:
    """Starts processes that have imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


class When(StrEnum):
    """When in a step: as it begins, once the set of plugins is changed and nobody follows yet, or as it has ended and
    nothing was written of that.
    """

    BEGIN = "begin"
    MIDDLE = "middle"
    END = "end"


def work_until(settings: Settings, job_id: str, step: JobStep, when: When) -> None:
    """Run a job and die in a step."""
    for kind in (Installation, Uninstallation):
        _kill_in(kind, step, when)
    asyncio.run(_work(settings, job_id))


async def _work(settings: Settings, job_id: str) -> None:
    async with open_platform(settings) as platform:
        await platform.marketplace.jobs.run(job_id)


def _kill_in(kind: type[Installation] | type[Uninstallation], step: JobStep, when: When) -> None:
    method = f"_{step.value}"
    original = getattr(kind, method, None)
    if original is None:
        return

    async def end(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def die(self: object) -> None:
        if when is When.MIDDLE:
            InstalledPlugins.sync = end  # type: ignore[method-assign, assignment]
        if when is not When.BEGIN:
            await original(self)
        await end()

    setattr(kind, method, die)
