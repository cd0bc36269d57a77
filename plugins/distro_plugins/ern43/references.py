"""Anchors and references: DDEX's schemas declare neither keys nor references, so both are checked here.

Rules X-1 to X-3 of our rule list (DDEX RP 2.1, generic rules G.1 to G.5).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_plugins.ern43.findings import finding
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

ANCHORS = {
    "PartyReference": ("P", ("PartyList/Party/PartyReference",)),
    "ResourceReference": ("A", ("ResourceList/*/ResourceReference",)),
    "ReleaseReference": ("R", ("ReleaseList/*/ReleaseReference",)),
    "TechnicalResourceDetailsReference": (
        "T",
        ("ResourceList//TechnicalResourceDetailsReference",),
    ),
}
REFERENCES = {
    "PartyReference": (
        ".//ArtistPartyReference",
        ".//ContributorPartyReference",
        ".//ReleaseLabelReference",
    ),
    "ResourceReference": (
        "ReleaseList//ReleaseResourceReference",
        "ReleaseList//LinkedReleaseResourceReference",
    ),
    "ReleaseReference": ("DealList//DealReleaseReference",),
}
UNUSED = {"PartyReference", "ResourceReference", "ReleaseReference"}


def check_references(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Every malformed or doubled anchor, every reference that leads nowhere, everything that nobody refers to."""
    for kind, (letter, paths) in ANCHORS.items():
        anchors = [element for path in paths for element in message.root.findall(path)]
        references = [element for path in REFERENCES.get(kind, ()) for element in message.root.findall(path)]
        yield from _check_anchors(kind, letter, anchors)
        yield from _check_targets(kind, anchors, references)


def _check_anchors(kind: str, letter: str, anchors: list[_Element]) -> Iterator[ValidationIssue]:
    times = Counter(element.text for element in anchors)
    for element in anchors:
        text = element.text or ""
        if not re.fullmatch(rf"{letter}[0-9A-Za-z_-]+", text):
            yield finding("ANCHOR_MALFORMED", f"{kind} {text!r} does not begin with {letter}", element)
        if times[element.text] > 1:
            yield finding("ANCHOR_DOUBLED", f"{kind} {text} is declared {times[element.text]} times", element)


def _check_targets(kind: str, anchors: list[_Element], references: list[_Element]) -> Iterator[ValidationIssue]:
    declared = {element.text for element in anchors}
    used = {element.text for element in references}
    for element in references:
        if element.text not in declared:
            yield finding("REFERENCE_DANGLING", f"there is no {kind} {element.text}", element)
    for element in anchors:
        if kind in UNUSED and element.text not in used and not _may_stand_alone(element):
            yield finding("ANCHOR_UNUSED", f"nothing refers to {element.text}", element, Severity.WARNING)


def _may_stand_alone(element: _Element) -> bool:
    """A release without a deal is told to be withdrawn, so nothing refers to it (takedown)."""
    return element.tag == "ReleaseReference" and element.getroottree().getroot().find("DealList") is None
