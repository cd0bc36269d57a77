"""The plugins of plugins/marketplace are wheels that the marketplace takes, and what they cost is asked for."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from json import loads
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import JobStatus
from distro_core.marketplace.wheels.inspection import inspect_wheel
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel
from tests.conftest import REPOSITORY
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, open_shop

MARKETPLACE = REPOSITORY / "plugins" / "marketplace"
PLUGINS = sorted(path.parent for path in MARKETPLACE.glob("*/pyproject.toml"))


def build(source: Path, folder: Path) -> Path:
    """The wheel of a plugin, as its publisher builds it."""
    return Path(next(iter(WheelBuilder(str(source)).build(directory=str(folder)))))


class OwnWheel(WheelDraft):
    """A wheel of this repository, for a market."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.wheel = build(source, folder)
        with zipfile.ZipFile(self.wheel) as archive:
            (place,) = (name for name in archive.namelist() if name.endswith("/plugin.json"))
            self.manifest = loads(archive.read(place))

    def pack(self) -> bytes:
        return self.wheel.read_bytes()


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "market").mkdir()
    async with open_shop(settings, Market(tmp_path / "market", now=datetime.now(UTC))) as opened:
        yield opened
        await empty_shop(opened)


def test_every_one_passes_the_checks_of_the_marketplace(tmp_path: Path) -> None:
    models = {}
    others: dict[str, tuple[str, ...]] = {}
    for plugin in PLUGINS:
        inspected = inspect_wheel(build(plugin, tmp_path), others)
        others[inspected.manifest.id] = inspected.top_levels
        models[inspected.manifest.id] = inspected.manifest.license_model

    assert models == {
        "advanced-credits": LicenseModel.FREE,
        "analytics-enhanced": LicenseModel.FREEMIUM,
        "apple-digital-masters": LicenseModel.FREE,
        "delivery-orchestrator": LicenseModel.FREE,
        "dolby-atmos": LicenseModel.PAID,
        "sony-360": LicenseModel.FREE,
        "webdav": LicenseModel.FREE,
    }


@pytest.mark.proves("MKT-03", "LIC-01")
async def test_the_paid_one_is_not_installed_without_a_licence(shop: Shop, tmp_path: Path) -> None:
    shop.market.offer(OwnWheel(MARKETPLACE / "dolby_atmos", tmp_path))

    with pytest.raises(DomainError) as refused:
        await shop.install("dolby-atmos")

    assert (refused.value.code, refused.value.message) == ("LICENSE_REQUIRED", "Valid license required")
    assert await shop.installed() == {}


@pytest.mark.proves("LIC-01")
async def test_a_free_one_is_installed_and_switched_on(shop: Shop, tenant_a: TenantDocument, tmp_path: Path) -> None:
    shop.market.offer(OwnWheel(MARKETPLACE / "delivery_orchestrator", tmp_path))

    job = await shop.install("delivery-orchestrator")
    state = await (await shop.plugins_of(tenant_a.id)).enable("delivery-orchestrator")

    assert (job.status, job.error) == (JobStatus.COMPLETED, None)
    assert (state.enabled, state.fault) == (True, None)
