"""Imports from beginning to end, with real storage: what becomes of every row."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, TrackChanges, TrackDraft, read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.imports.columns import Column
from distro_core.imports.csv_file import read_csv
from distro_core.imports.documents import ImportDocument, ImportRowDocument, ImportStatus, RowStatus
from distro_core.imports.rows import group_rows
from distro_core.imports.service import LEASE, MOST_ATTEMPTS, ImportService
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    Release,
    ReleaseStatus,
    ReleaseType,
)
from distro_sdk.models.events import ImportFinished, event_adapter
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.clock import SettableClock
from tests.unit.catalogue.examples import icpn, store_audio, store_document, store_image, with_plugins
from tests.unit.imports.examples import OTHER_UPC, UPC, issues, make_csv, reports_of, row, run_import

CREATED, UPDATED, UNCHANGED, FAILED = RowStatus


async def only_release(scope: Scope) -> ReleaseDocument:
    (release,) = (await ReleaseService(scope).page()).documents
    return release


async def state_of(scope: Scope) -> list[dict[str, Any]]:
    """Everything in the catalogue, byte for byte."""
    found: list[dict[str, Any]] = []
    for name in ("releases", "parties", "assets"):
        found += await scope.store.database[name].find({}).sort([("_id", 1)]).to_list()
    return found


async def files_for(scope: Scope, upc: str, tracks: int, *, duration: str = "200") -> list[str]:
    """Ids of a cover and of one recording for each track, with DDEX names."""
    cover = await store_image(scope, name=f"{upc}.jpg", content=f"cover {upc}".encode())
    takes = [
        await store_audio(scope, name=f"{upc}_01_{n:03d}.wav", duration=duration, content=f"take {upc} {n}".encode())
        for n in range(1, tracks + 1)
    ]
    return [cover.id, *(take.id for take in takes)]


@pytest.mark.proves("IMP-01")
async def test_a_release_with_all_its_files_becomes_ready(label_a: Scope, label_b: Scope) -> None:
    asset_ids = await files_for(label_a, UPC, 2)
    rows = [{**row(n), "language": "en"} for n in (1, 2)]

    done, reports = await run_import(label_a, rows, asset_ids)

    release = await only_release(label_a)
    assert release.status is ReleaseStatus.READY
    assert (release.title, release.display_artist, release.icpn) == ("Low Tide", "Ann Example", UPC)
    assert (release.release_date, release.catalog_number, release.type) == (
        date(2026, 3, 20),
        "POLAR-1",
        ReleaseType.SINGLE,
    )
    assert [(track.title, track.isrc, track.audio_asset_id) for track in release.tracks] == [
        ("Song 1", "QZST12600001", asset_ids[1]),
        ("Song 2", "QZST12600002", asset_ids[2]),
    ]
    assert [(image.asset_id, image.type) for image in release.images] == [(asset_ids[0], ImageType.FRONT_COVER)]
    assert [(report.number, report.status, report.issues) for report in reports] == [(2, CREATED, ()), (3, CREATED, ())]
    assert [report.release_id for report in reports] == [release.id] * 2
    assert [report.track_id for report in reports] == [track.id for track in release.tracks]
    assert (done.status, done.created, done.failed) == (ImportStatus.COMPLETED, 2, 0)
    assert (done.total_rows, done.done_rows) == (2, 2)
    assert (done.total_releases, done.finished_releases, done.ready_releases) == (1, 1, 1)
    assert done.unmatched_files == ()
    complete = await load_complete_release(label_a.store, release)
    assert {party.name for party in complete.parties} == {"Ann Example", "Polar Records"}
    assert (await ReleaseService(label_b).page()).documents == []


@pytest.mark.proves("IMP-01")
async def test_lines_that_the_file_lacks_come_from_label_and_release_date(label_a: Scope) -> None:
    await run_import(label_a, [row(1)])

    release = await only_release(label_a)
    assert release.p_line
    assert release.c_line
    assert (release.p_line.year, release.p_line.text) == (2026, "℗ 2026 Polar Records")
    assert (release.c_line.year, release.c_line.text) == (2026, "© 2026 Polar Records")


@pytest.mark.proves("IMP-01")
async def test_every_optional_column_is_taken_over(label_a: Scope) -> None:
    full = {
        **row(1, trackArtist="Bo", genre="Rock"),
        "subgenre": "Indie Rock",
        "version": "Deluxe",
        "trackVersion": "Live",
        "releaseType": "compilation",
        "originalReleaseDate": "1999-12-31",
        "language": "pt-br",
        "explicit": "Yes",
        "pLine": "1999 Old Records",
        "pYear": "",
        "cLine": "© Polar Records",
        "cYear": "2001",
        "featuredArtist": "Cy; Dee",
        "composer": "Eve | Fay",
        "lyricist": "Eve",
        "producer": "Gil",
        "publisher": "Big Songs",
        "iswc": "T-034.524.680-1",
        "territories": "DE; at",
        "excludedTerritories": "US",
        "rightsStart": "2026-03-20",
        "rightsEnd": "2031-03-19",
        "priceCode": "FULL",
    }

    _, reports = await run_import(label_a, [full])

    assert reports[0].status is CREATED
    release = await only_release(label_a)
    track = release.tracks[0]
    parties = {party.id: party.name for party in await label_a.store.collection(PartyDocument).list({})}
    assert release.genre
    assert release.p_line
    assert release.c_line
    assert release.rights
    assert (release.genre.name, release.genre.subgenre_name, release.version) == ("Rock", "Indie Rock", "Deluxe")
    assert (release.type, release.type_chosen) == (ReleaseType.COMPILATION, True)
    assert (release.original_release_date, release.language) == (date(1999, 12, 31), "pt-BR")
    assert (release.p_line.year, release.p_line.text) == (1999, "1999 Old Records")
    assert (release.c_line.year, release.c_line.text) == (2001, "© Polar Records")
    assert (release.territories.included, release.territories.excluded) == (("DE", "AT"), ("US",))
    assert (release.rights.start_date, release.rights.end_date) == (date(2026, 3, 20), date(2031, 3, 19))
    assert release.rights.price_code == "FULL"
    assert (track.version, track.language, track.iswc) == ("Live", "pt-BR", "T0345246801")
    assert track.parental_warning is ParentalWarning.EXPLICIT
    assert (track.genre, track.p_line) == (None, None)
    assert track.display_artist == "Bo feat. Cy & Dee"
    assert [(parties[artist.party_id], artist.role) for artist in track.artists] == [
        ("Bo", ArtistRole.MAIN_ARTIST),
        ("Cy", ArtistRole.FEATURED_ARTIST),
        ("Dee", ArtistRole.FEATURED_ARTIST),
    ]
    assert {parties[person.party_id]: person.roles for person in track.contributors} == {
        "Eve": (ContributorRole.COMPOSER, ContributorRole.LYRICIST),
        "Fay": (ContributorRole.COMPOSER,),
        "Gil": (ContributorRole.PRODUCER,),
        "Big Songs": (ContributorRole.MUSIC_PUBLISHER,),
    }


async def test_tracks_say_only_what_differs_from_their_release(label_a: Scope) -> None:
    rows = [
        {**row(1, genre="Pop"), "pLine": "℗ 2026 Polar", "pYear": "2026"},
        {**row(2, genre="Rock"), "pLine": "℗ 1999 Old", "pYear": "1999"},
        {**row(3, genre=""), "pLine": "", "pYear": "1998"},
    ]

    await run_import(label_a, rows)

    release = await only_release(label_a)
    assert release.genre
    assert release.genre.name == "Pop"
    assert [track.genre and track.genre.name for track in release.tracks] == [None, "Rock", None]
    assert [track.p_line and track.p_line.text for track in release.tracks] == [
        None,
        "℗ 1999 Old",
        "℗ 1998 Polar Records",
    ]


@pytest.mark.proves("IMP-01", "IMP-10")
async def test_discs_and_files_of_a_box_set_come_out_right(label_a: Scope) -> None:
    rows = [row(n, discNumber=str(disc), isrc=f"QZST126{disc:02d}{n:03d}") for disc in (2, 1) for n in (3, 1, 2)]
    takes = {
        (disc, n): await store_audio(label_a, name=f"{UPC}_{disc:02d}_{n:03d}.wav")
        for disc in (1, 2)
        for n in (1, 2, 3)
    }

    await run_import(label_a, rows, [take.id for take in takes.values()])

    release = await only_release(label_a)
    assert [(track.disc_number, track.title) for track in release.tracks] == [
        (1, "Song 1"),
        (1, "Song 2"),
        (1, "Song 3"),
        (2, "Song 1"),
        (2, "Song 2"),
        (2, "Song 3"),
    ]
    assert [track.audio_asset_id for track in release.tracks] == [takes[place].id for place in sorted(takes)]
    assert release.type is ReleaseType.EP


@pytest.mark.proves("IMP-01")
async def test_a_bad_row_never_stops_the_good_ones(label_a: Scope) -> None:
    asset_ids = await files_for(label_a, UPC, 4) + await files_for(label_a, OTHER_UPC, 1)
    rows = [
        {**row(1), "language": "en"},
        {**row(2, isrc="BAD"), "language": "en"},
        {**row(3, upc="012345678906"), "language": "en"},
        {**row(4, trackTitle=""), "language": "english"},
        {**row(1, upc=OTHER_UPC, isrc="QZST12600099", title="Other"), "language": "en"},
    ]

    done, reports = await run_import(label_a, rows, asset_ids)

    assert [(report.number, report.status, issues(report)) for report in reports] == [
        (2, CREATED, set()),
        (3, FAILED, {("ISRC_INVALID", "isrc")}),
        (4, FAILED, {("ICPN_CHECK_DIGIT_WRONG", "upc")}),
        (5, FAILED, {("TITLE_MISSING", "trackTitle"), ("LANGUAGE_INVALID", "language")}),
        (6, CREATED, set()),
    ]
    assert (done.created, done.failed, done.ready_releases) == (2, 3, 1)
    releases = {release.icpn: release for release in (await ReleaseService(label_a).page()).documents}
    assert [track.title for track in releases[UPC].tracks] == ["Song 1"]
    assert releases[UPC].status is ReleaseStatus.DRAFT
    assert releases[OTHER_UPC].status is ReleaseStatus.READY
    assert {unmatched.file_name for unmatched in done.unmatched_files} == {f"{UPC}_01_003.wav"}


@pytest.mark.proves("IMP-01")
async def test_a_value_of_the_release_fails_the_rows_that_say_it(label_a: Scope) -> None:
    rows = [
        row(1, releaseDate="20.03.2026"),
        row(2, releaseDate=""),
        {**row(3, releaseDate=""), "territories": "DE;QQ"},
        row(4, releaseDate=""),
    ]
    rows = [{"territories": "", **cells} for cells in rows]

    _, reports = await run_import(label_a, rows)

    assert [(report.status, issues(report)) for report in reports[:1]] == [(FAILED, {("DATE_INVALID", "releaseDate")})]
    assert (reports[2].status, issues(reports[2])) == (FAILED, {("TERRITORY_UNKNOWN", "territories")})
    assert [reports[place].status for place in (1, 3)] == [CREATED, CREATED]
    release = await only_release(label_a)
    assert release.release_date is None
    assert [track.title for track in release.tracks] == ["Song 2", "Song 4"]


async def test_a_release_of_which_every_row_fails_is_not_made(label_a: Scope) -> None:
    done, reports = await run_import(label_a, [row(1, artist=""), row(2, artist="")])

    assert [(report.status, issues(report)) for report in reports] == [
        (FAILED, {("DISPLAY_ARTIST_MISSING", "artist")}),
        (FAILED, {("DISPLAY_ARTIST_MISSING", "artist")}),
    ]
    assert done.finished_releases == 1
    assert await state_of(label_a) == []


@pytest.mark.proves("IMP-01")
async def test_what_an_incomplete_release_lacks_stands_in_its_report(label_a: Scope) -> None:
    done, reports = await run_import(label_a, [row(1, label="", isrc=""), row(2, label="")])

    assert [(report.status, issues(report)) for report in reports] == [
        (
            CREATED,
            {
                ("LABEL_MISSING", "label"),
                ("P_LINE_MISSING", "pLine"),
                ("C_LINE_MISSING", "cLine"),
                ("COVER_MISSING", None),
                ("ISRC_MISSING", "isrc"),
                ("AUDIO_MISSING", None),
                ("LANGUAGE_MISSING", "language"),
            },
        ),
        (CREATED, {("AUDIO_MISSING", None)}),
    ]
    assert (await only_release(label_a)).status is ReleaseStatus.DRAFT
    assert done.ready_releases == 0


async def test_a_duration_that_the_file_contradicts_is_warned_of(label_a: Scope) -> None:
    asset_ids = await files_for(label_a, UPC, 2, duration="200.4")

    _, reports = await run_import(label_a, [row(1, duration="3:21"), row(2, duration="3:30")], asset_ids)

    assert ("DURATION_DIFFERS", "duration") not in issues(reports[0])
    assert ("DURATION_DIFFERS", "duration") in issues(reports[1])


@pytest.mark.proves("IMP-01", "IMP-11")
async def test_the_same_import_again_changes_nothing(label_a: Scope) -> None:
    asset_ids = await files_for(label_a, UPC, 3)
    rows = [{**row(n), "composer": "Eve;Fay", "producer": "Eve", "featuredArtist": "Cy"} for n in (1, 2, 3)]
    rows.append({**row(4, isrc="BAD"), "composer": "", "producer": "", "featuredArtist": ""})
    await run_import(label_a, rows, asset_ids)
    before = await state_of(label_a)

    done, reports = await run_import(label_a, rows, asset_ids)

    assert [report.status for report in reports] == [UNCHANGED, UNCHANGED, UNCHANGED, FAILED]
    assert (done.created, done.updated, done.unchanged, done.failed) == (0, 0, 3, 1)
    assert await state_of(label_a) == before


@pytest.mark.proves("IMP-11")
async def test_the_same_files_uploaded_again_do_not_replace_those_in_use(label_a: Scope) -> None:
    await run_import(label_a, [row(1)], [*await files_for(label_a, UPC, 1), (await store_document(label_a)).id])
    before = await only_release(label_a)

    _, reports = await run_import(label_a, [row(1)], await files_for(label_a, UPC, 1))

    assert reports[0].status is UNCHANGED
    assert await only_release(label_a) == before


async def test_a_changed_row_changes_its_track_and_nothing_else(label_a: Scope) -> None:
    await run_import(label_a, [row(n) for n in (1, 2, 3)])
    before = await only_release(label_a)

    done, reports = await run_import(label_a, [row(1), row(2, trackTitle="Song Two"), row(3)])

    after = await only_release(label_a)
    assert [report.status for report in reports] == [UNCHANGED, UPDATED, UNCHANGED]
    assert (done.updated, done.unchanged) == (1, 2)
    assert after.tracks[1] == before.tracks[1].model_copy(update={"title": "Song Two", "revision": 2})
    assert (after.tracks[0], after.tracks[2]) == (before.tracks[0], before.tracks[2])


async def test_a_changed_release_is_told_at_its_first_row(label_a: Scope) -> None:
    await run_import(label_a, [row(1), row(2)])

    _, reports = await run_import(label_a, [row(1, catalogNumber="P-2"), row(2, catalogNumber="P-2")])

    assert [report.status for report in reports] == [UPDATED, UNCHANGED]
    assert (await only_release(label_a)).catalog_number == "P-2"


@pytest.mark.proves("IMP-01")
async def test_a_mended_row_takes_the_place_that_was_meant_for_it(label_a: Scope) -> None:
    wrong = [row(1, isrc="BAD"), row(2, isrc=""), row(3, isrc="")]
    await run_import(label_a, wrong)
    await run_import(label_a, wrong)
    assert [track.title for track in (await only_release(label_a)).tracks] == ["Song 2", "Song 3"]
    kept = [track.id for track in (await only_release(label_a)).tracks]

    _, reports = await run_import(label_a, [row(1), row(2, isrc=""), row(3, isrc="")])

    release = await only_release(label_a)
    assert [report.status for report in reports] == [CREATED, UNCHANGED, UNCHANGED]
    assert [track.title for track in release.tracks] == ["Song 1", "Song 2", "Song 3"]
    assert [track.id for track in release.tracks[1:]] == kept


async def test_what_people_refined_by_hand_survives_the_next_import(label_a: Scope) -> None:
    rows = [{**row(1), "composer": "Eve"}, {**row(2), "composer": ""}]
    await run_import(label_a, rows)
    release = await only_release(label_a)
    await ReleaseService(label_a).update(
        release.id,
        read_draft(
            ReleaseChanges,
            {
                "artists": [{"name": "Ann"}, {"name": "Example"}],
                "p_line": {"year": 1998, "text": "℗ 1998 First Records"},
                "parental_warning": "Explicit",
            },
        ),
    )
    contributors = [{"name": "Eve", "roles": ["Composer", "Vocalist"]}, {"name": "Gil", "roles": ["Mixer"]}]
    await TrackService(label_a).update(
        release.tracks[0].id, read_draft(TrackChanges, {"contributors": contributors, "preview": {"start_time": 15}})
    )
    await TrackService(label_a).create(release.id, TrackDraft(title="Hidden track"))
    refined = await only_release(label_a)

    _, reports = await run_import(label_a, rows)

    assert [report.status for report in reports] == [UNCHANGED, UNCHANGED]
    assert await only_release(label_a) == refined


async def test_a_role_that_the_file_names_is_replaced_and_others_are_kept(label_a: Scope) -> None:
    await run_import(label_a, [{**row(1), "composer": "Eve;Fay"}])
    release = await only_release(label_a)
    contributors = [
        {"name": "Eve", "roles": ["Composer", "Vocalist"], "instruments": ["Voice"]},
        {"name": "Fay", "roles": ["Composer"]},
    ]
    await TrackService(label_a).update(release.tracks[0].id, read_draft(TrackChanges, {"contributors": contributors}))

    await run_import(label_a, [{**row(1), "composer": "Gil"}])

    parties = {party.id: party.name for party in await label_a.store.collection(PartyDocument).list({})}
    after = (await only_release(label_a)).tracks[0].contributors
    assert {parties[person.party_id]: (person.roles, person.instruments) for person in after} == {
        "Eve": ((ContributorRole.VOCALIST,), ("Voice",)),
        "Gil": ((ContributorRole.COMPOSER,), ()),
    }


async def test_empty_columns_of_a_deal_leave_it_as_it_was(label_a: Scope) -> None:
    await run_import(label_a, [row(1)])
    release = await only_release(label_a)
    changes = {
        "territories": {"included": ["DE", "AT"]},
        "rights": {"start_date": "2026-05-01", "end_date": "2030-01-01", "price_code": "MID"},
    }
    await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, changes))

    await run_import(label_a, [{**row(1), "excludedTerritories": "US", "priceCode": "FULL"}])
    mended = await only_release(label_a)
    _, reports = await run_import(label_a, [{**row(1), "excludedTerritories": "DE", "rightsEnd": "2026-04-01"}])

    assert mended.rights
    assert (mended.territories.included, mended.territories.excluded) == (("DE", "AT"), ("US",))
    assert (mended.rights.start_date, mended.rights.end_date) == (date(2026, 5, 1), date(2030, 1, 1))
    assert mended.rights.price_code == "FULL"
    assert (reports[0].status, issues(reports[0])) == (
        FAILED,
        {("TERRITORIES_CONTRADICT", "excludedTerritories"), ("RIGHTS_END_BEFORE_START", "rightsEnd")},
    )


async def test_rights_begin_with_the_release_where_the_row_does_not_say(label_a: Scope) -> None:
    rows = [
        {**row(1), "priceCode": "FULL"},
        {**row(1, upc=OTHER_UPC, releaseDate="", isrc="QZST12600009"), "priceCode": "FULL"},
    ]

    _, reports = await run_import(label_a, rows)

    release = await only_release(label_a)
    assert release.rights
    assert (release.rights.start_date, release.rights.price_code) == (date(2026, 3, 20), "FULL")
    assert (reports[1].status, issues(reports[1])) == (FAILED, {("RIGHTS_START_MISSING", "rightsStart")})


async def test_an_import_finds_the_tracks_of_a_release_made_by_hand(label_a: Scope) -> None:
    songs = (
        TrackDraft(title="Known by ISRC", isrc="QZST12600002"),
        TrackDraft(title="Known by place"),
        TrackDraft(title="Another recording", isrc="QZST12600050"),
    )
    made = await ReleaseService(label_a).create(
        ReleaseDraft(title="Low Tide", display_artist="Ann Example", icpn=UPC, tracks=songs)
    )

    _, reports = await run_import(label_a, [row(1, isrc=""), row(2), row(3)])

    by_isrc, by_place, other = made.tracks
    release = await only_release(label_a)
    assert release.id == made.id
    assert [report.status for report in reports] == [CREATED, UPDATED, CREATED]
    assert reports[1].track_id == by_isrc.id
    assert {track.id for track in release.tracks} >= {by_isrc.id, by_place.id, other.id}
    assert len(release.tracks) == 5


async def test_new_audio_replaces_old_and_further_images_are_added_once(label_a: Scope) -> None:
    await run_import(label_a, [row(1)], await files_for(label_a, UPC, 1))
    remaster = await store_audio(label_a, name=f"{UPC}_01_001.wav", content=b"remaster")
    cover = await store_image(label_a, name=f"{UPC}.jpg", content=b"new cover")
    back = await store_image(label_a, name=f"{UPC}_02.jpg", content=b"back")
    booklet = await store_document(label_a, name=f"{UPC}.pdf")
    asset_ids = [remaster.id, cover.id, back.id, booklet.id]

    for _ in range(2):
        await run_import(label_a, [row(1)], asset_ids)

    release = await only_release(label_a)
    assert (release.tracks[0].audio_asset_id, release.tracks[0].isrc) == (remaster.id, "QZST12600001")
    assert [(image.asset_id, image.type) for image in release.images] == [
        (cover.id, ImageType.FRONT_COVER),
        (back.id, ImageType.BACK_COVER),
    ]
    assert release.document_asset_ids == (booklet.id,)


async def test_rows_of_an_archived_release_fail(label_a: Scope) -> None:
    await run_import(label_a, [row(1)])
    release = await only_release(label_a)
    await ReleaseService(label_a).set_status(release.id, ReleaseStatus.ARCHIVED)

    _, reports = await run_import(label_a, [row(1, trackTitle="Other")])

    assert (reports[0].status, issues(reports[0])) == (FAILED, {("RELEASE_ARCHIVED", None)})


async def test_a_delivered_release_is_updated_and_stays_delivered(label_a: Scope) -> None:
    await run_import(label_a, [row(1)], await files_for(label_a, UPC, 1))
    release = await only_release(label_a)
    assert release.status is ReleaseStatus.READY
    await ReleaseService(label_a).set_status(release.id, ReleaseStatus.DELIVERED)

    _, reports = await run_import(label_a, [row(1, trackTitle="Other")])

    assert reports[0].status is UPDATED
    assert (await only_release(label_a)).status is ReleaseStatus.DELIVERED


@pytest.mark.proves("IMP-01")
async def test_wrong_files_and_unknown_assets_are_refused_at_once(label_a: Scope, label_b: Scope) -> None:
    foreign = await store_audio(label_b)
    service = ImportService(label_a)

    with pytest.raises(DomainErrors) as no_columns:
        await service.create(b"a,b\n1,2\n", [])
    with pytest.raises(DomainErrors) as no_asset:
        await service.create(make_csv([row(1)]), ["unknown", foreign.id])
    with pytest.raises(DomainError) as too_many:
        await service.create(make_csv([row(1)]), ["x"] * 20_001)

    assert {fault.code for fault in no_columns.value.errors} == {"COLUMN_MISSING"}
    assert [(fault.code, fault.path) for fault in no_asset.value.errors] == [
        ("NOT_FOUND", ("asset_ids", 0)),
        ("NOT_FOUND", ("asset_ids", 1)),
    ]
    assert too_many.value.code == "FILES_TOO_MANY"
    assert (await service.page()).documents == []


async def test_imports_of_another_tenant_do_not_exist(label_a: Scope, label_b: Scope) -> None:
    done, _ = await run_import(label_a, [row(1)])
    service = ImportService(label_b)

    for call in (service.get(done.id), service.rows(done.id), service.run(done.id)):
        with pytest.raises(DomainError) as refused:
            await call
        assert refused.value.code == "NOT_FOUND"
    assert (await service.page()).documents == []


async def test_the_same_barcode_is_imported_by_two_tenants_apart(label_a: Scope, label_b: Scope) -> None:
    await asyncio.gather(run_import(label_a, [row(1)]), run_import(label_b, [row(1), row(2)]))

    assert len((await only_release(label_a)).tracks) == 1
    assert len((await only_release(label_b)).tracks) == 2


async def test_reports_are_listed_by_status_page_by_page(label_a: Scope) -> None:
    done, _ = await run_import(label_a, [row(n, isrc="BAD" if n % 2 else f"QZST126{n:05d}") for n in range(1, 8)])
    service = ImportService(label_a)

    page = await service.rows(done.id, [FAILED], first=3)
    rest = await service.rows(done.id, [FAILED], first=3, after=page.cursors[-1])

    assert [report.number for report in (*page.documents, *rest.documents)] == [2, 4, 6, 8]


@pytest.mark.proves("IMP-07")
async def test_progress_is_told_while_it_runs(label_a: Scope) -> None:
    service = ImportService(label_a)
    made = await service.create(make_csv([row(1, upc=icpn(n), isrc=f"QZST126{n:05d}") for n in range(1, 4)]), [])
    channel = f"{label_a.tenant_key}:imports:{made.id}"

    async with label_a.broadcast.listen(channel) as messages:
        await service.run(made.id)
        told = []
        async for message in messages:
            told.append(message)
            if message["status"] == "completed":
                break

    counted = [message["done_rows"] for message in told]
    assert counted == sorted(counted)
    assert {0, 1, 2, 3} == set(counted)
    assert told[-1] == {
        "import_id": made.id,
        "status": "completed",
        "total_rows": 3,
        "done_rows": 3,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "total_releases": 3,
        "finished_releases": 3,
    }


async def test_a_finished_import_tells_its_event_once(label_a: Scope) -> None:
    done, _ = await run_import(label_a, [row(1), row(2, isrc="BAD")])
    await ImportService(label_a).run(done.id)

    raw = await label_a.store.collection(ImportDocument).raw.find_one({"_id": done.id})
    (event,) = [event_adapter.validate_python(told) for told in raw["outbox"]]
    assert isinstance(event, ImportFinished)
    assert (event.import_id, event.succeeded, event.failed) == (done.id, 1, 1)


async def test_what_is_imported_was_made_by_whoever_asked_for_it(label_a: Scope) -> None:
    made = await ImportService(replace(label_a, actor="user-7")).create(make_csv([row(1)]), [])

    await ImportService(label_a).run(made.id)

    assert (await only_release(label_a)).created_by == "user-7"


@pytest.mark.proves("IMP-11")
@pytest.mark.parametrize("stop_after", range(5))
async def test_an_interrupted_import_is_taken_up_without_doubles(label_a: Scope, stop_after: int) -> None:
    clock = SettableClock()
    first = ImportService(replace(label_a, clock=clock))
    rows = [row(n, upc=icpn(release), isrc=f"QZST1260{release}{n:03d}") for release in range(1, 4) for n in (1, 2)]
    made = await first.create(make_csv(rows), [])
    writes = 0

    class Killed(BaseException):
        """A worker that is no more."""

    class Dying:
        """The store's broadcasts, of which one kills the worker in the middle of its work."""

        async def publish(self, channel: str, message: Any) -> bool:
            nonlocal writes
            writes += 1
            if writes > stop_after:
                raise Killed
            return True

        def post(self, channel: str, message: Any) -> None:
            label_a.broadcast.post(channel, message)

        def listen(self, channel: str) -> Any:
            return label_a.broadcast.listen(channel)

        async def close(self) -> None:
            return None

    with pytest.raises(Killed):
        await ImportService(replace(label_a, clock=clock, broadcast=Dying())).run(made.id)
    await first.run(made.id)
    assert (await first.get(made.id)).status is ImportStatus.RUNNING

    clock.advance(LEASE + timedelta(seconds=1))
    await first.run(made.id)

    done = await first.get(made.id)
    reports = await reports_of(label_a, made.id)
    releases = (await ReleaseService(label_a).page()).documents
    assert done.status is ImportStatus.COMPLETED
    assert Counter(report.status for report in reports) == {CREATED: 6}
    assert (done.created, done.done_rows, done.finished_releases) == (6, 6, 3)
    assert sorted(release.icpn or "" for release in releases) == [icpn(1), icpn(2), icpn(3)]
    assert [len(release.tracks) for release in releases] == [2, 2, 2]


@pytest.mark.proves("IMP-11")
async def test_a_release_written_but_not_reported_counts_as_made_by_the_import(label_a: Scope) -> None:
    service = ImportService(label_a)
    made = await service.create(make_csv([row(1), row(2)]), [])
    await service.run(made.id)
    await label_a.store.collection(ImportRowDocument).raw.delete_many({"number": 3})
    fields = {"status": ImportStatus.RUNNING, "leased_until": None}
    await label_a.store.collection(ImportDocument).update(made.id, Change(set=fields))

    await service.run(made.id)

    reports = await reports_of(label_a, made.id)
    assert [(report.number, report.status) for report in reports] == [(2, CREATED), (3, CREATED)]
    assert (await service.get(made.id)).created == 2


@pytest.mark.proves("IMP-11")
async def test_two_workers_at_one_import_do_its_work_once(label_a: Scope) -> None:
    service = ImportService(label_a)
    made = await service.create(make_csv([row(n, upc=icpn(n), isrc=f"QZST126{n:05d}") for n in range(1, 6)]), [])

    await asyncio.gather(*(service.run(made.id) for _ in range(4)))

    done = await service.get(made.id)
    assert (done.status, done.created, done.attempts) == (ImportStatus.COMPLETED, 5, 1)
    assert len((await ReleaseService(label_a).page()).documents) == 5


async def test_two_imports_of_one_release_at_once_make_it_once(label_a: Scope) -> None:
    outcomes = await asyncio.gather(*(run_import(label_a, [row(n) for n in range(1, 6)]) for _ in range(4)))

    release = await only_release(label_a)
    assert [track.title for track in release.tracks] == [f"Song {n}" for n in range(1, 6)]
    assert all(report.status is not FAILED for _, reports in outcomes for report in reports)


@pytest.mark.proves("IMP-11")
async def test_a_worker_that_is_stopped_gives_its_import_back(label_a: Scope) -> None:
    service = ImportService(label_a)
    made = await service.create(make_csv([row(n, upc=icpn(n), isrc=f"QZST126{n:05d}") for n in range(1, 31)]), [])

    async with label_a.broadcast.listen(f"{label_a.tenant_key}:imports:{made.id}") as messages:
        running = asyncio.create_task(service.run(made.id))
        async for message in messages:
            if message["done_rows"] >= 3:
                break
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    stopped = await service.get(made.id)
    await service.run(made.id)

    done = await service.get(made.id)
    assert (stopped.status, stopped.holder, stopped.attempts) == (ImportStatus.RUNNING, None, 0)
    assert (done.status, done.created, done.attempts) == (ImportStatus.COMPLETED, 30, 1)


@pytest.mark.proves("IMP-11")
async def test_imports_that_nobody_works_at_are_woken(label_a: Scope) -> None:
    clock = SettableClock()
    service = ImportService(replace(label_a, clock=clock))
    waiting = await service.create(make_csv([row(1)]), [])
    running = await service.create(make_csv([row(1, upc=OTHER_UPC)]), [])
    held = {"status": ImportStatus.RUNNING, "leased_until": clock.now() + LEASE, "holder": "worker"}
    await label_a.store.collection(ImportDocument).update(running.id, Change(set=held))
    await run_import(label_a, [row(1, upc=icpn(9))])
    woken: list[str] = []

    class Remembering:
        """A queue that remembers what was put into it."""

        async def enqueue(
            self,
            task: str,
            payload: Any,
            *,
            key: str,
            at: Any = None,
            priority: Priority = Priority.NORMAL,
            since: Any = None,
        ) -> bool:
            assert task == "import"
            assert payload["tenant_id"] == label_a.tenant_id
            woken.append(payload["import_id"])
            return True

        async def cancel(self, key: str) -> None:
            woken.remove(key)

        async def depth(self) -> int:
            return len(woken)

        async def close(self) -> None:
            woken.clear()

    watching = ImportService(replace(label_a, clock=clock, queue=Remembering()))
    assert await watching.wake_stale() == 1
    assert woken == [waiting.id]

    clock.advance(LEASE + timedelta(seconds=1))
    assert await watching.wake_stale() == 2


async def test_an_import_that_kills_every_worker_is_given_up(label_a: Scope) -> None:
    service = ImportService(label_a)
    made = await service.create(make_csv([row(1)]), [])
    await label_a.store.collection(ImportDocument).update(made.id, Change(set={"attempts": MOST_ATTEMPTS}))

    await service.run(made.id)

    done = await service.get(made.id)
    assert (done.status, done.status_details) == (ImportStatus.FAILED, "gave up after 5 attempts")


async def test_an_import_whose_file_is_lost_says_so(label_a: Scope) -> None:
    service = ImportService(label_a)
    made = await service.create(make_csv([row(1)]), [])
    await label_a.objects.delete(made.csv_key)

    await service.run(made.id)

    done = await service.get(made.id)
    assert done.status is ImportStatus.FAILED
    assert done.status_details.startswith("OBJECT_MISSING")


@pytest.mark.proves("IMP-01", "TRK-06")
async def test_cells_are_stored_exactly(label_a: Scope) -> None:
    title, name = 'AC<DC> & "Co", Ænima; 東京', "Sigur Rós & <Björk>"

    await run_import(label_a, make_csv([row(1, title=title, trackTitle=title, artist=name)], encoding="utf-16"))

    release = await only_release(label_a)
    assert (release.title, release.tracks[0].title, release.display_artist) == (title, title, name)


class Doorkeeper(Plugin):
    """Lets nothing of Low Tide in, and nothing of High Tide out."""

    id = "doorkeeper"

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        if release.title == "Low Tide":
            raise DomainError("KEPT_OUT", "not in here", ("title",))
        if release.status is ReleaseStatus.READY:
            raise DomainError("KEPT_IN", "not out of here", ("tracks", 7, "title"))
        return release


async def test_what_a_plugin_objects_to_stands_in_the_report(label_a: Scope) -> None:
    asset_ids = await files_for(label_a, OTHER_UPC, 1)
    rows = [row(1), row(1, upc=OTHER_UPC, title="High Tide", isrc="QZST12600009")]

    done, reports = await run_import(with_plugins(label_a, Doorkeeper()), rows, asset_ids)

    release = await only_release(label_a)
    assert (release.title, release.status) == ("High Tide", ReleaseStatus.DRAFT)
    assert [(report.status, issues(report)) for report in reports] == [
        (FAILED, {("KEPT_OUT", "title")}),
        (CREATED, {("KEPT_IN", "trackTitle"), ("LANGUAGE_MISSING", "language")}),
    ]
    assert (done.created, done.failed, done.ready_releases) == (1, 1, 0)


async def test_the_example_catalogue_is_imported_without_a_finding(label_a: Scope) -> None:
    csv = (Path(__file__).resolve().parents[3] / "examples" / "catalogue" / "catalogue.csv").read_bytes()
    tracks = [track for release in group_rows(read_csv(csv).rows) for track in release.rows]
    asset_ids = [
        (await store_image(label_a, name=f"{upc}.jpg")).id for upc in {t.row.cells[Column.UPC] for t in tracks}
    ]
    for track in tracks:
        name = f"{track.row.cells[Column.UPC]}_{track.disc:02d}_{track.number:03d}.wav"
        asset_ids.append((await store_audio(label_a, name=name, duration=str(track.duration))).id)

    done, reports = await run_import(label_a, csv, asset_ids)

    assert [issue for report in reports for issue in report.issues] == []
    assert (done.total_releases, done.ready_releases, done.created) == (3, 3, 19)
    assert done.ignored_columns == ()
    assert done.unmatched_files == ()


@pytest.mark.proves("IMP-01")
@pytest.mark.slow
async def test_a_hundred_releases_with_their_files_become_complete(label_a: Scope) -> None:
    rows, asset_ids = [], []
    for number in range(1, 101):
        code = icpn(number)
        asset_ids += await files_for(label_a, code, 3)
        rows += [
            {**row(n, upc=code, title=f"Release {number}", isrc=f"QZST1{n}2{number:05d}"), "language": "en"}
            for n in (1, 2, 3)
        ]

    done, reports = await run_import(label_a, rows, list(reversed(asset_ids)))

    assert Counter(report.status for report in reports) == {CREATED: 300}
    assert (done.finished_releases, done.ready_releases, done.unmatched_files) == (100, 100, ())
    assert await label_a.store.collection(ReleaseDocument).count({"status": "ready"}) == 100
    assert await label_a.store.collection(AssetDocument).count({}) == 400
