"""Business rules beyond the schema; the README lists each with its code.

A summary says of what a composite speaks, and MEAD holds a message to be the whole truth about that: so it must name
something, and each thing once (MEAD 1.1, as DDEX's knowledge base explains it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.anchors import Kind, anchor_rules
from distro_sdk.ern.header import HEADER, value_rules
from distro_sdk.ern.identifiers import identifier_rules
from distro_sdk.ern.rules import Hit, Judged, Rule, RuleSet
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

KINDS = (
    Kind("SourceReference", "U", ("MetadataSourceReference",)),
    Kind("MusicalWorkReference", "W", ("ResourceMusicalWorkReference",)),
)
SUMMARIES = {"ReleaseSummary": "ReleaseId", "ResourceSummary": "ResourceId", "WorkSummary": "WorkId"}
IDS = " or ".join(f"self::{name}" for name in SUMMARIES.values())
VALUES = (
    "self::Value or self::CommentaryNoteType or self::Tempo or self::Mode or self::RootChordNote "
    "or self::RootChordQuality or self::MetadataSourceType"
)
NOTES = "' 1 2 4 8 16 32 64 '"
TERRITORY = "TerritoryOfBeingFocusTrackDescription"


def _doubled(message: Judged) -> Iterator[Hit]:
    """Summaries that speak of what another one of the same kind speaks of."""
    for name, identity in SUMMARIES.items():
        said: Counter[tuple[str, ...]] = Counter()
        for summary in message.root.iterfind(f"*/*/{name}"):
            key = tuple(sorted(f"{e.tag!s} {e.text!s}" for e in summary.iterfind(f"{identity}/*") if e.text))
            said[key] += 1
            if key and said[key] > 1:
                yield summary, ", ".join(key)


def _focuses(message: Judged) -> dict[str, list[_Element]]:
    """Focus composites by the artists for whom they are."""
    found: dict[str, list[_Element]] = {}
    for focus in message.root.iterfind("*/*/Focus"):
        artists = "|".join(sorted(name.text or "" for name in focus.iterfind("DisplayArtistName/Name")))
        found.setdefault(artists, []).append(focus)
    return found


def _unnumbered_focuses(message: Judged) -> Iterator[_Element]:
    for focuses in _focuses(message).values():
        if len({focus.getparent() for focus in focuses}) > 1:
            yield from (focus for focus in focuses if focus.find("SequenceNumber") is None)


def _doubled_focuses(message: Judged) -> Iterator[Hit]:
    for focuses in _focuses(message).values():
        holders: dict[str, _Element | None] = {}
        for focus in focuses:
            number = focus.findtext("SequenceNumber")
            if number and holders.setdefault(number, focus.getparent()) is not focus.getparent():
                yield focus, number


def _doubled_defaults(message: Judged) -> Iterator[_Element]:
    holders: set[_Element | None] = set()
    for focus in message.root.iterfind("*/*/Focus[@IsDefault='true']"):
        if focus.getparent() in holders:
            yield focus
        holders.add(focus.getparent())


def _reversed_periods(message: Judged) -> Iterator[_Element]:
    """ISO 8601 sorts as text as far as two values have the same length; moments with a zone are left to people."""
    for information in message.root.iterfind("*/*[@PriorityPeriodEndDate]"):
        if _is_later(information.get("PriorityPeriodStartDate"), information.get("PriorityPeriodEndDate")):
            yield information
    for period in message.root.iterfind("*/*/Focus/PeriodOfBeingFocus"):
        if _is_later(period.findtext("StartDateTime"), period.findtext("EndDateTime")):
            yield period


def _is_later(start: str | None, end: str | None) -> bool:
    return bool(start and end) and len(start or "") == len(end or "") and (start or "") > (end or "")


RULES = RuleSet(
    (
        *HEADER,
        *anchor_rules(KINDS, "MEAD 1.1"),
        *identifier_rules("MEAD 1.1", "MessageHeader/*/PartyId | //DPID"),
        *value_rules("X-10", "MEAD 1.1"),
        Rule(
            "USER_DEFINED_UNNAMED",
            f"//*[{VALUES}][. = 'UserDefined'][not(@UserDefinedValue)]",
            "{name} is UserDefined and does not say what it is",
            "X-9",
        ),
        Rule(
            "NOTHING_ENRICHED",
            "/*[not(WorkInformationList/* or ResourceInformationList/* or ReleaseInformationList/*)]",
            "the message speaks of no work, resource or release",
        ),
        Rule(
            "SUMMARY_EMPTY",
            "*/*/*[self::ReleaseSummary or self::ResourceSummary or self::WorkSummary][not(normalize-space())]",
            "the {name} says of nothing what it speaks of",
        ),
        Rule(
            "SUMMARY_UNIDENTIFIED",
            f"*/*/*[normalize-space()]/*[{IDS}][not(normalize-space())]",
            "the {name} is empty: only title and artist say what is meant",
            severity=Severity.WARNING,
        ),
        Rule("SUMMARY_DOUBLED", _doubled, "another {name} speaks of {detail} too"),
        Rule(
            "BLOCK_EMPTY",
            f"//*[not(*)][not(normalize-space())][not({IDS})]",
            "{name} is empty",
        ),
        Rule(
            "FOCUS_UNIDENTIFIED",
            "*/*[Focus][not(normalize-space(ResourceSummary/ResourceId) or normalize-space(ReleaseSummary/ReleaseId))]",
            "the focus is on something without an identifier",
        ),
        Rule("FOCUS_SEQUENCE_DOUBLED", _doubled_focuses, "another focus of the same artist has the number {detail}"),
        Rule(
            "FOCUS_SEQUENCE_MISSING",
            _unnumbered_focuses,
            "one of several focuses of an artist has no SequenceNumber",
            severity=Severity.WARNING,
        ),
        Rule("DEFAULT_DOUBLED", _doubled_defaults, "another focus of the same thing is the default too"),
        Rule("PERIOD_REVERSED", _reversed_periods, "the period of {name} ends before it starts"),
        Rule("WORLDWIDE_NOT_ALONE", f"*/*/Focus[{TERRITORY} = 'Worldwide'][{TERRITORY}[2]]", "Worldwide has company"),
        Rule("TEMPO_UNFIT", "//BeatsPerMinute/Value[not(. > 0)]", "{value} is no number of beats a minute"),
        Rule(
            "METER_UNFIT",
            "//Meter[not(NumberOfBeatsInBar > 0) or "
            f"not(contains({NOTES}, concat(' ', normalize-space(NoteEquivalentToBeat), ' ')))]",
            "a bar has beats, and a beat is a note",
        ),
        Rule(
            "CHART_POSITION_UNFIT",
            "//HistoricChartingInformation[TopPosition < 1 or ChartEntry/Position < 1 "
            "or ChartEntry/Position < TopPosition]",
            "a position is not a number from 1, or higher than the top position",
        ),
    )
)


class Mead11Rules:
    """Judges MEAD 1.1 messages in the business rules stage."""

    name = "mead11-rules"
    stage = ValidationStage.BUSINESS_RULES
    formats = frozenset({"mead/1.1"})

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, in document order."""
        return RULES.judge(Judged(message))
