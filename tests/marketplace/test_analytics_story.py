"""Analytics Enhanced beside real deliveries: what arrived and what failed is what its report counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.conftest import REPOSITORY
from tests.delivery.label import Label
from tests.delivery.workers import worker
from tests.ftp_servers import open_folder, pyftpdlib
from tests.licensing.test_working_without import buy, label_of
from tests.marketplace.own_shops import own_shop
from tests.marketplace.shops import Shop
from tests.marketplace.test_own_plugins import OwnWheel

PACKAGE = "stardust_analytics_enhanced"


@pytest.fixture
async def shop(
    platform: Platform, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """A platform at whose market the plugin may be bought."""
    async with own_shop(settings, tmp_path, monkeypatch, PACKAGE) as opened:
        yield opened


async def label_with_plugin(shop: Shop, tenant: TenantDocument, folder: Path) -> Label:
    """A label that has bought the plugin."""
    folder.mkdir()
    await buy(shop, tenant, OwnWheel(REPOSITORY / "plugins" / "marketplace" / "analytics_enhanced", folder))
    return await label_of(shop, tenant, folder)


async def report_of(label: Label) -> Any:
    """The plugin's report, as its GraphQL field makes it."""
    package = import_module(PACKAGE)
    (api,) = package.AnalyticsEnhancedPlugin().register_graphql()
    asked = import_module(f"{PACKAGE}.reports").PeriodAsked()
    return await label.scope.plugins.answer("analyticsEnhanced", api.queries[0], asked)


@pytest.mark.proves("INT-02")
async def test_the_report_counts_what_was_really_delivered_and_what_failed(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path
) -> None:
    label = await label_with_plugin(shop, tenant_a, tmp_path / "a")
    other = await label_with_plugin(shop, tenant_b, tmp_path / "b")
    with open_folder() as folder, pyftpdlib(folder, None) as server:
        settings = server.settings("in").model_dump(mode="json", exclude={"password"}, exclude_defaults=True)
        closed = await label.target(
            name="Closed", transport="ftp", settings=settings, secrets={"password": SecretStr("not the password")}
        )
        arrived = await label.deliver([(await label.release()).id], (await label.target(name="Open")).id)
        refused = await label.deliver([(await label.release(title="Dawn Drive")).id], closed.id)

    assert (arrived.status, refused.status) == (Status.DISTRIBUTED, Status.FAILED)
    async with worker(shop.platform), asyncio.timeout(60):
        while len((report := await report_of(label)).targets) < 2:
            await asyncio.sleep(0.05)

    (failing,) = (each for each in report.targets if each.target_id == refused.target_id)
    (working,) = (each for each in report.targets if each.target_id == arrived.target_id)
    assert (working.delivered, working.failed, working.success_rate) == (1, 0, 1)
    assert (failing.delivered, failing.failed, failing.success_rate) == (0, 1, 0)
    assert (await report_of(other)).targets == []
