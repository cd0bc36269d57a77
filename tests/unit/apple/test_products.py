"""Where, when and for what price a release is open at Apple, from the deals of the plan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Price, Territories, UseType
from distro_sdk.models.planned_releases import Withdrawal
from tests.unit.apple.plans import (
    DOWNLOAD,
    PRICED,
    START,
    STREAM,
    apple_plan,
    built,
    deal,
    every,
    offers,
    refused,
    texts,
    with_deals,
)

PLAN = apple_plan()
DAY = "2026-02-20"
SOLD = {"wholesale_price_tier": "3", "sales_start_date": DAY, "cleared_for_sale": "true"}
NOT_SOLD = {"cleared_for_sale": "false"}
STREAMED = {"cleared_for_stream": "true", "stream_start_date": DAY}
NOT_STREAMED = {"cleared_for_stream": "false"}


def only(*codes: str) -> Territories:
    return Territories(included=codes)


def but(*codes: str) -> Territories:
    return Territories(excluded=codes)


@pytest.mark.proves("APL-01")
@pytest.mark.parametrize(
    ("terms", "flags"),
    [
        ((STREAM,), NOT_SOLD | STREAMED),
        ((DOWNLOAD,), SOLD | NOT_STREAMED),
        ((DOWNLOAD, STREAM), SOLD | STREAMED),
    ],
)
def test_downloads_are_a_sale_and_subscription_is_a_stream(
    terms: tuple[CommercialTerms, ...], flags: dict[str, str]
) -> None:
    message = built(with_deals(*(deal(PLAN, each) for each in terms)))

    assert offers(message) == [{"territory": "WW"} | flags]


def test_single_territories_have_a_product_each() -> None:
    message = built(
        with_deals(deal(PLAN, STREAM, territories=only("SE", "DE")), deal(PLAN, DOWNLOAD, territories=only("SE")))
    )

    assert offers(message) == [
        {"territory": "DE"} | NOT_SOLD | STREAMED,
        {"territory": "SE"} | SOLD | STREAMED,
    ]


def test_an_excluded_territory_is_closed_beside_the_world() -> None:
    message = built(
        with_deals(deal(PLAN, STREAM, territories=but("US", "CA")), deal(PLAN, DOWNLOAD, territories=but("US")))
    )

    assert offers(message) == [
        {"territory": "WW"} | SOLD | STREAMED,
        {"territory": "CA"} | SOLD | NOT_STREAMED,
        {"territory": "US"} | NOT_SOLD | NOT_STREAMED,
    ]


def test_an_excluded_territory_may_be_said_by_naming_all_others() -> None:
    settings = {"storefronts": ["SE", "US", "DE"]}

    message = built(with_deals(deal(PLAN, STREAM, territories=but("US")), settings=settings))

    assert offers(message) == [
        {"territory": "DE"} | NOT_SOLD | STREAMED,
        {"territory": "SE"} | NOT_SOLD | STREAMED,
        {"territory": "US"} | NOT_SOLD | NOT_STREAMED,
    ]


def test_the_world_without_exclusions_is_the_world_however_it_could_be_listed() -> None:
    message = built(with_deals(deal(PLAN, STREAM), settings={"storefronts": ["SE"]}))

    assert [offer["territory"] for offer in offers(message)] == ["WW"]


def test_a_target_may_have_all_other_territories_closed() -> None:
    plan = with_deals(deal(PLAN, STREAM, territories=only("SE")), settings={"close_other_territories": True})

    assert offers(built(plan)) == [
        {"territory": "WW"} | NOT_SOLD | NOT_STREAMED,
        {"territory": "SE"} | NOT_SOLD | STREAMED,
    ]


def test_groups_of_territories_have_their_own_dates_and_prices() -> None:
    later = date(2026, 3, 1)
    plan = with_deals(
        deal(PLAN, DOWNLOAD, territories=but("JP")),
        deal(PLAN, DOWNLOAD, territories=only("JP"), start_date=later, price_code="MID"),
        settings={"price_tiers": {"FULL": 3, "MID": 32}},
    )

    assert offers(built(plan)) == [
        {"territory": "WW"} | SOLD | NOT_STREAMED,
        {
            "territory": "JP",
            "wholesale_price_tier": "32",
            "sales_start_date": "2026-03-01",
            "cleared_for_sale": "true",
            "cleared_for_stream": "false",
        },
    ]


@pytest.mark.parametrize(
    ("terms", "code", "settings", "tier"),
    [
        (DOWNLOAD, "FULL", {"price_tiers": {"FULL": 3}}, "3"),
        (PRICED, "FULL", {"price_tiers": {"FULL": 3, "EUR 0.99": 34}}, "3"),
        (PRICED, None, {"price_tiers": {"EUR 0.99": 34}}, "34"),
        (DOWNLOAD, None, {"price_tier": 98}, "98"),
    ],
)
def test_a_price_becomes_the_tier_that_was_agreed(
    terms: CommercialTerms, code: str | None, settings: dict[str, object], tier: str
) -> None:
    message = built(with_deals(deal(PLAN, terms, price_code=code), settings=settings))

    assert texts(message, "products/product/wholesale_price_tier") == [tier]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (DOWNLOAD, "OTHER"),
        (DOWNLOAD, None),
        (PRICED.model_copy(update={"price": Price(amount=Decimal(1), currency="EUR")}), None),
    ],
)
def test_a_price_that_was_not_agreed_is_refused(terms: CommercialTerms, code: str | None) -> None:
    assert refused(with_deals(deal(PLAN, STREAM), deal(PLAN, terms, price_code=code))) == {
        ("APPLE_PRICE_TIER_UNKNOWN", "deals.1.price_code")
    }


def advance(**changes: object) -> object:
    values: dict[str, object] = {
        "release_references": ("R0",),
        "pre_order": True,
        "start_date": START - timedelta(days=30),
        "end_date": START - timedelta(days=1),
    }
    return deal(PLAN, DOWNLOAD, **(values | changes))


@pytest.mark.proves("APL-01")
def test_advance_orders_stand_on_the_album_and_tracks_say_how_they_are_given() -> None:
    plan = with_deals(advance(instant_gratification=("A2",)), deal(PLAN, DOWNLOAD), deal(PLAN, STREAM))  # type: ignore[arg-type]

    message = built(plan)

    assert offers(message) == [{"territory": "WW"} | SOLD | STREAMED | {"preorder_sales_start_date": "2026-01-21"}]
    assert texts(message, "tracks/track/preorder_type") == ["standard", "instant-gratification", "standard"]
    assert every(message, "tracks/track/products") == []


@pytest.mark.parametrize("changes", [{"territories": only("SE")}, {"start_date": START + timedelta(days=3)}])
def test_advance_orders_without_the_sale_that_follows_are_refused(changes: dict[str, object]) -> None:
    sale = deal(PLAN, DOWNLOAD, **changes)

    assert refused(with_deals(advance(), sale)) == {("APPLE_DEALS_CONTRADICT", "deals.0")}  # type: ignore[arg-type]


def test_a_track_that_is_not_sold_by_itself_has_products_of_its_own() -> None:
    plan = with_deals(deal(PLAN, STREAM), deal(PLAN, DOWNLOAD, release_references=("R0", "R1", "R2")))

    message = built(plan)

    assert [len(every(message, f"tracks/track[{place}]/products")) for place in (1, 2, 3)] == [0, 0, 1]
    assert offers(message, "tracks/track[3]/products/product") == [{"territory": "WW"} | NOT_SOLD | STREAMED]


@pytest.mark.parametrize(
    ("model", "uses"),
    [
        (CommercialModel.ADVERTISEMENT_SUPPORTED, (UseType.ON_DEMAND_STREAM,)),
        (CommercialModel.FREE_OF_CHARGE, (UseType.PERMANENT_DOWNLOAD,)),
        (CommercialModel.RIGHTS_CLAIM, (UseType.USER_MAKE_AVAILABLE_USER_PROVIDED,)),
        (CommercialModel.SUBSCRIPTION, (UseType.NON_INTERACTIVE_STREAM,)),
        (CommercialModel.SUBSCRIPTION, (UseType.ON_DEMAND_STREAM, UseType.PERMANENT_DOWNLOAD)),
        (CommercialModel.PAY_AS_YOU_GO, (UseType.PERMANENT_DOWNLOAD, UseType.ON_DEMAND_STREAM)),
    ],
)
def test_terms_that_apple_does_not_offer_are_refused(model: CommercialModel, uses: tuple[UseType, ...]) -> None:
    terms = CommercialTerms(commercial_model=model, use_types=uses)

    assert refused(with_deals(deal(PLAN, STREAM), deal(PLAN, terms))) == {("APPLE_DEAL_INEXPRESSIBLE", "deals.1.terms")}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"channels": ("PADPIDA2015101005C",)}, "APPLE_DEAL_INEXPRESSIBLE", "channels"),
        ({"excluded_channels": ("PADPIDA2015101005C",)}, "APPLE_DEAL_INEXPRESSIBLE", "channels"),
        ({"withdrawal": Withdrawal.TAKE_DOWN}, "APPLE_DEAL_INEXPRESSIBLE", "withdrawal"),
        ({"end_date": date(2031, 1, 1)}, "APPLE_END_DATE_INEXPRESSIBLE", "end_date"),
    ],
)
def test_what_a_product_cannot_say_of_a_deal_is_refused(changes: dict[str, object], code: str, field: str) -> None:
    assert refused(with_deals(deal(PLAN, STREAM, **changes))) == {(code, f"deals.0.{field}")}


def test_an_order_for_streams_in_advance_is_refused() -> None:
    early = deal(PLAN, STREAM, pre_order=True, start_date=START - timedelta(days=9), release_references=("R0",))

    assert ("APPLE_DEAL_INEXPRESSIBLE", "deals.0.pre_order") in refused(with_deals(early, deal(PLAN, DOWNLOAD)))


def test_a_last_day_may_be_left_out_where_the_target_agrees() -> None:
    plan = with_deals(deal(PLAN, STREAM, end_date=date(2031, 1, 1)), settings={"leave_out": ["end_dates"]})

    assert offers(built(plan)) == [{"territory": "WW"} | NOT_SOLD | STREAMED]


def test_two_deals_for_one_use_in_one_territory_are_refused() -> None:
    plan = with_deals(deal(PLAN, STREAM, territories=only("SE", "NO")), deal(PLAN, STREAM, territories=but("NO")))

    assert refused(plan) == {("APPLE_DEALS_CONTRADICT", "deals.1")}


def test_no_deal_is_no_product() -> None:
    assert refused(with_deals()) == {("APPLE_DEALS_MISSING", "deals")}
