"""DealList: one ReleaseDeal for all releases that share the same deals."""

from __future__ import annotations

from itertools import groupby

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedDeal


def add_deal_list(root: _Element, plan: MessagePlan) -> None:
    """Write every deal; a message without deals withdraws the release from sale, and has no DealList."""
    if not plan.deals:
        return
    deals = SubElement(root, "DealList")
    for references, together in groupby(plan.deals, key=lambda deal: deal.release_references):
        release_deal = SubElement(deals, "ReleaseDeal")
        for reference in references:
            add(release_deal, "DealReleaseReference", reference)
        for deal in together:
            _add_deal(release_deal, deal, plan.namespace)


def _add_deal(release_deal: _Element, deal: PlannedDeal, namespace: str) -> None:
    terms = SubElement(SubElement(release_deal, "Deal"), "DealTerms")
    if deal.territories.excluded:
        for code in deal.territories.excluded:
            add(terms, "ExcludedTerritoryCode", code)
    else:
        for code in deal.territories.included:
            add(terms, "TerritoryCode", code)
    period = SubElement(terms, "ValidityPeriod")
    add(period, "StartDate", deal.start_date.isoformat())
    if deal.end_date:
        add(period, "EndDate", deal.end_date.isoformat())
    add(terms, "CommercialModelType", deal.terms.commercial_model)
    for use in deal.terms.use_types:
        add(terms, "UseType", use)
    _add_price(terms, deal, namespace)


def _add_price(terms: _Element, deal: PlannedDeal, namespace: str) -> None:
    """The price code, else the price: the schema's text forbids to combine them."""
    if deal.price_code:
        information = SubElement(terms, "PriceInformation")
        SubElement(information, "PriceCode", {"Namespace": namespace}).text = deal.price_code
    elif deal.terms.price:
        information = SubElement(terms, "PriceInformation")
        price = SubElement(information, "WholesalePricePerUnit", {"CurrencyCode": deal.terms.price.currency})
        price.text = format(deal.terms.price.amount, "f")
