"""What ERN 3.8.2 cannot say is refused, with every reason at once and its path into the release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from distro_plugins.ern382 import Ern382Builder
from distro_plugins.ern382.settings import Ern382Settings
from distro_sdk.errors import DomainErrors, Path
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.catalogue import ImageType, ReleaseType
from distro_sdk.models.commerce import Price
from distro_sdk.models.message import (
    CompanionFile,
    HashAlgorithm,
    MessageOptions,
    MessagePlan,
    MessageType,
    ProfileVariant,
    ReleaseProfile,
)
from distro_sdk.models.planned_releases import PlannedGroup, PlannedVisibility
from distro_sdk.models.planned_resources import PlannedImmersiveEdition
from distro_sdk.testing.example_resources import example_file, example_image
from distro_sdk.testing.plans import example_plan

Reason = tuple[str, Path]


def _refused(plan: MessagePlan) -> list[Reason]:
    with pytest.raises(DomainErrors) as refused:
        Ern382Builder().build(plan)
    return [(error.code, error.path) for error in refused.value.errors]


def _changed(plan: MessagePlan, **fields: Any) -> MessagePlan:
    return plan.model_copy(update=fields)


def _with_release(plan: MessagePlan, **fields: Any) -> MessagePlan:
    return _changed(plan, release=plan.release.model_copy(update=fields))


def _with_last(plan: MessagePlan, **fields: Any) -> MessagePlan:
    *others, last = plan.sound_recordings
    return _changed(plan, sound_recordings=(*others, last.model_copy(update=fields)))


@pytest.mark.proves("ERN-05")
@pytest.mark.parametrize(
    ("kind", "profile", "variants"),
    [
        (ReleaseType.VIDEO, ReleaseProfile.AUDIO, ()),
        (ReleaseType.MIXED, ReleaseProfile.SIMPLE_AUDIO_SINGLE, ()),
        (ReleaseType.SINGLE, ReleaseProfile.AUDIO, (ProfileVariant.CLASSICAL,)),
        (ReleaseType.SINGLE, ReleaseProfile.AUDIO, (ProfileVariant.BOXED_SET,)),
        (ReleaseType.MIXED, ReleaseProfile.VIDEO, ()),
        (ReleaseType.VIDEO, ReleaseProfile.MIXED_MEDIA, ()),
        (ReleaseType.MIXED, ReleaseProfile.LONG_FORM_VIDEO, ()),
    ],
)
def test_a_type_that_the_profile_has_no_word_for(
    kind: ReleaseType, profile: ReleaseProfile, variants: tuple[ProfileVariant, ...]
) -> None:
    plan = _with_release(example_plan(profile=profile, variants=variants), type=kind)

    assert ("RELEASE_TYPE_UNSUPPORTED", ("type",)) in _refused(plan)


def test_an_album_of_one_recording() -> None:
    plan = _with_release(example_plan(profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE), type=ReleaseType.EP)

    assert _refused(plan) == [("PROFILE_UNFIT", ("tracks",))]


def test_a_classical_release_without_a_composer() -> None:
    plan = example_plan(variants=(ProfileVariant.CLASSICAL,))
    uncredited = tuple(recording.model_copy(update={"contributors": ()}) for recording in plan.sound_recordings)

    assert _refused(_changed(plan, sound_recordings=uncredited)) == [("COMPOSER_MISSING", ("contributors",))]


def test_images_beside_the_cover_of_an_audio_release_unless_the_partner_takes_them() -> None:
    plan = example_plan()
    more = (*plan.images, example_image(11, 11, ImageType.BACK_COVER), example_image(12, 12, ImageType.ARTIST))

    assert _refused(_changed(plan, images=more)) == [("PROFILE_UNFIT", ("images", 1)), ("PROFILE_UNFIT", ("images", 2))]
    assert Ern382Builder().build(_changed(plan, images=more, settings={"several_images": True}))


def test_a_screen_capture_where_there_is_no_video_even_if_the_partner_takes_several_images() -> None:
    plan = example_plan()
    images = (*plan.images, example_image(11, 11, ImageType.SCREEN_CAPTURE))

    refused = _refused(_changed(plan, images=images, settings={"several_images": True}))

    assert refused == [("PROFILE_UNFIT", ("images", 1))]


@pytest.mark.parametrize(
    "profile", [ReleaseProfile.AUDIO, ReleaseProfile.MIXED_MEDIA, ReleaseProfile.LONG_FORM_VIDEO, ReleaseProfile.VIDEO]
)
def test_a_release_without_a_front_cover(profile: ReleaseProfile) -> None:
    plan = example_plan(profile=profile)
    others = tuple(image for image in plan.images if image.type is not ImageType.FRONT_COVER)

    assert _refused(_changed(plan, images=others)) == [("COVER_MISSING", ("images",))]


def test_a_second_front_cover() -> None:
    plan = example_plan()
    images = (*plan.images, example_image(11, 11, ImageType.FRONT_COVER))

    assert _refused(_changed(plan, images=images)) == [("COVER_REPEATED", ("images", 1))]


def test_a_video_for_which_no_image_stands() -> None:
    plan = example_plan(profile=ReleaseProfile.VIDEO)
    first, second = plan.videos
    kept = tuple(image for image in plan.images if image.reference != second.screen_capture_reference)
    bare = second.model_copy(update={"screen_capture_reference": None})

    refused = _refused(_changed(plan, videos=(first, bare), images=kept))

    assert refused == [("PROFILE_UNFIT", ("tracks", 1, "screen_capture_asset_id"))]


def test_an_image_of_the_release_stands_for_its_one_video() -> None:
    plan = example_plan(profile=ReleaseProfile.SIMPLE_VIDEO_SINGLE)
    videos = (plan.videos[0].model_copy(update={"screen_capture_reference": None}),)

    assert b'LinkDescription="VideoScreenCapture"' in Ern382Builder().build(_changed(plan, videos=videos))


def test_a_release_without_its_lines() -> None:
    plan = _with_release(example_plan(), p_line=None, c_line=None)

    assert _refused(plan) == [("P_LINE_MISSING", ("p_line",)), ("C_LINE_MISSING", ("c_line",))]


def test_an_immersive_twin() -> None:
    last = example_plan().sound_recordings[-1]
    twin = PlannedImmersiveEdition(
        technical_reference="T9",
        isrc="SEAYD7900199",
        audio=last.audio.model_copy(update={"format": AudioFormat.WAV, "channels": 12}),
        file=example_file("audio", "twin.wav", 1),
    )

    refused = _refused(_with_last(example_plan(), immersive=twin))

    assert refused == [("IMMERSIVE_UNSUPPORTED", ("tracks", 2, "immersive"))]


def test_a_language_that_old_partners_have_no_code_for() -> None:
    plan = _with_last(example_plan(), language="fil")

    assert _refused(plan) == [("LANGUAGE_UNSUPPORTED", ("tracks", 2, "language"))]
    assert b"<LanguageOfPerformance>fil<" in Ern382Builder().build(_changed(plan, settings={"allowed_values": "2025"}))


def test_the_track_is_named_by_its_place_in_the_release_and_not_among_its_kind() -> None:
    """The video stands before the recordings here, while the message lists it after them."""
    plan = example_plan(profile=ReleaseProfile.MIXED_MEDIA)
    first, second = plan.release.group.groups
    video, *audio = [second.items[1], *first.items, second.items[0]]
    items = tuple(item.model_copy(update={"sequence": number}) for number, item in enumerate((video, *audio), start=1))
    reordered = _with_release(plan, group=PlannedGroup(items=items))
    odd = plan.videos[0].model_copy(update={"language": "fil"})

    assert _refused(_changed(reordered, videos=(odd,))) == [("LANGUAGE_UNSUPPORTED", ("tracks", 0, "language"))]


@pytest.mark.parametrize("settings", [{}, {"allowed_values": "2020"}])
def test_sha_256_unless_the_partner_knows_the_newer_values(settings: Mapping[str, str]) -> None:
    plan = _changed(example_plan(), options=MessageOptions(hash_algorithm=HashAlgorithm.SHA256), settings=settings)

    assert _refused(plan) == [("VALUE_UNSUPPORTED", ("options", "hash_algorithm"))]
    assert b">SHA-256<" in Ern382Builder().build(_changed(plan, settings={"allowed_values": "2025"}))


def test_a_companion_that_has_no_name() -> None:
    beside = CompanionFile(format="pie/1.0", uri="PIE.xml", file=example_file("", "PIE.xml", 1))

    assert _refused(_changed(example_plan(), companions=(beside,))) == [
        ("VALUE_UNSUPPORTED", ("options", "companions", 0))
    ]


def test_a_deal_for_some_channels_and_not_for_others() -> None:
    plan = example_plan()
    deal = plan.deals[0].model_copy(update={"channels": ("PADPIDA1",), "excluded_channels": ("PADPIDA2",)})

    assert _refused(_changed(plan, deals=(deal,))) == [("CHANNELS_CONTRADICTORY", ("options", "excluded_channels"))]


def test_a_currency_that_old_partners_do_not_know_unless_a_code_takes_the_place_of_the_price() -> None:
    plan = example_plan()
    terms = plan.deals[0].terms.model_copy(update={"price": Price(amount=Decimal(9), currency="ZMW")})
    deal = plan.deals[0].model_copy(update={"terms": terms})
    coded = deal.model_copy(update={"price_code": "TIER-3"})

    assert _refused(_changed(plan, deals=(deal,))) == [("CURRENCY_UNSUPPORTED", ("terms",))]
    assert b'CurrencyCode="ZMW"' in Ern382Builder().build(
        _changed(plan, deals=(deal,), settings={"allowed_values": "2025"})
    )
    assert b"TIER-3" in Ern382Builder().build(_changed(plan, deals=(coded,)))


def test_days_of_being_shown_that_lie_after_the_start_of_the_deal() -> None:
    shown = PlannedVisibility(
        reference="V0",
        release_references=("R0",),
        display_start=date(2026, 2, 1),
        cover_art_start=date(2026, 2, 1),
        track_listing_start=date(2026, 2, 21),
        clip_start=date(2026, 3, 1),
    )

    assert _refused(_changed(example_plan(), visibilities=(shown,))) == [
        ("VISIBILITY_TOO_LATE", ("visibility", "track_listing_start")),
        ("VISIBILITY_TOO_LATE", ("visibility", "clip_start")),
    ]


def test_every_reason_is_told_at_once() -> None:
    plan = _with_release(example_plan(), p_line=None, type=ReleaseType.VIDEO)

    assert _refused(_changed(plan, images=())) == [
        ("RELEASE_TYPE_UNSUPPORTED", ("type",)),
        ("COVER_MISSING", ("images",)),
        ("P_LINE_MISSING", ("p_line",)),
    ]


def test_a_character_that_xml_cannot_carry() -> None:
    assert _refused(_with_release(example_plan(), title="Tide\x00")) == [("CHARACTER_ILLEGAL", ("release", "title"))]


@pytest.mark.proves("MSG-05")
def test_a_plan_of_one_release_is_no_list_of_a_catalogue() -> None:
    plan = _changed(example_plan(), type=MessageType.CATALOG_LIST)

    assert _refused(plan) == [("MESSAGE_TYPE_UNSUPPORTED", ("type",))]


@pytest.mark.parametrize(
    "settings",
    [
        {"allowed_values": "2019"},
        {"profile_version": "15"},
        {"profile_prefix": "Mine"},
        {"colour": "blue"},
        {"web_policy": {"more_than_percent": 101}},
        {"web_policy": {"comments": True}},
    ],
)
def test_settings_that_do_not_exist(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Ern382Settings.model_validate(settings)
