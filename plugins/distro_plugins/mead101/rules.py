"""Business rules of MEAD 1.0.1 beyond those of every version; the README lists each with its code."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.mead.rules import MeadRules, is_later
from distro_sdk.models.validation import Severity

FOCUS = "PartyInformationList/PartyInformation/FocusTrack"


def _by_artist(message: Judged) -> Iterator[list[tuple[str, _Element]]]:
    """The tracks in focus of each artist, each with what identifies it."""
    for information in message.root.iterfind("PartyInformationList/PartyInformation"):
        yield [(_identity(focus), focus) for focus in information.iterfind("FocusTrack")]


def _identity(focus: _Element) -> str:
    return " ".join(sorted(f"{element.tag!s} {element.text!s}" for element in focus.iterfind("ResourceId/*")))


def _unnumbered(message: Judged) -> Iterator[_Element]:
    for told in _by_artist(message):
        if len({identity for identity, _ in told}) > 1:
            yield from (focus for _, focus in told if focus.find("SequenceNumber") is None)


def _doubled_numbers(message: Judged) -> Iterator[Hit]:
    for told in _by_artist(message):
        holders: dict[str, str] = {}
        for identity, focus in told:
            number = focus.findtext("SequenceNumber")
            if number and holders.setdefault(number, identity) != identity:
                yield focus, number


def _doubled_defaults(message: Judged) -> Iterator[_Element]:
    for told in _by_artist(message):
        known: set[str] = set()
        for identity, focus in told:
            if focus.get("IsDefault") == "true":
                if identity in known:
                    yield focus
                known.add(identity)


def _reversed_periods(message: Judged) -> Iterator[_Element]:
    for period in message.root.iterfind(f"{FOCUS}/PeriodOfBeingFocusTrack"):
        if is_later(period.findtext("StartDateTime"), period.findtext("EndDateTime")):
            yield period


RULES = (
    Rule("FOCUS_UNIDENTIFIED", f"{FOCUS}[not(normalize-space(ResourceId))]", "the focus is on nothing that is named"),
    Rule("FOCUS_SEQUENCE_DOUBLED", _doubled_numbers, "another focus of the same artist has the number {detail}"),
    Rule(
        "FOCUS_SEQUENCE_MISSING",
        _unnumbered,
        "one of several focuses of an artist has no SequenceNumber",
        severity=Severity.WARNING,
    ),
    Rule("DEFAULT_DOUBLED", _doubled_defaults, "another focus of the same thing is the default too"),
    Rule("PERIOD_REVERSED", _reversed_periods, "the period of {name} ends before it starts"),
)


class Mead101Rules(MeadRules):
    """Judges MEAD 1.0.1 messages."""

    def __init__(self) -> None:
        super().__init__("mead/1.0.1", *RULES)
