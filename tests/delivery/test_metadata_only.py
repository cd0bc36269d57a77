"""Updates without files: told where only metadata changed, refused where files did (row TAP-03)."""

from __future__ import annotations

import pytest

from distro_core.catalogue.drafts import ImageDraft, ReleaseChanges
from distro_core.delivery.requests.wishes import Wish
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype
from tests.delivery.label import Label
from tests.delivery.material import cover

METADATA = Wish(metadata_only=True)


@pytest.mark.proves("TAP-03")
async def test_a_new_title_travels_as_an_update_without_files(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")

    delivery = await label.deliver([release.id], target.id, metadata_only=True)

    assert (delivery.status, delivery.subtype) == (Status.UPDATED, MessageSubtype.UPDATE)
    assert delivery.files == ()
    assert delivery.receipt is not None
    sent = {file.kind for file in delivery.receipt.files}
    assert not sent & {FileKind.AUDIO, FileKind.IMAGE, FileKind.VIDEO}
    assert delivery.message_key is not None
    assert b"Night Drive (Deluxe)" in await label.scope.objects.get(delivery.message_key)


@pytest.mark.proves("TAP-03")
async def test_a_new_cover_needs_a_whole_delivery(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    other = await label.asset(AssetKind.IMAGE, "other.jpg", cover(shade=30))
    await label.releases.update(release.id, ReleaseChanges(images=(ImageDraft(asset_id=other),)))

    with pytest.raises(DomainError) as refused:
        await label.deliveries.create([release.id], target.id, METADATA)

    assert (refused.value.code, refused.value.path) == ("RESOURCES_CHANGED", ("release_ids", 0))
    assert "other.jpg" in refused.value.message


async def test_a_cover_that_changes_while_the_update_waits_stops_it(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Deluxe)")
    (made,) = await label.deliveries.create([release.id], target.id, METADATA)
    other = await label.asset(AssetKind.IMAGE, "other.jpg", cover(shade=30))
    await label.releases.update(release.id, ReleaseChanges(images=(ImageDraft(asset_id=other),)))

    delivery = await label.work(made)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.code == "RESOURCES_CHANGED"


async def test_a_platform_without_the_release_has_nothing_to_update(label: Label) -> None:
    release, target = await label.release(), await label.target()

    with pytest.raises(DomainError) as refused:
        await label.deliveries.create([release.id], target.id, METADATA)

    assert refused.value.code == "NOT_YET_DELIVERED"
