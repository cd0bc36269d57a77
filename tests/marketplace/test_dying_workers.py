"""`kill -9` in every step of an installation, upgrade or uninstallation: another worker completes it, or cleans up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.embedded import ServiceUrls
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import (
    INSTALL_STEPS,
    UNINSTALL_STEPS,
    JobStatus,
    JobStep,
    PluginJobDocument,
)
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_core.store.collection import Change
from tests.marketplace.dying_worker import When, fork_server, work_until
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop

Death = tuple[PluginJobDocument, JobStep, When]


@pytest.fixture
async def shop(platform: Platform, settings: Settings, services: ServiceUrls, tmp_path: Path) -> AsyncIterator[Shop]:
    market = Market(tmp_path, now=datetime.now(UTC))
    # The session's servers by their addresses: a process that dies must not be the one that keeps them.
    urls: dict[str, Any] = {"mongo_url": SecretStr(services.mongo_url), "redis_url": SecretStr(services.redis_url)}
    async with open_shop(settings, market, **urls) as opened:
        yield opened
        await empty_shop(opened)


async def die(shop: Shop, deaths: Sequence[Death]) -> None:
    """Let each job be begun by a worker that is killed, and their leases run out."""
    context = fork_server()
    settings = shop.platform.settings
    processes: list[BaseProcess] = [
        context.Process(target=work_until, args=(settings, job.id, step, when)) for job, step, when in deaths
    ]
    for process in processes:
        await asyncio.to_thread(process.start)
    for process in processes:
        await asyncio.to_thread(process.join, 60)
    assert [process.exitcode for process in processes] == [-signal.SIGKILL] * len(processes)
    jobs = shop.platform.control.collection(PluginJobDocument)
    for job, step, _ in deaths:
        left = await jobs.get(job.id)
        assert (left.status, left.open, left.step) == (JobStatus.RUNNING, True, step)
        await jobs.update(job.id, Change(set={"leased_until": datetime.now(UTC) - timedelta(seconds=1)}))
        await shop.platform.queue.cancel(f"plugin_job:{job.id}")


def every(steps: Sequence[JobStep], lasting: Sequence[JobStep]) -> list[tuple[JobStep, When]]:
    """Every step at its beginning, and those that leave something behind at their end, too."""
    return [(step, When.BEGIN) for step in steps] + [(step, When.END) for step in lasting]


@pytest.mark.slow
async def test_an_installation_survives_the_death_of_its_worker_in_every_step(shop: Shop) -> None:
    deaths: list[Death] = []
    lasting = every(INSTALL_STEPS, (JobStep.STORE, JobStep.UNPACK, JobStep.ACTIVATE))
    for step, when in [*lasting, (JobStep.ACTIVATE, When.MIDDLE)]:
        id = fresh_id()
        shop.market.offer(WheelDraft(id))
        deaths.append((await shop.jobs.install(id, tenant_id="label", by="somebody"), step, when))
    await die(shop, deaths)

    assert await shop.jobs.wake_stale() == len(deaths)
    for job, _, _ in deaths:
        ended = await shop.finish(job)
        assert (ended.status, ended.attempts, ended.error) == (JobStatus.COMPLETED, 2, None)

    installed = await shop.installed()
    assert sorted(installed) == sorted(job.plugin_id for job, _, _ in deaths)
    assert shop.wheels() == sorted(plugin.sha256 for plugin in installed.values())
    faults = [shop.platform.runtimes.current.found[id].fault for id in installed]
    assert faults == [None] * len(installed)


@pytest.mark.slow
async def test_an_upgrade_survives_the_death_of_its_worker_and_leaves_no_wheel_behind(shop: Shop) -> None:
    deaths: list[Death] = []
    for when in When:
        id = fresh_id()
        shop.market.offer(WheelDraft(id))
        await shop.install(id)
        shop.market.offer(WheelDraft(id, "2.0.0"))
        deaths.append((await shop.jobs.install(id, tenant_id="label", by="somebody"), JobStep.ACTIVATE, when))
    await die(shop, deaths)

    for job, _, _ in deaths:
        ended = await shop.finish(job)
        assert (ended.status, ended.version, ended.error) == (JobStatus.COMPLETED, "2.0.0", None)

    installed = await shop.installed()
    assert {plugin.version for plugin in installed.values()} == {"2.0.0"}
    assert shop.wheels() == sorted(plugin.sha256 for plugin in installed.values())


@pytest.mark.slow
async def test_what_a_dead_worker_began_is_cleaned_away_when_it_must_not_go_on(shop: Shop) -> None:
    deaths: list[Death] = []
    for step, when in ((JobStep.STORE, When.END), (JobStep.ACTIVATE, When.BEGIN)):
        id = fresh_id()
        shop.market.offer(WheelDraft(id))
        deaths.append((await shop.jobs.install(id, tenant_id="label", by="somebody"), step, when))
    await die(shop, deaths)
    assert len(shop.wheels()) == len(deaths)
    # While nobody worked, the publisher's key was stolen and revoked.
    shop.market.edition["revoked"] = [{"publisher": "owls", "kid": "owls-2026"}]
    shop.market.publish()

    for job, _, _ in deaths:
        ended = await shop.finish(job)
        assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "PLUGIN_SIGNATURE_INVALID")

    assert (shop.wheels(), await shop.installed()) == ([], {})


@pytest.mark.slow
async def test_an_uninstallation_survives_the_death_of_its_worker_in_every_step(
    shop: Shop, tenant_a: TenantDocument
) -> None:
    database = shop.platform.control.tenant(tenant_a.id, tenant_a.key).database
    deaths: list[Death] = []
    lasting = every(UNINSTALL_STEPS, (JobStep.RELEASE, JobStep.REMOVE))
    for step, when in [*lasting, (JobStep.REMOVE, When.MIDDLE)]:
        id = fresh_id()
        shop.market.offer(WheelDraft(id))
        await shop.install(id)
        await (await shop.plugins_of(tenant_a.id)).enable(id)
        await database[f"p_{id}_nests"].insert_one({"eggs": 3})
        job = await shop.jobs.uninstall(id, tenant_id="label", by="somebody", purge=True, force=True)
        deaths.append((job, step, when))
    await die(shop, deaths)

    for job, _, _ in deaths:
        ended = await shop.finish(job)
        assert (ended.status, ended.attempts, ended.error) == (JobStatus.COMPLETED, 2, None)

    assert (await shop.installed(), shop.wheels()) == ({}, [])
    own = {f"p_{job.plugin_id}_nests" for job, _, _ in deaths}
    assert own & set(await database.list_collection_names()) == set()
    tenant = await shop.platform.control.collection(TenantDocument).get(tenant_a.id)
    assert tenant.enabled_plugins == ()
