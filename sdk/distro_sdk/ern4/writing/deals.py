"""DealList: one ReleaseDeal for all releases that share the same deals, and when releases are shown before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add
from distro_sdk.models.planned_releases import PlannedDeal, PlannedVisibility


def deal_elements(writing: Writing) -> Iterator[_Element]:
    """Every deal; a message without deals withdraws the release from sale, and says of nothing when it is shown."""
    plan = writing.plan
    if not plan.deals:
        return
    for references, together in groupby(plan.deals, key=lambda deal: deal.release_references):
        release_deal = Element("ReleaseDeal")
        for reference in references:
            add(release_deal, "DealReleaseReference", reference)
        for deal in together:
            _add_deal(release_deal, deal, writing)
        yield release_deal
    for visibility in plan.visibilities:
        if not visibility.track:
            yield _release_visibility(visibility, writing)
    for visibility in plan.visibilities:
        if visibility.track:
            yield _track_visibility(visibility)


def _add_deal(release_deal: _Element, deal: PlannedDeal, writing: Writing) -> None:
    terms = SubElement(SubElement(release_deal, "Deal"), "DealTerms")
    excluded = deal.territories.excluded
    name, codes = ("ExcludedTerritoryCode", excluded) if excluded else ("TerritoryCode", deal.territories.included)
    for code in codes:
        add(terms, name, code)
    period = SubElement(terms, "ValidityPeriod")
    add(period, "StartDate", deal.start_date.isoformat())
    if deal.end_date:
        add(period, "EndDate", deal.end_date.isoformat())
    add(terms, "CommercialModelType", deal.terms.commercial_model)
    for use in deal.terms.use_types:
        add(terms, "UseType", use)
    _add_channels(terms, deal)
    if deal.terms.claim_policy:
        add(SubElement(terms, "RightsClaimPolicy"), "RightsClaimPolicyType", deal.terms.claim_policy)
    _add_price(terms, deal, writing)
    if deal.pre_order:
        add(terms, "IsPreOrderDeal", "true")
    if deal.instant_gratification:
        given = SubElement(terms, "InstantGratificationResourceList")
        for reference in deal.instant_gratification:
            add(given, "DealResourceReference", reference)


def _add_channels(terms: _Element, deal: PlannedDeal) -> None:
    for name, channels in (
        ("DistributionChannel", deal.channels),
        ("ExcludedDistributionChannel", deal.excluded_channels),
    ):
        for channel in channels:
            add(SubElement(SubElement(terms, name), "PartyId"), "DPID", channel)


def _add_price(terms: _Element, deal: PlannedDeal, writing: Writing) -> None:
    """The price code, else the price: the schema's text forbids to combine them."""
    if deal.price_code:
        information = SubElement(terms, "PriceInformation")
        SubElement(information, "PriceCode", {"Namespace": writing.price_namespace}).text = deal.price_code
    elif deal.terms.price:
        information = SubElement(terms, "PriceInformation")
        price = SubElement(information, "WholesalePricePerUnit", {"CurrencyCode": deal.terms.price.currency})
        price.text = format(deal.terms.price.amount, "f")


def _release_visibility(visibility: PlannedVisibility, writing: Writing) -> _Element:
    entry = Element("ReleaseVisibility")
    add(entry, "VisibilityReference", visibility.reference)
    add(entry, "ReleaseDisplayStartDateTime", _midnight(visibility.display_start))
    add(entry, "CoverArtPreviewStartDateTime", _midnight(visibility.cover_art_start))
    add(entry, "FullTrackListingPreviewStartDateTime", _midnight(visibility.track_listing_start))
    # The schema's text: clips are shown by the tracks where there are any.
    if writing.dialect.releases_show_clips and not writing.plan.track_releases:
        add(entry, "ClipPreviewStartDateTime", _midnight(visibility.clip_start))
    return entry


def _track_visibility(visibility: PlannedVisibility) -> _Element:
    entry = Element("TrackReleaseVisibility")
    add(entry, "VisibilityReference", visibility.reference)
    add(entry, "TrackListingPreviewStartDateTime", _midnight(visibility.track_listing_start))
    add(entry, "ClipPreviewStartDateTime", _midnight(visibility.clip_start))
    return entry


def _midnight(day: date) -> str:
    """The beginning of a local calendar day: without a zone, so that it holds in each territory's own time."""
    return f"{day.isoformat()}T00:00:00"
