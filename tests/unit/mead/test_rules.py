"""Each business rule of MEAD finds its own fault, and good messages have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import SubElement, _Element

from distro_plugins.mead11 import Mead11Rules
from distro_sdk.models.validation import Severity
from distro_sdk.xml import parse_message
from tests.unit.mead.examples import FOCUS, FULL, enriched_plan, written

RESOURCE = "ResourceInformationList/ResourceInformation"
RELEASE = "ReleaseInformationList/ReleaseInformation"

Damage = Callable[[_Element], None]


def good() -> _Element:
    """A message without faults."""
    return written(enriched_plan(FULL, FULL, FOCUS)).root


def at(root: _Element, path: str) -> _Element:
    """The first element of a path."""
    found = root.find(path)
    assert found is not None, path
    return found


def found_in(root: _Element) -> list[tuple[str, str]]:
    """Code and severity of each finding, but for party ids that are made up."""
    issues = Mead11Rules().validate(parse_message(etree.tostring(root)))
    return [(issue.code, issue.severity.value) for issue in issues if issue.code != "DPID_SUSPICIOUS"]


def remove(path: str) -> Damage:
    """Take an element away."""

    def damage(root: _Element) -> None:
        element = at(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return damage


def say(path: str, text: str | None) -> Damage:
    """Put another text, or none, into an element."""

    def damage(root: _Element) -> None:
        element = at(root, path)
        element.text = text
        for child in list(element):
            element.remove(child)

    return damage


def mark(path: str, **attributes: str) -> Damage:
    """Set attributes."""

    def damage(root: _Element) -> None:
        for name, value in attributes.items():
            at(root, path).set(name, value)

    return damage


def repeat(path: str) -> Damage:
    """Write an element a second time, right behind."""

    def damage(root: _Element) -> None:
        element = at(root, path)
        element.addnext(parse_message(_bytes(element)).root)

    return damage


def _bytes(element: _Element) -> bytes:
    return etree.tostring(element, with_tail=False)


def _refer_to_nothing(root: _Element) -> None:
    mood = at(root, f"{RESOURCE}/Mood")
    reference = SubElement(mood, "MetadataSourceReference")
    reference.text = "U1"
    mood.insert(0, reference)


def _declare_badly(root: _Element) -> None:
    sources = SubElement(root, "MetadataSourceList")
    at(root, "MessageHeader").addnext(sources)
    for name in ("X1", "U1"):
        SubElement(SubElement(sources, "MetadataSource"), "SourceReference").text = name


def _put_two_in_focus(root: _Element) -> None:
    """Two recordings with the same number."""
    repeat(RESOURCE)(root)
    root.findall(f"{RESOURCE}/ResourceSummary/ResourceId/ISRC")[1].text = "SEAYD7900103"


def _number_one_of_two(root: _Element) -> None:
    _put_two_in_focus(root)
    remove(f"{RESOURCE}/Focus/SequenceNumber")(root)


def _two_defaults(root: _Element) -> None:
    mark(f"{RESOURCE}/Focus", IsDefault="true")(root)
    repeat(f"{RESOURCE}/Focus")(root)


def _worldwide_with_company(root: _Element) -> None:
    say(f"{RESOURCE}/Focus/TerritoryOfBeingFocusTrackDescription", "Worldwide")(root)


def _speak_of_nothing(root: _Element) -> None:
    remove("ResourceInformationList")(root)
    remove("ReleaseInformationList")(root)


def test_a_good_message_has_no_finding() -> None:
    assert found_in(good()) == []


@pytest.mark.parametrize(
    ("damage", "code", "severity"),
    [
        (remove("MessageHeader"), "HEADER_MISSING", "error"),
        (say("MessageHeader/MessageId", " "), "MESSAGE_ID_MISSING", "error"),
        (say("MessageHeader/MessageCreatedDateTime", "2026-01-15T12:00:00"), "ZONE_MISSING", "error"),
        (say("MessageHeader/MessageControlType", "Maybe"), "CONTROL_TYPE_UNKNOWN", "error"),
        (_refer_to_nothing, "REFERENCE_DANGLING", "error"),
        (_declare_badly, "ANCHOR_MALFORMED", "error"),
        (_declare_badly, "ANCHOR_UNUSED", "warning"),
        (say(f"{RESOURCE}/ResourceSummary/ResourceId/ISRC", "SE-AYD-79"), "IDENTIFIER_MALFORMED", "error"),
        (say(f"{RELEASE}/ReleaseSummary/ReleaseId/ICPN", "4006381333932"), "CHECK_DIGIT_WRONG", "error"),
        (mark(f"{RELEASE}/Mood/Value", UserDefinedValue="Blue"), "USER_DEFINED_UNFIT", "error"),
        (say(f"{RELEASE}/Mood/Value", "UserDefined"), "USER_DEFINED_UNNAMED", "error"),
        (_speak_of_nothing, "NOTHING_ENRICHED", "error"),
        (say(f"{RELEASE}/ReleaseSummary", None), "SUMMARY_EMPTY", "error"),
        (say(f"{RELEASE}/ReleaseSummary/ReleaseId", None), "SUMMARY_UNIDENTIFIED", "warning"),
        (repeat(RELEASE), "SUMMARY_DOUBLED", "error"),
        (say(f"{RELEASE}/Theme/Value", None), "BLOCK_EMPTY", "error"),
        (say(f"{RESOURCE}/ResourceSummary/ResourceId", None), "FOCUS_UNIDENTIFIED", "error"),
        (_put_two_in_focus, "FOCUS_SEQUENCE_DOUBLED", "error"),
        (_number_one_of_two, "FOCUS_SEQUENCE_MISSING", "warning"),
        (_two_defaults, "DEFAULT_DOUBLED", "error"),
        (_worldwide_with_company, "WORLDWIDE_NOT_ALONE", "error"),
        (mark(RELEASE, PriorityPeriodEndDate="2026-01-31"), "PERIOD_REVERSED", "error"),
        (say(f"{RESOURCE}/Focus/PeriodOfBeingFocus/EndDateTime", "2026-01-01T00:00:00"), "PERIOD_REVERSED", "error"),
        (say(f"{RESOURCE}/BeatsPerMinute/Value", "0"), "TEMPO_UNFIT", "error"),
        (say(f"{RESOURCE}/TimeSignature/Meter/NoteEquivalentToBeat", "5"), "METER_UNFIT", "error"),
        (say(f"{RELEASE}/HistoricChartingInformation/TopPosition", "5"), "CHART_POSITION_UNFIT", "error"),
    ],
)
def test_a_fault_is_found_by_its_rule(damage: Damage, code: str, severity: str) -> None:
    root = good()
    damage(root)

    assert (code, severity) in found_in(root)


def test_a_finding_has_its_place() -> None:
    root = good()
    say(f"{RESOURCE}/BeatsPerMinute/Value", "-3")(root)
    issue = next(issue for issue in Mead11Rules().validate(parse_message(_bytes(root))) if issue.code == "TEMPO_UNFIT")

    assert issue.message == "-3 is no number of beats a minute"
    assert issue.path.endswith("/BeatsPerMinute/Value")
    assert issue.line is not None


def test_published_samples_have_no_errors(ddex_folder: Path) -> None:
    samples = sorted((ddex_folder / "samples" / "mead-1.1").glob("*.xml"))
    errors = {
        sample.name: [
            (issue.code, issue.path)
            for issue in Mead11Rules().validate(parse_message(sample.read_bytes()))
            if issue.severity is Severity.ERROR
        ]
        for sample in samples
    }

    assert samples
    assert errors == {sample.name: [] for sample in samples}
