"""DealList: deals, and from when releases are shown."""

from __future__ import annotations

from distro_sdk.ern.reading.found import FoundDeal, FoundVisibility
from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.terms import (
    read_models,
    read_period,
    read_policy,
    read_price,
    read_price_code,
    read_territories,
    read_uses,
    read_visibility,
)
from distro_sdk.ern.reading.values import read_truth


def read_deals(root: Node, releases: frozenset[str]) -> tuple[FoundDeal, ...]:
    """Every deal. `releases`: references of all releases of the message."""
    deals = root.child("DealList")
    found = []
    for node in deals.children("ReleaseDeal") if deals else ():
        references = []
        for reference in node.children("DealReleaseReference"):
            if reference.value in releases:
                references.append(reference.value)
            else:
                reference.fault("REFERENCE_DANGLING", f"there is no release {reference.value}")
        for deal in node.children("Deal"):
            terms = deal.child("DealTerms")
            if terms is not None:
                found.append(_deal(deal, terms, tuple(references)))
    return tuple(found)


def read_visibilities(root: Node) -> dict[str, FoundVisibility]:
    """From when releases and tracks are shown, by reference."""
    deals = root.child("DealList")
    found = {}
    for node in deals.children("ReleaseVisibility", "TrackReleaseVisibility") if deals else ():
        found[node.need("VisibilityReference").value] = read_visibility(node)
    return found


def _deal(node: Node, terms: Node, releases: tuple[str, ...]) -> FoundDeal:
    start, end = read_period(terms)
    pre_order = terms.parsed(read_truth, "IsPreOrderDeal") or False
    given = terms.child("InstantGratificationResourceList")
    prices = terms.children("PriceInformation")
    for price in prices[1:]:
        price.leave()
    return FoundDeal(
        node=node,
        releases=releases,
        territories=read_territories(terms),
        start_date=start,
        end_date=end,
        models=read_models(terms.children("CommercialModelType")),
        uses=read_uses(terms.children("UseType")),
        price=read_price(prices[0].child("WholesalePricePerUnit")) if prices else None,
        price_code=read_price_code(prices[0].child("PriceCode")) if prices else None,
        claim_policy=read_policy(terms.children("RightsClaimPolicy")),
        pre_order=pre_order,
        visibility=read_visibility(terms),
        gratification=tuple(reference.value for reference in given.children("DealResourceReference") if reference.value)
        if given
        else (),
    )
