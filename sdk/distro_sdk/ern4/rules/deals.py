"""Rules about deals: who has one, where, when and at what price."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.findings import finding, tag_of
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

PHYSICAL = "PurchaseAsPhysicalProduct"
PHYSICAL_ONLY = (
    "PriceInformation/BulkOrderWholesalePricePerUnit",
    "CarrierType",
    "PhysicalReturns",
    "NumberOfProductsPerCarton",
)
DISPLAY_STARTS = (
    "ReleaseDisplayStartDateTime",
    "CoverArtPreviewStartDateTime",
    "FullTrackListingPreviewStartDateTime",
    "TrackReleaseDisplayStartDateTime",
    "ClipPreviewStartDateTime",
)


def check_coverage(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Rule X-4: where there are deals, a release that none speaks of is not available by itself."""
    deals = message.root.find("DealList")
    if deals is None:
        return
    dealt = {element.text for element in deals.iter("DealReleaseReference")}
    for release in message.root.findall("ReleaseList/*"):
        reference = release.findtext("ReleaseReference")
        if reference not in dealt:
            text = f"no deal speaks of {reference}, so it is not available by itself"
            yield finding("DEAL_MISSING", text, release, severity=Severity.WARNING)


def check_terms(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Territories, periods and prices of each deal."""
    for terms in message.root.iter("DealTerms"):
        yield from _check_territories(terms)
        for period in terms.findall("ValidityPeriod"):
            start, end = _start(period), _end(period)
            if start and end and end < start:
                yield finding("PERIOD_REVERSED", f"the period ends ({end}) before it starts ({start})", period)
        yield from _check_prices(terms)
        yield from _check_physical(terms)


def _check_territories(terms: _Element) -> Iterator[ValidationIssue]:
    for name in ("TerritoryCode", "ExcludedTerritoryCode"):
        codes = [element.text for element in terms.findall(name)]
        if "Worldwide" in codes and (len(codes) > 1 or name == "ExcludedTerritoryCode"):
            yield finding("WORLDWIDE_NOT_ALONE", "Worldwide is combined with other territories or excluded", terms)


def _check_prices(terms: _Element) -> Iterator[ValidationIssue]:
    """Offset 40, and the schema's own text for PriceCode."""
    for price in terms.findall("PriceInformation"):
        wholesale = [name for name in ("WholesalePricePerUnit", "BulkOrderWholesalePricePerUnit") if _has(price, name)]
        if wholesale and (price.get("PriceType") or _has(price, "PriceCode")):
            text = f"{wholesale[0]} is combined with a price type or a price code"
            yield finding("PRICE_AMBIGUOUS", text, price, clause="RP 2.1, 6.4.9")


def _check_physical(terms: _Element) -> Iterator[ValidationIssue]:
    """Offsets 41 to 44."""
    uses = {element.text for element in terms.findall("UseType")}
    for path in PHYSICAL_ONLY:
        for element in terms.findall(path):
            if PHYSICAL not in uses:
                text = f"{tag_of(element)} is for products on a carrier only (UseType {PHYSICAL})"
                yield finding("PHYSICAL_ONLY", text, element, clause="RP 2.1, 6.4.10")


def check_visibility(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offsets 38 and 39: nothing is announced later than the release's first deal starts."""
    shown = {
        visibility.findtext("VisibilityReference"): visibility
        for name in ("ReleaseVisibility", "TrackReleaseVisibility")
        for visibility in message.root.findall(f"DealList/{name}")
    }
    starts = _first_starts(message)
    for release in message.root.findall("ReleaseList/*"):
        start = starts.get(release.findtext("ReleaseReference"))
        for reference in release.findall("ReleaseVisibilityReference"):
            visibility = shown.get(reference.text)
            if start is None or visibility is None:
                continue
            for element in (child for child in visibility if child.tag in DISPLAY_STARTS):
                if (element.text or "")[:10] > start:
                    text = f"{tag_of(element)} {element.text} is after the start of the deal, {start}"
                    yield finding("VISIBILITY_TOO_LATE", text, element, clause="RP 2.1, 6.4.8")


def _first_starts(message: ParsedMessage) -> dict[str | None, str]:
    """The day on which the first deal of each release starts."""
    starts: dict[str | None, str] = {}
    for deal in message.root.findall("DealList/ReleaseDeal"):
        days = [start for period in deal.iter("ValidityPeriod") if (start := _start(period))]
        for reference in deal.findall("DealReleaseReference"):
            if days:
                starts[reference.text] = min([*days, starts.get(reference.text, days[0])])
    return starts


def _start(period: _Element) -> str:
    return (period.findtext("StartDate") or period.findtext("StartDateTime") or "")[:10]


def _end(period: _Element) -> str:
    return (period.findtext("EndDate") or period.findtext("EndDateTime") or "")[:10]


def _has(element: _Element, name: str) -> bool:
    return element.find(name) is not None
