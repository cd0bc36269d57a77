"""From the territories and periods of many deals to offers that share no territory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from distro_sdk.ern.reading.found import FoundDeal
from distro_sdk.models.commerce import WORLDWIDE, CommercialModel, Territories


@dataclass(frozen=True)
class Offer:
    """Where and when a release is offered. `start_date`: None where no deal says it; `end_date`: included."""

    territories: Territories
    start_date: date | None
    end_date: date | None
    price_code: str | None = None


class Period(NamedTuple):
    """When a deal holds."""

    start: date | None
    end: date | None

    @property
    def rank(self) -> tuple[date, date]:
        """The later, the higher: one without an end is the latest."""
        return self.end or date.max, self.start or date.min


Condition = tuple[Period, str | None]
"""A period and a price code."""


def separate_offers(deals: Iterable[FoundDeal], release_date: date | None) -> list[Offer]:
    """Offers that share no territory, in the order in which deals first speak of them; what is lost is left.

    Of several periods for one territory the latest holds. A deal without a start begins with the release; of one that
    ends, and of which no start is known, the territories alone can be told.
    """
    told = list(_told(deals, release_date))
    world = [(period, deal) for period, deal in told if deal.territories and WORLDWIDE in deal.territories.included]
    single: dict[str, list[tuple[Period, FoundDeal]]] = {}
    for period, deal in told:
        for code in deal.territories.included if deal.territories else ():
            if code != WORLDWIDE:
                single.setdefault(code, []).append((period, deal))
    whole, excluded, everywhere = _worldwide(world)
    conditions = {
        code: _condition([*entries, *([] if code in excluded else everywhere)]) for code, entries in single.items()
    }
    if whole is not None:
        conditions = {code: condition for code, condition in conditions.items() if condition != whole}
        excluded |= conditions.keys()
    groups: dict[Condition, list[str]] = {}
    for code, condition in conditions.items():
        groups.setdefault(condition, []).append(code)
    offers = [_offer(Territories(included=tuple(sorted(codes))), condition) for condition, codes in groups.items()]
    if whole is not None:
        offers.insert(0, _offer(Territories(excluded=tuple(sorted(excluded))), whole))
    return offers


def _told(deals: Iterable[FoundDeal], release_date: date | None) -> Iterable[tuple[Period, FoundDeal]]:
    for deal in deals:
        period = Period(deal.start_date or release_date, deal.end_date)
        if period.start and period.end and period.end < period.start:
            deal.node.fault("PERIOD_REVERSED", f"the deal ends on {period.end}, before it starts on {period.start}")
        elif deal.territories is None:
            deal.node.leave()
        elif period.start is None and period.end is not None:
            deal.node.leave()
            yield Period(None, None), deal
        else:
            yield period, deal


def _worldwide(
    deals: Sequence[tuple[Period, FoundDeal]],
) -> tuple[Condition | None, set[str], list[tuple[Period, FoundDeal]]]:
    """What holds worldwide: its condition, what it excludes, and its deals."""
    if not deals:
        return None, set(), []
    _, first = max(deals, key=lambda entry: entry[0].rank)
    territories = first.territories
    same = [entry for entry in deals if entry[1].territories == territories]
    for _, deal in deals:
        if deal.territories != territories:
            deal.node.leave()
    return _condition(same), set(territories.excluded if territories else ()), same


def _condition(entries: Sequence[tuple[Period, FoundDeal]]) -> Condition:
    """The latest period, and the price code of what is sold in it, else of anything."""
    period = max((period for period, _ in entries), key=lambda period: period.rank)
    held = [deal for other, deal in entries if other == period]
    for other, deal in entries:
        if other != period:
            deal.node.leave()
    sells = [deal for deal in held if CommercialModel.PAY_AS_YOU_GO in deal.models]
    coded = [deal for deal in (*sells, *held) if deal.price_code]
    code = coded[0].price_code if coded else None
    for deal in coded:
        if deal.price_code != code:
            deal.node.leave()
    return period, code


def _offer(territories: Territories, condition: Condition) -> Offer:
    period, price_code = condition
    return Offer(territories, period.start, period.end, price_code)
