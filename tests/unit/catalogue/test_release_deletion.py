"""Deleting a release: asked for, confirmed once, and nothing of it stays behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.deletions import DeletionState, ReleaseDeletionDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackDraft
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.documents import DeliveryDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.testing.clock import SettableClock
from tests.unit.catalogue.examples import complete_draft


async def object_exists(scope: Scope, asset: AssetDocument) -> bool:
    try:
        await scope.objects.get(asset.object_key)
    except DomainError as missing:
        return missing.code != "OBJECT_MISSING"
    return True


@pytest.mark.proves("CAT-17")
async def test_a_confirmed_deletion_removes_the_release_with_its_files(label_a: Scope, label_b: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(await complete_draft(label_a, tracks=2))
    theirs = await ReleaseService(label_b).create(await complete_draft(label_b))
    files = await label_a.store.collection(AssetDocument).get_many(release.asset_ids())
    assert all([await object_exists(label_a, asset) for asset in files.values()])

    request = await service.request_deletion(release.id)
    assert (await service.get(release.id)) == release
    deleted = await service.delete(release.id, request.token)

    assert deleted == release
    with pytest.raises(DomainError) as gone:
        await service.get(release.id)
    assert gone.value.code == "NOT_FOUND"
    assert await label_a.store.collection(AssetDocument).count({}) == 0
    assert not any([await object_exists(label_a, asset) for asset in files.values()])
    assert await ReleaseService(label_b).get(theirs.id) == theirs
    assert await label_b.store.collection(AssetDocument).count({}) == 2


@pytest.mark.proves("CAT-17")
async def test_files_that_another_release_uses_stay(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(await complete_draft(label_a, tracks=2))
    shared = release.tracks[0].audio_asset_id
    await service.create(
        ReleaseDraft(title="Best of", display_artist="Ann", tracks=(TrackDraft(title="Song", audio_asset_id=shared),))
    )

    await service.delete(release.id, (await service.request_deletion(release.id)).token)

    (left,) = await label_a.store.collection(AssetDocument).list({})
    assert left.id == shared
    assert await object_exists(label_a, left)


@pytest.mark.proves("CAT-17")
async def test_a_token_is_good_once(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    first, second = await service.create(ReleaseDraft(title="One")), await service.create(ReleaseDraft(title="Two"))
    token = (await service.request_deletion(first.id)).token
    await service.request_deletion(second.id)

    with pytest.raises(DomainError) as foreign:
        await service.delete(second.id, token)
    await service.delete(first.id, token)
    with pytest.raises(DomainError) as again:
        await service.delete(first.id, token)

    assert (foreign.value.code, foreign.value.path) == ("DELETION_TOKEN_INVALID", ("token",))
    assert again.value.code == "NOT_FOUND"
    assert (await service.get(second.id)).title == "Two"


@pytest.mark.parametrize("token", ["", "guess", "ä"])
async def test_a_token_that_was_not_given_out_deletes_nothing(label_a: Scope, token: str) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="One"))

    with pytest.raises(DomainError) as unasked:
        await service.delete(release.id, token)
    await service.request_deletion(release.id)
    with pytest.raises(DomainError) as wrong:
        await service.delete(release.id, token)

    assert unasked.value.code == wrong.value.code == "DELETION_TOKEN_INVALID"
    assert (await service.get(release.id)).title == "One"


async def test_a_later_request_replaces_an_earlier_one(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="One"))
    earlier, later = await service.request_deletion(release.id), await service.request_deletion(release.id)

    with pytest.raises(DomainError) as refused:
        await service.delete(release.id, earlier.token)
    await service.delete(release.id, later.token)

    assert refused.value.code == "DELETION_TOKEN_INVALID"


@pytest.mark.proves("CAT-17")
async def test_a_token_expires(label_a: Scope) -> None:
    clock = SettableClock()
    service = ReleaseService(replace(label_a, clock=clock))
    release = await service.create(ReleaseDraft(title="One"))
    request = await service.request_deletion(release.id)
    assert request.expires_at == clock.now() + timedelta(minutes=10)

    clock.advance(timedelta(minutes=10))
    with pytest.raises(DomainError) as refused:
        await service.delete(release.id, request.token)

    assert refused.value.code == "DELETION_TOKEN_EXPIRED"
    assert (await service.get(release.id)).title == "One"


@pytest.mark.proves("CAT-17")
async def test_a_release_that_changed_since_must_be_asked_for_again(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="One"))
    request = await service.request_deletion(release.id)
    await service.update(release.id, ReleaseChanges(title="One, finished at last"))

    with pytest.raises(DomainError) as refused:
        await service.delete(release.id, request.token)

    assert refused.value.code == "RELEASE_CHANGED"
    assert (await service.get(release.id)).title == "One, finished at last"


async def test_a_delivered_release_must_be_taken_down_first(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(await complete_draft(label_a))
    request = await service.request_deletion(release.id)
    await service.set_status(release.id, ReleaseStatus.READY)
    await service.set_status(release.id, ReleaseStatus.DELIVERED)

    for call in (service.request_deletion(release.id), service.delete(release.id, request.token)):
        with pytest.raises(DomainError) as refused:
            await call
        assert (refused.value.code, refused.value.path) == ("RELEASE_DELIVERED", ("id",))


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (DeliveryStatus.QUEUED, True),
        (DeliveryStatus.UPLOADING, True),
        (DeliveryStatus.TAKEDOWN_REQUESTED, True),
        (DeliveryStatus.FAILED, False),
        (DeliveryStatus.REMOVED, False),
    ],
)
async def test_a_release_on_its_way_cannot_be_deleted(label_a: Scope, status: DeliveryStatus, refused: bool) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="One"))
    await label_a.store.collection(DeliveryDocument).raw.insert_one({"release_id": release.id, "status": status.value})

    if not refused:
        await service.delete(release.id, (await service.request_deletion(release.id)).token)
        return
    with pytest.raises(DomainError) as stopped:
        await service.request_deletion(release.id)
    assert stopped.value.code == "RELEASE_IN_DELIVERY"


@pytest.mark.proves("CAT-17")
async def test_an_interrupted_deletion_is_carried_through(label_a: Scope) -> None:
    service, deletions = ReleaseService(label_a), label_a.store.collection(ReleaseDeletionDocument)
    stays, half, confirmed = [
        await service.create(await complete_draft(label_a, number=number)) for number in (1, 2, 3)
    ]
    for release in (stays, half, confirmed):
        await service.request_deletion(release.id)
    for release in (half, confirmed):
        await deletions.update(release.id, Change(set={"state": DeletionState.CONFIRMED, "token_hash": None}))
    await label_a.store.collection(ReleaseDocument).delete(half.id)

    assert await service.finish_deletions() == 2
    assert await service.finish_deletions() == 0

    assert [release.id for release in (await service.page()).documents] == [stays.id]
    left = await label_a.store.collection(AssetDocument).list({})
    assert {asset.id for asset in left} == stays.asset_ids()
    assert (await deletions.get(half.id)).state is DeletionState.DONE


async def test_a_release_that_changed_after_the_confirmation_is_kept(label_a: Scope) -> None:
    service, deletions = ReleaseService(label_a), label_a.store.collection(ReleaseDeletionDocument)
    release = await service.create(ReleaseDraft(title="One"))
    await service.request_deletion(release.id)
    await deletions.update(release.id, Change(set={"state": DeletionState.CONFIRMED, "token_hash": None}))
    await service.update(release.id, ReleaseChanges(title="Two"))

    assert await service.finish_deletions() == 0

    assert (await service.get(release.id)).title == "Two"
    assert (await deletions.get(release.id)).state is DeletionState.REQUESTED


async def test_a_deletion_that_is_under_way_cannot_be_asked_for(label_a: Scope) -> None:
    service, deletions = ReleaseService(label_a), label_a.store.collection(ReleaseDeletionDocument)
    release = await service.create(ReleaseDraft(title="One"))
    await service.request_deletion(release.id)
    await deletions.update(release.id, Change(set={"state": DeletionState.CONFIRMED, "token_hash": None}))

    with pytest.raises(DomainError) as refused:
        await service.request_deletion(release.id)

    assert refused.value.code == "RELEASE_IN_DELETION"


async def test_who_deleted_what_is_remembered(label_a: Scope) -> None:
    service = ReleaseService(replace(label_a, actor="user-7"))
    release = await service.create(ReleaseDraft(title="One", icpn="012345678905"))

    await service.delete(release.id, (await service.request_deletion(release.id)).token)

    record = await label_a.store.collection(ReleaseDeletionDocument).get(release.id)
    assert (record.title, record.icpn, record.requested_by) == ("One", "012345678905", "user-7")
    assert (record.state, record.token_hash) == (DeletionState.DONE, None)
