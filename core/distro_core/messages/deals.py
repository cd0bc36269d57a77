"""Deals: the target's commercial terms, within the release's territories and periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from distro_sdk.models.catalogue import Release
from distro_sdk.models.commerce import WORLDWIDE, CommercialModel, CommercialTerms, Territories
from distro_sdk.models.message import PlannedDeal


def plan_deals(
    release: Release, terms: Sequence[CommercialTerms], references: tuple[str, ...], release_date: date
) -> tuple[PlannedDeal, ...]:
    """One deal per commercial model with its uses, for the main release and every track release (rule X-4).

    A release is not available before its release date, and not outside the period of its rights. The start does not
    depend on today: what already runs is told again with the start it had (rule X-8).
    """
    rights = release.rights
    territories = sold_in(release.territories)
    price_code = rights.price_code if rights else None
    offered = tuple(dict.fromkeys(terms))
    return tuple(
        PlannedDeal(
            release_references=references,
            terms=deal,
            territories=territories,
            start_date=max(release_date, rights.start_date) if rights else release_date,
            end_date=rights.end_date if rights else None,
            price_code=price_code if _has_price(deal, offered) else None,
        )
        for deal in offered
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


def _has_price(deal: CommercialTerms, offered: Sequence[CommercialTerms]) -> bool:
    """Whether the release's price code belongs to a deal: to those that sell, or to all where none does."""
    sells = [other for other in offered if other.commercial_model is CommercialModel.PAY_AS_YOU_GO]
    return deal in sells or not sells
