"""From the plan's deals to Apple's products: one per territory, with what is open there and from when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from distro_plugins.apple53.settings import AppleSettings, Omission
from distro_plugins.apple53.tables import WORLD
from distro_sdk.errors import DomainError
from distro_sdk.models.commerce import WORLDWIDE, CommercialModel, CommercialTerms, Territories, UseType
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedDeal

STREAMED = frozenset({UseType.ON_DEMAND_STREAM, UseType.STREAM})
BESIDE_STREAMS = frozenset({UseType.NON_INTERACTIVE_STREAM, UseType.CONDITIONAL_DOWNLOAD})


@dataclass(frozen=True)
class Product:
    """What is open in a territory. `tier`: wholesale price tier; dates: first days, None where nothing is open."""

    territory: str
    tier: int | None = None
    sales_start: date | None = None
    stream_start: date | None = None
    pre_order_start: date | None = None

    @property
    def same_elsewhere(self) -> Product:
        """The product without its territory, to be compared with that of another."""
        return replace(self, territory="")


CLOSED = Product(WORLD)
"""The one product of a takedown: the world, closed for sale and for streams."""


def sells(terms: CommercialTerms) -> bool:
    """Whether terms are what Apple calls cleared for sale: permanent downloads that are paid for one by one."""
    return terms.commercial_model is CommercialModel.PAY_AS_YOU_GO and terms.use_types == (UseType.PERMANENT_DOWNLOAD,)


def streams(terms: CommercialTerms) -> bool:
    """Whether terms are what Apple calls cleared for stream: its subscription, with what belongs to it."""
    uses = set(terms.use_types)
    return (
        terms.commercial_model is CommercialModel.SUBSCRIPTION
        and bool(uses & STREAMED)
        and uses <= STREAMED | BESIDE_STREAMS
    )


def price_tier(deal: PlannedDeal, settings: AppleSettings) -> int | None:
    """The tier of a deal that sells: by its price code, else by its price, else the target's; None where unknown."""
    price = deal.terms.price
    if deal.price_code:
        return settings.price_tiers.get(deal.price_code)
    if price:
        return settings.price_tiers.get(f"{price.currency} {price.amount}")
    return settings.price_tier


def find_deal_faults(plan: MessagePlan, settings: AppleSettings) -> Iterator[DomainError]:
    """Everything in the deals that Apple's products cannot say."""
    if not plan.deals:
        yield DomainError("APPLE_DEALS_MISSING", "without a deal there is no product to deliver", ("deals",))
    for place, deal in enumerate(plan.deals):
        yield from _single_faults(deal, place, settings)
    yield from _contradictions(plan)


def album_products(plan: MessagePlan, settings: AppleSettings) -> tuple[Product, ...]:
    """The products of the album."""
    return _products(plan, plan.release.reference, settings)


def track_products(plan: MessagePlan, reference: str, settings: AppleSettings) -> tuple[Product, ...]:
    """The products of a track release, empty where the track is open wherever and whenever its album is.

    An order in advance is for albums alone, so it is neither compared nor told.
    """
    if _lasting(plan, reference) == _lasting(plan, plan.release.reference):
        return ()
    own, album = (
        tuple(replace(product, pre_order_start=None) for product in _products(plan, offered, settings))
        for offered in (reference, plan.release.reference)
    )
    return () if own == album else own


def _single_faults(deal: PlannedDeal, place: int, settings: AppleSettings) -> Iterator[DomainError]:
    path = ("deals", place)
    terms = deal.terms
    if not sells(terms) and not streams(terms):
        uses = ", ".join(terms.use_types)
        text = f"{terms.commercial_model} with {uses} is neither a sale of downloads nor Apple's subscription"
        yield DomainError("APPLE_DEAL_INEXPRESSIBLE", text, (*path, "terms"))
    if deal.end_date and not deal.pre_order and Omission.END_DATES not in settings.leave_out:
        text = f"a product has no last day, so it would stay open after {deal.end_date}"
        yield DomainError("APPLE_END_DATE_INEXPRESSIBLE", text, (*path, "end_date"))
    if deal.pre_order and not sells(terms):
        text = "only downloads can be ordered in advance"
        yield DomainError("APPLE_DEAL_INEXPRESSIBLE", text, (*path, "pre_order"))
    if deal.channels or deal.excluded_channels:
        text = "a product cannot be kept to some channels"
        yield DomainError("APPLE_DEAL_INEXPRESSIBLE", text, (*path, "channels"))
    if deal.withdrawal:
        text = "a product is withdrawn by a takedown alone"
        yield DomainError("APPLE_DEAL_INEXPRESSIBLE", text, (*path, "withdrawal"))
    if sells(terms) and not deal.pre_order and price_tier(deal, settings) is None:
        known = deal.price_code or (terms.price and f"{terms.price.currency} {terms.price.amount}") or "no price"
        text = f"the target has no wholesale price tier for {known}"
        yield DomainError("APPLE_PRICE_TIER_UNKNOWN", text, (*path, "price_code"))


def _contradictions(plan: MessagePlan) -> Iterator[DomainError]:
    """Two deals of one kind for one release in one territory, and advance orders without the sale that follows."""
    for place, deal in enumerate(plan.deals):
        rivals = (other for other in plan.deals[:place] if _same_use(deal, other) and _meet(deal, other))
        if next(rivals, None) is not None:
            text = "two deals open the same use in the same territory in two ways"
            yield DomainError("APPLE_DEALS_CONTRADICT", text, ("deals", place))
        if deal.pre_order and not _is_followed(deal, plan):
            text = "the sale does not begin everywhere when the advance orders end"
            yield DomainError("APPLE_DEALS_CONTRADICT", text, ("deals", place))


def _same_use(deal: PlannedDeal, other: PlannedDeal) -> bool:
    sold = sells(deal.terms) and sells(other.terms) and deal.pre_order == other.pre_order
    return sold or (streams(deal.terms) and streams(other.terms))


def _meet(deal: PlannedDeal, other: PlannedDeal) -> bool:
    codes = (*_codes(deal.territories), *_codes(other.territories), WORLD)
    same_place = any(_covers(deal.territories, code) and _covers(other.territories, code) for code in codes)
    return same_place and not set(deal.release_references).isdisjoint(other.release_references)


def _is_followed(advance: PlannedDeal, plan: MessagePlan) -> bool:
    """Whether, wherever one can order in advance, the sale begins on the day after."""
    sales = [deal for deal in plan.deals if sells(deal.terms) and not deal.pre_order]
    codes = {WORLD, *(code for deal in plan.deals for code in _codes(deal.territories))}
    return all(
        any(
            set(advance.release_references) <= set(sale.release_references)
            and _covers(sale.territories, code)
            and (advance.end_date is None or advance.end_date + timedelta(days=1) == sale.start_date)
            for sale in sales
        )
        for code in codes
        if _covers(advance.territories, code)
    )


def _products(plan: MessagePlan, reference: str, settings: AppleSettings) -> tuple[Product, ...]:
    named = {code for deal in plan.deals for code in _codes(deal.territories)}
    deals = [deal for deal in plan.deals if reference in deal.release_references]
    if not any(WORLDWIDE in deal.territories.included for deal in plan.deals):
        products = [_product(deals, code, settings) for code in sorted(named)]
        return (CLOSED, *products) if settings.close_other_territories else tuple(products)
    rest = _product(deals, WORLD, settings)
    single = {code: _product(deals, code, settings) for code in sorted(named)}
    differing = {code: product for code, product in single.items() if product.same_elsewhere != rest.same_elsewhere}
    if differing and settings.storefronts:
        codes = sorted({*settings.storefronts, *differing})
        return tuple(differing.get(code) or replace(rest, territory=code) for code in codes)
    return (rest, *differing.values())


def _lasting(plan: MessagePlan, reference: str) -> list[PlannedDeal]:
    """The deals of a release that go on after advance orders."""
    return [deal for deal in plan.deals if reference in deal.release_references and not deal.pre_order]


def _product(deals: Sequence[PlannedDeal], territory: str, settings: AppleSettings) -> Product:
    here = [deal for deal in deals if _covers(deal.territories, territory)]
    advance = next((deal for deal in here if deal.pre_order), None)
    sale = next((deal for deal in here if sells(deal.terms) and not deal.pre_order), None)
    stream = next((deal for deal in here if streams(deal.terms)), None)
    return Product(
        territory=territory,
        tier=price_tier(sale, settings) if sale else None,
        sales_start=sale.start_date if sale else None,
        stream_start=stream.start_date if stream else None,
        pre_order_start=advance.start_date if advance else None,
    )


def _codes(territories: Territories) -> set[str]:
    return {*territories.included, *territories.excluded} - {WORLDWIDE}


def _covers(territories: Territories, code: str) -> bool:
    """Whether a territory is among them. `code`: `WW` stands for every territory that no deal names."""
    return code not in territories.excluded and (WORLDWIDE in territories.included or code in territories.included)
