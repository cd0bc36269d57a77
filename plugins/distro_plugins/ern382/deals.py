"""DealList: one ReleaseDeal for all releases that share the same deals and the same days of being shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from lxml.etree import Element, SubElement, _Element

from distro_plugins.ern382.context import Context
from distro_plugins.ern382.elements import add_territories
from distro_plugins.ern382.settings import WebPolicy
from distro_sdk.ern.elements import add, add_flag
from distro_sdk.models.commerce import CommercialModel, UseType
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.planned_releases import PlannedDeal, PlannedVisibility, Withdrawal

_WITHDRAWALS: Final = {Withdrawal.TAKE_DOWN: "TakeDown", Withdrawal.ALL_DEALS_CANCELLED: "AllDealsCancelled"}

Shown = tuple[date, date, date, date]
"""From when a release, its track listing, its cover and its clips are shown: all four or none, by the schema."""


def deal_elements(context: Context) -> Iterator[_Element]:
    """Every deal; a message without deals withdraws the release from sale."""
    for together, deals in _shared_deals(context):
        for releases, shown in split_by_visibility(together, context):
            release_deal = Element("ReleaseDeal")
            for reference in releases:
                add(release_deal, "DealReleaseReference", reference)
            for deal in deals:
                _add_deal(release_deal, deal, releases, shown, context)
            yield release_deal


def releases_of(deal: PlannedDeal, context: Context) -> tuple[str, ...]:
    """The releases of a deal that are in the message; what is offered of a simple single is offered of its track."""
    main = context.plan.release.reference
    there = {main, *(component.reference for component in context.components)}
    added = context.added if main in deal.release_references and not deal.pre_order else ()
    return tuple(reference for reference in (*deal.release_references, *added) if reference in there)


def split_by_visibility(references: Sequence[str], context: Context) -> Iterator[tuple[tuple[str, ...], Shown | None]]:
    """The same releases, divided where some are shown on other days than others: dates belong to deals here."""
    shown: dict[Shown | None, list[str]] = {}
    dates = _dates_of(context)
    for reference in references:
        shown.setdefault(dates.get(reference), []).append(reference)
    yield from ((tuple(together), days) for days, together in shown.items())


def tells_days(deal: PlannedDeal, context: Context) -> bool:
    """Whether a deal says from when its releases are shown: what is sold says it, all deals where nothing is sold.

    DDEX shows these days with downloads and advance orders; streams have none (BP 1.4, ProfileVariant_PreOrders).
    """
    return deal.terms.commercial_model is CommercialModel.PAY_AS_YOU_GO or not context.sells


def _shared_deals(context: Context) -> Iterator[tuple[tuple[str, ...], list[PlannedDeal]]]:
    for references, together in groupby(context.plan.deals, key=lambda deal: releases_of(deal, context)):
        if references:
            yield references, list(together)


def _dates_of(context: Context) -> dict[str, Shown]:
    """Days of being shown, by release; what is taken down is not shown, and an added track is its release."""
    if context.plan.subtype is MessageSubtype.TAKEDOWN:
        return {}
    dates = {
        reference: _days(visibility)
        for visibility in context.plan.visibilities
        for reference in visibility.release_references
    }
    main = dates.get(context.plan.release.reference)
    return dates | (dict.fromkeys(context.added, main) if main else {})


def _days(visibility: PlannedVisibility) -> Shown:
    return (
        visibility.display_start,
        visibility.track_listing_start,
        visibility.cover_art_start,
        visibility.clip_start,
    )


def _add_deal(
    release_deal: _Element, deal: PlannedDeal, releases: tuple[str, ...], shown: Shown | None, context: Context
) -> None:
    terms = SubElement(SubElement(release_deal, "Deal"), "DealTerms")
    if deal.withdrawal:
        add_flag(terms, _WITHDRAWALS[deal.withdrawal], value=True)
        add_territories(terms, deal.territories)
        _add_period(terms, deal)
        return
    if deal.pre_order:
        add_flag(terms, "IsPreOrderDeal", value=True)
    add(terms, "CommercialModelType", deal.terms.commercial_model)
    for uses in _usages(deal.terms.use_types):
        usage = SubElement(terms, "Usage")
        for use in uses:
            add(usage, "UseType", use)
    add_territories(terms, deal.territories)
    _add_channels(terms, "DistributionChannel", deal.channels)
    _add_channels(terms, "ExcludedDistributionChannel", deal.excluded_channels)
    _add_price(terms, deal, context)
    _add_period(terms, deal)
    if deal.pre_order and releases == (context.plan.release.reference,):
        # By the schema's text the date does not apply to track releases.
        add(terms, "PreOrderReleaseDate", deal.start_date.isoformat())
    if shown and tells_days(deal, context):
        _add_shown(terms, shown)
    if deal.instant_gratification:
        gratification = SubElement(terms, "InstantGratificationResourceList")
        for reference in deal.instant_gratification:
            add(gratification, "DealResourceReference", reference)
    _add_policies(terms, deal, context.settings.web_policy)


def _usages(uses: tuple[UseType, ...]) -> tuple[tuple[UseType, ...], ...]:
    """A general use stands apart from special ones of its family (BP 1.4, 4.3.2(12))."""
    special = tuple(use for use in uses if use is not UseType.STREAM)
    if UseType.STREAM in uses and any(use.value.endswith("Stream") for use in special):
        return (UseType.STREAM,), special
    return (uses,)


def _add_channels(terms: _Element, name: str, channels: Iterable[str]) -> None:
    for channel in channels:
        add(SubElement(terms, name), "PartyId", channel, {"IsDPID": "true"})


def _add_price(terms: _Element, deal: PlannedDeal, context: Context) -> None:
    """The price code, else the price, never both (BP 1.4; the price type is the one that binds)."""
    if deal.price_code:
        information = SubElement(terms, "PriceInformation")
        namespace = context.settings.price_code_namespace or context.namespace
        add(information, "PriceType", deal.price_code, {"Namespace": namespace})
    elif deal.terms.price:
        information = SubElement(terms, "PriceInformation")
        amount = format(deal.terms.price.amount, "f")
        add(information, "WholesalePricePerUnit", amount, {"CurrencyCode": deal.terms.price.currency})


def _add_period(terms: _Element, deal: PlannedDeal) -> None:
    period = SubElement(terms, "ValidityPeriod")
    add(period, "StartDate", deal.start_date.isoformat())
    if deal.end_date:
        add(period, "EndDate", deal.end_date.isoformat())


def _add_shown(terms: _Element, shown: Shown) -> None:
    names = ("ReleaseDisplay", "TrackListingPreview", "CoverArtPreview", "ClipPreview")
    for name, day in zip(names, shown, strict=True):
        add(terms, f"{name}StartDate", day.isoformat())


def _add_policies(terms: _Element, deal: PlannedDeal, web: WebPolicy | None) -> None:
    """What happens to users' content with the recording, and what they may do with it (BP 1.4, 4.3.18)."""
    if deal.terms.commercial_model is not CommercialModel.RIGHTS_CLAIM:
        return
    if deal.terms.claim_policy:
        policy = SubElement(terms, "RightsClaimPolicy")
        add(policy, "RightsClaimPolicyType", deal.terms.claim_policy)
    if web is None:
        return
    policy = SubElement(terms, "WebPolicy")
    condition = SubElement(policy, "Condition")
    add(condition, "Value", format(web.more_than_percent, "f"))
    add(condition, "Unit", "Percent")
    add(condition, "RelationalRelator", "MoreThan")
    if web.block_access:
        add_flag(policy, "AccessBlockingRequested", value=True)
        return
    allowed = {
        "EmbeddingAllowed": web.embedding,
        "UserRatingAllowed": web.rating,
        "UserCommentAllowed": web.comments,
        "UserResponsesAllowed": web.responses,
        "SyndicationAllowed": web.syndication,
    }
    for name, value in allowed.items():
        if value is not None:
            add_flag(policy, name, value)
