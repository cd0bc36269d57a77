"""Plugins come, are used, are upgraded and go, while the platform runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.embedded import ServiceUrls
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import INSTALL_STEPS, JobKind, JobStatus, JobStep, PluginJobDocument
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError
from tests.marketplace.market import Market, WheelDraft, new_key
from tests.marketplace.shops import CARRIER, Shop, empty_shop, fresh_id, open_shop


@pytest.fixture
def market(tmp_path: Path) -> Market:
    folder = tmp_path / "market"
    folder.mkdir()
    return Market(folder, now=datetime.now(UTC))


@pytest.fixture
async def shop(platform: Platform, settings: Settings, market: Market, tmp_path: Path) -> AsyncIterator[Shop]:
    # A folder of its own for wheels, the servers of the session.
    async with open_shop(settings, market) as opened:
        yield opened
        await empty_shop(opened)


@pytest.fixture
def servers(services: ServiceUrls) -> dict[str, Any]:
    """The session's servers, for a machine with another data folder."""
    return {"mongo_url": SecretStr(services.mongo_url), "redis_url": SecretStr(services.redis_url)}


async def failure(shop: Shop, plugin: str, **options: Any) -> str:
    """The code with which an installation fails, which leaves nothing behind."""
    before = (shop.wheels(), await shop.installed())
    job = await shop.install(plugin, **options)
    assert (job.status, job.open, job.holder) == (JobStatus.FAILED, False, None)
    assert job.error is not None
    assert (shop.wheels(), await shop.installed()) == before
    return job.error.code


@pytest.mark.proves("MKT-04")
async def test_a_plugin_is_installed_and_used_without_a_restart(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, code=CARRIER.format(id=id, key=id), hooks=["register_transports"]))

    job = await shop.install(id)

    assert (job.status, job.kind, job.version, job.error) == (JobStatus.COMPLETED, JobKind.INSTALL, "1.0.0", None)
    assert (job.done, job.progress, job.size) == (INSTALL_STEPS, job.size, job.size)
    assert not job.needs_restart
    assert shop.wheels() == [job.sha256]
    found = shop.platform.runtimes.current.found[id]
    assert (found.fault, found.built_in) == (None, False)
    # Installed is not enabled, and what no tenant has is not imported.
    assert id not in shop.platform.runtimes.current.loaded
    assert id.replace("-", "_") not in sys.modules

    state = await (await shop.plugins_of(tenant_a.id)).enable(id)

    assert (state.enabled, state.fault) == (True, None)
    assert id in (await shop.platform.scope(tenant_a.id, "system")).plugins.transports
    assert id not in (await shop.platform.scope(tenant_b.id, "system")).plugins.transports
    assert not shop.platform.marketplace.installed.stale.is_set()


async def test_every_process_converges_and_a_new_machine_rebuilds_the_same_set(
    shop: Shop, settings: Settings, servers: dict[str, Any], tmp_path: Path
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "objects").symlink_to(settings.data_path / "objects")
    async with open_shop(settings, shop.market, data_dir=elsewhere, plugin_set_interval=3600.0, **servers) as other:
        await shop.install(id)
        # It is told: nobody looks by himself before the hour is over.
        async with asyncio.timeout(60):
            while id not in other.platform.runtimes.current.found:
                await asyncio.sleep(0.01)
        assert other.platform.runtimes.current.found[id].fault is None

    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "objects").symlink_to(settings.data_path / "objects")
    async with open_shop(settings, shop.market, data_dir=fresh, **servers) as rebuilt:
        assert rebuilt.platform.runtimes.current.found[id].fault is None
        assert rebuilt.folders() == [(await rebuilt.installed())[id].sha256]


async def test_a_wheel_that_is_lost_is_a_fault_of_its_plugin_alone(
    shop: Shop, settings: Settings, servers: dict[str, Any], tmp_path: Path
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)

    # Another machine, whose object storage has nothing.
    async with open_shop(settings, shop.market, data_dir=tmp_path / "bare", **servers) as bare:
        fault = bare.platform.runtimes.current.found[id].fault
        assert fault is not None
        assert fault.startswith("it cannot be brought to this machine: OBJECT_MISSING")
        assert "sftp" in bare.platform.runtimes.current.loaded


@pytest.mark.proves("MKT-03")
async def test_a_wheel_that_was_changed_in_storage_is_not_brought_to_any_machine(
    shop: Shop, settings: Settings, servers: dict[str, Any], tmp_path: Path
) -> None:
    id = fresh_id()
    packed = shop.market.offer(WheelDraft(id))
    await shop.install(id)
    stored = settings.data_path / "objects" / "_plugins" / "wheels" / f"{(await shop.installed())[id].sha256}.whl"
    stored.write_bytes(packed[:-1] + bytes([packed[-1] ^ 1]))
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "objects").symlink_to(settings.data_path / "objects")

    async with open_shop(settings, shop.market, data_dir=tmp_path / "fresh", **servers) as fresh:
        fault = fresh.platform.runtimes.current.found[id].fault
        assert fault is not None
        assert fault.startswith("it cannot be brought to this machine: PLUGIN_CHECKSUM_WRONG")
        # Each look tries again, and throws away what it has brought.
        async with asyncio.timeout(60):
            while fresh.folders():
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("model", ["paid", "freemium"])
async def test_a_plugin_that_is_not_free_needs_a_licence(shop: Shop, model: str) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, license_model=model))

    with pytest.raises(DomainError) as refused:
        await shop.install(id)

    assert (refused.value.code, refused.value.message) == ("LICENSE_REQUIRED", "Valid license required")
    assert await shop.installed() == {}


async def test_a_dry_run_checks_everything_and_changes_nothing(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    before = shop.folders()

    job = await shop.install(id, dry_run=True)

    expected = tuple(step for step in INSTALL_STEPS if step not in {JobStep.STORE, JobStep.ACTIVATE})
    assert (job.status, job.done) == (JobStatus.COMPLETED, expected)
    assert (await shop.installed(), shop.wheels(), shop.folders()) == ({}, [], before)
    shop.market.offer(WheelDraft(id, "1.0.1", code="1/0"))
    assert await failure(shop, id, dry_run=True) == "PLUGIN_TRIAL_FAILED"


@pytest.mark.proves("MKT-04")
async def test_a_tampered_wheel_is_refused(shop: Shop) -> None:
    id = fresh_id()
    packed = shop.market.offer(WheelDraft(id))
    wheel = shop.market.folder / f"{id}-1.0.0.whl"
    wheel.write_bytes(packed[:-1] + bytes([packed[-1] ^ 1]))

    assert await failure(shop, id) == "PLUGIN_CHECKSUM_WRONG"
    wheel.write_bytes(packed + b"more")
    assert await failure(shop, id) == "REGISTRY_TOO_LARGE"
    wheel.unlink()
    assert await failure(shop, id) == "REGISTRY_UNREACHABLE"


@pytest.mark.proves("MKT-04")
async def test_a_wheel_that_another_key_signed_is_refused(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id), key=new_key("owls-2026"))

    assert await failure(shop, id) == "PLUGIN_SIGNATURE_INVALID"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1/0", "ZeroDivisionError"),
        ("import os; os._exit(0)", "ended with code 0 and said nothing"),
        ("print('{}'); raise SystemExit", "SystemExit"),
        ("import resource, mmap; held = bytearray(8 * 1024**3)", "MemoryError"),
        ("class Owl: pass", "does not name a subclass"),
        ("import os\nif os.environ.get('DISTRO_MONGO_URL') is None and len(os.environ) < 6: 1/0", "ZeroDivisionError"),
    ],
)
async def test_what_cannot_be_imported_on_trial_is_not_installed(shop: Shop, code: str, reason: str) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, code=code))

    job = await shop.install(id)

    assert job.error is not None
    assert (job.error.code, job.step) == ("PLUGIN_TRIAL_FAILED", JobStep.TRY)
    assert reason in job.error.message
    assert shop.wheels() == []


async def test_a_plugin_that_never_ends_to_be_imported_is_given_up(
    platform: Platform, settings: Settings, market: Market
) -> None:
    async with open_shop(settings, market, plugin_trial_timeout=0.5) as shop:
        id = fresh_id()
        market.offer(WheelDraft(id, code="import time\nwhile True: time.sleep(1)"))
        job = await shop.install(id)
        await empty_shop(shop)

    assert job.error is not None
    assert "it was not imported within 0.5 seconds" in job.error.message


async def test_of_two_plugins_with_one_key_the_second_is_refused(shop: Shop) -> None:
    first, second, third = fresh_id(), fresh_id(), fresh_id()
    key = fresh_id("key")
    hooks = ["register_transports"]
    shop.market.offer(WheelDraft(first, code=CARRIER.format(id=first, key=key), hooks=hooks))
    shop.market.offer(WheelDraft(second, code=CARRIER.format(id=second, key=key), hooks=hooks))
    shop.market.offer(WheelDraft(third, code=CARRIER.format(id=third, key="sftp"), hooks=hooks))
    assert (await shop.install(first)).status is JobStatus.COMPLETED

    assert await failure(shop, second) == "PLUGIN_KEY_TAKEN"
    job = await shop.install(third)
    assert job.error is not None
    assert job.error.message == "its key sftp among transports is already provided by plugin sftp"


async def test_the_id_of_a_built_in_plugin_cannot_be_taken(shop: Shop) -> None:
    shop.market.offer(WheelDraft("sftp"))

    assert await failure(shop, "sftp") == "PLUGIN_ID_TAKEN"


@pytest.mark.proves("PLG-05")
async def test_a_plugin_that_needs_another_is_installed_after_it_and_keeps_it(shop: Shop) -> None:
    base, upper = fresh_id("base"), fresh_id("upper")
    shop.market.offer(WheelDraft(base))
    shop.market.offer(WheelDraft(upper, requires={base: ">=1,<2"}))

    job = await shop.install(upper)
    assert job.error is not None
    assert job.error.code == "PLUGIN_REQUIREMENTS_NOT_MET"
    name = upper.replace("-", " ").capitalize()
    assert (
        job.error.message
        == f"Plugin {name} requirements not met: it needs plugin {base} >=1,<2, which is not installed"
    )
    await shop.install(base)
    assert (await shop.install(upper)).status is JobStatus.COMPLETED

    job = await shop.uninstall(base)
    assert (job.error and job.error.code) == "PLUGIN_IN_USE"
    shop.market.offer(WheelDraft(base, "2.0.0"))
    assert await failure(shop, base) == "PLUGIN_IN_USE"


async def test_the_operator_decides_what_may_come_change_and_go(
    platform: Platform, settings: Settings, market: Market
) -> None:
    good, bad, kept = fresh_id("good"), fresh_id("bad"), fresh_id("kept")
    for id in (good, bad, kept):
        market.offer(WheelDraft(id))
    async with open_shop(settings, market) as shop:
        await shop.install(kept)
    rules: dict[str, Any] = {
        "plugins_allowed": (good, kept, "sftp"),
        "plugins_blocked": ("sftp",),
        "plugins_locked": (kept,),
    }

    async with open_shop(settings, market, **rules) as shop:
        for plugin, code in ((bad, "PLUGIN_BLOCKED"), ("sftp", "PLUGIN_BLOCKED"), (kept, "PLUGIN_LOCKED")):
            with pytest.raises(DomainError) as refused:
                await shop.install(plugin)
            assert refused.value.code == code
        with pytest.raises(DomainError) as refused:
            await shop.uninstall(kept)
        assert refused.value.code == "PLUGIN_LOCKED"
        assert (await shop.install(good)).status is JobStatus.COMPLETED
    async with open_shop(settings, market, marketplace_read_only=True) as shop:
        for ask in (shop.install, shop.uninstall):
            with pytest.raises(DomainError) as refused:
                await ask(good)
            assert refused.value.code == "MARKETPLACE_READ_ONLY"
        await empty_shop(shop)


async def test_an_upgrade_of_imported_code_takes_effect_when_the_process_is_recycled(
    shop: Shop, settings: Settings, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, "1.0.0"))
    await shop.install(id)
    await (await shop.plugins_of(tenant_a.id)).enable(id)
    old = (await shop.installed())[id].sha256
    shop.market.offer(WheelDraft(id, "1.1.0"))

    job = await shop.install(id)

    assert (job.status, job.kind, job.version, job.needs_restart) == (
        JobStatus.COMPLETED,
        JobKind.UPGRADE,
        "1.1.0",
        True,
    )
    # This process goes on with what it has until it has drained.
    assert shop.platform.runtimes.current.manifests[id].version == "1.0.0"
    assert shop.platform.marketplace.installed.stale.is_set()
    assert old in shop.folders()
    assert shop.wheels() == [job.sha256]
    # Whichever process is asked says that one has yet to begin anew, until it has.
    await shop.platform.marketplace.installed.exchange()
    async with open_shop(settings, shop.market) as other:
        await other.platform.marketplace.installed.exchange()
        assert other.platform.marketplace.installed.waits(id)
    del sys.modules[id.replace("-", "_")]
    async with open_shop(settings, shop.market) as recycled:
        await recycled.plugins_of(tenant_a.id)
        assert recycled.platform.runtimes.current.manifests[id].version == "1.1.0"
        assert not recycled.platform.marketplace.installed.stale.is_set()


async def test_an_upgrade_of_what_nobody_uses_takes_effect_at_once(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, "1.0.0"))
    await shop.install(id)
    shop.market.offer(WheelDraft(id, "1.1.0"))

    job = await shop.install(id)

    assert not job.needs_restart
    manifest = shop.platform.runtimes.current.found[id].manifest
    assert manifest is not None
    assert manifest.version == "1.1.0"
    assert not shop.platform.marketplace.installed.stale.is_set()


@pytest.mark.parametrize("kind", [JobKind.UPGRADE, JobKind.UNINSTALL])
async def test_what_another_process_has_imported_asks_for_a_restart_too(
    shop: Shop, settings: Settings, tenant_a: TenantDocument, kind: JobKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)
    plugins = await shop.plugins_of(tenant_a.id)
    await plugins.enable(id)
    await plugins.disable(id)
    await shop.platform.marketplace.installed.exchange()
    shop.market.offer(WheelDraft(id, "1.1.0"))

    async with open_shop(settings, shop.market) as other:
        # A process that has imported nothing of it, though they share this one in a test.
        monkeypatch.setattr(other.platform.marketplace.installed, "has_imported", lambda plugin: False)
        job = await (other.install(id) if kind is JobKind.UPGRADE else other.uninstall(id))

    assert (job.status, job.kind, job.needs_restart) == (JobStatus.COMPLETED, kind, True)


async def test_another_publisher_cannot_take_a_plugin_over(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)
    shop.market.edition["publishers"].append({**shop.market.edition["publishers"][0], "id": "eagles"})
    shop.market.entry(id)["publisher"] = "eagles"
    shop.market.offer(WheelDraft(id, "1.1.0"))

    assert await failure(shop, id) == "PLUGIN_ID_TAKEN"


async def test_a_system_plugin_is_loaded_without_a_tenant(shop: Shop, tenant_a: TenantDocument) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, scope="system"))

    await shop.install(id)

    assert id in shop.platform.runtimes.current.loaded
    state = await (await shop.plugins_of(tenant_a.id)).get(id)
    assert state.enabled


async def test_one_plugin_has_one_job_at_a_time(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    first = await shop.jobs.install(id, tenant_id="label", by="somebody")

    with pytest.raises(DomainError) as refused:
        await shop.jobs.install(id, tenant_id="label", by="somebody")

    assert refused.value.code == "PLUGIN_JOB_RUNNING"
    assert (await shop.finish(first)).status is JobStatus.COMPLETED
    with pytest.raises(DomainError, match="there is no pluginjob") as foreign:
        await shop.jobs.get(first.id, "another-label")
    assert foreign.value.code == "NOT_FOUND"
    assert [job.id for job in (await shop.jobs.page("label")).documents] == [first.id]
    assert (await shop.jobs.page("another-label")).documents == []


async def test_two_nodes_that_install_at_once_both_count(shop: Shop, settings: Settings) -> None:
    ids = [fresh_id() for _ in range(4)]
    for id in ids:
        shop.market.offer(WheelDraft(id))
    async with open_shop(settings, shop.market) as other:
        jobs = [await shop.jobs.install(id, tenant_id="label", by="somebody") for id in ids]
        # Every job is offered to both nodes, as a queue may do.
        nodes = (shop, other)
        await asyncio.gather(*(node.jobs.run(job.id) for job in jobs for node in nodes))

        ended = [await shop.jobs.get(job.id, "label") for job in jobs]
        assert [(job.status, job.attempts) for job in ended] == [(JobStatus.COMPLETED, 1)] * 4
        assert sorted(await shop.installed()) == sorted(ids)


async def test_of_two_nodes_that_install_rivals_at_once_one_is_refused(shop: Shop, settings: Settings) -> None:
    ids, key = [fresh_id(), fresh_id()], fresh_id("key")
    for id in ids:
        shop.market.offer(WheelDraft(id, code=CARRIER.format(id=id, key=key), hooks=["register_transports"]))
    async with open_shop(settings, shop.market) as other:
        jobs = [await shop.jobs.install(id, tenant_id="label", by="somebody") for id in ids]
        await asyncio.gather(shop.jobs.run(jobs[0].id), other.jobs.run(jobs[1].id))

        ended = [await shop.jobs.get(job.id, "label") for job in jobs]
        assert sorted(job.status.value for job in ended) == ["completed", "failed"]
        assert [job.error.code for job in ended if job.error] == ["PLUGIN_KEY_TAKEN"]
        assert len(await shop.installed()) == len(shop.wheels()) == 1


async def test_progress_is_told_while_a_job_runs(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    job = await shop.jobs.install(id, tenant_id="label", by="somebody")
    told: list[Any] = []

    async with shop.jobs.listen(job.id) as messages:
        running = asyncio.create_task(shop.jobs.run(job.id))
        async for message in messages:
            told.append(message)
            if message["status"] in {"completed", "failed"}:
                break
        await running

    steps = list(dict.fromkeys(message["step"] for message in told if message["step"]))
    assert steps == [step.value for step in INSTALL_STEPS]
    assert told[-1]["status"] == "completed"


async def test_a_job_of_a_dead_worker_is_taken_up_and_given_up_in_the_end(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    raw = shop.platform.control.collection(PluginJobDocument)
    job = await shop.jobs.install(id, tenant_id="label", by="somebody")
    dead = {"status": JobStatus.RUNNING, "holder": "dead", "leased_until": datetime.now(UTC) + timedelta(seconds=60)}
    await raw.update(job.id, Change(set=dead))
    await shop.platform.queue.cancel(f"plugin_job:{job.id}")
    assert await shop.jobs.wake_stale() == 0
    assert (await shop.finish(job)).holder == "dead"

    await raw.update(job.id, Change(set={"leased_until": datetime.now(UTC) - timedelta(seconds=1), "attempts": 5}))
    await shop.platform.queue.cancel(f"plugin_job:{job.id}")
    assert await shop.jobs.wake_stale() == 1
    ended = await shop.finish(job)

    assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "PLUGIN_JOB_STALLED")


async def test_a_worker_that_stops_gives_its_job_back(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    job = await shop.jobs.install(id, tenant_id="label", by="somebody")
    async with shop.jobs.listen(job.id) as messages:
        running = asyncio.create_task(shop.jobs.run(job.id))
        async for message in messages:
            if message["step"] == "try":
                break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    waiting = await shop.jobs.get(job.id, "label")
    assert (waiting.open, waiting.holder, waiting.leased_until, waiting.attempts) == (True, None, None, 0)
    assert (await shop.finish(job)).status is JobStatus.COMPLETED
