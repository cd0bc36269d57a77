"""DealList: one ReleaseDeal for all releases of a deal."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add
from distro_sdk.models.commerce import WORLDWIDE
from distro_sdk.models.message import MessagePlan, PlannedDeal


def add_deal_list(root: _Element, plan: MessagePlan) -> None:
    """Write every deal; a message without deals withdraws the release from sale, and has no DealList."""
    if not plan.deals:
        return
    deals = SubElement(root, "DealList")
    release_deal = SubElement(deals, "ReleaseDeal")
    for reference in plan.deals[0].release_references:
        add(release_deal, "DealReleaseReference", reference)
    for deal in plan.deals:
        _add_deal(release_deal, deal, plan.namespace)


def _add_deal(release_deal: _Element, deal: PlannedDeal, namespace: str) -> None:
    terms = SubElement(SubElement(release_deal, "Deal"), "DealTerms")
    included, excluded = deal.territories.included, deal.territories.excluded
    if included == (WORLDWIDE,) and excluded:
        for code in excluded:
            add(terms, "ExcludedTerritoryCode", code)
    else:
        for code in included:
            add(terms, "TerritoryCode", code)
    period = SubElement(terms, "ValidityPeriod")
    add(period, "StartDate", deal.start_date.isoformat())
    if deal.end_date:
        add(period, "EndDate", deal.end_date.isoformat())
    add(terms, "CommercialModelType", deal.terms.commercial_model.value)
    for use in deal.terms.use_types:
        add(terms, "UseType", use.value)
    _add_price(terms, deal, namespace)


def _add_price(terms: _Element, deal: PlannedDeal, namespace: str) -> None:
    price = deal.terms.price
    if price is None and deal.price_code is None:
        return
    information = SubElement(terms, "PriceInformation")
    if deal.price_code:
        add(information, "PriceCode", deal.price_code, Namespace=namespace)
    elif price is not None:
        add(information, "WholesalePricePerUnit", format(price.amount, "f"), CurrencyCode=price.currency)
