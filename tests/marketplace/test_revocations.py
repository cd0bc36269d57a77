"""A plugin that is installed when its registry revokes it: told to admins, and stopped where the operator says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.registry.settings import RevokedPlugins
from distro_core.platform import Platform
from distro_core.plugins.enablement import PluginStatus
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, SetupFailure
from tests.delivery.workers import worker
from tests.marketplace.market import Market, WheelDraft, new_key, public
from tests.marketplace.shops import CARRIER, Shop, empty_shop, fresh_id, open_shop


@pytest.fixture
def market(tmp_path: Path) -> Market:
    folder = tmp_path / "market"
    folder.mkdir()
    return Market(folder, now=datetime.now(UTC))


@pytest.fixture
async def shop(settings: Settings, platform: Platform, market: Market) -> AsyncIterator[Shop]:
    async with open_shop(settings, market) as opened:
        yield opened
        await empty_shop(opened)


@pytest.fixture
async def stopping(settings: Settings, platform: Platform, market: Market) -> AsyncIterator[Shop]:
    """A platform whose operator lets revoked plugins do nothing."""
    async with open_shop(settings, market, plugins_revoked=RevokedPlugins.STOP) as opened:
        yield opened
        await empty_shop(opened)


async def installed(shop: Shop, *tenants: TenantDocument) -> tuple[str, str]:
    """The id of a plugin that tenants have, and the SHA-256 of its wheel."""
    id = fresh_id()
    shop.market.offer(WheelDraft(id, code=CARRIER.format(id=id, key=id), hooks=["register_transports"]))
    assert (await shop.install(id)).error is None
    for tenant in tenants:
        await (await shop.plugins_of(tenant.id)).enable(id)
    return id, (await shop.installed())[id].sha256


async def revoke(shop: Shop, **what: str) -> None:
    """Publish an edition that revokes something, and let it be read."""
    shop.market.edition["revoked"].append({"reason": "it phones home", **what})
    shop.market.publish()
    await shop.platform.marketplace.registries.catalogue(fresh=True)


async def take_back(shop: Shop) -> None:
    shop.market.edition["revoked"].clear()
    shop.market.publish()
    await shop.platform.marketplace.registries.catalogue(fresh=True)


async def follow(shop: Shop) -> None:
    await shop.platform.marketplace.installed.sync(shop.platform.runtimes)


async def test_who_has_a_revoked_plugin_is_told_and_nobody_else_gets_it(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id, sha256 = await installed(shop, tenant_a)
    own, other = await shop.plugins_of(tenant_a.id), await shop.plugins_of(tenant_b.id)

    await revoke(shop, sha256=sha256)
    await follow(shop)

    state = await own.get(id)
    assert (state.status, state.fault) == (PluginStatus.ENABLED, None)
    assert state.revoked == "version 1.0.0 was revoked: it phones home"
    with pytest.raises(DomainError) as refused:
        await other.enable(id)
    assert refused.value.code == "PLUGIN_REVOKED"
    assert not (await other.get(id)).enabled
    assert (await shop.install(id)).error is not None

    # A registry that takes it back is believed, too.
    await take_back(shop)
    await follow(shop)
    assert (await own.get(id)).revoked is None
    assert (await other.enable(id)).enabled


async def test_where_the_operator_says_so_a_revoked_plugin_is_not_called_any_more(
    stopping: Shop, tenant_a: TenantDocument
) -> None:
    id, sha256 = await installed(stopping, tenant_a)
    plugins = await stopping.plugins_of(tenant_a.id)
    under_way = (await stopping.platform.scope(tenant_a.id, "test")).plugins

    await revoke(stopping, sha256=sha256)
    await follow(stopping)

    state = await plugins.get(id)
    assert (state.status, state.failure) == (PluginStatus.FAILED, SetupFailure.REVOKED)
    assert state.fault == "it is not trusted any more: version 1.0.0 was revoked: it phones home"
    stopping.platform.memory.forget(tenant_a.id)
    later = (await stopping.platform.scope(tenant_a.id, "test")).plugins
    assert id in under_way.transports, "what is under way ends with what it began with"
    assert id not in later.transports
    with pytest.raises(DomainError) as refused:
        await plugins.enable(id)
    assert refused.value.code == "PLUGIN_UNUSABLE"

    await take_back(stopping)
    await follow(stopping)
    assert (await plugins.get(id)).status is PluginStatus.ENABLED


@pytest.mark.parametrize("publisher", ["owls", None])
async def test_the_key_that_signed_a_plugin_may_be_revoked(
    shop: Shop, tenant_a: TenantDocument, publisher: str | None
) -> None:
    id, _ = await installed(shop, tenant_a)

    await revoke(shop, kid="owls-2026", **({} if publisher is None else {"publisher": publisher}))
    await follow(shop)

    said = (await (await shop.plugins_of(tenant_a.id)).get(id)).revoked
    assert said == "the key owls-2026, with which it was signed, was revoked"


async def test_what_another_publisher_revokes_does_not_concern_it(shop: Shop, tenant_a: TenantDocument) -> None:
    id, _ = await installed(shop, tenant_a)

    await revoke(shop, kid="owls-2026", publisher="larks")
    await revoke(shop, kid="owls-2025", publisher="owls")
    await follow(shop)

    assert (await (await shop.plugins_of(tenant_a.id)).get(id)).revoked is None


async def test_a_revocation_is_remembered_when_processes_begin_anew_and_the_registry_is_away(
    shop: Shop, settings: Settings, tenant_a: TenantDocument
) -> None:
    id, sha256 = await installed(shop, tenant_a)
    await revoke(shop, sha256=sha256)
    shop.market.file.unlink()

    async with open_shop(settings, shop.market, plugins_revoked=RevokedPlugins.STOP) as later:
        await later.platform.marketplace.registries.catalogue(fresh=True)
        state = await (await later.plugins_of(tenant_a.id)).get(id)

    assert (state.failure, state.status) == (SetupFailure.REVOKED, PluginStatus.FAILED)


async def test_a_registry_speaks_of_its_own_plugins_alone(
    settings: Settings, platform: Platform, tmp_path: Path, tenant_a: TenantDocument
) -> None:
    (tmp_path / "owls").mkdir()
    (tmp_path / "larks").mkdir()
    market, other = (Market(tmp_path / name, now=datetime.now(UTC), name=name) for name in ("owls", "larks"))
    other.publisher_key = new_key("larks-2026")
    other.edition["publishers"][0]["keys"] = [public(other.publisher_key).model_dump()]
    async with open_shop(settings, market, registries=(market.setting, other.setting)) as shop:
        id, sha256 = await installed(shop, tenant_a)
        other.edition["revoked"].append({"sha256": sha256})
        other.publish()
        await shop.platform.marketplace.registries.catalogue(fresh=True)

        assert (await shop.installed())[id].revoked is None
        await empty_shop(shop)


async def test_workers_notice_a_revocation_though_nobody_asks(shop: Shop, tenant_a: TenantDocument) -> None:
    id, sha256 = await installed(shop, tenant_a)
    shop.market.edition["revoked"].append({"sha256": sha256})
    shop.market.publish()

    async with worker(shop.platform):
        async with asyncio.timeout(60):
            while (await shop.installed())[id].revoked is None:
                await asyncio.sleep(0.02)

    assert (await shop.installed())[id].revoked == "version 1.0.0 was revoked: no reason is given"
