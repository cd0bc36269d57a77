"""Sales of plugins, refunds, and what developers are owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.developers import sees_all
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query
from distro_core.identity.permissions import Permission
from distro_core.publishing import ledger, ledger_documents
from distro_core.publishing.developers import DeveloperService
from distro_core.publishing.ledger import Ledger, Partner, Sale
from distro_core.publishing.ledger_documents import EntryKind, LedgerEntryDocument, ShareHolder

strawberry.enum(
    EntryKind, name="PluginSaleKind", description="What an entry of the ledger tells of.", graphql_name_from="value"
)
strawberry.enum(ShareHolder, name="ShareHolder", description="Who gets a share.", graphql_name_from="value")


@strawberry.type(description="A part of a price.")
class PluginSaleShare:
    """A part of a price."""

    holder: ShareHolder = strawberry.field(description="Who gets it.")
    name: str = strawberry.field(description="The developer's id, `platform`, or the partner's name.")
    amount: int = strawberry.field(description="In minor units; negative in refunds.")


@strawberry.type(description="An entry of the ledger: a sale, or a refund of one. It never changes.")
class PluginSale:
    """An entry of the ledger."""

    id: strawberry.ID = strawberry.field(description="The entry's own id; not a global id.")
    kind: EntryKind = strawberry.field(description="What it tells of.")
    plugin_id: str = strawberry.field(description="The plugin.")
    developer_id: str = strawberry.field(description="Whose plugin it is.")
    buyer: str = strawberry.field(description="Who paid.")
    amount: int = strawberry.field(description="In minor units; negative for a refund. The shares add up to it.")
    currency: str = strawberry.field(description="ISO 4217.")
    shares: Sequence[ledger_documents.Share] = strawberry.field(
        graphql_type=list[PluginSaleShare], description="Who gets how much of it."
    )
    reference: str = strawberry.field(description="Of the payment.")
    at: datetime = strawberry.field(description="When it was recorded.")
    sale_id: str | None = strawberry.field(description="Of a refund: the id of the sale.")


@strawberry.type(description="What a developer's sales of a period come to in one currency.")
class PayoutTotal:
    """What sales of a period come to in one currency."""

    currency: str = strawberry.field(description="ISO 4217.")
    sales: int = strawberry.field(description="How many sales.")
    refunds: int = strawberry.field(description="How many refunds.")
    sold: float = strawberry.field(description="Sum of all prices, a whole number of minor units.")
    refunded: float = strawberry.field(description="Sum of all refunds, negative, a whole number of minor units.")
    payout: float = strawberry.field(description="What the developer is owed, a whole number of minor units.")


@strawberry.type(description="What a developer is owed for a period. Currencies are never mixed.")
class PayoutStatement:
    """What a developer is owed for a period."""

    developer_id: str = strawberry.field(description="The developer.")
    since: datetime = strawberry.field(description="Where the period begins.")
    until: datetime = strawberry.field(description="Where it ends; this moment is not in it.")
    totals: Sequence[ledger.CurrencyTotal] = strawberry.field(
        graphql_type=list[PayoutTotal], description="One for each currency."
    )


@strawberry.input(description="Somebody who gets a part of a sale beside publisher and platform.")
class PartnerInput:
    """Somebody who gets a part of a sale."""

    name: str = strawberry.field(description="Name, 1 to 100 characters.")
    parts: int = strawberry.field(description="In hundredths of a percent of the price, from the platform's share.")


@strawberry.input(description="A sale that was paid.")
class PluginSaleRecordInput:
    """A sale that was paid."""

    plugin: str = strawberry.field(description="The plugin's id.")
    amount: int = strawberry.field(description="The price, in minor units of the currency.")
    currency: str = strawberry.field(description="ISO 4217.")
    buyer: str = strawberry.field(description="Who paid, 1 to 200 characters.")
    reference: str = strawberry.field(description="Of the payment; each counts once.")
    partners: list[PartnerInput] = strawberry.field(default_factory=list, description="At most 10.")


@strawberry.input(description="Money of a sale that was paid back.")
class PluginSaleRefundInput:
    """Money of a sale that was paid back."""

    sale: str = strawberry.field(description="The sale's id.")
    amount: int = strawberry.field(description="In minor units, at most what was not refunded yet.")
    reference: str = strawberry.field(description="Of the payment; each counts once.")


@strawberry.type(description="What pluginSaleRecord answers.")
class PluginSaleRecordPayload(Payload):
    """What pluginSaleRecord answers."""

    sale: LedgerEntryDocument | None = strawberry.field(
        default=None, graphql_type=PluginSale | None, description="The entry."
    )


@strawberry.type(description="What pluginSaleRefund answers.")
class PluginSaleRefundPayload(Payload):
    """What pluginSaleRefund answers."""

    refund: LedgerEntryDocument | None = strawberry.field(
        default=None, graphql_type=PluginSale | None, description="The entry, which is negative."
    )


Developer = Annotated[str, strawberry.argument(description="The developer's id.")]


@strawberry.type
class SaleQueries:
    """Fields of Query."""

    @query(
        Permission.PLUGIN_PUBLISH,
        "Sales and refunds of a developer's plugins, the newest first.",
        returns=Connection[PluginSale],
    )
    @staticmethod
    async def plugin_sales(
        info: Info, developer: Developer, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[LedgerEntryDocument]:
        """Sales and refunds."""
        await _check_developer(info, developer)
        return connection(await _ledger(info).page(developer_id=developer, first=first, after=after))

    @query(Permission.PLUGIN_PUBLISH, "What a developer is owed for a period.", returns=PayoutStatement)
    @staticmethod
    async def payout_statement(
        info: Info,
        developer: Developer,
        since: Annotated[datetime, strawberry.argument(description="Where the period begins.")],
        until: Annotated[datetime, strawberry.argument(description="Where it ends; this moment is not in it.")],
    ) -> ledger.PayoutStatement:
        """What a developer is owed."""
        await _check_developer(info, developer)
        return await _ledger(info).statement(developer, since, until)


@strawberry.type
class SaleMutations:
    """Fields of Mutation."""

    @mutation(Permission.SALE_MANAGE, PluginSaleRecordPayload, "Record a sale that was paid, with everybody's share.")
    @staticmethod
    async def plugin_sale_record(info: Info, input: PluginSaleRecordInput) -> PluginSaleRecordPayload:
        """Record a sale."""
        sale = Sale(
            plugin_id=input.plugin,
            amount=input.amount,
            currency=input.currency,
            buyer=input.buyer,
            reference=input.reference,
            partners=tuple(Partner(partner.name, partner.parts) for partner in input.partners),
        )
        return PluginSaleRecordPayload(sale=await _ledger(info).record(sale, by=info.context.caller.actor))

    @mutation(Permission.SALE_MANAGE, PluginSaleRefundPayload, "Record that some of a sale was paid back.")
    @staticmethod
    async def plugin_sale_refund(info: Info, input: PluginSaleRefundInput) -> PluginSaleRefundPayload:
        """Record a refund."""
        by = info.context.caller.actor
        refund = await _ledger(info).refund(input.sale, input.amount, input.reference, by=by)
        return PluginSaleRefundPayload(refund=refund)


async def _check_developer(info: Info, developer_id: str) -> None:
    """Raises NOT_FOUND for a developer that the caller may not look at."""
    tenant_id = None if sees_all(info) else info.context.caller.tenant_id
    await DeveloperService(info.context.state.platform.control, tenant_id).get(developer_id)


def _ledger(info: Info) -> Ledger:
    platform = info.context.state.platform
    return Ledger(platform.control, platform.clock, platform.settings)
