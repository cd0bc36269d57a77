"""MEAD 1.0.1: what it tells otherwise than MEAD 1.1, and that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import SubElement, _Element

from distro_core.messages.companions import build_companions
from distro_plugins.mead101 import Mead101Builder, Mead101Rules
from distro_sdk.models.enrichment import TrackEnrichment
from distro_sdk.models.message import MessageOptions, MessagePlan, MessageSubtype
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.testing.plans import ISRCS
from distro_sdk.xml import ParsedMessage, parse_message
from tests.unit.mead.conftest import OwnGrammar
from tests.unit.mead.examples import FOCUS, FULL, enriched_plan
from tests.unit.mead.test_message import RELEASE, RESOURCE, notes, values

ARTIST = "PartyInformationList/PartyInformation"


def told(plan: MessagePlan) -> ParsedMessage:
    """The message of a plan that has something to say."""
    content = Mead101Builder().build(plan)
    assert content is not None
    return parse_message(content)


def recording_with(**fields: object) -> ParsedMessage:
    """The message of a recording of which this is told."""
    return told(enriched_plan(track=TrackEnrichment.model_validate(fields)))


@pytest.mark.proves("MEA-29")
@pytest.mark.parametrize(
    "plan",
    [
        enriched_plan(FULL, FULL, FOCUS),
        enriched_plan(focus=PlannedFocus()),
        enriched_plan(subtype=MessageSubtype.UPDATE),
    ],
    ids=["everything", "a focus alone", "an update"],
)
def test_a_message_is_valid_by_schema_and_grammar_and_rules(
    official_schema_101: etree.XMLSchema, grammar_101: OwnGrammar, plan: MessagePlan
) -> None:
    message = told(plan)

    assert official_schema_101.validate(message.root), [e.message[:200] for e in official_schema_101.error_log]
    assert grammar_101.validate(message.root), [e.message[:200] for e in grammar_101.error_log]
    assert {issue.code for issue in Mead101Rules().validate(message)} <= {"DPID_SUSPICIOUS"}
    assert (message.name, message.namespace) == ("MeadMessage", "http://ddex.net/xml/mead/101")
    assert message.root.get("AvsVersionId") is None


@pytest.mark.proves("MEA-29")
def test_a_companion_of_this_version_is_built_where_a_target_asks_for_it() -> None:
    plan = enriched_plan(FULL).model_copy(update={"options": MessageOptions(companions=("mead/1.0.1",))})

    accompanied = build_companions(plan, {"mead/1.0.1": Mead101Builder()}, lambda _kind, name: name)

    assert [(one.format, one.content) for one in accompanied.companions] == [
        ("mead/1.0.1", Mead101Builder().build(plan))
    ]


def test_a_summary_names_every_artist_without_identifiers() -> None:
    shown = told(enriched_plan(FULL)).root.find(f"{RELEASE}/ReleaseSummary/DisplayArtist")

    assert shown is not None
    assert [child.tag for child in shown] == ["FullName", "FullNameIndexed"]
    assert shown.findtext("FullName/Name") == "Åsa & the <Norns>"


def test_without_artists_a_summary_tells_how_they_are_displayed() -> None:
    plan = enriched_plan(FULL)
    alone = plan.model_copy(update={"release": plan.release.model_copy(update={"artists": ()})})

    message = told(alone)

    assert values(message, f"{RELEASE}/ReleaseSummary/DisplayArtist/FullName/Name") == ["Åsa & the <Norns>"]


def test_the_tempo_stands_in_the_time_signature_with_a_meter_or_without() -> None:
    both = recording_with(time_signature="6/8", tempo_description="Slow")
    alone = recording_with(tempo_description="Slow")

    signature = both.root.find(f"{RESOURCE}/TimeSignature")
    assert signature is not None
    assert [child.tag for child in signature] == ["Meter", "Tempo"]
    assert values(alone, f"{RESOURCE}/TimeSignature/*") == ["Adagio"]


def test_themes_of_a_recording_are_those_of_its_program_and_later_words_are_values_of_ones_own() -> None:
    message = recording_with(themes=["love", "road trip"])

    assert values(message, f"{RESOURCE}/ProgrammaticTheme/Value") == ["Love", "own:road trip"]
    assert values(message, f"{RESOURCE}/Theme/Value") == []


def test_what_has_no_place_in_this_version_is_told_as_a_note() -> None:
    message = recording_with(playlist_suitability=["Workout"], vocal_registers=["Tenor", "MezzoSoprano", "HighMale"])

    assert values(message, f"{RESOURCE}/VocalRegister/Value") == ["Tenor"]
    assert notes(message, "VocalRegister", RESOURCE) == [("Mezzo Soprano", "en"), ("High Male", "en")]
    assert notes(message, "Activity", RESOURCE) == [("Workout", "en")]


def test_a_focus_is_told_of_the_main_artist_for_each_territory() -> None:
    message = told(enriched_plan(focus=FOCUS))

    assert values(message, f"{ARTIST}/Party/Name/FullName/Name") == ["Åsa & the <Norns>"]
    focuses = message.root.findall(f"{ARTIST}/FocusTrack")
    assert [focus.get("ApplicableTerritoryCode") for focus in focuses] == ["SE", "NO"]
    assert [focus.findtext("ResourceId/ISRC") for focus in focuses] == [ISRCS[0]] * 2
    assert focuses[0].findtext("PeriodOfBeingFocusTrack/EndDateTime") == "2026-03-19T23:59:59"
    assert focuses[0].findtext("Comment") == "Play this first"


def test_a_focus_for_everywhere_is_the_default() -> None:
    focuses = told(enriched_plan(focus=PlannedFocus())).root.findall(f"{ARTIST}/FocusTrack")

    assert [dict(focus.attrib) for focus in focuses] == [{"IsDefault": "true"}]


def test_no_artist_is_spoken_of_where_no_track_is_in_focus() -> None:
    assert told(enriched_plan(FULL, FULL)).root.find("PartyInformationList") is None


Damage = Callable[[_Element], object]


def _at(root: _Element, path: str) -> _Element:
    found = root.find(path)
    assert found is not None, path
    return found


def _other(root: _Element) -> None:
    """Another track in focus, with the number of the first."""
    focus = SubElement(_at(root, ARTIST), "FocusTrack")
    SubElement(SubElement(focus, "ResourceId"), "ISRC").text = ISRCS[1]
    SubElement(focus, "SequenceNumber").text = "1"


def _unnumbered(root: _Element) -> None:
    _other(root)
    last = _at(root, f"{ARTIST}/FocusTrack[last()]")
    last.remove(_at(last, "SequenceNumber"))


def _defaults(root: _Element) -> None:
    for focus in root.findall(f"{ARTIST}/FocusTrack"):
        focus.attrib.pop("ApplicableTerritoryCode")
        focus.set("IsDefault", "true")


def _reversed(root: _Element) -> None:
    _at(root, f"{ARTIST}/FocusTrack/PeriodOfBeingFocusTrack/EndDateTime").text = "2020-01-01T00:00:00"


def _unidentified(root: _Element) -> None:
    _at(root, f"{ARTIST}/FocusTrack/ResourceId/ISRC").text = None


@pytest.mark.proves("MEA-29")
@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_other, "FOCUS_SEQUENCE_DOUBLED"),
        (_unnumbered, "FOCUS_SEQUENCE_MISSING"),
        (_defaults, "DEFAULT_DOUBLED"),
        (_reversed, "PERIOD_REVERSED"),
        (_unidentified, "FOCUS_UNIDENTIFIED"),
    ],
)
def test_each_rule_of_this_version_finds_its_fault(damage: Damage, code: str) -> None:
    root = told(enriched_plan(FULL, FULL, FOCUS)).root
    damage(root)

    found = {issue.code for issue in Mead101Rules().validate(parse_message(etree.tostring(root)))}

    assert code in found


@pytest.mark.parametrize("name", ["MEAD_USUM71804534.xml", "MEAD_USUM71804536.xml"])
def test_ddex_samples_break_no_rule_but_that_of_the_header(ddex_folder: Path, name: str) -> None:
    message = parse_message((ddex_folder / "samples" / "mead-1.0.1" / name).read_bytes())

    found = {issue.code for issue in Mead101Rules().validate(message) if issue.severity.value == "error"}

    assert found == set()
