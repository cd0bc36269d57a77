"""Rules about deals of ERN 4 beside those of every version: prices, carriers and what is shown before the start."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.deals import DEALS as EVERY_VERSION
from distro_sdk.ern.deals import TERMS
from distro_sdk.ern.rules import Hit, Judged, Rule

DISPLAY_STARTS = (
    "ReleaseDisplayStartDateTime",
    "CoverArtPreviewStartDateTime",
    "FullTrackListingPreviewStartDateTime",
    "TrackReleaseDisplayStartDateTime",
    "ClipPreviewStartDateTime",
)


def _shown_late(message: Judged) -> Iterator[Hit]:
    """Nothing is announced later than the release's first deal starts."""
    shown = {
        visibility.findtext("VisibilityReference"): visibility
        for visibility in message.select("DealList/ReleaseVisibility | DealList/TrackReleaseVisibility")
    }
    starts = _first_starts(message) if shown else {}
    for pointer in message.select("ReleaseList/*/ReleaseVisibilityReference"):
        release, visibility = pointer.getparent(), shown.get(pointer.text)
        start = None if release is None else starts.get(release.findtext("ReleaseReference"))
        if start is not None and visibility is not None:
            for element in visibility:
                if element.tag in DISPLAY_STARTS and (element.text or "")[:10] > start:
                    yield element, start


def _first_starts(message: Judged) -> dict[str | None, str]:
    """The day on which the first deal of each release starts."""
    starts: dict[str | None, str] = {}
    for deal in message.select("DealList/ReleaseDeal"):
        days = [start for period in deal.iter("ValidityPeriod") if (start := _start(period))]
        for reference in deal.findall("DealReleaseReference"):
            if days:
                starts[reference.text] = min([*days, starts.get(reference.text, days[0])])
    return starts


def _start(period: _Element) -> str:
    return (period.findtext("StartDate") or period.findtext("StartDateTime") or "")[:10]


PHYSICAL = (
    "CarrierType",
    "PhysicalReturns",
    "NumberOfProductsPerCarton",
    "PriceInformation[BulkOrderWholesalePricePerUnit]",
)
PRICED_TWICE = "PriceInformation[WholesalePricePerUnit or BulkOrderWholesalePricePerUnit]"
DEALS: tuple[Rule, ...] = (
    *EVERY_VERSION,
    Rule(
        "PRICE_AMBIGUOUS",
        f"{TERMS}/{PRICED_TWICE}[@PriceType or PriceCode]",
        "a wholesale price is combined with a price type or a price code",
        "RP 2.1, 6.4.9",
    ),
    Rule(
        "PHYSICAL_ONLY",
        " | ".join(f"{TERMS}/{name}[not(../UseType='PurchaseAsPhysicalProduct')]" for name in PHYSICAL),
        "{name} is for products on a carrier only (UseType PurchaseAsPhysicalProduct)",
        "RP 2.1, 6.4.10",
    ),
    Rule(
        "VISIBILITY_TOO_LATE",
        _shown_late,
        "{name} {value} is after the start of the deal, {detail}",
        "RP 2.1, 6.4.8",
    ),
)
