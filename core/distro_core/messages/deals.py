"""Deals: the target's commercial terms, within the release's territories and periods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    track_price_code: str | None


Gratification = Mapping[str, date]


def plan_deals(
    planning: Planning, references: tuple[str, ...], release_date: date, gratification: Gratification
) -> tuple[PlannedDeal, ...]:
    """One deal per offer and commercial model with its uses, for the main release and every track (rule X-4).

    `references`: of the main release and its tracks, main first; `gratification`: resources that who orders in advance
    gets, and from when. A release is not available before its release date, and not outside the period of its rights.
    The start does not depend on today: what already runs is told again with the start it had (rule X-8).
    """
    terms = tuple(dict.fromkeys(planning.order.terms))
    offers = tuple(_offers(planning, release_date))
    if planning.order.subtype is MessageSubtype.TAKEDOWN:
        return tuple(_ended_deals(planning, references, offers, terms))
    return (
        *_pre_orders(planning, references, offers, terms, gratification),
        *_all_deals(planning, references, offers, terms),
    )


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
    track_price_code = rights.track_price_code if rights else None
    ends = rights.end_date if rights else None
    begins = max(release_date, rights.start_date) if rights else release_date
    for group in release.territory_groups:
        yield Offer(
            territories=sold_in(group.territories),
            start_date=max(group.start_date, rights.start_date) if rights else group.start_date,
            end_date=min(filter(None, (group.end_date, ends)), default=None),
            price_code=group.price_code or price_code,
            track_price_code=track_price_code,
        )
    if not release.territory_groups:
        yield Offer(sold_in(release.territories), begins, ends, price_code, track_price_code)


def _deals(
    planning: Planning, references: tuple[str, ...], offer: Offer, terms: CommercialTerms
) -> Iterator[PlannedDeal]:
    """One deal for the release and its tracks, or two where it has a price, which is not that of each track."""
    main = _deal(planning, references[:1], offer, terms)
    track_price_code = offer.track_price_code if _sells(terms) else None
    tracks = main.model_copy(
        update={
            "release_references": references[1:],
            "price_code": track_price_code,
            "terms": terms.model_copy(update={"price": terms.track_price}),
        }
    )
    alone = len(references) <= 2 and tracks.price_code is None and tracks.terms.price is None
    if alone or (main.price_code, main.terms.price) == (tracks.price_code, tracks.terms.price):
        yield main.model_copy(update={"release_references": references})
        return
    yield main
    if tracks.release_references:
        yield tracks


def _deal(planning: Planning, references: tuple[str, ...], offer: Offer, terms: CommercialTerms) -> PlannedDeal:
    """A deal with the price code of the release, which belongs to what is sold alone (BP 1.4: no price of streams)."""
    options = planning.order.options
    return PlannedDeal(
        release_references=references,
        terms=terms,
        territories=offer.territories,
        start_date=offer.start_date,
        end_date=offer.end_date,
        price_code=offer.price_code if _sells(terms) else None,
        channels=options.channels,
        excluded_channels=options.excluded_channels,
    )


def _pre_orders(
    planning: Planning,
    references: tuple[str, ...],
    offers: Sequence[Offer],
    terms: Sequence[CommercialTerms],
    gratification: Gratification,
) -> Iterator[PlannedDeal]:
    """Where downloads are sold: deals of their own for the days before the release date (row COM-02).

    A further track that is given at once begins a further deal, so that none is given before its date.
    """
    begins = planning.release.pre_order_date
    if begins is None:
        return
    for offer in offers:
        later = {day for day in gratification.values() if begins < day < offer.start_date}
        days = sorted({begins, *later}) if begins < offer.start_date else []
        for sale in terms:
            if not _sells_downloads(sale):
                continue
            for day, following in zip(days, [*days[1:], offer.start_date], strict=True):
                yield _deal(planning, references[:1], offer, sale).model_copy(
                    update={
                        "start_date": day,
                        "end_date": following - timedelta(days=1),
                        "pre_order": True,
                        "instant_gratification": tuple(
                            reference for reference, given in gratification.items() if given <= day
                        ),
                    }
                )


def _ended_deals(
    planning: Planning, references: tuple[str, ...], offers: Sequence[Offer], terms: Sequence[CommercialTerms]
) -> Iterator[PlannedDeal]:
    """What a takedown says of deals: nothing, that they ended, or that they are cancelled (row ERN-15)."""
    form, today = planning.order.options.takedown_form, planning.order.created_at.date()
    if form is TakedownForm.END_DATE:
        # A day that was over two days ago is over in every time zone.
        last = today - timedelta(days=2)
        told = (*_pre_orders(planning, references, offers, terms, {}), *_all_deals(planning, references, offers, terms))
        for deal in told:
            # What has not begun is not told: it would look as if it had been on offer.
            if deal.start_date <= last:
                yield deal.model_copy(update={"end_date": min(deal.end_date or last, last)})
    elif form in WITHDRAWALS and terms:
        for offer in offers:
            planned = _deal(planning, references, offer, terms[0])
            yield planned.model_copy(
                update={"withdrawal": WITHDRAWALS[form], "start_date": today, "end_date": None, "price_code": None}
            )


def _all_deals(
    planning: Planning, references: tuple[str, ...], offers: Sequence[Offer], terms: Sequence[CommercialTerms]
) -> Iterator[PlannedDeal]:
    for offer in offers:
        for deal in terms:
            yield from _deals(planning, references, offer, deal)


def _sells(terms: CommercialTerms) -> bool:
    return terms.commercial_model is CommercialModel.PAY_AS_YOU_GO


def _sells_downloads(terms: CommercialTerms) -> bool:
    return _sells(terms) and UseType.PERMANENT_DOWNLOAD in terms.use_types
