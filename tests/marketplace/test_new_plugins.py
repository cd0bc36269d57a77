"""Plugins as the templates make them, installed and used: a format and a layout that the platform does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.projects.templates import PluginKind, create_project
from distro_sdk.xml import parse_message
from tests.catalogue_examples import STREAMING
from tests.delivery.label import Label
from tests.marketplace.market import Market
from tests.marketplace.shops import empty_shop, fresh_id, open_shop
from tests.marketplace.test_own_plugins import OwnWheel


@pytest.mark.proves("SDK-02")
async def test_a_new_format_and_a_new_choreography_carry_a_delivery(
    platform: Platform,
    settings: Settings,
    tenant_a: TenantDocument,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    format, layout = fresh_id("words"), fresh_id("layout")
    (tmp_path / "market").mkdir()
    market = Market(tmp_path / "market", now=datetime.now(UTC))
    for id, kind in ((format, PluginKind.MESSAGE_BUILDER), (layout, PluginKind.CHOREOGRAPHY)):
        market.offer(OwnWheel(create_project(id, kind, tmp_path / id).folder, tmp_path))

    async with open_shop(settings, market) as shop:
        for id in (format, layout):
            assert (await shop.install(id)).error is None
            await (await shop.plugins_of(tenant_a.id)).enable(id)
        label = Label(await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path / "dsp")
        release = await label.release()
        target = await label.target(
            platform=None,
            format=f"{format}/1.0",
            choreography=layout,
            choreography_settings={"marker": "ready"},
            genre_provider="truth",
            commercial_terms=(STREAMING,),
        )
        delivery = await label.deliver([release.id], target.id)
        await empty_shop(shop)

    assert (delivery.status, delivery.error) == (DeliveryStatus.DISTRIBUTED, None)
    assert delivery.validation is not None
    assert delivery.validation.schema_judge == f"RELAX NG {format}/1.0"
    place = f"{delivery.batch_id}/{release.icpn}"
    assert label.files() == [
        f"{place}/{release.icpn}.xml",
        f"{place}/audio/{release.icpn}_01_001.wav",
        f"{place}/audio/{release.icpn}_01_002.wav",
        f"{place}/images/{release.icpn}.jpg",
        f"{delivery.batch_id}/ready",
    ]
    message = parse_message((label.folder / f"{place}/{release.icpn}.xml").read_bytes())
    assert message.namespace == f"https://example.com/{format}/1.0"
    assert message.root.findtext("{*}Release/{*}Title") == "Night Drive"
