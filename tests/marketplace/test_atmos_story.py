"""A Dolby Atmos master from its upload to the receiver, with its metadata as a file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from distro_api.receiver import Receiver
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ImmersiveDraft, TrackChanges
from distro_core.catalogue.tracks import TrackService
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageOptions
from tests.delivery.dsp import errors, receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.workers import worker
from tests.licensing.test_working_without import buy, label_of
from tests.marketplace.atmos_master import atmos_master, metadata
from tests.marketplace.own_shops import own_shop
from tests.marketplace.shops import Shop
from tests.marketplace.test_orchestration_story import DELIVERED, until
from tests.marketplace.test_own_plugins import MARKETPLACE, OwnWheel

ATMOS = "dolby-atmos"
PACKAGE = "stardust_dolby_atmos"
IMMERSIVE = MessageOptions(immersive_audio=True)


@pytest.fixture
async def shop(
    platform: Platform, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    async with own_shop(settings, tmp_path, monkeypatch, PACKAGE) as opened:
        yield opened


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    """A DSP that answers."""
    async with receiver_at(tmp_path / "dsp") as running:
        yield running


async def release_with_master(label: Label) -> ReleaseDocument:
    release = await label.release()
    twin = await label.asset(AssetKind.AUDIO, "Night Drive.atmos.wav", atmos_master())
    immersive = ImmersiveDraft(isrc="DEA122699901", audio_asset_id=twin)
    await TrackService(label.scope).update(release.tracks[0].id, TrackChanges(immersive=immersive))
    return release


@pytest.mark.proves("INI-01", "PLG-09")
async def test_the_metadata_of_a_master_arrives_beside_the_message(
    shop: Shop, receiver: Receiver, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path
) -> None:
    await buy(shop, tenant_a, OwnWheel(MARKETPLACE / "dolby_atmos", tmp_path))
    label, other = [await label_of(shop, tenant, tmp_path) for tenant in (tenant_a, tenant_b)]
    studio = await sftp_target(label, receiver, name="Studio", options=IMMERSIVE, verify_after_upload=True)
    shop_target = await sftp_target(label, receiver, name="Shop", options=IMMERSIVE)
    await (await shop.plugins_of(tenant_a.id)).configure(ATMOS, {"metadata_targets": [studio.id]})
    shop.platform.memory.forget(tenant_a.id)

    release = await release_with_master(label)
    with pytest.raises(DomainError) as refused:
        await release_with_master(other)
    async with worker(shop.platform):
        made = [(await label.deliveries.create([release.id], target.id))[0] for target in (studio, shop_target)]
        delivery, plain = await until(label, made, frozenset({Status.LIVE}), DELIVERED)

    name = f"{release.icpn}_01_001_immersive.adm.xml"
    (arrived,) = (tmp_path / "dsp").rglob(name)
    assert arrived.parent.relative_to(arrived.parents[2]).as_posix() == "Release1/sidecars"
    assert arrived.read_bytes() == metadata()
    assert [(file.name, file.plugin, file.hashes.sha256) for file in delivery.sidecars] == [
        (name, ATMOS, hashlib.sha256(metadata()).hexdigest())
    ]
    assert delivery.receipt is not None
    assert delivery.receipt.hashes_verified
    assert [file.name for file in delivery.receipt.files if file.kind is FileKind.SIDECAR] == [name]
    found = [(each.code, each.path) for report in receiver.reports for each in errors(report)]
    assert found == []
    assert plain.sidecars == ()
    assert refused.value.code == "IMMERSIVE_PLUGIN_REQUIRED"
