"""The life of a release: from draft to ready to delivered, into the archive and back."""

from __future__ import annotations

import pytest

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackChanges, TrackDraft, read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.statuses import TRANSITIONS, check_queueable, check_transition
from distro_core.catalogue.tracks import TrackService
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ReleaseStatus
from tests.unit.catalogue.examples import complete_draft, store_image

DRAFT, READY, DELIVERED, ARCHIVED, TAKEN_DOWN = ReleaseStatus

ALLOWED = {
    (DRAFT, READY),
    (DRAFT, ARCHIVED),
    (READY, DRAFT),
    (READY, DELIVERED),
    (READY, TAKEN_DOWN),
    (READY, ARCHIVED),
    (DELIVERED, TAKEN_DOWN),
    (TAKEN_DOWN, READY),
    (TAKEN_DOWN, ARCHIVED),
    (ARCHIVED, DRAFT),
}


@pytest.mark.proves("CAT-11")
@pytest.mark.parametrize("current", ReleaseStatus)
@pytest.mark.parametrize("wanted", ReleaseStatus)
def test_a_release_moves_by_one_table(current: ReleaseStatus, wanted: ReleaseStatus) -> None:
    assert TRANSITIONS.keys() == set(ReleaseStatus)
    if (current, wanted) in ALLOWED:
        check_transition(current, wanted)
        return

    with pytest.raises(DomainError) as refused:
        check_transition(current, wanted)
    assert (refused.value.code, refused.value.path) == ("RELEASE_STATUS_CONFLICT", ("status",))


@pytest.mark.proves("CAT-11", "CAT-27")
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (DRAFT, "RELEASE_NOT_READY"),
        (ARCHIVED, "RELEASE_ARCHIVED"),
        (READY, None),
        (DELIVERED, None),
        (TAKEN_DOWN, None),
    ],
)
def test_drafts_and_archived_releases_cannot_be_queued(status: ReleaseStatus, code: str | None) -> None:
    if code is None:
        check_queueable(status)
        return

    with pytest.raises(DomainError) as refused:
        check_queueable(status)
    assert refused.value.code == code


@pytest.mark.proves("CAT-11", "CAT-27")
async def test_a_draft_becomes_ready_only_without_an_error(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    bare = await service.create(ReleaseDraft(title="Bare"))
    complete = await service.create(await complete_draft(label_a))

    with pytest.raises(DomainErrors) as refused:
        await service.set_status(bare.id, READY)
    ready = await service.set_status(complete.id, READY)

    assert "TRACKS_MISSING" in {fault.code for fault in refused.value.errors}
    assert (await service.get(bare.id)).status is DRAFT
    assert ready.status is READY


@pytest.mark.proves("CAT-12")
async def test_a_delivered_release_is_taken_down_and_can_come_back(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(await complete_draft(label_a))
    await service.set_status(release.id, READY)
    await service.set_status(release.id, DELIVERED)

    down = await service.take_down(release.id)
    again = await service.take_down(release.id)
    back = await service.set_status(release.id, READY)

    assert (down.status, again, back.status) == (TAKEN_DOWN, down, READY)


async def test_a_draft_that_nobody_has_cannot_be_taken_down(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(ReleaseDraft(title="Bare"))

    with pytest.raises(DomainError) as refused:
        await ReleaseService(label_a).take_down(release.id)

    assert refused.value.code == "RELEASE_STATUS_CONFLICT"


@pytest.mark.proves("CAT-11")
async def test_an_archived_release_changes_only_after_it_was_taken_out(label_a: Scope) -> None:
    service, tracks = ReleaseService(label_a), TrackService(label_a)
    release = await service.create(await complete_draft(label_a))
    await service.set_status(release.id, ARCHIVED)

    for call in (
        service.update(release.id, ReleaseChanges(title="Other")),
        tracks.create(release.id, TrackDraft(title="Other")),
        tracks.update(release.tracks[0].id, TrackChanges(title="Other")),
        tracks.delete(release.tracks[0].id),
        tracks.reorder(release.id, [release.tracks[0].id]),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert refused.value.code == "RELEASE_ARCHIVED"
    await service.set_status(release.id, DRAFT)
    assert (await service.update(release.id, ReleaseChanges(title="Other"))).title == "Other"


@pytest.mark.proves("CAT-11")
async def test_a_ready_release_that_breaks_a_rule_is_a_draft_again(label_a: Scope) -> None:
    service, tracks = ReleaseService(label_a), TrackService(label_a)
    oblong = await store_image(label_a, width=4000)

    async def break_a_rule(way: int, release: ReleaseDocument) -> ReleaseDocument:
        if way == 0:
            return await service.update(release.id, ReleaseChanges(icpn=None))
        if way == 1:
            images = read_draft(ReleaseChanges, {"images": [{"asset_id": oblong.id}]})
            return await service.update(release.id, images)
        if way == 2:
            return await tracks.update(release.tracks[0].id, TrackChanges(isrc=None))
        return await tracks.delete(release.tracks[0].id)

    for way in range(4):
        release = await service.create(await complete_draft(label_a, number=way + 1))
        await service.set_status(release.id, READY)

        assert (await break_a_rule(way, release)).status is DRAFT


async def test_a_ready_release_that_keeps_the_rules_stays_ready(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(await complete_draft(label_a))
    await service.set_status(release.id, READY)

    changed = await service.update(release.id, ReleaseChanges(title="High Tide"))

    assert changed.status is READY
