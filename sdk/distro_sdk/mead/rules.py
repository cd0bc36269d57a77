"""Business rules beyond the schema that hold in every version; the READMEs of the plugins list each with its code.

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
INFORMATION = " or ".join(f"{name}InformationList/*" for name in ("Party", "Work", "Resource", "Release"))


def _doubled(message: Judged) -> Iterator[Hit]:
    """Summaries that speak of what another one of the same kind speaks of."""
    for name, identity in SUMMARIES.items():
        said: Counter[tuple[str, ...]] = Counter()
        for summary in message.root.iterfind(f"*/*/{name}"):
            key = tuple(sorted(f"{e.tag!s} {e.text!s}" for e in summary.iterfind(f"{identity}/*") if e.text))
            said[key] += 1
            if key and said[key] > 1:
                yield summary, ", ".join(key)


def _reversed_periods(message: Judged) -> Iterator[_Element]:
    """ISO 8601 sorts as text as far as two values have the same length; moments with a zone are left to people."""
    for information in message.root.iterfind("*/*[@PriorityPeriodEndDate]"):
        if is_later(information.get("PriorityPeriodStartDate"), information.get("PriorityPeriodEndDate")):
            yield information


def is_later(start: str | None, end: str | None) -> bool:
    """Whether a period ends before it starts, as far as its moments are told in the same way."""
    return bool(start and end) and len(start or "") == len(end or "") and (start or "") > (end or "")


def common_rules(version: str) -> tuple[Rule, ...]:
    """Rules that hold in every version. `version` such as ``MEAD 1.1``."""
    return (
        *HEADER,
        *anchor_rules(KINDS, version),
        *identifier_rules(version, "MessageHeader/*/PartyId | //DPID"),
        *value_rules("X-10", version),
        Rule(
            "USER_DEFINED_UNNAMED",
            f"//*[{VALUES}][. = 'UserDefined'][not(@UserDefinedValue)]",
            "{name} is UserDefined and does not say what it is",
            "X-9",
        ),
        Rule(
            "NOTHING_ENRICHED",
            f"/*[not({INFORMATION})]",
            "the message speaks of no party, work, resource or release",
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
        Rule("PERIOD_REVERSED", _reversed_periods, "the period of {name} ends before it starts"),
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


class MeadRules:
    """Judges messages of one version in the business rules stage. `format` such as ``mead/1.1``."""

    stage = ValidationStage.BUSINESS_RULES
    only_reads = True

    def __init__(self, format: str, *of_the_version: Rule) -> None:
        self.name = f"{format.replace('/', '').replace('.', '')}-rules"
        self.formats = frozenset({format})
        self._rules = RuleSet((*common_rules(format.replace("/", " ").upper()), *of_the_version))

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, in document order."""
        return self._rules.judge(Judged(message))
