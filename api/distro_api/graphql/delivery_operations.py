"""What can be done with deliveries, and what can be watched."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import UNSET

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.deliveries import Delivery, DeliveryLog
from distro_api.graphql.delivery_bounds import RELEASES
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query, subscription
from distro_api.graphql.ids import local_id
from distro_api.graphql.inputs import fields_of, id_input
from distro_api.graphql.live import follow_logs, follow_statuses
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.deliveries import DeliveryFilter, DeliveryService
from distro_core.delivery.documents import DeliveryDocument, DeliveryLogDocument, LogLevel
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.service import TargetService
from distro_core.identity.permissions import Permission
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.collection import Order
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessageSubtype

DeliveryId = Annotated[strawberry.ID, strawberry.argument(description="The delivery.")]


@strawberry.enum(description="By what deliveries can be ordered.")
class DeliverySortField(Enum):
    """By what deliveries can be ordered."""

    CREATED = "id"
    UPDATED = "updated_at"


@strawberry.input(description="An order of deliveries.")
class DeliveryOrderInput:
    """An order of deliveries."""

    field: DeliverySortField = strawberry.field(default=DeliverySortField.CREATED, description="By what.")
    descending: bool = strawberry.field(default=True, description="Whether the greatest comes first.")


@strawberry.input(description="Which deliveries to list; all conditions must hold.")
class DeliveryFilterInput:
    """Which deliveries to list."""

    release_id: strawberry.ID | None = id_input("Release", "Of this release.", default=UNSET)
    target_id: strawberry.ID | None = id_input("Target", "To this target.", default=UNSET)
    batch_id: str | None = strawberry.field(default=UNSET, description="In this batch.")
    subtype: MessageSubtype | None = strawberry.field(default=UNSET, description="Of this kind.")
    statuses: list[DeliveryStatus] | None = strawberry.field(default=UNSET, description="In one of these statuses.")


@strawberry.input(description="Which releases to deliver, and where.")
class DeliveryCreateInput:
    """Which releases to deliver, and where."""

    release_ids: list[strawberry.ID] = id_input(
        "Release", "1 to 100 releases; they travel in one batch.", bound=RELEASES
    )
    target_id: strawberry.ID = id_input("Target", "The target.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="A text of your own: the same one again answers with the same deliveries."
    )
    force: bool = strawberry.field(default=False, description="Send although nothing has changed since the last time.")
    priority: Priority = strawberry.field(default=Priority.NORMAL, description="How soon they have their turn.")
    immediate: bool = strawberry.field(
        default=False, description="Begin at once, whatever the target's own schedule says."
    )
    metadata_only: bool = strawberry.field(
        default=False, description="An update without files; refused where audio or artwork changed."
    )
    notify_on_completion: bool = strawberry.field(default=False, description="Tell people how each delivery ended.")


@strawberry.input(description="Which delivery to try again.")
class DeliveryRetryInput:
    """Which delivery to try again."""

    id: strawberry.ID = strawberry.field(description="The delivery.")


@strawberry.input(description="Which delivery to stop.")
class DeliveryCancelInput:
    """Which delivery to stop."""

    id: strawberry.ID = strawberry.field(description="The delivery.")


@strawberry.type(description="What deliveryCreate answers.")
class DeliveryCreatePayload(Payload):
    """What deliveryCreate answers."""

    deliveries: list[DeliveryDocument] = strawberry.field(
        default_factory=list, graphql_type=list[Delivery], description="One delivery for each release, in their order."
    )


@strawberry.type(description="What deliveryRetry answers.")
class DeliveryRetryPayload(Payload):
    """What deliveryRetry answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery as it now is."
    )


@strawberry.type(description="What deliveryCancel answers.")
class DeliveryCancelPayload(Payload):
    """What deliveryCancel answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery as it now is."
    )


@strawberry.type
class DeliveryQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "One delivery.", returns=Delivery)
    @staticmethod
    async def delivery(info: Info, id: DeliveryId) -> DeliveryDocument:
        """One delivery."""
        return await DeliveryService(await info.context.scope()).get(local_id("Delivery", id))

    @query(
        Permission.DELIVERY_READ, "Deliveries, the newest first unless told otherwise.", returns=Connection[Delivery]
    )
    @staticmethod
    async def deliveries(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: Annotated[DeliveryFilterInput | None, strawberry.argument(description="Which; null for all.")] = None,
        order_by: Annotated[DeliveryOrderInput | None, strawberry.argument(description="Their order.")] = None,
    ) -> Connection[DeliveryDocument]:
        """Deliveries."""
        scope = await info.context.scope()
        narrowed = await _narrowed(scope, filter) if filter else None
        order = Order(order_by.field.value, order_by.descending) if order_by else Order("id", descending=True)
        return connection(await DeliveryService(scope).page(narrowed, order, first, after))

    @query(Permission.DELIVERY_READ, "The log of a delivery in the order of writing.", returns=Connection[DeliveryLog])
    @staticmethod
    async def delivery_logs(
        info: Info,
        delivery_id: DeliveryId,
        first: First = DEFAULT_PAGE,
        after: After = None,
        level: Annotated[LogLevel | None, strawberry.argument(description="Only lines of this level.")] = None,
    ) -> Connection[DeliveryLogDocument]:
        """The log of a delivery."""
        service = DeliveryService(await info.context.scope())
        return connection(await service.logs(local_id("Delivery", delivery_id), level, first, after))


@strawberry.type
class DeliveryMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryCreatePayload,
        "Deliver releases to a target in one batch: all of them or, when any is refused, none.",
    )
    @staticmethod
    async def delivery_create(info: Info, input: DeliveryCreateInput) -> DeliveryCreatePayload:
        """Deliver releases to a target."""
        given = fields_of(input)
        service = DeliveryService(await info.context.scope())
        wish = Wish(**{name: value for name, value in given.items() if name not in {"release_ids", "target_id"}})
        made = await service.create(given["release_ids"], given["target_id"], wish)
        return DeliveryCreatePayload(deliveries=list(made))

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryRetryPayload,
        "Try a delivery again that failed, needs attention or was rejected; it keeps its id and history.",
    )
    @staticmethod
    async def delivery_retry(info: Info, input: DeliveryRetryInput) -> DeliveryRetryPayload:
        """Try a delivery again."""
        service = DeliveryService(await info.context.scope())
        return DeliveryRetryPayload(delivery=await service.retry(local_id("Delivery", input.id, ("id",))))

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryCancelPayload,
        "Stop a delivery. A running upload ends without completion marker, so that the receiver takes nothing in.",
    )
    @staticmethod
    async def delivery_cancel(info: Info, input: DeliveryCancelInput) -> DeliveryCancelPayload:
        """Stop a delivery."""
        service = DeliveryService(await info.context.scope())
        return DeliveryCancelPayload(delivery=await service.cancel(local_id("Delivery", input.id, ("id",))))


async def _narrowed(scope: Scope, filter: DeliveryFilterInput) -> DeliveryFilter:
    """What a filter says; raises NOT_FOUND for a release or target that is none, instead of an empty page."""
    narrowed = DeliveryFilter.model_validate(fields_of(filter))
    if narrowed.release_id is not None:
        await ReleaseService(scope).get(narrowed.release_id)
    if narrowed.target_id is not None:
        await TargetService(scope).get(narrowed.target_id)
    return narrowed


@strawberry.type
class DeliverySubscriptions:
    """Fields of Subscription."""

    @subscription(
        Permission.DELIVERY_READ,
        "The log of a delivery: what stands in it, then every line as it is written, none left out and none twice.",
        returns=DeliveryLog,
    )
    @staticmethod
    async def delivery_logs(info: Info, delivery_id: DeliveryId) -> AsyncGenerator[DeliveryLogDocument, None]:
        """The log of a delivery, live."""
        scope = await info.context.scope()
        async for line in follow_logs(scope, local_id("Delivery", delivery_id)):
            yield line

    @subscription(
        Permission.DELIVERY_READ,
        "A delivery as it is, then again after every change of its status.",
        returns=Delivery,
    )
    @staticmethod
    async def delivery_status(info: Info, delivery_id: DeliveryId) -> AsyncGenerator[DeliveryDocument, None]:
        """A delivery, live."""
        scope = await info.context.scope()
        async for delivery in follow_statuses(scope, local_id("Delivery", delivery_id)):
            yield delivery
