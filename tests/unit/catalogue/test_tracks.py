"""Tracks: each with a revision of its own, always numbered without gaps, never lost to somebody else's edit."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackChanges, TrackDraft, read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ParentalWarning, ReleaseType
from tests.unit.catalogue.examples import complete_draft, isrc, store_audio, store_image


async def album(scope: Scope, tracks: int) -> ReleaseDocument:
    songs = tuple(TrackDraft(title=f"Song {place}", isrc=isrc(place)) for place in range(1, tracks + 1))
    return await ReleaseService(scope).create(ReleaseDraft(title="Album", display_artist="Ann", tracks=songs))


@pytest.mark.proves("TRK-01")
async def test_a_track_is_made_read_changed_and_removed(label_a: Scope) -> None:
    service = TrackService(label_a)
    release = await album(label_a, 1)

    made = await service.create(release.id, TrackDraft(title="New", isrc="qz-st1-26-00099", disc_number=2))
    track = made.tracks[-1]
    assert (track.title, track.isrc, track.disc_number, track.display_artist) == ("New", "QZST12600099", 2, "Ann")

    holder, read = await service.get(track.id)
    assert (holder.id, read) == (release.id, track)

    changed = await service.update(track.id, TrackChanges(title="Newer"), revision=1)
    assert (changed.tracks[-1].title, changed.tracks[-1].revision) == ("Newer", 2)

    left = await service.delete(track.id)
    assert [track.title for track in left.tracks] == ["Song 1"]
    with pytest.raises(DomainError) as gone:
        await service.get(track.id)
    assert gone.value.code == "NOT_FOUND"


@pytest.mark.proves("TRK-01")
async def test_edits_of_many_tracks_at_once_are_all_kept(label_a: Scope) -> None:
    release = await album(label_a, 12)
    service = TrackService(label_a)

    await asyncio.gather(
        *(service.update(track.id, TrackChanges(version=f"Take {track.isrc}"), revision=1) for track in release.tracks),
        *(service.update(track.id, TrackChanges(language="de")) for track in release.tracks),
        ReleaseService(label_a).update(release.id, ReleaseChanges(catalog_number="P-1")),
        *(service.create(release.id, TrackDraft(title=f"Bonus {place}")) for place in range(3)),
        return_exceptions=True,
    )

    stored = await ReleaseService(label_a).get(release.id)
    assert stored.catalog_number == "P-1"
    assert len(stored.tracks) == 15
    for track in stored.tracks[:12]:
        assert track.language == "de"
        assert track.revision in {2, 3}
        assert (track.version == f"Take {track.isrc}") == (track.revision == 3)


@pytest.mark.proves("TRK-01")
async def test_of_two_edits_of_one_track_the_later_is_refused_if_it_saw_an_older_state(label_a: Scope) -> None:
    service = TrackService(label_a)
    first, second = (await album(label_a, 2)).tracks
    await service.update(first.id, TrackChanges(title="Mine"), revision=1)

    with pytest.raises(DomainError) as refused:
        await service.update(first.id, TrackChanges(title="Yours"), revision=1)
    other = await service.update(second.id, TrackChanges(title="Also mine"), revision=1)

    assert refused.value.code == "REVISION_CONFLICT"
    assert [track.title for track in other.tracks] == ["Mine", "Also mine"]


@pytest.mark.proves("CAT-16")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Other"}, "title"),
        ({"isrc": None}, "isrc"),
        ({"iswc": "T-034.524.680-1"}, "iswc"),
        ({"genre": {"name": "Rock"}}, "genre"),
        ({"parental_warning": "Explicit"}, "parental_warning"),
        ({"instrumental": True}, "instrumental"),
        ({"preview": {"start_time": 15}}, "preview"),
        ({"p_line": {"year": 1999, "company": "Old Records"}}, "p_line"),
        ({"contributors": [{"name": "Bo", "roles": ["Mixer"]}]}, "contributors"),
        ({"first_publication_date": "1999-12-31"}, "first_publication_date"),
        ({"disc_number": 2}, "disc_number"),
    ],
)
async def test_changing_one_field_of_a_track_leaves_everything_else_as_it_was(
    label_a: Scope, changes: dict[str, Any], field: str
) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=3))
    raw = label_a.store.collection(ReleaseDocument).raw
    before = await raw.find_one({"_id": release.id})

    await TrackService(label_a).update(release.tracks[1].id, read_draft(TrackChanges, changes))

    after = await raw.find_one({"_id": release.id})
    assert {name for name in after["tracks"][1] if after["tracks"][1][name] != before["tracks"][1][name]} == {
        field,
        "revision",
    }
    assert (after["tracks"][0], after["tracks"][2]) == (before["tracks"][0], before["tracks"][2])
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"tracks", "revision", "updated_at", "outbox", "search_words", "named_parties"}


@pytest.mark.proves("TRK-05")
async def test_a_wrong_change_is_refused_with_every_fault_and_leaves_the_track(label_a: Scope) -> None:
    release = await album(label_a, 1)

    with pytest.raises(DomainErrors) as refused:
        await TrackService(label_a).update(
            release.tracks[0].id,
            read_draft(
                TrackChanges,
                {"title": "", "isrc": "X", "contributors": [{"name": "Bo", "roles": ["Tea Maker"]}]},
            ),
        )

    assert {(fault.code, fault.path) for fault in refused.value.errors} == {
        ("TITLE_MISSING", ("title",)),
        ("ISRC_INVALID", ("isrc",)),
        ("ROLE_UNKNOWN", ("contributors", 0, "roles", 0)),
    }
    assert await ReleaseService(label_a).get(release.id) == release


@pytest.mark.proves("TRK-02")
async def test_any_reordering_leaves_the_numbers_from_one_without_gaps(label_a: Scope) -> None:
    release = await album(label_a, 9)
    service, shuffle = TrackService(label_a), random.Random(5)

    for _ in range(5):
        order = [track.id for track in release.tracks]
        shuffle.shuffle(order)
        release = await service.reorder(release.id, order)
        assert [track.id for track in release.tracks] == order

    assert sorted(track.title for track in release.tracks) == [f"Song {place}" for place in range(1, 10)]


@pytest.mark.proves("TRK-02")
@pytest.mark.parametrize("wrong", ["missing", "doubled", "unknown", "empty"])
async def test_an_order_that_does_not_name_every_track_once_is_refused(label_a: Scope, wrong: str) -> None:
    release = await album(label_a, 3)
    ids = [track.id for track in release.tracks]
    orders = {
        "missing": ids[:2],
        "doubled": [ids[0], ids[0], ids[1]],
        "unknown": [*ids[:2], "another"],
        "empty": [],
    }

    with pytest.raises(DomainError) as refused:
        await TrackService(label_a).reorder(release.id, orders[wrong])

    assert (refused.value.code, refused.value.path) == ("TRACK_ORDER_INVALID", ("track_ids",))
    assert (await ReleaseService(label_a).get(release.id)).tracks == release.tracks


async def test_reordering_and_editing_at_once_lose_nothing(label_a: Scope) -> None:
    release = await album(label_a, 6)
    service = TrackService(label_a)
    backwards = [track.id for track in reversed(release.tracks)]

    await asyncio.gather(
        service.reorder(release.id, backwards),
        *(service.update(track.id, TrackChanges(title=f"{track.title}!")) for track in release.tracks),
    )

    stored = await ReleaseService(label_a).get(release.id)
    assert [track.id for track in stored.tracks] == backwards
    assert [track.title for track in stored.tracks] == [f"Song {place}!" for place in range(6, 0, -1)]


@pytest.mark.proves("TRK-04", "TRK-07")
async def test_replacing_the_audio_keeps_the_isrc_and_brings_the_new_duration(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(await complete_draft(label_a))
    track = release.tracks[0]
    remaster = await store_audio(label_a, duration="201.5")

    changed = await TrackService(label_a).update(track.id, TrackChanges(audio_asset_id=remaster.id))

    assert changed.tracks[0].isrc == track.isrc
    complete = await load_complete_release(label_a.store, changed)
    audio = complete.asset(changed.tracks[0].audio_asset_id or "").audio
    assert audio
    assert audio.duration == Decimal("201.5")
    assert await label_a.store.collection(AssetDocument).find(track.audio_asset_id or "") is not None


async def test_only_audio_can_be_the_audio_of_a_track(label_a: Scope) -> None:
    release, image = await album(label_a, 1), await store_image(label_a)

    with pytest.raises(DomainErrors) as refused:
        await TrackService(label_a).update(release.tracks[0].id, TrackChanges(audio_asset_id=image.id))

    assert [(fault.code, fault.path) for fault in refused.value.errors] == [("ASSET_KIND_WRONG", ("audio_asset_id",))]


async def test_a_preview_lies_within_its_recording(label_a: Scope) -> None:
    audio = await store_audio(label_a, duration="60")
    draft = {"title": "One", "display_artist": "Ann", "audio_asset_id": audio.id}
    fits = read_draft(TrackDraft, {**draft, "preview": {"start_time": 30, "duration": 30}})
    too_late = read_draft(TrackDraft, {**draft, "preview": {"start_time": "30.1", "duration": 30}})
    release = await album(label_a, 1)

    made = await TrackService(label_a).create(release.id, fits)
    with pytest.raises(DomainError) as on_track:
        await TrackService(label_a).create(release.id, too_late)
    with pytest.raises(DomainError) as on_update:
        await TrackService(label_a).update(
            made.tracks[-1].id, read_draft(TrackChanges, {"preview": {"start_time": 31, "duration": 30}})
        )
    with pytest.raises(DomainErrors) as on_release:
        await ReleaseService(label_a).create(ReleaseDraft(title="Other", tracks=(too_late,)))

    assert (on_track.value.code, on_track.value.path) == ("PREVIEW_OUTSIDE_TRACK", ("preview",))
    assert on_update.value.code == "PREVIEW_OUTSIDE_TRACK"
    assert on_release.value.path == ("tracks", 0, "preview")


@pytest.mark.proves("TRK-13")
async def test_each_track_has_its_own_warning_for_parents(label_a: Scope) -> None:
    release = await album(label_a, 2)

    changed = await TrackService(label_a).update(release.tracks[0].id, TrackChanges(parental_warning="explicit"))
    assert [track.parental_warning for track in changed.tracks] == [
        ParentalWarning.EXPLICIT,
        ParentalWarning.NOT_EXPLICIT,
    ]

    cleared = await TrackService(label_a).update(release.tracks[0].id, TrackChanges(parental_warning=None))
    assert cleared.tracks[0].parental_warning is ParentalWarning.NOT_EXPLICIT


async def test_a_track_without_artists_of_its_own_falls_back_to_its_release(label_a: Scope) -> None:
    release = await album(label_a, 1)
    guest = await TrackService(label_a).update(
        release.tracks[0].id, read_draft(TrackChanges, {"display_artist": "Guest", "artists": [{"name": "Guest"}]})
    )
    assert guest.tracks[0].display_artist == "Guest"

    back = await TrackService(label_a).update(release.tracks[0].id, TrackChanges(display_artist=None, artists=None))

    assert (back.tracks[0].display_artist, back.tracks[0].artists) == ("Ann", release.artists)


async def test_the_type_follows_the_tracks(label_a: Scope) -> None:
    release = await album(label_a, 3)
    assert release.type is ReleaseType.SINGLE

    grown = await TrackService(label_a).create(release.id, TrackDraft(title="Four"))
    assert grown.type is ReleaseType.EP

    shrunk = await TrackService(label_a).delete(grown.tracks[0].id)
    assert shrunk.type is ReleaseType.SINGLE


async def test_tracks_of_another_tenant_do_not_exist(label_a: Scope, label_b: Scope) -> None:
    release = await album(label_a, 2)
    service = TrackService(label_b)

    for call in (
        service.get(release.tracks[0].id),
        service.update(release.tracks[0].id, TrackChanges(title="Theirs")),
        service.delete(release.tracks[0].id),
        service.reorder(release.id, [track.id for track in release.tracks]),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert refused.value.code == "NOT_FOUND"
    assert await ReleaseService(label_a).get(release.id) == release
