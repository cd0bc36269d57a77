"""DealList."""

from __future__ import annotations

from distro_plugins.ern382.reading.blocks import day_of
from distro_sdk.ern.reading.found import FoundDeal
from distro_sdk.ern.reading.nodes import Node, leave_all
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


def _deal(node: Node, terms: Node, releases: tuple[str, ...]) -> FoundDeal:
    start, end = read_period(terms)
    given = terms.child("InstantGratificationResourceList")
    prices = terms.children("PriceInformation")
    leave_all(prices[1:])
    withdrawn = [terms.parsed(read_truth, name) for name in ("TakeDown", "AllDealsCancelled")]
    usages = terms.children("Usage")
    return FoundDeal(
        node=node,
        releases=releases,
        territories=read_territories(terms),
        start_date=start,
        end_date=end,
        models=read_models(terms.children("CommercialModelType")),
        uses=read_uses([use for usage in usages for use in usage.children("UseType")]),
        price=read_price(prices[0].child("WholesalePricePerUnit")) if prices else None,
        price_code=read_price_code(prices[0].child("PriceType")) if prices else None,
        claim_policy=read_policy(terms.children("RightsClaimPolicy")),
        pre_order=terms.parsed(read_truth, "IsPreOrderDeal") or False,
        pre_order_date=day_of(terms, "PreOrderReleaseDate"),
        gratification=tuple(
            reference.value for reference in (given.children("DealResourceReference") if given else ())
        ),
        visibility=read_visibility(terms),
        withdrawn=any(withdrawn),
    )
