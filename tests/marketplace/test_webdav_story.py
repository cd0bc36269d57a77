"""A protocol that the platform does not know: packed, signed, installed, used in a delivery, and gone again."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import JobStatus
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus
from marketplace.webdav.tests.conftest import PASSWORD, USER, DavServer, run_dav_server
from tests.conftest import LOOPBACK
from tests.delivery.label import Label
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop
from tests.marketplace.test_own_plugins import MARKETPLACE, OwnWheel
from tests.marketplace.test_uninstallation import contents

PACKAGE = "stardust_webdav"
OF_DELIVERIES = frozenset(
    [
        "assets",
        "batches",
        "connection_slots",
        "counters",
        "deliveries",
        "delivery_lines",
        "delivery_logs",
        "messages",
        "parties",
        "rate_windows",
        "receipts",
        "releases",
        "run_logs",
        "targets",
        "tenant_keys",
    ]
)
"""What a label's own work leaves in the database, whichever protocol it uses."""


@pytest.fixture
def dav(tmp_path: Path) -> Iterator[DavServer]:
    (tmp_path / "dav").mkdir()
    with run_dav_server(tmp_path / "dav") as server:
        yield server


@pytest.fixture
async def shop(
    platform: Platform, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    for module in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        monkeypatch.delitem(sys.modules, module)  # the plugin's own suite may have imported it from its source
    (tmp_path / "market").mkdir()
    market = Market(tmp_path / "market", now=datetime.now(UTC))
    plugins = {**settings.plugins, "webdav": LOOPBACK["http-api"]}
    async with open_shop(settings, market, plugins=plugins) as opened:
        yield opened
        await empty_shop(opened)


def stored(dav: DavServer) -> dict[str, int]:
    """What lies at the receiver, with sizes."""
    files = (path for path in dav.root.rglob("*") if path.is_file())
    return {path.relative_to(dav.root).as_posix(): path.stat().st_size for path in files}


def target_of(dav: DavServer) -> dict[str, Any]:
    address, _ = dav.collection()
    settings = {"address": address, "allow_plain": True, "username": USER}
    return {"transport": "webdav", "settings": settings, "secrets": {"password": PASSWORD}}


async def lasting(shop: Shop, tenant: TenantDocument) -> dict[str, str]:
    """A hash of each collection, but for those of the label's own work."""
    found = await contents(shop.platform, tenant)
    return {name: told for name, told in found.items() if name not in OF_DELIVERIES}


@pytest.mark.proves("PRO-09", "PLG-03", "PLG-14", "MKT-04")
async def test_a_new_protocol_is_installed_delivers_and_leaves_no_trace(
    shop: Shop, dav: DavServer, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path
) -> None:
    shop.market.offer(OwnWheel(MARKETPLACE / "webdav", tmp_path))
    other_plugin = fresh_id()
    shop.market.offer(WheelDraft(other_plugin))
    await shop.install(other_plugin)
    before = {tenant.id: await lasting(shop, tenant) for tenant in (tenant_a, tenant_b)}
    wheels = shop.wheels()
    hooks = {name for name, _ in shop.platform.runtimes.current.manager.list_name_plugin()}

    # Installed and switched on by one tenant, it carries that tenant's deliveries.
    assert (await shop.install("webdav")).status is JobStatus.COMPLETED
    plugins = await shop.plugins_of(tenant_a.id)
    await plugins.enable("webdav")
    label = Label(await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    release = await label.release()
    target = await label.target(**target_of(dav))
    delivery = await label.deliver([release.id], target.id)

    assert (delivery.status, delivery.error) == (DeliveryStatus.DISTRIBUTED, None)
    names = {path.partition("/")[2]: size for path, size in stored(dav).items()}
    assert set(names) == {
        f"{delivery.batch_id}/BatchManifest.xml",
        f"{delivery.batch_id}/BatchComplete.txt",
        f"{delivery.batch_id}/Release1/{delivery.message_id}.xml",
        f"{delivery.batch_id}/Release1/audio/{release.icpn}_01_001.wav",
        f"{delivery.batch_id}/Release1/audio/{release.icpn}_01_002.wav",
        f"{delivery.batch_id}/Release1/images/{release.icpn}.jpg",
    }
    other = Label(await shop.platform.scope(tenant_b.id, SYSTEM_ACTOR), tmp_path)
    with pytest.raises(DomainError):
        await other.target(**target_of(dav))

    # Uninstalled, it is as if it had never been there, but for what the label itself has done.
    await label.targets.delete(target.id)
    await plugins.disable("webdav")
    assert (await shop.uninstall("webdav", purge=True)).status is JobStatus.COMPLETED

    assert {name for name, _ in shop.platform.runtimes.current.manager.list_name_plugin()} == hooks
    assert shop.wheels() == wheels
    for tenant in (tenant_a, tenant_b):
        told = before[tenant.id].items() ^ (await lasting(shop, tenant)).items()
        assert {name for name, _ in told} == set()
