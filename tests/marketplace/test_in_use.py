"""A plugin is to be uninstalled while a delivery uses it: the delivery ends first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import JobStatus
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.projects.templates import PluginKind, create_project
from tests.delivery.label import Label
from tests.marketplace.market import Market
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop
from tests.marketplace.test_own_plugins import OwnWheel

PLACE = "        place = self._place(path)\n"
WAIT = f"""{PLACE}        while not (self._root / "go").exists():
            await asyncio.sleep(0.01)
"""


@pytest.fixture
def carrier(tmp_path: Path) -> OwnWheel:
    """A transport as the template makes it, which waits in the middle of a delivery until it may go on."""
    project = create_project(fresh_id("carrier"), PluginKind.TRANSPORT, tmp_path / "carrier")
    code = project.package / "transport.py"
    text = code.read_text("utf-8")
    assert PLACE in text
    code.write_text(text.replace(PLACE, WAIT, 1), "utf-8")
    return OwnWheel(project.folder, tmp_path)


@pytest.fixture
async def shop(platform: Platform, settings: Settings, carrier: OwnWheel, tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "market").mkdir()
    market = Market(tmp_path / "market", now=datetime.now(UTC))
    market.offer(carrier)
    plugins = {**settings.plugins, carrier.manifest["id"]: {"folder": str(tmp_path / "outboxes")}}
    async with open_shop(settings, market, plugins=plugins) as opened:
        yield opened
        await empty_shop(opened)


async def test_a_plugin_stays_until_the_delivery_has_ended_that_uses_it(
    shop: Shop, carrier: OwnWheel, tenant_a: TenantDocument, tmp_path: Path
) -> None:
    id, place = carrier.manifest["id"], tmp_path / "outboxes" / "dsp"
    assert (await shop.install(id)).error is None
    await (await shop.plugins_of(tenant_a.id)).enable(id)
    label = Label(await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    release = await label.release()
    target = await label.target(transport=id, settings={"directory": "dsp"})

    # When it is to go by force in the middle of a delivery, then it stays
    delivering = asyncio.create_task(label.deliver([release.id], target.id))
    async with asyncio.timeout(60):
        while not place.is_dir():
            await asyncio.sleep(0.01)
    refused = await shop.uninstall(id, force=True, purge=True)
    assert (refused.status, refused.error and refused.error.code) == (JobStatus.FAILED, "PLUGIN_IN_USE")
    assert list(await shop.installed()) == [id]

    # And once the delivery has ended as if nothing had been, it goes
    (place / "go").touch()
    delivery = await delivering
    assert (delivery.status, delivery.error) == (DeliveryStatus.DISTRIBUTED, None)
    assert len(list(place.rglob("*.wav"))) == 2
    assert (await shop.uninstall(id, force=True, purge=True)).status is JobStatus.COMPLETED
    assert await shop.installed() == {}
