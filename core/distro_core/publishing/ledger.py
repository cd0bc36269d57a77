"""The ledger of sales (row MKT-09): each entry is immutable, and its shares add up to its amount exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from distro_core.clock import Clock
from distro_core.publishing.documents import PluginClaimDocument
from distro_core.publishing.ledger_documents import EntryKind, LedgerEntryDocument, Share, ShareHolder
from distro_core.publishing.shares import split
from distro_core.settings import Settings
from distro_core.store.collection import Order, Page
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

WHOLE: Final = 10_000
"""A whole price, in hundredths of a percent."""

MOST_AMOUNT: Final = 10**9
MOST_PARTNERS: Final = 10
MOST_REFUNDS: Final = 100
PLATFORM: Final = "platform"


@dataclass(frozen=True)
class Partner:
    """Somebody else who gets a share. `parts`: in hundredths of a percent of the price."""

    name: str
    parts: int


@dataclass(frozen=True)
class Sale:
    """A sale of a plugin. `amount`: in minor units; `reference`: of the payment; `buyer`: who paid, for people."""

    plugin_id: str
    amount: int
    currency: str
    buyer: str
    reference: str
    partners: Sequence[Partner] = field(default=())


@dataclass(frozen=True)
class CurrencyTotal:
    """What a developer's sales of one period come to in one currency; amounts in minor units, refunds negative."""

    currency: str
    sales: int
    refunds: int
    sold: int
    refunded: int
    payout: int


@dataclass(frozen=True)
class PayoutStatement:
    """What a developer is owed for a period, which includes `since` and not `until`. Currencies are never mixed."""

    developer_id: str
    since: datetime
    until: datetime
    totals: Sequence[CurrencyTotal]


class Ledger:
    """Sales and refunds of plugins that are published here."""

    def __init__(self, control: ControlStore, clock: Clock, settings: Settings) -> None:
        self._entries = control.collection(LedgerEntryDocument)
        self._claims = control.collection(PluginClaimDocument)
        self._clock = clock
        self._publisher_share = settings.publisher_share

    async def record(self, sale: Sale, *, by: str) -> LedgerEntryDocument:
        """Write a sale down with everybody's share; partners are paid from the platform's.

        Raises NOT_FOUND for a plugin that was never approved here, SALE_INVALID, or PAYMENT_RECORDED.
        """
        _check(sale, WHOLE - self._publisher_share)
        claim = await self._claims.find(sale.plugin_id)
        if claim is None:
            raise DomainError("NOT_FOUND", f"no plugin with id {sale.plugin_id[:100]} is published here", ("plugin",))
        partners = sum(partner.parts for partner in sale.partners)
        parties = [
            (ShareHolder.PUBLISHER, claim.developer_id, self._publisher_share),
            (ShareHolder.PLATFORM, PLATFORM, WHOLE - self._publisher_share - partners),
            *((ShareHolder.PARTNER, partner.name, partner.parts) for partner in sale.partners),
        ]
        amounts = split(sale.amount, [parts for _, _, parts in parties])
        entry = LedgerEntryDocument(
            kind=EntryKind.SALE,
            plugin_id=sale.plugin_id,
            developer_id=claim.developer_id,
            buyer=sale.buyer,
            amount=sale.amount,
            currency=sale.currency,
            shares=tuple(
                Share(holder=holder, name=name, amount=amount)
                for (holder, name, _), amount in zip(parties, amounts, strict=True)
            ),
            reference=sale.reference,
            at=self._clock.now(),
        )
        return await self._entries.insert(entry, by=by)

    async def refund(self, sale_id: str, amount: int, reference: str, *, by: str) -> LedgerEntryDocument:
        """Write down that some of a sale was paid back, by everybody in proportion to what they still have of it.

        Raises NOT_FOUND, REFUND_TOO_LARGE, SALE_INVALID or PAYMENT_RECORDED.
        """
        sale = await self._entries.find(sale_id)
        if sale is None or sale.kind is not EntryKind.SALE:
            raise DomainError("NOT_FOUND", f"there is no sale with id {sale_id[:100]}", ("sale",))
        _check_reference(reference)
        while True:
            earlier = await self._entries.list({"sale_id": sale.id}, order=Order(), limit=MOST_REFUNDS)
            remaining = [
                share.amount + sum(entry.shares[place].amount for entry in earlier)
                for place, share in enumerate(sale.shares)
            ]
            if not 1 <= amount <= sum(remaining) or len(earlier) >= MOST_REFUNDS:
                message = f"1 to {sum(remaining)} can be refunded, in at most {MOST_REFUNDS} refunds"
                raise DomainError("REFUND_TOO_LARGE", message, ("amount",))
            given_back = split(amount, remaining)
            entry = LedgerEntryDocument(
                kind=EntryKind.REFUND,
                plugin_id=sale.plugin_id,
                developer_id=sale.developer_id,
                buyer=sale.buyer,
                amount=-amount,
                currency=sale.currency,
                shares=tuple(
                    share.model_copy(update={"amount": -part})
                    for share, part in zip(sale.shares, given_back, strict=True)
                ),
                reference=reference,
                at=self._clock.now(),
                sale_id=sale.id,
                ordinal=len(earlier) + 1,
            )
            try:
                return await self._entries.insert(entry, by=by)
            except DomainError as error:
                # Another refund came first: what is left is another amount now.
                if error.code != "ALREADY_EXISTS":
                    raise

    async def page(
        self, *, developer_id: str | None = None, first: int, after: str | None = None
    ) -> Page[LedgerEntryDocument]:
        """Entries, the newest first. `developer_id`: of this developer's plugins only."""
        where = {} if developer_id is None else {"developer_id": developer_id}
        return await self._entries.page(where, order=Order(descending=True), first=first, after=after)

    async def statement(self, developer_id: str, since: datetime, until: datetime) -> PayoutStatement:
        """What a developer is owed for a period, for each currency; raises PERIOD_INVALID."""
        if since >= until:
            raise DomainError("PERIOD_INVALID", "a period begins before it ends", ("until",))
        is_sale = {"$eq": ["$kind", EntryKind.SALE.value]}
        own = {"$filter": {"input": "$shares", "cond": {"$eq": ["$$this.holder", ShareHolder.PUBLISHER.value]}}}
        found = await self._entries.aggregate(
            [
                {"$match": {"developer_id": developer_id, "at": {"$gte": since, "$lt": until}}},
                {
                    "$group": {
                        "_id": "$currency",
                        "sales": {"$sum": {"$cond": [is_sale, 1, 0]}},
                        "refunds": {"$sum": {"$cond": [is_sale, 0, 1]}},
                        "sold": {"$sum": {"$cond": [is_sale, {"$toLong": "$amount"}, 0]}},
                        "refunded": {"$sum": {"$cond": [is_sale, 0, {"$toLong": "$amount"}]}},
                        "payout": {"$sum": {"$sum": {"$map": {"input": own, "in": {"$toLong": "$$this.amount"}}}}},
                    }
                },
                {"$sort": {"_id": 1}},
            ]
        )
        totals = [
            CurrencyTotal(
                currency=each["_id"],
                sales=each["sales"],
                refunds=each["refunds"],
                sold=int(each["sold"]),
                refunded=int(each["refunded"]),
                payout=int(each["payout"]),
            )
            for each in found
        ]
        return PayoutStatement(developer_id, since, until, totals)


def _check(sale: Sale, most_parts: int) -> None:
    if not 1 <= sale.amount <= MOST_AMOUNT:
        raise _invalid(f"an amount is 1 to {MOST_AMOUNT} minor units", "amount")
    if re.fullmatch(r"[A-Z]{3}", sale.currency) is None:
        raise _invalid("a currency is three letters of ISO 4217", "currency")
    if not 1 <= len(sale.buyer) <= 200:
        raise _invalid("a buyer has 1 to 200 characters", "buyer")
    _check_reference(sale.reference)
    names = [partner.name for partner in sale.partners]
    if len(names) > MOST_PARTNERS or len(set(names)) != len(names) or not all(1 <= len(name) <= 100 for name in names):
        raise _invalid(f"at most {MOST_PARTNERS} partners, each with another name of 1 to 100 characters", "partners")
    if any(partner.parts < 1 for partner in sale.partners) or sum(p.parts for p in sale.partners) > most_parts:
        raise _invalid(f"partners share at most {most_parts} of {WHOLE} parts, at least 1 each", "partners")


def _check_reference(reference: str) -> None:
    if not 1 <= len(reference) <= 200:
        raise _invalid("a reference has 1 to 200 characters", "reference")


def _invalid(message: str, field: str) -> DomainError:
    return DomainError("SALE_INVALID", message, (field,))
