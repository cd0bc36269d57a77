"""Anchors and references: DDEX's schemas tie neither to the other, so both are checked here.

Rules X-1 to X-3 of this plugin's README (X-3: DDEX RP 2.1, generic rules G.1 to G.5).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from distro_sdk.ern.findings import finding
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage


@dataclass(frozen=True)
class Kind:
    """One kind of anchor. `references`: elements that point to it; `used`: whether nothing may point to none."""

    anchor: str
    letter: str
    references: frozenset[str]
    used: bool = True


KINDS = (
    Kind(
        "PartyReference",
        "P",
        frozenset(
            {
                "ArtistPartyReference",
                "CharacterPartyReference",
                "ContributorPartyReference",
                "DisplayCreditParty",
                "PartyAffiliateReference",
                "PartyRelatedPartyReference",
                "RecordCompanyPartyReference",
                "ReleaseLabelReference",
                "RightsControllerPartyReference",
            }
        ),
    ),
    Kind(
        "ResourceReference",
        "A",
        frozenset(
            {
                "DealResourceReference",
                "LinkedReleaseResourceReference",
                "ReleaseResourceReference",
                "RepresentativeImageReference",
                "ResourceContainedResourceReference",
                "ResourceRelatedResourceReference",
            }
        ),
    ),
    Kind(
        "ReleaseReference",
        "R",
        frozenset({"DealReleaseReference", "ResourceGroupReleaseReference", "ResourceReleaseReference"}),
    ),
    Kind("TechnicalResourceDetailsReference", "T", frozenset({"DealTechnicalResourceDetailsReference"}), used=False),
    Kind("VisibilityReference", "V", frozenset({"ReleaseVisibilityReference"})),
    Kind("ChapterReference", "X", frozenset({"AudioChapterReference", "VideoChapterReference"})),
    Kind("CueSheetReference", "Q", frozenset({"VideoCueSheetReference"})),
)


def check_references(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Every malformed or doubled anchor, every reference that leads nowhere, everything that nobody refers to."""
    found: dict[str, list[_Element]] = {}
    for element in message.root.iter("*"):
        found.setdefault(str(element.tag), []).append(element)
    for kind in KINDS:
        anchors = found.get(kind.anchor, [])
        references = [element for name in sorted(kind.references) for element in found.get(name, [])]
        yield from _check_anchors(kind, anchors)
        yield from _check_references(kind, anchors, references)


def _check_anchors(kind: Kind, anchors: list[_Element]) -> Iterator[ValidationIssue]:
    times = Counter(element.text for element in anchors)
    form = re.compile(f"{kind.letter}[0-9A-Za-z_-]+", re.ASCII)
    for element in anchors:
        text = element.text or ""
        if not form.fullmatch(text):
            message = f"{kind.anchor} {text!r} is not {kind.letter} with letters, digits, - or _"
            yield finding("ANCHOR_MALFORMED", message, element)
        if times[element.text] > 1:
            yield finding("ANCHOR_DOUBLED", f"{kind.anchor} {text} is declared {times[element.text]} times", element)


def _check_references(kind: Kind, anchors: list[_Element], references: list[_Element]) -> Iterator[ValidationIssue]:
    declared = {element.text for element in anchors}
    used = {element.text for element in references}
    for element in references:
        if element.text not in declared:
            yield finding("REFERENCE_DANGLING", f"there is no {kind.anchor} {element.text}", element)
    for element in anchors:
        if kind.used and element.text not in used and not _may_stand_alone(element):
            message = f"nothing refers to {element.text}"
            clause = "RP 2.1, G.1 to G.5"
            yield finding("ANCHOR_UNUSED", message, element, clause=clause, severity=Severity.WARNING)


def _may_stand_alone(element: _Element) -> bool:
    """A release without a deal is withdrawn, or sold only with its main release: the deal rules speak of it."""
    return element.tag == "ReleaseReference"
