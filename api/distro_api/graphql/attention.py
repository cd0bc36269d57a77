"""What people do about deliveries that cannot go on by themselves."""

from __future__ import annotations

import strawberry

from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation
from distro_api.graphql.ids import local_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures.attention import AttentionResolution, AttentionService
from distro_core.identity.permissions import Permission


@strawberry.input(description="What was done about a delivery, and what is to become of it.")
class DeliveryResolveAttentionInput:
    """What was done about a delivery."""

    id: strawberry.ID = strawberry.field(description="A delivery that needs attention, failed or was rejected.")
    resolution: AttentionResolution = strawberry.field(description="What is to become of it.")
    note: str = strawberry.field(description="What was found out or mended, at most 5000 characters.")
    contact: str = strawberry.field(default="", description="Whom to ask at the platform.")


@strawberry.input(description="A note on a delivery.")
class DeliveryNoteAddInput:
    """A note on a delivery."""

    id: strawberry.ID = strawberry.field(description="The delivery.")
    note: str = strawberry.field(description="What was found out, at most 5000 characters.")
    contact: str = strawberry.field(default="", description="Whom to ask at the platform.")


@strawberry.type(description="What deliveryResolveAttention answers.")
class DeliveryResolveAttentionPayload(Payload):
    """What deliveryResolveAttention answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery as it now is."
    )


@strawberry.type(description="What deliveryNoteAdd answers.")
class DeliveryNoteAddPayload(Payload):
    """What deliveryNoteAdd answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery as it now is."
    )


@strawberry.type
class AttentionMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryResolveAttentionPayload,
        "Say what was done about a delivery that needs somebody, and try it again, cancel it or keep it as it is. "
        "Unlike deliveryRetry, it tries again although nothing has changed on our side.",
    )
    @staticmethod
    async def delivery_resolve_attention(
        info: Info, input: DeliveryResolveAttentionInput
    ) -> DeliveryResolveAttentionPayload:
        """Say what was done about a delivery."""
        service = AttentionService(await info.context.scope())
        delivery_id = local_id("Delivery", input.id, ("id",))
        resolved = await service.resolve(delivery_id, input.resolution, input.note, input.contact)
        return DeliveryResolveAttentionPayload(delivery=resolved)

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryNoteAddPayload,
        "Keep a note on a delivery, such as what the platform's support says; at most 200 of them.",
    )
    @staticmethod
    async def delivery_note_add(info: Info, input: DeliveryNoteAddInput) -> DeliveryNoteAddPayload:
        """Keep a note on a delivery."""
        service = AttentionService(await info.context.scope())
        noted = await service.note(local_id("Delivery", input.id, ("id",)), input.note, input.contact)
        return DeliveryNoteAddPayload(delivery=noted)
