"""A release on all its platforms, and the history of one delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.deliveries import StatusChange
from distro_api.graphql.fields import Info, derived, query
from distro_api.graphql.ids import global_id, local_id
from distro_core.delivery.status.aggregation import DistributionStatus
from distro_core.delivery.status.histories import page_history
from distro_core.delivery.status.projections import PlatformWord, ReleaseWord
from distro_core.identity.permissions import Permission
from distro_sdk.models.delivery import DeliveryStatus


@strawberry.type(description="How many platforms are where; a status that has no count of its own is in `total`.")
class DistributionStatistics:
    """How many platforms are where."""

    total: int = strawberry.field(description="Platforms that a delivery was made for.")
    completed: int = strawberry.field(description="Distributed or live.")
    failed: int = strawberry.field(description="Failed.")
    in_progress: int = strawberry.field(description="Queued, preparing, uploading or processed by the platform.")
    needs_attention: int = strawberry.field(description="Waiting for a person.")


@strawberry.type(description="Where a release is on one platform, by its latest delivery that was not cancelled.")
class PlatformStatus:
    """Where a release is on one platform."""

    platform_id: str = strawberry.field(description="Key of the platform; the target's own id where it has none.")
    platform_name: str = strawberry.field(description="Name of the target.")
    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.target_id), "Global id of the target.")
    delivery_id: strawberry.ID = derived(lambda own: global_id("Delivery", own.delivery_id), "The delivery.")
    status: DeliveryStatus = strawberry.field(description="Where its delivery stands.")
    word: PlatformWord = strawberry.field(description="The same in the six words for people.")
    updated_at: datetime = strawberry.field(description="When that was changed last.")
    details: str = strawberry.field(description="Why it stands there, such as the reason of a rejection.")


@strawberry.type(description="A release on all its platforms.")
class Distribution:
    """A release on all its platforms."""

    status: DistributionStatus = strawberry.field(description="One status from all of them.")
    word: ReleaseWord = strawberry.field(description="How far it has come on any of them, in the words for people.")
    statistics: DistributionStatistics = strawberry.field(description="How many are where.")
    platforms: list[PlatformStatus] = strawberry.field(description="Each platform, in the order of their deliveries.")


@strawberry.type
class DistributionQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Every change of a delivery's status, the first one first.",
        returns=Connection[StatusChange],
    )
    @staticmethod
    async def delivery_history(
        info: Info,
        delivery_id: Annotated[strawberry.ID, strawberry.argument(description="The delivery.")],
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[Any]:
        """The history of a delivery."""
        scope = await info.context.scope()
        return connection(await page_history(scope, local_id("Delivery", delivery_id), first, after))
