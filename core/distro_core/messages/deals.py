"""Deals: the target's commercial terms, within the release's territories and periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from distro_core.messages.planning import Planning
from distro_sdk.models.commerce import WORLDWIDE, CommercialModel, CommercialTerms, Territories, UseType
from distro_sdk.models.message import MessageSubtype, TakedownForm
from distro_sdk.models.planned_releases import PlannedDeal, Withdrawal

WITHDRAWALS = {
    TakedownForm.TAKE_DOWN_ELEMENT: Withdrawal.TAKE_DOWN,
    TakedownForm.ALL_DEALS_CANCELLED: Withdrawal.ALL_DEALS_CANCELLED,
}


@dataclass(frozen=True)
class Offer:
    """Where and when a release is offered. `end_date`: included."""

    territories: Territories
    start_date: date
    end_date: date | None
    price_code: str | None


def plan_deals(
    planning: Planning, references: tuple[str, ...], release_date: date, gratification: tuple[str, ...]
) -> tuple[PlannedDeal, ...]:
    """One deal per offer and commercial model with its uses, for the main release and every track (rule X-4).

    `references`: of the main release and its tracks, main first; `gratification`: resources that who orders in advance
    gets at once. A release is not available before its release date, and not outside the period of its rights. The
    start does not depend on today: what already runs is told again with the start it had (rule X-8).
    """
    terms = tuple(dict.fromkeys(planning.order.terms))
    offers = tuple(_offers(planning, release_date))
    if planning.order.subtype is MessageSubtype.TAKEDOWN:
        return tuple(_ended_deals(planning, references, offers, terms))
    deals = [
        _deal(planning, references, offer, deal, deal_has_price=_has_price(deal, terms))
        for offer in offers
        for deal in terms
    ]
    return (*_pre_orders(planning, references, offers, terms, gratification), *deals)


def sold_in(territories: Territories) -> Territories:
    """The same territories said in one way: `Worldwide` but for some, or the included ones alone."""
    if territories.included == (WORLDWIDE,):
        return Territories(excluded=tuple(dict.fromkeys(territories.excluded)))
    return Territories(included=tuple(dict.fromkeys(territories.included)))


def contradictions(terms: Sequence[CommercialTerms]) -> list[tuple[CommercialTerms, CommercialTerms]]:
    """Pairs of terms that offer one use under one model in two ways, so that a receiver could not tell which holds."""
    offered = tuple(dict.fromkeys(terms))
    return [
        (first, second)
        for place, first in enumerate(offered)
        for second in offered[place + 1 :]
        if first.commercial_model is second.commercial_model and set(first.use_types) & set(second.use_types)
    ]


def _offers(planning: Planning, release_date: date) -> Iterator[Offer]:
    """The territory groups of the release, or all its territories at once (rows TER-01 and RGT-01)."""
    release = planning.release
    rights = release.rights
    price_code = rights.price_code if rights else None
    ends = rights.end_date if rights else None
    begins = max(release_date, rights.start_date) if rights else release_date
    for group in release.territory_groups:
        yield Offer(
            territories=sold_in(group.territories),
            start_date=max(group.start_date, rights.start_date) if rights else group.start_date,
            end_date=min(filter(None, (group.end_date, ends)), default=None),
            price_code=group.price_code or price_code,
        )
    if not release.territory_groups:
        yield Offer(sold_in(release.territories), begins, ends, price_code)


def _deal(
    planning: Planning,
    references: tuple[str, ...],
    offer: Offer,
    terms: CommercialTerms,
    *,
    deal_has_price: bool,
) -> PlannedDeal:
    options = planning.order.options
    return PlannedDeal(
        release_references=references,
        terms=terms,
        territories=offer.territories,
        start_date=offer.start_date,
        end_date=offer.end_date,
        price_code=offer.price_code if deal_has_price else None,
        channels=options.channels,
        excluded_channels=options.excluded_channels,
    )


def _pre_orders(
    planning: Planning,
    references: tuple[str, ...],
    offers: Sequence[Offer],
    terms: Sequence[CommercialTerms],
    gratification: tuple[str, ...],
) -> Iterator[PlannedDeal]:
    """Where downloads are sold: a deal of its own for the days before the release date (row COM-02)."""
    begins = planning.release.pre_order_date
    if begins is None:
        return
    for offer in offers:
        for sale in terms:
            if _sells_downloads(sale) and begins < offer.start_date:
                deal = _deal(planning, references[:1], offer, sale, deal_has_price=True)
                period = {"start_date": begins, "end_date": offer.start_date - timedelta(days=1)}
                yield deal.model_copy(update={**period, "pre_order": True, "instant_gratification": gratification})


def _ended_deals(
    planning: Planning, references: tuple[str, ...], offers: Sequence[Offer], terms: Sequence[CommercialTerms]
) -> Iterator[PlannedDeal]:
    """What a takedown says of deals: nothing, that they ended, or that they are cancelled (row ERN-15)."""
    form = planning.order.options.takedown_form
    if form is TakedownForm.END_DATE:
        # A deal that ends the day before the message was made has ended in every time zone.
        last = planning.order.created_at.date() - timedelta(days=1)
        for offer in offers:
            for deal in terms:
                planned = _deal(planning, references, offer, deal, deal_has_price=_has_price(deal, terms))
                yield planned.model_copy(
                    update={"start_date": min(offer.start_date, last), "end_date": min(offer.end_date or last, last)}
                )
    elif form in WITHDRAWALS and terms:
        for offer in offers:
            planned = _deal(planning, references, offer, terms[0], deal_has_price=False)
            yield planned.model_copy(update={"withdrawal": WITHDRAWALS[form]})


def _sells_downloads(terms: CommercialTerms) -> bool:
    return terms.commercial_model is CommercialModel.PAY_AS_YOU_GO and UseType.PERMANENT_DOWNLOAD in terms.use_types


def _has_price(deal: CommercialTerms, offered: Sequence[CommercialTerms]) -> bool:
    """Whether the release's price code belongs to a deal: to those that sell, or to all where none does."""
    sells = [other for other in offered if other.commercial_model is CommercialModel.PAY_AS_YOU_GO]
    return deal in sells or not sells
