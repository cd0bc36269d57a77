"""Releases and files that must not travel: nothing is sent, and the delivery says why and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import TrackChanges
from distro_core.catalogue.tracks import TrackService
from distro_core.delivery.documents import BatchDocument, BatchStatus, LogLevel
from distro_core.store.collection import Change
from distro_sdk.deliveries import OutgoingDelivery
from distro_sdk.errors import DomainError, DomainErrors, ErrorCategory
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessagePlan
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.test_retries import flip
from tests.delivery.transports import HookedTransport, with_registry, with_transport


async def stored_file(label: Label, asset_id: str) -> Path:
    asset = await label.scope.store.collection(AssetDocument).get(asset_id)
    path = label.scope.objects.source(asset.object_key, asset.size).local_path
    assert path is not None
    return path


async def audio_of(label: Label, release: ReleaseDocument, place: int = 0) -> Path:
    return await stored_file(label, release.tracks[place].audio_asset_id or "")


@pytest.mark.proves("MD5-02")
@pytest.mark.parametrize("place", [0, 44, 20_000, -1])
async def test_one_flipped_bit_in_storage_stops_the_delivery_before_the_first_upload(label: Label, place: int) -> None:
    line = HookedTransport()
    label = Label(with_transport(label.scope, line), label.folder)
    release, target = await label.release(), await label.target(transport="hooked")
    flip(await audio_of(label, release, 1), place)

    delivery = await label.deliver([release.id], target.id)

    assert (line.connections, line.put, label.files()) == (0, [], [])
    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert (delivery.error.category, delivery.error.code) == (ErrorCategory.CONTENT_FORMAT, "ASSET_CORRUPTED")
    assert "take 2.wav" in delivery.error.message
    assert delivery.error.action
    assert [line.status for line in delivery.history] == [
        Status.VALIDATING,
        Status.QUEUED,
        Status.PREPARING,
        Status.NEEDS_ATTENTION,
    ]


@pytest.mark.proves("MD5-02", "RTY-02")
async def test_a_delivery_goes_on_when_the_broken_file_was_replaced(label: Label) -> None:
    release, target = await label.release(), await label.target()
    flip(await audio_of(label, release), 1000)
    stopped = await label.deliver([release.id], target.id)
    replacement = await label.asset(AssetKind.AUDIO, "new take.wav", tone(880))
    track = release.tracks[0]
    await TrackService(label.scope).update(track.id, TrackChanges(audio_asset_id=replacement))

    delivery = await label.work(await label.deliveries.retry(stopped.id))

    assert delivery.status is Status.DISTRIBUTED
    assert (delivery.id, delivery.message_id) == (stopped.id, stopped.message_id)
    sent = label.folder / f"{delivery.batch_id}/Release1/audio/{release.icpn}_01_001.wav"
    assert sent.read_bytes() == tone(880)


@pytest.mark.proves("MD5-02", "VAL-06")
async def test_a_file_that_storage_lost_stops_the_delivery(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (await audio_of(label, release)).unlink()

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.code == "MESSAGE_INVALID"
    assert "CONTENT_FILE_MISSING" in delivery.error.message
    assert delivery.validation is not None
    assert delivery.validation.content_valid is False
    assert label.files() == []


async def test_a_stored_message_that_was_changed_is_not_sent(label: Label) -> None:
    line = HookedTransport()
    label = Label(with_transport(label.scope, line), label.folder)
    release, target = await label.release(), await label.target(transport="hooked")

    async def change_the_message(path: str) -> None:
        stored = await label.deliveries.page()
        key = stored.documents[0].message_key
        assert key is not None
        await label.scope.objects.put(key, b"<forged/>")
        raise ConnectionError("gone")

    line.connecting = change_the_message
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))
    broken = await label.deliver([release.id], target.id)
    line.connecting = HookedTransport().connecting

    delivery = await label.work(broken)

    assert (broken.status, delivery.status) == (Status.RETRYING, Status.NEEDS_ATTENTION)
    assert delivery.error is not None
    assert delivery.error.code == "MESSAGE_CORRUPTED"
    assert label.files() == []


@pytest.mark.proves("JOB-03", "VAL-01", "ERR-03")
async def test_a_release_that_cannot_be_told_needs_attention_with_every_reason(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    broken = Change(set={"language": None, "label_party_id": None})
    await label.scope.store.collection(ReleaseDocument).update(release.id, broken)

    delivery = await label.work(made)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.category is ErrorCategory.METADATA_INVALID
    assert delivery.message_key is None
    (line,) = (await label.deliveries.logs(delivery.id, LogLevel.ERROR)).documents
    assert (line.step, line.message) == ("error_handling", delivery.error.message)


@pytest.mark.parametrize("status", [ReleaseStatus.DRAFT, ReleaseStatus.ARCHIVED, ReleaseStatus.TAKEN_DOWN])
async def test_a_release_that_changed_its_status_since_is_not_told(label: Label, status: ReleaseStatus) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.releases.set_status(release.id, status)

    delivery = await label.work(made)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert (
        delivery.error.code
        == {
            ReleaseStatus.DRAFT: "RELEASE_NOT_READY",
            ReleaseStatus.ARCHIVED: "RELEASE_ARCHIVED",
            ReleaseStatus.TAKEN_DOWN: "RELEASE_STATUS_CHANGED",
        }[status]
    )


@pytest.mark.proves("CHO-08")
async def test_a_bad_release_stays_behind_and_the_others_of_the_batch_travel(label: Label) -> None:
    releases, target = [await label.release() for _ in range(3)], await label.target()
    flip(await audio_of(label, releases[1]), 500)
    made = await label.deliveries.create([release.id for release in releases], target.id)

    await label.work(made[0])

    after = [await label.deliveries.get(delivery.id) for delivery in made]
    assert [each.status for each in after] == [Status.DISTRIBUTED, Status.NEEDS_ATTENTION, Status.DISTRIBUTED]
    sent = {path.split("/")[-1] for path in label.files() if path.endswith(".wav")}
    assert not any(name.startswith(str(releases[1].icpn)) for name in sent)
    manifest = (label.folder / made[0].batch_id / "BatchManifest.xml").read_text()
    assert [delivery.message_id in manifest for delivery in made] == [True, False, True]
    batch = await label.scope.store.collection(BatchDocument).get(made[0].batch_id)
    assert (batch.status, batch.claims) == (BatchStatus.SENT, ())


async def test_the_release_that_stayed_behind_gets_a_folder_of_its_own(label: Label) -> None:
    releases, target = [await label.release() for _ in range(2)], await label.target()
    broken = await audio_of(label, releases[1])
    flip(broken, 500)
    made = await label.deliveries.create([release.id for release in releases], target.id)
    await label.work(made[0])
    flip(broken, 500)

    delivery = await label.work(await label.deliveries.retry(made[1].id))

    assert delivery.status is Status.DISTRIBUTED
    assert delivery.batch_id > made[0].batch_id
    assert (delivery.id, delivery.message_id) == (made[1].id, made[1].message_id)
    markers = [path for path in label.files() if path.endswith("BatchComplete.txt")]
    assert markers == sorted([f"{made[0].batch_id}/BatchComplete.txt", f"{delivery.batch_id}/BatchComplete.txt"])


async def test_plugins_may_object_to_a_delivery_and_all_their_reasons_are_told(label: Label) -> None:
    async def object_twice(plan: MessagePlan, delivery: OutgoingDelivery) -> None:
        raise DomainErrors([DomainError("TOO_LOUD", "it is too loud"), DomainError("TOO_LONG", "it is too long")])

    label = Label(with_registry(label.scope, before_delivery=object_twice), label.folder)
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.message == "TOO_LOUD: it is too loud; TOO_LONG: it is too long"
    assert label.files() == []


async def test_plugins_may_amend_what_is_told(label: Label) -> None:
    async def amend(plan: MessagePlan) -> MessagePlan:
        return plan.model_copy(update={"release": plan.release.model_copy(update={"title": "As amended"})})

    label = Label(with_registry(label.scope, prepare_message=amend, amends_messages=True), label.folder)
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    message = (label.folder / f"{delivery.batch_id}/Release1/{delivery.message_id}.xml").read_bytes()
    assert b"As amended" in message


async def test_a_deleted_release_is_told_of_on_its_delivery(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)
    await label.scope.store.collection(ReleaseDocument).delete(release.id)

    delivery = await label.work(made)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.code == "NOT_FOUND"
