"""Rules about deals that are the same in every version of ERN."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Judged, Rule
from distro_sdk.models.validation import Severity

TERMS = "DealList/ReleaseDeal/Deal/DealTerms"
_START, _END = (
    f"translate(substring(concat({part}Date, {part}DateTime), 1, 10), '-', '')" for part in ("Start", "End")
)


def _undealt(message: Judged) -> Iterator[_Element]:
    """Releases that no deal speaks of, in a message with deals (rule X-4)."""
    dealt = set(message.texts("DealList/ReleaseDeal/DealReleaseReference/text()"))
    if dealt and not dealt.issuperset(message.values("ReleaseReference")):
        for release in message.select("ReleaseList/*"):
            if release.findtext("ReleaseReference") not in dealt:
                yield release


DEALS: tuple[Rule, ...] = (
    Rule(
        "DEAL_MISSING",
        _undealt,
        "no deal speaks of the {name}, so it is not available by itself",
        severity=Severity.WARNING,
    ),
    Rule(
        "WORLDWIDE_NOT_ALONE",
        f"{TERMS}[TerritoryCode[2]][TerritoryCode='Worldwide'] | {TERMS}[ExcludedTerritoryCode='Worldwide']",
        "Worldwide is combined with other territories or excluded",
    ),
    Rule(
        "PERIOD_REVERSED",
        f"{TERMS}/ValidityPeriod[EndDate or EndDateTime][{_END} < {_START}]",
        "the period ends before it starts",
        needs=("EndDate", "EndDateTime"),
    ),
)
