"""What is known of deliveries afterwards: those that do not move, and what became of all of a period."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.fields import Info, query
from distro_api.graphql.scalars import Bytes
from distro_core.delivery.documents import DeliveryDocument
from distro_core.identity.permissions import Permission
from distro_core.platforms import reconciliation as reports
from distro_core.platforms.reconciliation import reconcile
from distro_core.platforms.stale import page_stale


@strawberry.type(description="How many deliveries are where; `total` is the sum of the five after it.")
class ReconciliationCounts:
    """How many deliveries are where."""

    total: int = strawberry.field(description="All.")
    completed: int = strawberry.field(description="At the platform, which has not refused them.")
    failed: int = strawberry.field(description="Failed or rejected.")
    needs_attention: int = strawberry.field(description="Waiting for a person to mend something.")
    in_progress: int = strawberry.field(description="Still to travel.")
    cancelled: int = strawberry.field(description="Cancelled.")
    files: int = strawberry.field(description="Files of those at the platform.")
    bytes: Bytes = strawberry.field(description="Bytes of these files.")


@strawberry.type(description="The counts of deliveries that share something.")
class ReconciliationGroup:
    """The counts of deliveries that share something."""

    key: str = strawberry.field(description="What they share.")
    name: str = strawberry.field(description="The same for people.")
    counts: ReconciliationCounts = strawberry.field(description="How many are where.")


@strawberry.type(description="What became of the deliveries that were made in a period.")
class Reconciliation:
    """What became of the deliveries that were made in a period."""

    start: datetime = strawberry.field(description="From this moment on.")
    end: datetime = strawberry.field(description="Before this moment.")
    summary: ReconciliationCounts = strawberry.field(description="All of them.")
    by_target: list[ReconciliationGroup] = strawberry.field(description="By target; the key is the target's own id.")
    by_message_type: list[ReconciliationGroup] = strawberry.field(description="By type and subtype of the message.")
    by_protocol: list[ReconciliationGroup] = strawberry.field(description="By protocol.")


@strawberry.type
class DeliveryReportQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Deliveries whose status has been the same for so long that somebody should ask; the longest first.",
        returns=Connection[Delivery],
    )
    @staticmethod
    async def stale_deliveries(
        info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[DeliveryDocument]:
        """Deliveries that do not move."""
        return connection(await page_stale(await info.context.scope(), first, after))

    @query(
        Permission.DELIVERY_READ,
        "What became of the deliveries that were made in a period, counted in the deliveries themselves.",
        returns=Reconciliation,
    )
    @staticmethod
    async def reconciliation(
        info: Info,
        start: Annotated[datetime, strawberry.argument(description="From this moment on, with its time zone.")],
        end: Annotated[datetime, strawberry.argument(description="Before this moment, with its time zone.")],
    ) -> reports.Reconciliation:
        """What became of the deliveries of a period."""
        return await reconcile(await info.context.scope(), start, end)
