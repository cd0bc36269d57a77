"""Releases are made and changed: every fault at once, nothing half stored, nothing lost."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from distro_core.catalogue import editing
from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import ArtistDraft, ReleaseChanges, ReleaseDraft, TrackDraft, read_draft
from distro_core.catalogue.editing import Edited, ReleaseEditor, difference
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ArtistRole, ContributorRole, ImageType, ReleaseStatus, ReleaseType
from tests.unit.catalogue.examples import complete_draft, icpn, isrc, store_audio, store_document, store_image


@pytest.mark.proves("CAT-27")
async def test_a_title_is_enough_for_a_draft(label_a: Scope) -> None:
    release = await ReleaseService(label_a).create(ReleaseDraft(title="Low Tide"))

    assert release.title == "Low Tide"
    assert release.status is ReleaseStatus.DRAFT
    assert release.tracks == ()
    assert release.revision == 1
    assert release.created_by == label_a.actor


@pytest.mark.proves("TRK-06")
async def test_titles_and_names_survive_exactly(label_a: Scope) -> None:
    title, name = 'AC<DC> & "Co" – Ænima ½ 東京 👩‍🚀', "Sigur Rós & <Björk>"

    draft = ReleaseDraft(title=f"  {title}  ", display_artist=name, tracks=(TrackDraft(title=title),))
    created = await ReleaseService(label_a).create(draft)

    stored = await ReleaseService(label_a).get(created.id)
    assert stored.title == title
    assert stored.tracks[0].title == title
    assert stored.tracks[0].display_artist == name
    party = await label_a.store.collection(PartyDocument).get(stored.artists[0].party_id)
    assert party.name == name


async def test_a_complete_draft_is_stored_with_everything_it_says(label_a: Scope) -> None:
    created = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=2))

    stored = await ReleaseService(label_a).get(created.id)
    assert stored == created
    assert (stored.icpn, stored.catalog_number, stored.language) == (icpn(1), "POLAR-001", "en")
    assert (stored.release_date, stored.original_release_date) == (date(2026, 3, 20), date(2019, 8, 1))
    assert stored.p_line
    assert (stored.p_line.year, stored.p_line.text) == (2026, "℗ 2026 Polar Records")
    assert stored.c_line
    assert (stored.c_line.year, stored.c_line.text) == (2025, "© 2025 Polar Records")
    assert (stored.territories.included, stored.territories.excluded) == (("DE", "AT"), ("US",))
    assert stored.rights
    assert stored.rights.end_date == date(2031, 3, 19)
    assert stored.rights.price_code == "FULL"
    assert [track.isrc for track in stored.tracks] == [isrc(101), isrc(102)]
    complete = await load_complete_release(label_a.store, stored)
    assert {party.name for party in complete.parties} == {"Ann Example", "Polar Records"}
    assert {asset.id for asset in complete.assets} == stored.asset_ids()


async def test_every_fault_of_a_draft_is_told_at_once_and_nothing_is_stored(label_a: Scope) -> None:
    image = await store_image(label_a)
    draft = read_draft(
        ReleaseDraft,
        {
            "title": " ",
            "type": "Opera",
            "icpn": "012345678906",
            "grid": "A1",
            "language": "xx",
            "release_date": "20.03.2026",
            "parental_warning": "maybe",
            "display_artist": "Nobody Yet",
            "genre": {"name": ""},
            "p_line": {"text": "℗ Polar"},
            "c_line": {"year": 1066},
            "territories": {"included": ["DE", "Worldwide"], "excluded": ["DE", "QQ"]},
            "rights": {"start_date": "2026-01-02", "end_date": "2026-01-01"},
            "images": [{"asset_id": "nothing", "type": "Poster"}],
            "tracks": [
                {
                    "title": "One",
                    "isrc": "USS1Z26",
                    "disc_number": 0,
                    "audio_asset_id": image.id,
                    "artists": [{"name": "Ann", "role": "Star"}, {"party_id": "nobody"}, {}],
                    "contributors": [
                        {"name": "Bo", "roles": []},
                        {"name": "Cy", "roles": ["Tea Maker"], "isni": "1", "ipi": "2"},
                    ],
                    "preview": {"start_time": "later", "duration": 0},
                },
                {"title": "Bell \u0007"},
            ],
        },
    )

    with pytest.raises(DomainErrors) as refused:
        await ReleaseService(label_a).create(draft)

    assert {(fault.code, fault.path) for fault in refused.value.errors} == {
        ("TITLE_MISSING", ("title",)),
        ("RELEASE_TYPE_UNKNOWN", ("type",)),
        ("ICPN_CHECK_DIGIT_WRONG", ("icpn",)),
        ("GRID_INVALID", ("grid",)),
        ("LANGUAGE_UNKNOWN", ("language",)),
        ("DATE_INVALID", ("release_date",)),
        ("PARENTAL_WARNING_UNKNOWN", ("parental_warning",)),
        ("GENRE_NAME_MISSING", ("genre", "name")),
        ("RIGHTS_YEAR_MISSING", ("p_line", "year")),
        ("RIGHTS_YEAR_INVALID", ("c_line", "year")),
        ("RIGHTS_TEXT_MISSING", ("c_line", "text")),
        ("TERRITORIES_CONTRADICT", ("territories", "included")),
        ("TERRITORIES_CONTRADICT", ("territories", "excluded")),
        ("TERRITORY_UNKNOWN", ("territories", "excluded", 1)),
        ("RIGHTS_END_BEFORE_START", ("rights", "end_date")),
        ("NOT_FOUND", ("images", 0, "asset_id")),
        ("IMAGE_TYPE_UNKNOWN", ("images", 0, "type")),
        ("ISRC_INVALID", ("tracks", 0, "isrc")),
        ("DISC_NUMBER_INVALID", ("tracks", 0, "disc_number")),
        ("ASSET_KIND_WRONG", ("tracks", 0, "audio_asset_id")),
        ("ARTIST_ROLE_UNKNOWN", ("tracks", 0, "artists", 0, "role")),
        ("NOT_FOUND", ("tracks", 0, "artists", 1, "party_id")),
        ("PARTY_MISSING", ("tracks", 0, "artists", 2)),
        ("ROLE_MISSING", ("tracks", 0, "contributors", 0, "roles")),
        ("ROLE_UNKNOWN", ("tracks", 0, "contributors", 1, "roles", 0)),
        ("ISNI_INVALID", ("tracks", 0, "contributors", 1, "isni")),
        ("IPI_INVALID", ("tracks", 0, "contributors", 1, "ipi")),
        ("SECONDS_INVALID", ("tracks", 0, "preview", "start_time")),
        ("PREVIEW_EMPTY", ("tracks", 0, "preview", "duration")),
        ("CHARACTER_ILLEGAL", ("tracks", 1, "title")),
    }
    assert await label_a.store.collection(ReleaseDocument).count({}) == 0
    assert await label_a.store.collection(PartyDocument).count({}) == 0


async def test_territories_and_rights_that_say_nothing_are_refused(label_a: Scope) -> None:
    fields = {"title": "One", "territories": {"included": []}, "rights": {"start_date": ""}}

    with pytest.raises(DomainErrors) as refused:
        await ReleaseService(label_a).create(read_draft(ReleaseDraft, fields))

    assert {(fault.code, fault.path) for fault in refused.value.errors} == {
        ("TERRITORIES_MISSING", ("territories", "included")),
        ("RIGHTS_START_MISSING", ("rights", "start_date")),
    }


async def test_values_of_the_wrong_shape_are_refused_with_their_path() -> None:
    with pytest.raises(DomainErrors) as refused:
        read_draft(ReleaseDraft, {"title": 7, "tracks": [{"title": "One", "sequence": 1}]})

    assert [(fault.code, fault.path) for fault in refused.value.errors] == [
        ("VALUE_INVALID", ("title",)),
        ("VALUE_INVALID", ("tracks", 0, "sequence")),
    ]


@pytest.mark.proves("CAT-16")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "High Tide"}, "title"),
        ({"version": "Deluxe"}, "version"),
        ({"catalog_number": None}, "catalog_number"),
        ({"label": "Other Records"}, "label_party_id"),
        ({"genre": {"name": "Rock", "subgenre_name": "Indie Rock"}}, "genre"),
        ({"release_date": "2027-01-01"}, "release_date"),
        ({"rights": None}, "rights"),
        ({"territories": None}, "territories"),
        ({"parental_warning": "Explicit"}, "parental_warning"),
        ({"images": []}, "images"),
        ({"contributors": [{"name": "Cy", "roles": ["Producer"]}]}, "contributors"),
        ({"artists": [{"name": "Dee"}]}, "artists"),
        ({"type": "Album"}, "type"),
    ],
)
async def test_changing_one_field_leaves_every_other_byte_as_it_was(
    label_a: Scope, changes: dict[str, Any], field: str
) -> None:
    created = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=2))
    raw = label_a.store.collection(ReleaseDocument).raw
    before = await raw.find_one({"_id": created.id})

    await ReleaseService(label_a).update(created.id, read_draft(ReleaseChanges, changes), created.revision)

    after = await raw.find_one({"_id": created.id})
    derived = {"search_words", "title_key", "named_parties", "named_assets", "type_chosen"}
    owned_by_the_store = {"revision", "updated_at", "outbox"}
    changed = {name for name in after if after[name] != before[name]}
    assert field in changed
    assert changed <= {field} | derived | owned_by_the_store


async def test_an_update_that_changes_nothing_writes_nothing(label_a: Scope) -> None:
    created = await ReleaseService(label_a).create(await complete_draft(label_a))

    again = await ReleaseService(label_a).update(
        created.id, ReleaseChanges(title=created.title, label="polar  RECORDS")
    )

    assert again == created
    assert again.revision == 1


async def test_an_update_is_all_or_nothing(label_a: Scope) -> None:
    created = await ReleaseService(label_a).create(await complete_draft(label_a))

    with pytest.raises(DomainErrors) as refused:
        await ReleaseService(label_a).update(created.id, ReleaseChanges(title="Other", icpn="1", display_artist="Eve"))

    assert [(fault.code, fault.path) for fault in refused.value.errors] == [("ICPN_INVALID", ("icpn",))]
    assert await ReleaseService(label_a).get(created.id) == created
    assert await label_a.store.collection(PartyDocument).count({"name": "Eve"}) == 0


async def test_an_update_of_an_older_revision_is_refused(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    created = await service.create(ReleaseDraft(title="One"))
    await service.update(created.id, ReleaseChanges(title="Two"), created.revision)

    with pytest.raises(DomainError) as refused:
        await service.update(created.id, ReleaseChanges(version="Live"), created.revision)

    assert refused.value.code == "REVISION_CONFLICT"
    assert (await service.get(created.id)).title == "Two"


async def test_updates_at_once_all_take_effect(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    created = await service.create(ReleaseDraft(title="One"))
    changes: list[dict[str, Any]] = [
        {"version": "Live"},
        {"catalog_number": "P-1"},
        {"language": "de"},
        {"icpn": icpn(9)},
        {"genre": {"name": "Pop"}},
        {"release_date": "2026-01-01"},
        {"display_artist": "Ann"},
        {"label": "Polar"},
    ]

    await asyncio.gather(*(service.update(created.id, read_draft(ReleaseChanges, change)) for change in changes))

    stored = await service.get(created.id)
    assert (stored.version, stored.catalog_number, stored.language, stored.icpn) == ("Live", "P-1", "de", icpn(9))
    assert stored.genre
    assert stored.genre.name == "Pop"
    assert (stored.release_date, stored.display_artist) == (date(2026, 1, 1), "Ann")
    assert stored.label_party_id is not None
    assert stored.revision == 1 + len(changes)


async def test_a_track_keeps_its_identity_when_the_release_changes(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    created = await service.create(await complete_draft(label_a, tracks=3))

    changed = await service.update(created.id, ReleaseChanges(title="High Tide"))

    assert changed.tracks == created.tracks


@pytest.mark.proves("CAT-25")
async def test_a_second_release_with_the_same_barcode_is_refused_within_a_tenant(
    label_a: Scope, label_b: Scope
) -> None:
    await ReleaseService(label_a).create(ReleaseDraft(title="One", icpn="012345678905"))
    other = await ReleaseService(label_a).create(ReleaseDraft(title="Two"))

    for same in ("012345678905", "0 12345 67890 5", "0012345678905"):
        with pytest.raises(DomainError) as on_creation:
            await ReleaseService(label_a).create(ReleaseDraft(title="Three", icpn=same, display_artist="Eve"))
        with pytest.raises(DomainError) as on_update:
            await ReleaseService(label_a).update(other.id, ReleaseChanges(icpn=same))
        assert (on_creation.value.code, on_creation.value.path) == ("ICPN_TAKEN", ("icpn",))
        assert (on_update.value.code, on_update.value.path) == ("ICPN_TAKEN", ("icpn",))

    elsewhere = await ReleaseService(label_b).create(ReleaseDraft(title="Ours", icpn="012345678905"))
    assert elsewhere.icpn == "012345678905"
    assert await label_a.store.collection(PartyDocument).count({}) == 0


@pytest.mark.proves("CAT-25")
async def test_of_many_releases_made_at_once_with_one_barcode_one_is_stored(label_a: Scope) -> None:
    drafts = [ReleaseDraft(title=f"Try {place}", icpn=icpn(5), display_artist="Ann") for place in range(8)]

    outcomes = await asyncio.gather(*map(ReleaseService(label_a).create, drafts), return_exceptions=True)

    made = [outcome for outcome in outcomes if isinstance(outcome, ReleaseDocument)]
    refused = [outcome.code for outcome in outcomes if isinstance(outcome, DomainError)]
    assert len(made) == 1
    assert refused == ["ICPN_TAKEN"] * 7
    assert await label_a.store.collection(ReleaseDocument).count({}) == 1


async def test_a_release_of_another_tenant_does_not_exist(label_a: Scope, label_b: Scope) -> None:
    release = await ReleaseService(label_a).create(ReleaseDraft(title="Ours"))
    party = await label_a.store.collection(PartyDocument).insert(PartyDocument(name="Ann"))
    audio = await store_audio(label_a)
    service = ReleaseService(label_b)

    for call in (
        service.get(release.id),
        service.update(release.id, ReleaseChanges(title="Theirs")),
        service.check(release.id),
        service.set_status(release.id, ReleaseStatus.ARCHIVED),
        service.take_down(release.id),
        service.request_deletion(release.id),
        service.delete(release.id, "token"),
        TrackService(label_b).create(release.id, TrackDraft(title="Theirs", display_artist="Eve")),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert refused.value.code == "NOT_FOUND"
    with pytest.raises(DomainErrors) as borrowed:
        await service.create(
            ReleaseDraft(
                title="Theirs",
                artists=(ArtistDraft(party_id=party.id),),
                tracks=(TrackDraft(title="One", display_artist="Eve", audio_asset_id=audio.id),),
            )
        )
    assert {fault.code for fault in borrowed.value.errors} == {"NOT_FOUND"}
    assert (await service.page()).documents == []


async def test_artists_are_shown_as_they_are_billed_unless_said_otherwise(label_a: Scope) -> None:
    draft = read_draft(
        ReleaseDraft,
        {
            "title": "Duets",
            "artists": [{"name": "Ann"}, {"name": "Bo"}, {"name": "Cy"}, {"name": "Dee", "role": "FeaturedArtist"}],
            "tracks": [{"title": "Own", "display_artist": "Eve"}, {"title": "Shared"}],
        },
    )

    release = await ReleaseService(label_a).create(draft)

    assert release.display_artist == "Ann, Bo & Cy feat. Dee"
    own, shared = release.tracks
    assert (own.display_artist, [artist.role for artist in own.artists]) == ("Eve", [ArtistRole.MAIN_ARTIST])
    assert (shared.display_artist, shared.artists) == (release.display_artist, release.artists)


async def test_a_track_of_nobody_is_refused(label_a: Scope) -> None:
    with pytest.raises(DomainError) as refused:
        await ReleaseService(label_a).create(ReleaseDraft(title="Nobody's", tracks=(TrackDraft(title="One"),)))

    assert (refused.value.code, refused.value.path) == ("DISPLAY_ARTIST_MISSING", ("tracks", 0, "display_artist"))


async def test_a_party_named_twice_becomes_one_contributor_with_all_its_roles(label_a: Scope) -> None:
    draft = read_draft(
        ReleaseDraft,
        {
            "title": "Credits",
            "display_artist": "Ann",
            "contributors": [{"name": "Big Songs", "roles": ["Publisher"]}],
            "tracks": [
                {
                    "title": "One",
                    "contributors": [
                        {"name": "Bo", "roles": ["Composer"], "isni": "0000 0001 2281 955X"},
                        {"name": "bo", "roles": ["Producer", "Composer"], "ipi": "14107338", "instruments": ["Oud"]},
                        {"name": "Ann", "roles": ["Lyricist", "Arranger", "Writer"]},
                    ],
                }
            ],
        },
    )

    release = await ReleaseService(label_a).create(draft)

    bo, ann = release.tracks[0].contributors
    assert bo.roles == (ContributorRole.COMPOSER, ContributorRole.PRODUCER)
    assert bo.instruments == ("Oud",)
    assert ann.roles == (ContributorRole.LYRICIST, ContributorRole.ARRANGER, ContributorRole.COMPOSER_LYRICIST)
    assert ann.party_id == release.artists[0].party_id
    stored = await label_a.store.collection(PartyDocument).get(bo.party_id)
    assert (stored.name, stored.isni, stored.ipi) == ("Bo", "000000012281955X", "00014107338")
    assert release.contributors[0].roles == (ContributorRole.MUSIC_PUBLISHER,)


async def test_a_release_holds_several_images_and_documents(label_a: Scope) -> None:
    cover, back = await store_image(label_a), await store_image(label_a)
    booklet = await store_document(label_a)
    draft = read_draft(
        ReleaseDraft,
        {
            "title": "Pictures",
            "images": [{"asset_id": cover.id}, {"asset_id": back.id, "type": "BackCover"}],
            "document_asset_ids": [booklet.id],
        },
    )

    release = await ReleaseService(label_a).create(draft)

    assert [(image.asset_id, image.type) for image in release.images] == [
        (cover.id, ImageType.FRONT_COVER),
        (back.id, ImageType.BACK_COVER),
    ]
    assert release.document_asset_ids == (booklet.id,)


async def test_an_artist_is_billed_once(label_a: Scope) -> None:
    with pytest.raises(DomainErrors) as refused:
        await ReleaseService(label_a).create(
            ReleaseDraft(title="Twice", artists=(ArtistDraft(name="Ann"), ArtistDraft(name="ANN")))
        )

    assert [(fault.code, fault.path) for fault in refused.value.errors] == [("ARTIST_REPEATED", ("artists", 1))]


@pytest.mark.proves("CAT-36")
@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        (0, ReleaseType.SINGLE),
        (1, ReleaseType.SINGLE),
        (3, ReleaseType.SINGLE),
        (4, ReleaseType.EP),
        (6, ReleaseType.EP),
        (7, ReleaseType.ALBUM),
        (30, ReleaseType.ALBUM),
    ],
)
async def test_the_number_of_tracks_decides_the_type_where_nobody_does(
    label_a: Scope, tracks: int, expected: ReleaseType
) -> None:
    songs = tuple(TrackDraft(title=f"Song {place}") for place in range(tracks))

    release = await ReleaseService(label_a).create(ReleaseDraft(title="Some", display_artist="Ann", tracks=songs))

    assert release.type is expected


@pytest.mark.proves("CAT-36")
async def test_a_chosen_type_stays_until_it_is_given_back(label_a: Scope) -> None:
    service = ReleaseService(label_a)
    release = await service.create(ReleaseDraft(title="Best of", display_artist="Ann", type="compilation"))
    assert release.type is ReleaseType.COMPILATION

    grown = await TrackService(label_a).create(release.id, TrackDraft(title="One"))
    assert grown.type is ReleaseType.COMPILATION

    freed = await service.update(release.id, ReleaseChanges(type=None))
    assert freed.type is ReleaseType.SINGLE


async def test_a_release_holds_at_most_two_thousand_tracks(label_a: Scope) -> None:
    songs = tuple(TrackDraft(title=f"Song {place}") for place in range(2000))
    release = await ReleaseService(label_a).create(ReleaseDraft(title="Box", display_artist="Ann", tracks=songs))
    assert len(release.tracks) == 2000

    with pytest.raises(DomainError) as refused:
        await TrackService(label_a).create(release.id, TrackDraft(title="One more"))

    assert refused.value.code == "TRACKS_TOO_MANY"


async def test_an_edit_that_others_always_overtake_is_given_up(label_a: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    release = await ReleaseService(label_a).create(ReleaseDraft(title="One"))
    monkeypatch.setattr(editing, "MOST_ATTEMPTS", 3)

    async def be_overtaken(current: ReleaseDocument) -> Edited:
        faster = {"catalog_number": f"P-{current.revision}"}
        await ReleaseService(label_a).update(release.id, read_draft(ReleaseChanges, faster))
        return Edited(current.model_copy(update={"title": "Too late"}))

    with pytest.raises(DomainError) as refused:
        await ReleaseEditor(label_a).edit(release.id, be_overtaken)

    assert refused.value.code == "RELEASE_BUSY"
    stored = await ReleaseService(label_a).get(release.id)
    assert (stored.title, stored.catalog_number) == ("One", "P-3")


async def test_only_what_differs_is_written(label_a: Scope) -> None:
    before = await ReleaseService(label_a).create(await complete_draft(label_a, tracks=2))
    second = before.tracks[1].model_copy(update={"title": "Changed"})

    after = before.model_copy(update={"tracks": (before.tracks[0], second)})

    assert difference(before, after) == {"tracks.1.title": "Changed"}
    assert difference(before, before) == {}
