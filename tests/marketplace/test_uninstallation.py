"""Plugins go: never under somebody's feet, and without a trace where that was asked for."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import json_util

from distro_core.delivery.documents import BatchDocument, BatchStatus
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import UNINSTALL_STEPS, JobStatus, JobStep, PluginJobDocument
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.secrets.documents import StoredKey, TenantKeysDocument
from distro_core.settings import Settings
from distro_sdk.errors import DomainError
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import CARRIER, Shop, empty_shop, fresh_id, open_shop

CONFIGURABLE = """
from pydantic import BaseModel
from distro_sdk import Plugin

class Nest(BaseModel):
    tree: str = "oak"

class Owl(Plugin):
    id = {id!r}
    configuration = Nest

    async def on_event(self, context, event):
        return None
"""


VAULT = """
from distro_sdk import Plugin

class Vault:
    key = {key!r}
    async def current(self):
        return "1"
    async def wrap(self, data_key, owner):
        raise NotImplementedError
    async def unwrap(self, wrapped, owner):
        raise NotImplementedError

class Owl(Plugin):
    id = {id!r}

    def register_key_providers(self):
        return (Vault(),)
"""


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    market = Market(tmp_path, now=datetime.now(UTC))
    async with open_shop(settings, market) as opened:
        yield opened
        await empty_shop(opened)


async def contents(platform: Platform, tenant: TenantDocument) -> dict[str, str]:
    """A hash of every collection of the control database and of a tenant's, but for what only grows."""
    found = {}
    for database in (platform.control.database, platform.control.tenant(tenant.id, tenant.key).database):
        for name in await database.list_collection_names():
            documents = await database[name].find({}).sort([("_id", 1)]).to_list(length=None)
            if documents and name not in {"plugin_jobs", "plugin_processes", "registry_states"}:
                texts = [json_util.dumps(_lasting(name, document), sort_keys=True) for document in documents]
                found[name] = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return found


def _lasting(collection: str, document: dict[str, Any]) -> dict[str, Any]:
    """A document without how often and when it was written, and without the generation that only grows."""
    passing = {"revision", "updated_at", "created_at", "outbox"}
    if collection == "plugin_set":
        passing |= {"generation", "_id"}
    if collection == "releases":
        document = document | {"tracks": [_lasting("tracks", track) for track in document["tracks"]]}
    return {field: value for field, value in document.items() if field not in passing}


@pytest.mark.proves("PLG-03")
async def test_after_an_uninstallation_the_database_and_the_hooks_are_as_before(
    shop: Shop, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, code=CONFIGURABLE.format(id=id)))
    other = fresh_id("other")
    shop.market.offer(WheelDraft(other))
    await shop.install(other)
    before = await contents(shop.platform, tenant_a)
    hooks = _hooks(shop)
    wheels = shop.wheels()

    await shop.install(id)
    plugins = await shop.plugins_of(tenant_a.id)
    await plugins.enable(id)
    await plugins.configure(id, {"tree": "beech"})
    for database in (shop.platform.control.database, shop.platform.control.tenant(tenant_a.id, tenant_a.key).database):
        await database[f"p_{id}_nests"].insert_one({"eggs": 3})
    assert await contents(shop.platform, tenant_a) != before
    assert _hooks(shop) == {*hooks, id}
    await plugins.disable(id)

    job = await shop.uninstall(id, purge=True)

    assert (job.status, job.done, job.needs_restart) == (JobStatus.COMPLETED, UNINSTALL_STEPS, True)
    assert await contents(shop.platform, tenant_a) == before
    assert _hooks(shop) == hooks
    assert id not in shop.platform.runtimes.current.found
    assert shop.wheels() == wheels
    # Its code was imported here and stays in memory until the process has drained.
    assert shop.platform.marketplace.installed.stale.is_set()


async def test_without_a_purge_data_and_configuration_stay_for_the_next_time(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id, code=CONFIGURABLE.format(id=id)))
    await shop.install(id)
    plugins = await shop.plugins_of(tenant_a.id)
    await plugins.enable(id)
    await plugins.configure(id, {"tree": "beech"})
    await plugins.disable(id)
    database = shop.platform.control.tenant(tenant_a.id, tenant_a.key).database
    await database[f"p_{id}_nests"].insert_one({"eggs": 3})

    job = await shop.uninstall(id)

    assert job.done == (JobStep.AUTHORISE, JobStep.RELEASE, JobStep.REMOVE)
    assert await database[f"p_{id}_nests"].count_documents({}) == 1
    await shop.install(id)
    assert (await (await shop.plugins_of(tenant_a.id)).enable(id)).configuration == {"tree": "beech"}
    assert (await (await shop.plugins_of(tenant_b.id)).get(id)).configuration == {}


async def test_a_purge_leaves_the_data_of_plugins_with_similar_names(shop: Shop, tenant_a: TenantDocument) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)
    database = shop.platform.control.tenant(tenant_a.id, tenant_a.key).database
    await database[f"p_{id}-junior_nests"].insert_one({"eggs": 3})

    await shop.uninstall(id, purge=True)

    assert await database[f"p_{id}-junior_nests"].count_documents({}) == 1


async def test_what_a_tenant_has_switched_on_goes_only_by_force(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)
    for tenant in (tenant_a, tenant_b):
        await (await shop.plugins_of(tenant.id)).enable(id)

    refused = await shop.uninstall(id)

    assert refused.error is not None
    assert refused.error.code == "PLUGIN_ENABLED"
    assert refused.error.message.startswith(f"2 tenants have plugin {id} switched on: {tenant_a.key}, {tenant_b.key}")
    assert id in shop.platform.runtimes.current.loaded
    dry = await shop.uninstall(id, force=True, dry_run=True)
    assert (dry.status, dry.needs_restart, list(await shop.installed())) == (JobStatus.COMPLETED, True, [id])

    job = await shop.uninstall(id, force=True)

    assert job.status is JobStatus.COMPLETED
    tenants = shop.platform.control.collection(TenantDocument)
    for tenant in (tenant_a, tenant_b):
        stored = await tenants.raw.find_one({"_id": tenant.id})
        assert stored["enabled_plugins"] == []
        assert [event["plugin_id"] for event in stored["outbox"][-1:]] == [id]
    assert id not in shop.platform.runtimes.current.loaded


@pytest.mark.parametrize("status", [BatchStatus.OPEN, BatchStatus.SENT])
async def test_what_a_delivery_under_way_needs_does_not_go_even_by_force(
    shop: Shop, label_a: Scope, tenant_a: TenantDocument, status: BatchStatus
) -> None:
    id, key = fresh_id(), fresh_id("carrier")
    shop.market.offer(WheelDraft(id, code=CARRIER.format(id=id, key=key), hooks=["register_transports"]))
    await shop.install(id)
    await label_a.store.database["targets"].insert_one({"_id": "target", "transport": key})
    await label_a.store.collection(BatchDocument).insert(
        BatchDocument(target_id="target", delivery_ids=(), status=status, due_at=datetime.now(UTC) + timedelta(hours=1))
    )

    job = await shop.uninstall(id, force=True)

    if status is BatchStatus.SENT:
        assert job.status is JobStatus.COMPLETED
        return
    assert job.error is not None
    assert (job.error.code, job.error.message) == (
        "PLUGIN_IN_USE",
        f"deliveries of tenant {tenant_a.key} are under way with plugin {id}",
    )
    assert list(await shop.installed()) == [id]


@pytest.mark.proves("SEC-07")
async def test_who_holds_keys_of_tenants_does_not_go_before_they_have_moved(
    shop: Shop, tenant_a: TenantDocument
) -> None:
    id, key = fresh_id(), fresh_id("vault")
    shop.market.offer(
        WheelDraft(id, code=VAULT.format(id=id, key=key), hooks=["register_key_providers"], scope="system")
    )
    await shop.install(id)
    stored = StoredKey(provider=key, wrapping_key_id="1", ciphertext="")
    keys = shop.platform.control.collection(TenantKeysDocument)
    await keys.insert(TenantKeysDocument(id=tenant_a.id, current="k", keys={"k": stored}))

    refused = await shop.uninstall(id, force=True)
    await keys.delete(tenant_a.id)
    gone = await shop.uninstall(id, force=True)

    assert refused.error is not None
    assert (refused.error.code, refused.error.message) == (
        "PLUGIN_IN_USE",
        f"plugin {id} holds the keys of 1 tenants: move them with `keys rewrap` first",
    )
    assert gone.status is JobStatus.COMPLETED


async def test_hooks_do_not_go_while_a_worker_has_a_delivery_that_may_call_them(
    shop: Shop, label_a: Scope, label_b: Scope, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)
    await (await shop.plugins_of(tenant_a.id)).enable(id)
    now = datetime.now(UTC)
    busy = BatchDocument(target_id="any", delivery_ids=(), due_at=now, leased_until=now + timedelta(minutes=1))
    await label_b.store.collection(BatchDocument).insert(busy)
    assert (await shop.uninstall(id, force=True, dry_run=True)).status is JobStatus.COMPLETED

    await label_a.store.collection(BatchDocument).insert(busy)
    job = await shop.uninstall(id, force=True)

    assert (job.error and job.error.code) == "PLUGIN_IN_USE"
    assert (await shop.installed())[id].version == "1.0.0"


async def test_what_was_not_installed_from_a_registry_is_not_uninstalled(shop: Shop) -> None:
    for plugin in ("sftp", "nobody"):
        with pytest.raises(DomainError) as refused:
            await shop.uninstall(plugin)
        assert refused.value.code == "PLUGIN_NOT_INSTALLED"
    assert await shop.platform.control.collection(PluginJobDocument).count({}) == 0


async def test_a_plugin_that_nobody_imported_goes_without_a_restart(shop: Shop) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)

    job = await shop.uninstall(id)

    assert not job.needs_restart
    assert not shop.platform.marketplace.installed.stale.is_set()
    assert id.replace("-", "_") not in sys.modules


async def test_folders_of_plugins_that_are_gone_are_removed_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))
    await shop.install(id)
    kept = fresh_id("kept")
    shop.market.offer(WheelDraft(kept))
    await shop.install(kept)
    await shop.uninstall(id)
    (shop.folder / ".unfinished-dead").mkdir()
    installed = shop.platform.marketplace.installed
    await installed.sweep()
    assert len(shop.folders()) == 3

    monkeypatch.setattr("distro_core.marketplace.install.installed.KEEP_RETIRED", -60.0)
    await installed.sweep()

    assert shop.folders() == [(await shop.installed())[kept].sha256]


def _hooks(shop: Shop) -> set[str]:
    """The ids of the plugins that take part."""
    return {name for name, _ in shop.platform.runtimes.current.manager.list_name_plugin()}
