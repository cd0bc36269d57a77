"""API and worker, as processes of their own: they follow what is installed, and begin anew where they must."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.embedded import ServiceUrls
from distro_core.marketplace.install.documents import JobStatus, PluginJobDocument
from distro_core.platform import Platform
from distro_core.settings import Settings
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop

DIARY = """
import os
from distro_sdk import Plugin

class Owl(Plugin):
    id = {id!r}

    async def startup(self):
        with open({diary!r}, "a") as diary:
            diary.write(f"{version} {{os.getpid()}}\\n")
"""


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(settings, Market(tmp_path, now=datetime.now(UTC))) as opened:
        yield opened
        await empty_shop(opened)


@asynccontextmanager
async def running(shop: Shop, services: ServiceUrls, *command: str) -> AsyncIterator[Process]:
    """A process of the platform on the session's servers."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")},
        "DISTRO_DATA_DIR": str(shop.platform.settings.data_dir),
        "DISTRO_MONGO_URL": services.mongo_url,
        "DISTRO_REDIS_URL": services.redis_url,
        "DISTRO_REGISTRIES": json.dumps([shop.market.setting.model_dump()]),
        "DISTRO_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "distro_api.cli",
        *command,
        env=environment,
        cwd=shop.market.folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def started(diary: Path, version: str, processes: set[int]) -> None:
    """Wait until every one of these processes has started that version of the plugin."""

    def seen() -> set[int]:
        lines = diary.read_text().splitlines() if diary.exists() else []
        return {int(line.split()[1]) for line in lines if line.split()[0] == version}

    async with asyncio.timeout(60):
        while not processes <= seen():
            await asyncio.sleep(0.05)


async def ended(shop: Shop, job: PluginJobDocument) -> PluginJobDocument:
    """Wait until the job has ended: processes follow before its last line is written."""
    async with asyncio.timeout(60):
        while (job := await shop.jobs.get(job.id, "label")).finished_at is None:
            await asyncio.sleep(0.05)
    return job


@pytest.mark.slow
async def test_processes_follow_an_installation_at_once_and_recycle_for_an_upgrade(
    shop: Shop, services: ServiceUrls, tmp_path: Path
) -> None:
    id, diary = fresh_id(), tmp_path / "diary"

    def offer(version: str) -> None:
        code = DIARY.format(id=id, diary=str(diary), version=version)
        # Of the scope `system`, so that every process loads it without a tenant.
        shop.market.offer(WheelDraft(id, version, code=code, hooks=["startup"], scope="system"))

    async with running(shop, services, "worker") as worker, running(shop, services, "serve") as api:
        offer("1.0.0")
        # Nothing runs the job here: the worker does.
        job = await shop.jobs.install(id, tenant_id="label", by="somebody")
        processes = {worker.pid, api.pid}
        await started(diary, "1.0.0", processes)
        assert (await ended(shop, job)).status is JobStatus.COMPLETED

        offer("1.1.0")
        job = await shop.jobs.install(id, tenant_id="label", by="somebody")
        # The same processes, by their ids: a supervisor has noticed nothing.
        await started(diary, "1.1.0", processes)

        assert (worker.returncode, api.returncode) == (None, None)
        upgraded = await ended(shop, job)
        assert (upgraded.status, upgraded.needs_restart) == (JobStatus.COMPLETED, True)
        # This process has none who recycles it, and goes on with what it has.
        assert shop.platform.marketplace.installed.stale.is_set()
