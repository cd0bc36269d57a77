"""What ERN 4 cannot say is refused with its place, every reason at once, and nothing is changed on the quiet."""

from __future__ import annotations

from decimal import Decimal

import pytest

from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import ReleaseType, TitleTranslation
from distro_sdk.models.commerce import Price
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile
from distro_sdk.testing.plans import example_plan, purging_plan
from tests.unit.messages.ern4_plans import (
    CHANNEL,
    SALE,
    STREAMING,
    deal,
    visibility,
    with_recording,
    with_release,
    with_video,
)
from tests.unit.messages.ern4_written import BUILDERS, LATER

every_version = pytest.mark.parametrize("format", BUILDERS)
Refusal = tuple[str, tuple[str | int, ...]]
UNTOLD = TitleTranslation(language="de-DE-u-co-phonebk", title="Sortiert")


def refusals(format: str, plan: MessagePlan) -> list[Refusal]:
    """Codes and places of what a version refuses in a plan, which it must."""
    with pytest.raises(DomainErrors) as refused:
        BUILDERS[format].build(plan)
    return [(error.code, error.path) for error in refused.value.errors]


@pytest.mark.proves("ERN-05")
@every_version
@pytest.mark.parametrize(
    ("profile", "variants", "type"),
    [
        (ReleaseProfile.AUDIO, (), ReleaseType.VIDEO),
        (ReleaseProfile.AUDIO, (), ReleaseType.MIXED),
        (ReleaseProfile.AUDIO, (ProfileVariant.BOXED_SET,), ReleaseType.SINGLE),
        (ReleaseProfile.SIMPLE_AUDIO_SINGLE, (), ReleaseType.EP),
        (ReleaseProfile.VIDEO, (), ReleaseType.MIXED),
        (ReleaseProfile.SIMPLE_VIDEO_SINGLE, (), ReleaseType.ALBUM),
        (ReleaseProfile.MIXED_MEDIA, (), ReleaseType.VIDEO),
        (ReleaseProfile.LONG_FORM_VIDEO, (), ReleaseType.ALBUM),
    ],
)
def test_a_release_type_that_the_profile_has_no_word_for_is_refused(
    format: str, profile: ReleaseProfile, variants: tuple[ProfileVariant, ...], type: ReleaseType
) -> None:
    plan = with_release(example_plan(profile=profile, variants=variants), type=type)

    assert refusals(format, plan) == [("RELEASE_TYPE_UNSUPPORTED", ("type",))]


@every_version
@pytest.mark.parametrize("profile", [ReleaseProfile.SIMPLE_AUDIO_SINGLE, ReleaseProfile.LONG_FORM_VIDEO])
def test_a_variant_of_a_profile_that_has_none_is_refused(format: str, profile: ReleaseProfile) -> None:
    plan = example_plan(profile=profile).model_copy(update={"variants": (ProfileVariant.CLASSICAL,)})

    assert refusals(format, plan) == [("VARIANT_UNSUPPORTED", ("variants",))]


@every_version
def test_languages_that_the_schema_has_no_form_for_are_refused_where_they_stand(format: str) -> None:
    plan = with_release(
        with_recording(example_plan(), language="en-a-b", translations=(UNTOLD,)), translations=(UNTOLD,)
    )
    second = plan.sound_recordings[2].model_copy(update={"language": "i"})
    plan = plan.model_copy(update={"language": "x-klingon", "sound_recordings": (*plan.sound_recordings[:2], second)})

    assert refusals(format, plan) == [
        ("LANGUAGE_UNSUPPORTED", ("language",)),
        ("LANGUAGE_UNSUPPORTED", ("translations", 0, "language")),
        ("LANGUAGE_UNSUPPORTED", ("tracks", 0, "language")),
        ("LANGUAGE_UNSUPPORTED", ("tracks", 0, "translations", 0, "language")),
        ("LANGUAGE_UNSUPPORTED", ("tracks", 2, "language")),
    ]


@every_version
def test_the_place_of_a_video_is_that_among_all_tracks(format: str) -> None:
    plan = with_video(example_plan(profile=ReleaseProfile.MIXED_MEDIA), language="en-a-b")

    assert refusals(format, plan) == [("LANGUAGE_UNSUPPORTED", ("tracks", 3, "language"))]


@every_version
def test_a_purge_in_a_language_that_the_schema_has_no_form_for_is_refused(format: str) -> None:
    plan = purging_plan().model_copy(update={"language": "x-klingon"})

    assert refusals(format, plan) == [("LANGUAGE_UNSUPPORTED", ("language",))]


@pytest.mark.parametrize(
    ("format", "currency"),
    [("ern/4.2", "SLE"), ("ern/4.2", "XCG"), ("ern/4.3", "XCG"), ("ern/4.3.2", "XYZ")],
)
def test_a_currency_that_the_version_does_not_know_is_refused(format: str, currency: str) -> None:
    priced = SALE.model_copy(update={"price": Price(amount=Decimal(1), currency=currency)})

    assert refusals(format, example_plan().model_copy(update={"deals": (deal(priced),)})) == [
        ("CURRENCY_UNSUPPORTED", ("terms",))
    ]


@every_version
def test_a_price_in_such_a_currency_is_no_matter_where_a_price_code_is_told(format: str) -> None:
    priced = SALE.model_copy(update={"price": Price(amount=Decimal(1), currency="XYZ")})
    plan = example_plan().model_copy(update={"deals": (deal(priced, price_code="TIER-3"),)})

    assert b"TIER-3" in BUILDERS[format].build(plan)


@every_version
def test_channels_that_are_included_and_excluded_at_once_are_refused(format: str) -> None:
    both = deal(STREAMING, channels=(CHANNEL,), excluded_channels=("PADPIDA2015101006D",))

    assert refusals(format, example_plan().model_copy(update={"deals": (both,)})) == [
        ("CHANNELS_CONTRADICTORY", ("options", "excluded_channels"))
    ]


def shown_later() -> MessagePlan:
    """A single whose clips are shown later than itself."""
    plan = with_release(example_plan(profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE), visibility_reference="V0")
    return plan.model_copy(update={"visibilities": (visibility("V0", ("R0",)),)})


def test_4_2_refuses_clips_of_a_single_that_are_shown_later() -> None:
    assert refusals("ern/4.2", shown_later()) == [("VISIBILITY_UNSUPPORTED", ("visibility", "clip_start"))]


@pytest.mark.parametrize("format", LATER)
def test_4_3_and_later_tell_them(format: str) -> None:
    assert b"<ClipPreviewStartDateTime>2026-01-04T00:00:00<" in BUILDERS[format].build(shown_later())


@every_version
def test_every_reason_is_told_at_once(format: str) -> None:
    plan = with_release(example_plan(), type=ReleaseType.VIDEO, translations=(UNTOLD,))

    assert refusals(format, plan) == [
        ("RELEASE_TYPE_UNSUPPORTED", ("type",)),
        ("LANGUAGE_UNSUPPORTED", ("translations", 0, "language")),
    ]


@every_version
def test_a_character_that_xml_cannot_carry_is_refused_with_its_place(format: str) -> None:
    plan = with_release(example_plan(), title="a\x00b")

    assert refusals(format, plan) == [("CHARACTER_ILLEGAL", ("release", "title"))]


@every_version
def test_a_number_that_cannot_be_written_is_refused(format: str) -> None:
    plan = with_release(example_plan(), duration=Decimal("NaN"))

    assert refusals(format, plan) == [("MESSAGE_UNWRITABLE", ())]
