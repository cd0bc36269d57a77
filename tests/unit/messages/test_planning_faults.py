"""What a release lacks is told at once, with its place; nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from distro_core.messages.planner import plan_message
from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import (
    CompleteRelease,
    Contributor,
    ContributorRole,
    Genre,
    ImageType,
    Preview,
    ReleaseType,
)
from distro_sdk.models.commerce import Rights
from distro_sdk.models.message import MessageSubtype, ReleaseProfile
from distro_sdk.models.planned_releases import PlannedGenre
from tests.catalogue_examples import DOWNLOAD, STREAMING, example_order, example_release
from tests.unit.messages.conftest import written


def changed(complete: CompleteRelease, **fields: Any) -> CompleteRelease:
    """The release with other fields."""
    return complete.model_copy(update={"release": complete.release.model_copy(update=fields)})


def changed_track(complete: CompleteRelease, index: int, **fields: Any) -> CompleteRelease:
    """The release with other fields of one track."""
    tracks = list(complete.release.tracks)
    tracks[index] = tracks[index].model_copy(update=fields)
    return changed(complete, tracks=tuple(tracks))


def faults(complete: CompleteRelease, **order: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    """Code and path of everything that planning refuses."""
    with pytest.raises(DomainErrors) as refused:
        plan_message(complete, replace(example_order(), **order))
    return [(error.code, error.path) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("field", "empty", "code"),
    [
        ("icpn", None, "ICPN_MISSING"),
        ("label_party_id", None, "LABEL_MISSING"),
        ("genre", None, "GENRE_MISSING"),
        ("display_artist", "", "DISPLAY_ARTIST_MISSING"),
        ("release_date", None, "RELEASE_DATE_MISSING"),
        ("p_line", None, "P_LINE_MISSING"),
        ("c_line", None, "C_LINE_MISSING"),
        ("artists", (), "ARTISTS_MISSING"),
        ("tracks", (), "TRACKS_MISSING"),
        ("language", None, "LANGUAGE_MISSING"),
    ],
)
def test_each_missing_field_has_its_own_code_and_path(field: str, empty: object, code: str) -> None:
    assert faults(changed(example_release(), **{field: empty})) == [(code, (field,))]


@pytest.mark.proves("TRK-03")
def test_a_missing_isrc_is_never_invented() -> None:
    assert faults(changed_track(example_release(), 1, isrc=None)) == [("ISRC_MISSING", ("tracks", 1, "isrc"))]


def test_everything_that_is_missing_is_told_at_once() -> None:
    complete = changed(changed_track(example_release(), 0, audio_asset_id=None), icpn=None, images=())

    assert faults(complete) == [
        ("ICPN_MISSING", ("icpn",)),
        ("COVER_MISSING", ("images",)),
        ("AUDIO_MISSING", ("tracks", 0, "audio_asset_id")),
    ]


def test_parties_and_assets_that_are_not_there_are_named() -> None:
    stranger = Contributor(party_id="nobody", roles=(ContributorRole.COMPOSER,))
    complete = changed_track(example_release(), 0, contributors=(stranger,), audio_asset_id="nothing")
    complete = changed(complete, label_party_id="no-label")

    assert faults(complete) == [
        ("ASSET_NOT_FOUND", ("tracks", 0, "audio_asset_id")),
        ("PARTY_NOT_FOUND", ("tracks", 0, "contributors", 0, "party_id")),
        ("PARTY_NOT_FOUND", ("label_party_id",)),
    ]


def test_an_image_as_audio_and_audio_as_image_are_refused() -> None:
    complete = changed_track(example_release(), 0, audio_asset_id="image-1")
    images = (complete.release.images[0].model_copy(update={"asset_id": "audio-2"}),)

    assert faults(changed(complete, images=images)) == [
        ("ASSET_NOT_FOUND", ("images", 0, "asset_id")),
        ("ASSET_NOT_FOUND", ("tracks", 0, "audio_asset_id")),
    ]


def test_two_front_covers_are_refused() -> None:
    complete = example_release(images=(ImageType.FRONT_COVER, ImageType.FRONT_COVER))

    assert faults(complete) == [("COVER_REPEATED", ("images", 1))]


def test_a_preview_beyond_the_end_is_refused() -> None:
    complete = changed_track(example_release(), 0, preview=Preview(start_time=Decimal(300)))

    assert faults(complete) == [("PREVIEW_OUTSIDE_TRACK", ("tracks", 0, "preview"))]


def test_rights_that_end_before_the_release_are_refused() -> None:
    rights = Rights(start_date=date(2020, 1, 1), end_date=date(2021, 1, 1))

    assert faults(example_release(rights=rights)) == [("RIGHTS_END_BEFORE_RELEASE", ("rights", "end_date"))]


def test_a_target_without_terms_gives_no_deal_but_a_takedown_needs_none() -> None:
    assert faults(example_release(), terms=()) == [("COMMERCIAL_TERMS_MISSING", ())]

    takedown = replace(example_order(MessageSubtype.TAKEDOWN), terms=())
    assert plan_message(example_release(), takedown).deals == ()


def test_terms_that_offer_one_use_in_two_ways_are_refused() -> None:
    cheaper = DOWNLOAD.model_copy(update={"price": None})

    assert faults(example_release(), terms=(DOWNLOAD, cheaper)) == [("COMMERCIAL_TERMS_CONTRADICTORY", ())]


def test_terms_that_are_named_twice_give_one_deal() -> None:
    plan = plan_message(example_release(), replace(example_order(), terms=(STREAMING, DOWNLOAD, STREAMING)))

    assert [deal.terms for deal in plan.deals if "R0" in deal.release_references] == [STREAMING, DOWNLOAD]


def test_a_video_release_without_videos_is_refused() -> None:
    complete = changed(example_release(), type=ReleaseType.VIDEO)

    assert faults(complete) == [("RELEASE_TYPE_UNFIT", ("type",))]


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [
        ("icpn", "0094631432058", "ICPN_CHECK_DIGIT_WRONG"),
        ("icpn", "12345", "ICPN_INVALID"),
        ("grid", "A12425GABC1234002X", "GRID_CHECK_CHARACTER_WRONG"),
    ],
)
def test_a_wrong_identifier_of_the_release_never_goes_out(field: str, wrong: str, code: str) -> None:
    assert faults(changed(example_release(), **{field: wrong})) == [(code, (field,))]


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [("isrc", "QZNLR2600", "ISRC_INVALID"), ("iswc", "T0345246802", "ISWC_CHECK_DIGIT_WRONG")],
)
def test_a_wrong_identifier_of_a_track_never_goes_out(field: str, wrong: str, code: str) -> None:
    assert faults(changed_track(example_release(), 1, **{field: wrong})) == [(code, ("tracks", 1, field))]


def test_one_isrc_on_two_tracks_is_refused() -> None:
    first = example_release().release.tracks[0].isrc

    assert faults(changed_track(example_release(), 1, isrc=first)) == [
        ("ISRC_REPEATED", ("tracks", 0, "isrc")),
        ("ISRC_REPEATED", ("tracks", 1, "isrc")),
    ]


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_carry_is_refused_with_its_place(character: str) -> None:
    complete = changed_track(changed(example_release(), title=f"a{character}b"), 1, version=f"c{character}")

    assert faults(complete) == [("CHARACTER_ILLEGAL", ("title",)), ("CHARACTER_ILLEGAL", ("tracks", 1, "version"))]


def test_an_illegal_character_in_the_name_of_a_party_is_refused() -> None:
    complete = example_release()
    parties = (complete.parties[0].model_copy(update={"name": "a\x01b"}), *complete.parties[1:])

    broken = complete.model_copy(update={"parties": parties})

    assert faults(broken) == [("CHARACTER_ILLEGAL", ("parties", 0, "name"))]


@pytest.mark.parametrize("text", ["tab\there", "two\nlines", "a\x7f\x85b", "a \\u0000 b", "\U0001f3b5"])
def test_rare_characters_that_xml_can_carry_are_told_as_they_are(text: str) -> None:
    message = written(changed(example_release(), title=text))

    assert message.root.findtext("ReleaseList/Release/DisplayTitle/TitleText") == text


def test_a_profile_that_cannot_carry_the_release_is_refused() -> None:
    complete = example_release(tracks=2, images=(ImageType.FRONT_COVER, ImageType.BACK_COVER))

    assert faults(complete, profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE) == [
        ("PROFILE_UNFIT", ("tracks",)),
        ("PROFILE_UNFIT", ("images",)),
    ]


def test_a_genre_that_the_recipient_does_not_know_is_refused() -> None:
    class JazzShop:
        provider = "jazz-shop"
        version = "1"

        def map(self, genre: Genre) -> PlannedGenre | None:
            return PlannedGenre(name="JAZZ") if genre.name == "Jazz" else None

    complete = changed_track(example_release(), 1, genre=Genre(name="Jazz"))

    assert faults(complete, genre_mapper=JazzShop()) == [("GENRE_UNMAPPED", ("genre",))]
