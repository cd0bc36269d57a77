"""What Apple's format cannot carry is refused, all at once, with paths into the release."""

from __future__ import annotations

from typing import Any

import pytest

from distro_plugins.apple53 import AppleBuilder, AppleSettings
from distro_sdk.errors import DomainErrors
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.catalogue import ImageType, ProprietaryId, ReleaseType
from distro_sdk.models.message import CompanionFile, MessagePlan, MessageSubtype, MessageType
from distro_sdk.models.planned_releases import GroupType, PlannedGenre, PlannedGroup, PlannedItem, PlannedVisibility
from distro_sdk.models.planned_resources import PlannedText, PlannedVideo
from tests.unit.apple.plans import START, apple_plan, built, every, refused, twin, with_recording, with_release

PLAN = apple_plan()


def plain(plan: MessagePlan) -> dict[str, Any]:
    return dict(plan.settings)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({}, "settings.provider"),
        ({"provider": "a b"}, "settings.provider"),
        ({"provider": "a", "shop": "b"}, "settings.shop"),
        ({"provider": "a", "price_tiers": {"FULL": -1}}, "settings.price_tiers.FULL"),
        ({"provider": "a", "storefronts": ["Sweden"]}, "settings.storefronts.0"),
    ],
)
def test_wrong_settings_are_told_by_name(settings: dict[str, Any], path: str) -> None:
    assert refused(PLAN.model_copy(update={"settings": settings})) == {("APPLE_SETTING_INVALID", path)}


def test_every_setting_says_what_it_is_and_how_sure_that_is() -> None:
    for name, field in AppleSettings.model_fields.items():
        assert field.description is not None, name
        assert field.description.endswith((" (A)", " (P)", " (?)")), name


def test_a_test_is_refused_because_nobody_could_tell() -> None:
    settings = {**plain(PLAN), "test_packages": False}

    assert refused(PLAN.model_copy(update={"settings": settings})) == {("APPLE_TEST_INEXPRESSIBLE", "test")}
    assert refused(PLAN.model_copy(update={"settings": settings, "test": False})) == set()


def test_a_purge_is_refused() -> None:
    plan = apple_plan(MessageSubtype.TAKEDOWN, type=MessageType.PURGE_RELEASE)

    assert refused(plan) == {("APPLE_MESSAGE_UNSUPPORTED", "type")}


@pytest.mark.parametrize("icpn", ["96385074", "4006381333932", "14006381333938", "x"])
@pytest.mark.parametrize("subtype", MessageSubtype)
def test_a_barcode_that_apple_does_not_take_is_refused_even_in_a_takedown(icpn: str, subtype: MessageSubtype) -> None:
    plan = with_release(apple_plan(subtype), icpn=icpn)

    assert refused(plan) == {("APPLE_UPC_UNFIT", "icpn"), ("APPLE_VENDOR_ID_MALFORMED", "icpn")}


@pytest.mark.parametrize("number", [None, "NLR 12/26", "x" * 101])
def test_an_album_without_a_vendor_id_is_refused(number: str | None) -> None:
    plan = with_release(apple_plan(settings={"vendor_id": "catalog_number"}), catalog_number=number)

    assert refused(plan) == {("APPLE_VENDOR_ID_MALFORMED", "icpn")}


def test_an_artist_id_has_digits_only() -> None:
    ids = (ProprietaryId(namespace="apple", value="id4711"),)
    parties = (PLAN.parties[0].model_copy(update={"proprietary_ids": ids}), *PLAN.parties[1:])

    assert refused(PLAN.model_copy(update={"parties": parties})) == {("APPLE_ARTIST_ID_MALFORMED", "parties.P1")}


@pytest.mark.proves("APL-03")
@pytest.mark.parametrize(
    ("genre", "code"),
    [
        (PlannedGenre(name="Pop"), "APPLE_GENRE_CODE_MISSING"),
        (PlannedGenre(name="Pop", code="POP"), "APPLE_GENRE_UNKNOWN"),
        (PlannedGenre(name="Pop", code="POP-00", subgenre_code="INDIE-POP-01"), "APPLE_GENRE_UNKNOWN"),
    ],
)
def test_no_genre_is_guessed(genre: PlannedGenre, code: str) -> None:
    releases = (
        PLAN.track_releases[0],
        PLAN.track_releases[1].model_copy(update={"genre": genre}),
        PLAN.track_releases[2],
    )

    assert refused(with_release(PLAN, genre=genre)) == {(code, "genre")}
    assert refused(PLAN.model_copy(update={"track_releases": releases})) == {(code, "tracks.1.genre")}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": AudioFormat.MP3},
        {"channels": 1},
        {"sample_rate": 32_000},
        {"bit_depth": 32},
        {"bit_depth": None},
    ],
)
def test_stereo_audio_that_apple_does_not_take_is_refused(changes: dict[str, Any]) -> None:
    audio = PLAN.sound_recordings[1].audio.model_copy(update=changes)

    assert refused(with_recording(PLAN, 1, audio=audio)) == {("APPLE_AUDIO_UNFIT", "tracks.1.audio_asset_id")}


def test_audio_that_does_not_travel_is_not_judged() -> None:
    plan = apple_plan(MessageSubtype.UPDATE)
    audio = plan.sound_recordings[1].audio.model_copy(update={"format": AudioFormat.MP3})

    assert refused(with_recording(plan, 1, audio=audio)) == set()


@pytest.mark.parametrize("changes", [{"format": AudioFormat.FLAC}, {"sample_rate": 96_000}, {"bit_depth": 16}])
def test_an_immersive_file_of_another_kind_is_refused(changes: dict[str, Any]) -> None:
    edition = twin(PLAN.sound_recordings[0])
    edition = edition.model_copy(update={"audio": edition.audio.model_copy(update=changes)})

    assert refused(with_recording(PLAN, 0, immersive=edition)) == {("APPLE_AUDIO_UNFIT", "tracks.0.immersive")}


def test_an_immersive_file_needs_its_own_isrc_and_its_stereo_file() -> None:
    recording = PLAN.sound_recordings[0]
    same = twin(recording, isrc=recording.isrc)
    kept = recording.file.model_copy(update={"provided": False})

    assert refused(with_recording(PLAN, 0, immersive=same)) == {("APPLE_AUDIO_UNFIT", "tracks.0.immersive")}
    assert refused(with_recording(PLAN, 0, immersive=twin(recording), file=kept)) == {
        ("APPLE_AUDIO_UNFIT", "tracks.0.immersive")
    }


def test_an_update_brings_no_audio_unless_the_target_lets_it() -> None:
    plan = apple_plan(MessageSubtype.UPDATE)
    file = plan.sound_recordings[2].file.model_copy(update={"provided": True})

    assert refused(with_recording(plan, 2, file=file)) == {("APPLE_AUDIO_CHANGED", "tracks.2.audio_asset_id")}


@pytest.mark.parametrize("changes", [{"width": 3001}, {"width": 2999, "height": 2999}, {"colour_mode": "CMYK"}])
def test_a_cover_that_apple_does_not_take_is_refused(changes: dict[str, Any]) -> None:
    cover = PLAN.images[0]
    image = cover.image.model_copy(update=changes)
    plan = PLAN.model_copy(update={"images": (cover.model_copy(update={"image": image}),)})

    assert refused(plan) == {("APPLE_COVER_UNFIT", "images")}


def test_a_first_delivery_needs_a_cover_and_an_update_does_not() -> None:
    assert refused(PLAN.model_copy(update={"images": ()})) == {("APPLE_COVER_UNFIT", "images")}
    assert refused(apple_plan(MessageSubtype.UPDATE, images=())) == set()


def test_files_of_another_choreography_are_refused() -> None:
    file = PLAN.sound_recordings[0].file.model_copy(update={"uri": "audio/one.flac"})

    assert refused(with_recording(PLAN, 0, file=file)) == {("APPLE_FILE_NOT_BESIDE", "tracks.0.audio_asset_id")}


def test_further_images_stay_at_home_unless_the_target_wants_them_refused() -> None:
    cover = PLAN.images[0]
    back = cover.model_copy(update={"type": ImageType.BACK_COVER, "reference": "A9", "technical_reference": "T9"})
    plan = PLAN.model_copy(update={"images": (back, cover)})
    strict = plan.model_copy(update={"settings": {**plain(plan), "leave_out": []}})

    assert len(every(built(plan), "artwork_files/file")) == 1
    assert refused(strict) == {("APPLE_CONTENT_UNSUPPORTED", "images")}


def test_days_of_display_are_left_out_unless_the_target_wants_them_refused() -> None:
    shown = PlannedVisibility(
        reference="V1",
        release_references=("R0",),
        display_start=START,
        cover_art_start=START,
        track_listing_start=START,
        clip_start=START,
    )
    plan = PLAN.model_copy(update={"visibilities": (shown,)})
    strict = plan.model_copy(update={"settings": {**plain(plan), "leave_out": []}})

    assert refused(plan) == set()
    assert refused(strict) == {("APPLE_CONTENT_UNSUPPORTED", "visibility")}


def test_a_booklet_is_refused_until_its_form_is_known_or_the_target_leaves_it_out() -> None:
    cover = PLAN.images[0]
    text = PlannedText(
        reference="A9",
        technical_reference="T9",
        proprietary_id="B1",
        title="Booklet",
        parental_warning=cover.parental_warning,
        file=cover.file.model_copy(update={"uri": "b.pdf", "name": "b.pdf"}),
    )
    plan = PLAN.model_copy(update={"texts": (text,)})
    without = plan.model_copy(update={"settings": {**plain(plan), "leave_out": ["booklet"]}})

    assert refused(plan) == {("APPLE_CONTENT_UNSUPPORTED", "booklet_asset_id")}
    assert b"b.pdf" not in AppleBuilder().build(without)


def test_a_message_beside_has_no_place() -> None:
    companion = CompanionFile(format="mead/1.1", uri="m.xml", file=PLAN.images[0].file)

    assert refused(PLAN.model_copy(update={"companions": (companion,)})) == {
        ("APPLE_CONTENT_UNSUPPORTED", "companions")
    }


@pytest.mark.parametrize(
    ("type", "field"), [(GroupType.RELEASE_COMPONENT, "components"), (GroupType.MULTI_WORK_PART, "works")]
)
def test_box_sets_and_works_have_no_place_that_is_known(type: GroupType, field: str) -> None:
    items = tuple(PlannedItem(resource_reference=f"A{number}", sequence=number) for number in (1, 2, 3))
    group = PlannedGroup(groups=(PlannedGroup(type=type, sequence=1, title="Part", items=items),))

    assert refused(with_release(PLAN, group=group)) == {("APPLE_CONTENT_UNSUPPORTED", field)}


@pytest.mark.parametrize("type", [ReleaseType.VIDEO, ReleaseType.MIXED])
def test_releases_with_videos_are_refused_by_their_type(type: ReleaseType) -> None:
    assert refused(with_release(PLAN, type=type)) == {("RELEASE_TYPE_UNSUPPORTED", "type")}


def video() -> PlannedVideo:
    recording = PLAN.sound_recordings[0]
    return PlannedVideo.model_construct(**{**dict(recording), "reference": "A9", "title": "Film"})


def test_everything_that_has_no_place_is_told_at_once() -> None:
    recordings = tuple(
        PLAN.sound_recordings[0].model_copy(
            update={"reference": f"B{number}", "isrc": f"SEAYD79{number:05d}", "technical_reference": f"U{number}"}
        )
        for number in range(501)
    )
    items = (
        *(PlannedItem(resource_reference=each.reference, sequence=1) for each in recordings),
        PlannedItem(resource_reference="A9", sequence=502),
    )
    plan = with_release(
        PLAN.model_copy(update={"sound_recordings": recordings, "videos": (video(),), "images": (), "deals": ()}),
        group=PlannedGroup(items=items),
        genre=PlannedGenre(name="Polka"),
    )

    with pytest.raises(DomainErrors) as caught:
        AppleBuilder().build(plan)

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("APPLE_VIDEO_UNSUPPORTED", ("tracks", 501)),
        ("APPLE_TRACKS_TOO_MANY", ("tracks",)),
        ("APPLE_GENRE_CODE_MISSING", ("genre",)),
        ("APPLE_COVER_UNFIT", ("images",)),
        ("APPLE_DEALS_MISSING", ("deals",)),
    ]


def test_a_takedown_is_not_refused_for_what_it_does_not_tell() -> None:
    plan = apple_plan(MessageSubtype.TAKEDOWN, images=(), settings={"leave_out": []})
    audio = plan.sound_recordings[0].audio.model_copy(update={"format": AudioFormat.MP3})

    assert refused(with_recording(plan, 0, audio=audio)) == set()


def test_a_sign_that_no_xml_can_carry_is_told_with_its_place() -> None:
    assert refused(with_recording(PLAN, 1, title="A\x00B")) == {("CHARACTER_ILLEGAL", "sound_recordings.1.title")}


def test_what_else_cannot_be_written_is_told_without_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("distro_plugins.apple53.builder.album_head", fail)

    assert refused(PLAN) == {("MESSAGE_UNWRITABLE", "")}
