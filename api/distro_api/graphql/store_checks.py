"""Looking into the stores of platforms."""

from __future__ import annotations

import strawberry

from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation
from distro_api.graphql.ids import local_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.identity.permissions import Permission
from distro_core.platforms.store_check import check_store


@strawberry.input(description="Which delivery's release to look for.")
class DeliveryStoreCheckInput:
    """Which delivery's release to look for."""

    id: strawberry.ID = strawberry.field(description="The delivery.")


@strawberry.type(description="What deliveryStoreCheck answers.")
class DeliveryStoreCheckPayload(Payload):
    """What deliveryStoreCheck answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery with what was found."
    )


@strawberry.type
class StoreCheckMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryStoreCheckPayload,
        "Look for a delivery's release in the store of its platform and compare both.",
    )
    @staticmethod
    async def delivery_store_check(info: Info, input: DeliveryStoreCheckInput) -> DeliveryStoreCheckPayload:
        """Look into a store."""
        scope = await info.context.scope()
        return DeliveryStoreCheckPayload(delivery=await check_store(scope, local_id("Delivery", input.id, ("id",))))
