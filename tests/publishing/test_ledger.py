"""The ledger of sales: shares that add up exactly, entries that never change, and statements by currency."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.publishing.documents import PluginClaimDocument
from distro_core.publishing.ledger import Ledger, Partner, Sale
from distro_core.publishing.ledger_documents import LedgerEntryDocument
from distro_core.publishing.shares import split
from distro_sdk.errors import DomainError
from distro_sdk.testing.clock import SettableClock
from tests.marketplace.shops import Shop

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)


@pytest.fixture
async def ledger(shop: Shop, clock: SettableClock) -> Ledger:
    """A ledger of an installation that has published a plugin of the owls'."""
    claims = shop.platform.control.collection(PluginClaimDocument)
    await claims.insert(PluginClaimDocument(id="night-owl", developer_id="owls"))
    return Ledger(shop.platform.control, clock, shop.platform.settings)


def sale(amount: int = 4900, reference: str = "payment-1", **fields: Any) -> Sale:
    told = {"plugin_id": "night-owl", "currency": "EUR", "buyer": "Label A", **fields}
    return Sale(amount=amount, reference=reference, **told)


def shares(entry: LedgerEntryDocument) -> dict[str, int]:
    return {share.name: share.amount for share in entry.shares}


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value.code


@pytest.mark.proves("MKT-09")
@given(st.integers(0, 10**12), WEIGHTS)
def test_parts_add_up_to_the_amount_exactly_and_are_fair(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        # Never further than one unit from the exact share: |part - amount * weight / total| < 1.
        assert abs(part * sum(weights) - amount * weight) < sum(weights)
    assert parts == split(amount, weights)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any), st.lists(st.integers(1, 99), max_size=8))
def test_what_is_given_back_never_exceeds_what_is_left(first: list[int], percentages: list[int]) -> None:
    left = list(first)
    for percentage in (*percentages, 100):
        given_back = split(-(-sum(left) * percentage // 100), left) if sum(left) else left
        left = [have - part for have, part in zip(left, given_back, strict=True)]
        assert min(left) >= 0
    assert set(left) == {0}


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_nonsense_is_not_divided(amount: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="an amount is divided by weights"):
        split(amount, weights)


def test_the_largest_remainders_get_what_rounding_leaves() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [7000, 3000]) == [7, 3]
    assert split(1, [3000, 7000]) == [0, 1]
    assert split(99, [7000, 2500, 500]) == [69, 25, 5]


@pytest.mark.proves("MKT-09")
async def test_a_sale_is_shared_among_publisher_platform_and_partners(ledger: Ledger) -> None:
    plain = await ledger.record(sale(4999), by="shop")
    shared = await ledger.record(sale(4999, "payment-2", partners=[Partner("Referrer", 500)]), by="shop")

    assert shares(plain) == {"owls": 3499, "platform": 1500}
    assert shares(shared) == {"owls": 3499, "platform": 1250, "Referrer": 250}
    assert sum(shares(shared).values()) == shared.amount == 4999


async def test_a_payment_counts_once(ledger: Ledger) -> None:
    entry = await ledger.record(sale(), by="shop")

    assert await refusal(ledger.record(sale(), by="shop")) == "PAYMENT_RECORDED"
    assert await refusal(ledger.refund(entry.id, 1, "payment-1", by="shop")) == "PAYMENT_RECORDED"
    assert len((await ledger.page(first=10)).documents) == 1


async def test_a_refund_is_negative_and_never_more_than_was_paid(ledger: Ledger) -> None:
    entry = await ledger.record(sale(101), by="shop")

    part = await ledger.refund(entry.id, 50, "back-1", by="shop")
    assert (part.amount, part.currency, part.sale_id, sum(shares(part).values())) == (-50, "EUR", entry.id, -50)
    for amount in (0, -5, 52):
        assert await refusal(ledger.refund(entry.id, amount, "back-x", by="shop")) == "REFUND_TOO_LARGE"
    rest = await ledger.refund(entry.id, 51, "back-2", by="shop")

    assert {name: shares(part)[name] + shares(rest)[name] for name in shares(part)} == {
        name: -amount for name, amount in shares(entry).items()
    }
    assert await refusal(ledger.refund(entry.id, 1, "back-3", by="shop")) == "REFUND_TOO_LARGE"
    assert await refusal(ledger.refund(part.id, 1, "back-4", by="shop")) == "NOT_FOUND"
    # The sale itself has not changed.
    assert (await ledger.page(first=10)).documents[-1] == entry


async def test_refunds_at_once_give_back_no_more_than_one_after_the_other(ledger: Ledger) -> None:
    entry = await ledger.record(sale(100), by="shop")

    async def refund(number: int) -> int:
        try:
            return (await ledger.refund(entry.id, 30, f"back-{number}", by="shop")).amount
        except DomainError as error:
            return 0 if error.code == "REFUND_TOO_LARGE" else 1

    assert sorted(await asyncio.gather(*map(refund, range(6)))) == [-30, -30, -30, 0, 0, 0]


@pytest.mark.proves("MKT-09")
async def test_a_statement_tells_each_currency_by_itself(ledger: Ledger, clock: SettableClock) -> None:
    since = clock.now()
    first = await ledger.record(sale(1000), by="shop")
    await ledger.record(sale(999, "p2", currency="USD"), by="shop")
    await ledger.record(sale(2**31 // 3, "p3", currency="JPY"), by="shop")
    clock.advance(timedelta(days=1))
    await ledger.refund(first.id, 500, "b1", by="shop")
    until = clock.now() + timedelta(seconds=1)
    clock.advance(timedelta(days=30))
    await ledger.record(sale(7, "p4"), by="shop")

    statement = await ledger.statement("owls", since, until)

    assert [
        (each.currency, each.sales, each.refunds, each.sold, each.refunded, each.payout) for each in statement.totals
    ] == [
        ("EUR", 1, 1, 1000, -500, 350),
        ("JPY", 1, 0, 715827882, 0, 501079517),
        ("USD", 1, 0, 999, 0, 699),
    ]
    assert (await ledger.statement("ravens", since, until)).totals == []
    # A period includes where it begins and not where it ends.
    assert (await ledger.statement("owls", since - timedelta(days=1), since)).totals == []
    assert await refusal(ledger.statement("owls", since, since)) == "PERIOD_INVALID"


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": 0},
        {"amount": -4900},
        {"amount": 10**9 + 1},
        {"currency": "eur"},
        {"currency": "EURO"},
        {"buyer": ""},
        {"reference": ""},
        {"partners": [Partner("All of it", 3001)]},
        {"partners": [Partner("Less than nothing", -1)]},
        {"partners": [Partner("Twice", 1), Partner("Twice", 1)]},
        {"partners": [Partner(f"P{number}", 1) for number in range(11)]},
    ],
)
async def test_what_cannot_be_a_sale_is_refused(ledger: Ledger, fields: dict[str, Any]) -> None:
    assert await refusal(ledger.record(sale(**fields), by="shop")) == "SALE_INVALID"


async def test_only_what_is_published_here_is_sold_here(ledger: Ledger) -> None:
    assert await refusal(ledger.record(sale(plugin_id="nowhere"), by="shop")) == "NOT_FOUND"
    assert await refusal(ledger.refund("nothing", 1, "b", by="shop")) == "NOT_FOUND"
