"""From deals to where, when and on which terms a release is offered: the way back from what planning decides.

Deals that differ in more than our model tells apart are left, and so stand among what was not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from distro_sdk.ern.reading.found import FoundDeal, FoundTrackRelease
from distro_sdk.ern.reading.territories import Offer, separate_offers
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Price, Rights, Territories, TerritoryGroup


@dataclass
class Offers:
    """What the deals of one release say. `gratification`: the first day of each resource given in advance."""

    territories: Territories
    rights: Rights | None
    groups: tuple[TerritoryGroup, ...]
    pre_order_date: date | None
    gratification: dict[str, date]
    terms: tuple[CommercialTerms, ...]
    withdrawn: bool


def read_offers(
    deals: Sequence[FoundDeal], release: str, tracks: Sequence[FoundTrackRelease], release_date: date | None
) -> Offers:
    """What the deals of a release say. `release`: its reference; `tracks`: the tracks that are releases of their own.

    The deals of the main release hold; where it has none, those of its tracks do.
    """
    own = [deal for deal in deals if release in deal.releases]
    of_tracks = [deal for deal in deals if release not in deal.releases]
    if not own:
        own, of_tracks = of_tracks, []
    advance = [deal for deal in own if deal.pre_order]
    sold = [deal for deal in own if not deal.pre_order]
    open_deals = [deal for deal in sold if not deal.withdrawn]
    offers = separate_offers(open_deals, release_date)
    if open_deals and all(deal.territories is None for deal in open_deals):
        # Without any territory the release would be offered everywhere.
        open_deals[0].node.fault("TERRITORY_UNKNOWN", "of no deal can it be told where it holds")
    pre_order_date = min((day for deal in own if (day := _advance_day(deal))), default=None)
    _leave_different(of_tracks, open_deals, advance, tracks)
    prices = _read_track_prices([*open_deals, *of_tracks], release, tracks)
    whole = _whole(offers, release_date)
    _leave_uneven(open_deals, offers)
    return Offers(
        territories=whole.territories if whole else Territories(),
        rights=_rights(whole, release_date, prices.code) if whole else None,
        groups=() if whole else tuple(_group(offer) for offer in offers if offer.start_date),
        pre_order_date=pre_order_date,
        gratification=_gratification(own, _earlier(of_tracks, open_deals), tracks, pre_order_date),
        terms=tuple(prices.complete(terms) for terms in _merged_terms((*open_deals, *advance))),
        withdrawn=bool(sold) and not open_deals,
    )


def _whole(offers: Sequence[Offer], release_date: date | None) -> Offer | None:
    """The one offer that holds in all territories of the release, where its period can be said by its rights."""
    if len(offers) != 1:
        return None
    offer = offers[0]
    early = offer.start_date is not None and release_date is not None and offer.start_date < release_date
    return None if early else offer


def _rights(offer: Offer, release_date: date | None, track_price_code: str | None) -> Rights | None:
    """Rights, where the offer says more than that it begins with the release."""
    start = offer.start_date
    if start is None:
        return None
    if start == release_date and not (offer.end_date or offer.price_code or track_price_code):
        return None
    return Rights(
        start_date=start, end_date=offer.end_date, price_code=offer.price_code, track_price_code=track_price_code
    )


@dataclass
class _TrackPrices:
    """What each track costs where it is sold alone. `by_kind`: prices by commercial model with its uses."""

    code: str | None
    by_kind: dict[tuple[object, ...], Price]

    def complete(self, terms: CommercialTerms) -> CommercialTerms:
        """The terms with the price of a track."""
        return terms.model_copy(update={"track_price": self.by_kind.get(_kind(terms))})


def _read_track_prices(deals: Sequence[FoundDeal], release: str, tracks: Sequence[FoundTrackRelease]) -> _TrackPrices:
    """What the deals of tracks say; a single track costs what its release does, and a second price is left."""
    references = {track.reference for track in tracks}
    found = _TrackPrices(None, {})
    for deal in deals:
        if not references & set(deal.releases) or (len(references) == 1 and release in deal.releases):
            continue
        if deal.price_code and found.code not in {None, deal.price_code}:
            deal.node.leave()
        found.code = found.code or deal.price_code
        for terms in _terms(deal):
            if terms.price and found.by_kind.setdefault(_kind(terms), terms.price) != terms.price:
                deal.node.leave()
    return found


def _group(offer: Offer) -> TerritoryGroup:
    return TerritoryGroup.model_validate(vars(offer))


def _terms(deal: FoundDeal) -> Iterable[CommercialTerms]:
    """Each commercial model of a deal with its uses."""
    for model in deal.models if deal.uses else ():
        claims = model is CommercialModel.RIGHTS_CLAIM
        yield CommercialTerms(
            commercial_model=model,
            use_types=deal.uses,
            price=deal.price,
            claim_policy=deal.claim_policy if claims else None,
        )


def _leave_uneven(deals: Sequence[FoundDeal], offers: Sequence[Offer]) -> None:
    """Our terms hold wherever a release is offered: a deal on terms that do not is left."""
    everywhere = {territory for offer in offers for territory in _codes(offer.territories)}
    reach: dict[tuple[object, ...], set[str]] = {}
    for deal in deals:
        for terms in _terms(deal) if deal.territories else ():
            reach.setdefault(_kind(terms), set()).update(_codes(deal.territories or Territories()))
    for deal in deals:
        if any(not everywhere <= reach.get(_kind(terms), everywhere) for terms in _terms(deal)):
            deal.node.leave()


def _kind(terms: CommercialTerms) -> tuple[object, ...]:
    return terms.commercial_model, terms.use_types, terms.claim_policy


def _codes(territories: Territories) -> tuple[str, ...]:
    """Included territories; `Worldwide` stands for itself, whatever it excludes."""
    return territories.included


def _merged_terms(deals: Sequence[FoundDeal]) -> tuple[CommercialTerms, ...]:
    """All terms, each once: a price code takes the place of the price in some deals, a second price is left."""
    found: dict[tuple[object, ...], CommercialTerms] = {}
    for deal in deals:
        for terms in _terms(deal):
            known = found.setdefault(_kind(terms), terms)
            if known.price is None:
                found[_kind(terms)] = terms
            elif terms.price not in {None, known.price}:
                deal.node.leave()
    return tuple(found.values())


def _advance_day(deal: FoundDeal) -> date | None:
    return deal.pre_order_date or (deal.start_date if deal.pre_order else None)


def _earlier(of_tracks: Sequence[FoundDeal], sold: Sequence[FoundDeal]) -> list[FoundDeal]:
    """Deals of tracks that are not those of their release at another price."""
    told = {_sale(deal) for deal in sold}
    return [deal for deal in of_tracks if _sale(deal) not in told]


def _gratification(
    own: Sequence[FoundDeal],
    of_tracks: Sequence[FoundDeal],
    tracks: Sequence[FoundTrackRelease],
    pre_order_date: date | None,
) -> dict[str, date]:
    """From when each resource is given to those who order in advance: the start of its own deal, else of the orders."""
    resources = {track.reference: track.resource_reference for track in tracks}
    starts: dict[str, date] = {}
    for deal in of_tracks:
        for reference in deal.releases:
            resource = resources.get(reference)
            if resource and deal.start_date and pre_order_date and deal.start_date >= pre_order_date:
                starts[resource] = min(deal.start_date, starts.get(resource, deal.start_date))
    given: dict[str, date | None] = {}
    for deal in own:
        for resource in deal.gratification:
            day = deal.start_date if deal.pre_order else pre_order_date
            given[resource] = min(filter(None, (given.get(resource), day)), default=None)
    days = {resource: starts.get(resource) or day or pre_order_date for resource, day in given.items()}
    return {resource: day for resource, day in days.items() if day is not None}


def _leave_different(
    of_tracks: Sequence[FoundDeal],
    sold: Sequence[FoundDeal],
    advance: Sequence[FoundDeal],
    tracks: Sequence[FoundTrackRelease],
) -> None:
    """A track is offered as its release is, at a price of its own: what its deals say otherwise is left."""
    told = {_sale(deal) for deal in sold}
    resources = {track.reference: track.resource_reference for track in tracks}
    given = {resource for deal in advance for resource in deal.gratification}
    for deal in of_tracks:
        at_once = {resources.get(reference) for reference in deal.releases} <= given
        if _sale(deal) not in told and not (at_once and deal.start_date):
            deal.node.leave()


def _sale(deal: FoundDeal) -> tuple[object, ...]:
    """What is offered, whatever it costs."""
    return (deal.territories, deal.start_date, deal.end_date, deal.models, deal.uses)
