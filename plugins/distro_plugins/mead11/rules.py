"""Business rules of MEAD 1.1 beyond those of every version; the README lists each with its code."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.mead.rules import MeadRules, is_later
from distro_sdk.models.validation import Severity

TERRITORY = "TerritoryOfBeingFocusTrackDescription"


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
    for period in message.root.iterfind("*/*/Focus/PeriodOfBeingFocus"):
        if is_later(period.findtext("StartDateTime"), period.findtext("EndDateTime")):
            yield period


RULES = (
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
    Rule("WORLDWIDE_NOT_ALONE", f"*/*/Focus[{TERRITORY} = 'Worldwide'][{TERRITORY}[2]]", "Worldwide has company"),
    Rule("PERIOD_REVERSED", _reversed_periods, "the period of {name} ends before it starts"),
)


class Mead11Rules(MeadRules):
    """Judges MEAD 1.1 messages."""

    def __init__(self) -> None:
        super().__init__("mead/1.1", *RULES)
