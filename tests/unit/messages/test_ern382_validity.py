"""ERN 3.8.2 messages are valid: by the official schema under both states of its values, and by DDEX's rules."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distro_plugins.ern382 import Ern382Builder
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.message import (
    HashAlgorithm,
    MessagePlan,
    MessageSubtype,
    MessageType,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.models.planned_releases import PlannedDeal, Withdrawal
from distro_sdk.xml import ParsedMessage, parse_message
from tests.any_plan import plans
from tests.unit.messages.ern382_plans import carried, schema_faults
from tests.unit.messages.official import script

EXAMPLES: Final = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "60"))
SEVERAL_IMAGES: Final = {"several_images": True}
WITHDRAWALS: Final = {
    TakedownForm.TAKE_DOWN_ELEMENT: Withdrawal.TAKE_DOWN,
    TakedownForm.ALL_DEALS_CANCELLED: Withdrawal.ALL_DEALS_CANCELLED,
}
RULES: Final = {
    "AudioSingle": ("AudioSingle",),
    "AudioAlbum": ("AudioAlbumMusicOnly",),
    "DigitalClassicalAudioAlbum": ("DigitalClassicalAudioAlbum",),
    "DigitalBoxedSet": ("DigitalBoxedSet",),
    "VideoSingle": ("VideoSingle", "SimpleVideoSingle"),
    "VideoAlbum": ("VideoAlbum",),
    "LongformMusicVideo": ("LongformVideo",),
    "MixedMediaBundle": ("MixedMediaBundle",),
}
"""DDEX's rule files by the profile that a message names."""

MISFIRES: Final = {
    "DisplayArtistNameDuplicate",  # asks whether there is a name, not whether it is the same
    "PreviewDateShouldBeBeforeStartDate",  # compares with a StartDateTime too, which is not there
    "DigitalClassicalAudioAlbum_ReferenceTitleMustBeGranular",  # only reminds a person to look
    "VideoSingle_MayContainRelatedReleaseOfTypeIsEquivalentToAudio",  # says that it may
}
SINGLES_ONLY: Final = {"InteractiveSubscriptionStreamingService_ReleaseProfileVersionId"}
"""A business profile whose rule allows audio singles alone, which its samples are not."""

REASONS: Final = {
    "COMPOSER_MISSING",
    "COVER_MISSING",
    "C_LINE_MISSING",
    "IMMERSIVE_UNSUPPORTED",
    "LANGUAGE_UNSUPPORTED",
    "PROFILE_UNFIT",
    "P_LINE_MISSING",
    "RELEASE_TYPE_UNSUPPORTED",
    "VALUE_UNSUPPORTED",
}

Fired = tuple[str, str, str]
Judge = Callable[[str, bytes], list[Fired]]


@pytest.fixture(scope="session")
def rules_14(ddex_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """DDEX's rules of version 1.4: pattern, text and place of each error of a rule that can be used as written."""
    rules = script(ddex_folder / "schematron" / "run.py").Rules()
    path = tmp_path_factory.mktemp("schematron14") / "message.xml"

    def judge(file: str, content: bytes) -> list[Fired]:
        path.write_bytes(content)
        fired = rules.check("1.4", file, str(path))
        return [(pattern, text, at) for role, pattern, text, at in fired if role in {"Fatal Error", "Error"}]

    return judge


def _written(plan: MessagePlan) -> ParsedMessage:
    return parse_message(Ern382Builder().build(plan))


@pytest.mark.slow
@pytest.mark.proves("ERN-03", "ERN-15", "ERN-18", "MSG-06")
@settings(max_examples=EXAMPLES * 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans(), several=st.booleans())
def test_any_plan_is_valid_by_both_states_of_the_schema_and_refers_to_nothing_that_is_not_there(
    ddex_folder: Path, plan: MessagePlan, several: bool
) -> None:
    message = _written(carried(plan, SEVERAL_IMAGES if several else {}))

    assert schema_faults(message.root, ddex_folder) == []
    assert message.name == plan.type.value
    assert _dangling(message) == set()
    assert [anchor for anchor, times in Counter(_anchors(message)).items() if times > 1] == []


@pytest.mark.slow
@pytest.mark.proves("ERN-03", "ERN-18")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans(), language=st.sampled_from(("fil", "mul", "ja-Latn")))
def test_a_partner_who_knows_the_newer_values_is_told_in_their_words(
    ddex_folder: Path, plan: MessagePlan, language: str
) -> None:
    told = carried(plan, {"allowed_values": "2025"})
    spoken = tuple(sound.model_copy(update={"language": language}) for sound in told.sound_recordings)
    options = told.options.model_copy(update={"hash_algorithm": HashAlgorithm.SHA256})

    message = _written(told.model_copy(update={"options": options, "sound_recordings": spoken}))

    assert schema_faults(message.root, ddex_folder, newest_only=True) == []
    assert message.root.findall(".//ResourceContributorRole[@UserDefinedValue]") == []


@pytest.mark.slow
@pytest.mark.proves("ERN-03")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans())
def test_a_plan_made_for_other_versions_is_told_validly_or_refused_with_every_reason(
    ddex_folder: Path, plan: MessagePlan
) -> None:
    refused: tuple[DomainError, ...] = ()
    try:
        message = _written(plan)
    except DomainErrors as error:
        refused = error.errors

    assert refused or schema_faults(message.root, ddex_folder) == []
    assert {error.code for error in refused} <= REASONS
    assert all(error.path for error in refused)


@pytest.mark.proves("ERN-15")
@pytest.mark.parametrize("form", [*WITHDRAWALS, TakedownForm.END_DATE, TakedownForm.NO_DEALS, TakedownForm.PURGE])
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_form_of_a_takedown_is_valid(ddex_folder: Path, form: TakedownForm, data: st.DataObject) -> None:
    drawn = carried(data.draw(plans(forms=[TakedownForm.END_DATE])))
    plan = _taken_down(drawn, form)

    message = _written(plan)

    assert schema_faults(message.root, ddex_folder) == []
    said = {
        name for name in ("TakeDown", "AllDealsCancelled", "EndDate") if message.root.find(f".//{name}") is not None
    }
    assert said == {
        TakedownForm.TAKE_DOWN_ELEMENT: {"TakeDown"},
        TakedownForm.ALL_DEALS_CANCELLED: {"AllDealsCancelled"},
        TakedownForm.END_DATE: {"EndDate"},
    }.get(form, set())
    assert (message.root.find("DealList") is None) == (form in {TakedownForm.NO_DEALS, TakedownForm.PURGE})


def _taken_down(plan: MessagePlan, form: TakedownForm) -> MessagePlan:
    kind = MessageType.PURGE_RELEASE if form is TakedownForm.PURGE else MessageType.NEW_RELEASE
    deals: tuple[PlannedDeal, ...] = ()
    if form in {*WITHDRAWALS, TakedownForm.END_DATE}:
        sold = next(deal for deal in plan.deals if not deal.pre_order)
        ends = sold.start_date if form is TakedownForm.END_DATE else None
        deals = (sold.model_copy(update={"withdrawal": WITHDRAWALS.get(form), "end_date": ends}),)
    return plan.model_copy(
        update={
            "type": kind,
            "subtype": MessageSubtype.TAKEDOWN,
            "deals": deals or plan.deals[:0],
            "options": plan.options.model_copy(update={"takedown_form": form}),
        }
    )


@pytest.mark.slow
@pytest.mark.proves("ERN-03", "ERN-05")
@pytest.mark.parametrize("profile", ReleaseProfile)
@settings(max_examples=max(EXAMPLES // 4, 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_ddex_own_rules_find_no_error(rules_14: Judge, profile: ReleaseProfile, data: st.DataObject) -> None:
    plan = carried(data.draw(plans(profiles=[profile], forms=[TakedownForm.NO_DEALS, TakedownForm.END_DATE])))

    message = _written(plan)

    named = (message.root.get("ReleaseProfileVersionId") or "").removeprefix("CommonReleaseTypes/14/")
    fired = [hit for file in RULES[named] for hit in rules_14(file, message.content)]
    if message.root.get("BusinessProfileVersionId"):
        fired += rules_14("BusinessProfile", message.content)
    assert [hit for hit in fired if not _misfires(hit, message)] == []


def _misfires(hit: Fired, message: ParsedMessage) -> bool:
    """Rules of 1.4 that fire on what is right, as they do on DDEX's own samples, or that only remind a person."""
    pattern, text, at = hit
    kind = pattern.removeprefix("MultiProfile_")
    if kind == "ISRC":
        return "starting with" in text  # the list of prefixes is older than QZ
    if kind == "MustContainTrackRelease":
        return message.root.find("ResourceList/SoundRecording") is None  # videos have VideoTrackReleases
    if kind == "MustContainOneFrontCoverImageAsSecondaryResource":
        return not _is_cover(at, message)  # asked of every item beside the carriers, even of a booklet
    if kind.endswith("_ReleaseProfileVersionId"):
        return "14//14" in text or kind in SINGLES_ONLY
    return kind in MISFIRES


def _is_cover(at: str, message: ParsedMessage) -> bool:
    path = at.replace("Q{http://ddex.net/xml/ern/382}", "ern:").replace("Q{}", "")
    item = message.root.getroottree().xpath(path, namespaces={"ern": message.namespace})[0]
    reference = item.findtext("ReleaseResourceReference")
    covers = message.root.xpath("ResourceList/Image[ImageType='FrontCoverImage']/ResourceReference/text()")
    return reference in covers


@pytest.mark.slow
@pytest.mark.proves("ERN-21")
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans(max_tracks=5))
def test_the_same_plan_gives_the_same_bytes(plan: MessagePlan) -> None:
    again = MessagePlan.model_validate(carried(plan).model_dump())

    assert Ern382Builder().build(again) == Ern382Builder().build(carried(plan))


ANCHORS: Final = ("ResourceReference", "ReleaseReference", "TechnicalResourceDetailsReference", "CueSheetReference")
REFERENCES: Final = (
    "ReleaseResourceReference",
    "LinkedReleaseResourceReference",
    "DealReleaseReference",
    "DealResourceReference",
    "VideoCueSheetReference/VideoCueSheetReference",
)


def _anchors(message: ParsedMessage) -> Iterator[str]:
    for name in ANCHORS:
        yield from (element.text or "" for element in message.root.iter(name))


def _dangling(message: ParsedMessage) -> set[str]:
    named = {element.text or "" for name in REFERENCES for element in message.root.iterfind(f".//{name}")}
    return named - set(_anchors(message))
