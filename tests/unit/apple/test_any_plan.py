"""Any plan at all: it is refused with reasons, or what is written holds before grammar, rules and a stranger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from distro_plugins.apple53 import AppleBuilder, AppleRules, ItmspChoreography
from distro_plugins.apple53.tables import genre_codes
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import AudioFormat, AudioProperties, ImageFormat, ImageProperties
from distro_sdk.models.catalogue import ArtistRole, ImageType
from distro_sdk.models.message import MessagePlan, MessageSubtype, ProfileVariant, ReleaseProfile, TakedownForm
from distro_sdk.models.planned_releases import PlannedDeal, PlannedGenre
from distro_sdk.models.planned_resources import PlannedArtist, PlannedFile, PlannedSoundRecording
from distro_sdk.xml import ParsedMessage, parse_message
from tests.any_plan import plans
from tests.any_release import dates, territories
from tests.unit.apple.material import batch, batched, judged, with_real_bytes, written
from tests.unit.apple.plans import DOWNLOAD, STREAM

EXAMPLES = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "60"))
AUDIO_PROFILES = (ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE)
STYLE = frozenset(
    {
        "APPLE_ARTIST_COMPOUND",
        "APPLE_CLEAN_UNPROVEN",
        "APPLE_GENRE_RESERVED",
        "APPLE_GUEST_NOT_ON_ALBUM",
        "APPLE_TITLE_ADVICE",
        "APPLE_TITLE_ARTIST",
        "APPLE_TITLE_EMOJI",
        "APPLE_TITLE_GUEST_FORM",
        "APPLE_TITLE_MARKETING",
        "APPLE_TITLE_PRODUCER",
        "APPLE_TITLE_REPEATS_GUEST",
        "APPLE_TITLES_JOINED",
        "APPLE_VERSION_BRACKETS",
    }
)
"""Rules of style judge what people have written: any title at all breaks some of them."""

UPCS = ("036000291452", "4006381333931", "0094631432057", "04006381333931")
STEREO = AudioProperties(
    format=AudioFormat.WAV, codec="PCM", lossless=True, duration=200, channels=2, sample_rate=44_100, bit_depth=16
)
ATMOS = STEREO.model_copy(update={"channels": 12, "sample_rate": 48_000, "bit_depth": 24})
COVER = ImageProperties(format=ImageFormat.JPEG, width=3000, height=3000, colour_mode="RGB")

genres = st.lists(st.sampled_from(sorted(genre_codes())), min_size=1, max_size=2, unique=True).map(
    lambda codes: PlannedGenre(name="Genre", code=codes[0], subgenre_code=codes[1] if len(codes) > 1 else None)
)
partner_settings = st.fixed_dictionaries(
    {
        "provider": st.just("Partner"),
        "price_tier": st.just(3),
        "test_packages": st.just(True),
        "audio_in_updates": st.just(True),
    },
    optional={
        "team_id": st.just("TEAM1"),
        "vendor_id": st.sampled_from(("upc_13", "upc")),
        "vendor_id_prefix": st.just("P_"),
        "track_vendor_id": st.sampled_from(("isrc", "numbered")),
        "stereo_form": st.sampled_from(("audio_file", "assets")),
        "storefronts": st.just(["SE", "DE", "JP"]),
        "close_other_territories": st.booleans(),
    },
)


@st.composite
def offers(draw: st.DrawFn, references: tuple[str, ...]) -> tuple[PlannedDeal, ...]:
    """Deals that Apple's products can say, with and without an order in advance."""
    start = draw(dates)
    sold = draw(territories)
    places = {"sale": sold, "stream": draw(st.just(sold) | territories)}
    offered = draw(st.sampled_from((("sale",), ("stream",), ("sale", "stream"))))
    deals = [
        PlannedDeal(
            release_references=references,
            terms=DOWNLOAD if use == "sale" else STREAM,
            territories=places[use],
            start_date=start,
        )
        for use in offered
    ]
    if offered == ("sale", "stream") and places["sale"] == places["stream"] and draw(st.booleans()):
        early = {"pre_order": True, "start_date": start - timedelta(9), "end_date": start - timedelta(1)}
        deals.append(deals[0].model_copy(update={**early, "release_references": references[:1]}))
    return tuple(deals)


@st.composite
def fitting_plans(draw: st.DrawFn, subtypes: Sequence[MessageSubtype] = tuple(MessageSubtype)) -> MessagePlan:
    """Any audio plan, with what Apple cannot carry replaced by what it can: files, codes, deals, settings."""
    plan = draw(plans(AUDIO_PROFILES, (TakedownForm.NO_DEALS,)).filter(lambda each: each.subtype in subtypes))
    plan = plan.model_copy(update={"variants": (), "companions": (), "texts": ()})
    references = ("R0", *(track.reference for track in plan.track_releases))
    group = plan.release.group
    ungrouped = _without(group, {ProfileVariant.BOXED_SET, ProfileVariant.CLASSICAL})
    release = plan.release.model_copy(
        update={"icpn": draw(st.sampled_from(UPCS)), "genre": draw(genres), "group": ungrouped, "artists": _led(plan)}
    )
    genre = draw(genres)
    takedown = plan.subtype is MessageSubtype.TAKEDOWN
    images = tuple(
        image.model_copy(update={"image": COVER, "file": _beside(image.file)})
        for image in plan.images
        if image.type is ImageType.FRONT_COVER
    )
    return plan.model_copy(
        update={
            "settings": draw(partner_settings),
            "release": release,
            "images": images,
            "sound_recordings": tuple(_stereo(each, plan) for each in plan.sound_recordings),
            "track_releases": tuple(each.model_copy(update={"genre": genre}) for each in plan.track_releases),
            "deals": () if takedown else draw(offers(references)),
        }
    )


def _without(group: Any, variants: set[ProfileVariant]) -> Any:
    """The group as one disc, whatever stood in it."""
    return group.model_copy(update={"groups": (), "items": group.all_items()}) if variants else group


def _led(plan: MessagePlan) -> tuple[PlannedArtist, ...]:
    """One main artist, so that somebody is primary."""
    return (PlannedArtist(party_reference=plan.parties[0].reference, role=ArtistRole.MAIN_ARTIST, sequence=1),)


def _beside(file: PlannedFile) -> PlannedFile:
    return with_real_bytes(file.model_copy(update={"uri": file.name}))


def _stereo(recording: PlannedSoundRecording, plan: MessagePlan) -> PlannedSoundRecording:
    twin = recording.immersive
    if twin is not None:
        # An immersive file travels with its stereo file or not at all.
        file = _beside(
            twin.file.model_copy(update={"provided": recording.file.provided, "asset_id": twin.file.asset_id})
        )
        twin = twin.model_copy(update={"audio": ATMOS, "file": file, "isrc": _other(recording.isrc)})
    return recording.model_copy(
        update={"audio": STEREO, "immersive": twin, "file": _beside(recording.file), "artists": _led(plan)}
    )


def _other(isrc: str) -> str:
    return f"SE{isrc[2:]}"


@pytest.fixture(scope="module")
def grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(AppleBuilder.grammar)))  # noqa: TID251 (our own grammar)


@pytest.mark.slow
@pytest.mark.proves("APL-01")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans(), target=partner_settings)
def test_any_plan_is_written_or_refused_with_reasons(
    grammar: etree.RelaxNG, plan: MessagePlan, target: dict[str, Any]
) -> None:
    written, refusals = _tried(plan.model_copy(update={"settings": target}))

    assert (written is None) == bool(refusals)
    assert all(fault.code and fault.message for fault in refusals)
    assert len({(fault.code, fault.path, fault.message) for fault in refusals}) == len(refusals)
    assert written is None or grammar.validate(written.root), str(grammar.error_log)[:200]


def _tried(plan: MessagePlan) -> tuple[ParsedMessage | None, Sequence[DomainError]]:
    """The message, or every reason why there is none."""
    try:
        return parse_message(AppleBuilder().build(plan)), ()
    except DomainErrors as refusal:
        return None, refusal.errors


@pytest.mark.slow
@pytest.mark.proves("APL-01", "APL-03", "APL-04")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=fitting_plans())
def test_any_fitting_plan_is_valid_before_grammar_and_rules(grammar: etree.RelaxNG, plan: MessagePlan) -> None:
    message = parse_message(AppleBuilder().build(plan))

    assert grammar.validate(message.root), str(grammar.error_log)[:200]
    assert {issue.code for issue in AppleRules().validate(message)} <= STYLE


@pytest.mark.slow
@pytest.mark.proves("APL-02")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=fitting_plans())
def test_a_stranger_finds_nothing_wrong_with_any_package(plan: MessagePlan) -> None:
    with TemporaryDirectory() as folder:
        package = judged(written(ItmspChoreography().lay_out(batch(batched(plan))), Path(folder)))

    assert [fault for fault in package.faults if "stands in the title as well" not in fault] == []
    assert package.takedown is (plan.subtype is MessageSubtype.TAKEDOWN)
    assert [track.isrc for track in package.tracks] == (
        [] if package.takedown else [recording.isrc for recording in plan.sound_recordings]
    )


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=fitting_plans())
def test_the_same_plan_gives_the_same_bytes(plan: MessagePlan) -> None:
    again = MessagePlan.model_validate(plan.model_dump())

    assert AppleBuilder().build(again) == AppleBuilder().build(plan)
