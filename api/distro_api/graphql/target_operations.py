"""What can be done with targets."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.inputs import fields_of
from distro_api.graphql.target_inputs import TargetCreateInput, TargetUpdateInput, secrets_by_name
from distro_api.graphql.targets import Target
from distro_core.catalogue.drafts import read_draft
from distro_core.delivery.targets import connection_test
from distro_core.delivery.targets.connection_test import ConnectionLayer, ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetChanges, TargetDraft, TargetFilter
from distro_core.delivery.targets.service import TargetService
from distro_core.identity.permissions import Permission
from distro_core.store.collection import Order
from distro_sdk.models.delivery import TargetType


@strawberry.input(description="Which target to delete.")
class TargetDeleteInput:
    """Which target to delete."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.input(description="Which target to test.")
class TargetTestInput:
    """Which target to test."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.type(description="A step of a test that succeeded.")
class ConnectionStep:
    """A step of a test that succeeded."""

    name: str = strawberry.field(description="What was done.")
    duration: float = strawberry.field(description="Seconds.")


@strawberry.type(description="What a test of a target's connection found.")
class ConnectionTest:
    """What a test of a target's connection found."""

    succeeded: bool = strawberry.field(description="Whether a probe was written and found as it was written.")
    steps: list[ConnectionStep] = strawberry.field(description="What succeeded, in order.")
    untried: list[str] = strawberry.field(description="What the protocol cannot do, so that nobody knows.")
    failed_step: str | None = strawberry.field(description="What was being done when it failed.")
    layer: ConnectionLayer | None = strawberry.field(description="Where it failed.")
    code: str | None = strawberry.field(description="Stable code of the fault.")
    message: str = strawberry.field(description="What is wrong, for people.")
    action: str = strawberry.field(description="What to do about it.")


@strawberry.type(description="What targetTest answers.")
class TargetTestPayload(Payload):
    """What targetTest answers."""

    test: connection_test.ConnectionTest | None = strawberry.field(
        default=None, graphql_type=ConnectionTest | None, description="What was found."
    )


@strawberry.enum(description="By what targets can be ordered.")
class TargetSortField(Enum):
    """By what targets can be ordered."""

    NAME = "name"
    CREATED = "id"


@strawberry.input(description="An order of targets.")
class TargetOrderInput:
    """An order of targets."""

    field: TargetSortField = strawberry.field(default=TargetSortField.NAME, description="By what.")
    descending: bool = strawberry.field(default=False, description="Whether the greatest comes first.")


@strawberry.input(description="Which targets to list; all conditions must hold.")
class TargetFilterInput:
    """Which targets to list."""

    platform: str | None = strawberry.field(default=UNSET, description="Of this platform.")
    type: TargetType | None = strawberry.field(default=UNSET, description="Of this kind.")
    active: bool | None = strawberry.field(default=UNSET, description="Taking deliveries or not.")
    test_mode: bool | None = strawberry.field(default=UNSET, description="With test messages or not.")


@strawberry.type(description="What targetCreate answers.")
class TargetCreatePayload(Payload):
    """What targetCreate answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The stored target."
    )


@strawberry.type(description="What targetUpdate answers.")
class TargetUpdatePayload(Payload):
    """What targetUpdate answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type(description="What targetDelete answers.")
class TargetDeletePayload(Payload):
    """What targetDelete answers."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of what was deleted.")


@strawberry.type
class TargetQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "One target; also one that was deleted, while deliveries name it.", returns=Target)
    @staticmethod
    async def target(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The target.")]
    ) -> TargetDocument:
        """One target."""
        return await TargetService(await info.context.scope()).get(local_id("Target", id))

    @query(Permission.DELIVERY_READ, "Targets, by name unless told otherwise.", returns=Connection[Target])
    @staticmethod
    async def targets(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: Annotated[TargetFilterInput | None, strawberry.argument(description="Which; null for all.")] = None,
        order_by: Annotated[TargetOrderInput | None, strawberry.argument(description="Their order.")] = None,
    ) -> Connection[TargetDocument]:
        """Targets."""
        narrowed = read_draft(TargetFilter, fields_of(filter)) if filter else None
        order = Order(order_by.field.value, order_by.descending) if order_by else Order("name")
        service = TargetService(await info.context.scope())
        return connection(await service.page(narrowed, order, first, after))


@strawberry.type
class TargetMutations:
    """Fields of Mutation."""

    @mutation(Permission.TARGET_MANAGE, TargetCreatePayload, "Store a target and seal its secrets.")
    @staticmethod
    async def target_create(info: Info, input: TargetCreateInput) -> TargetCreatePayload:
        """Store a target."""
        fields = {name: value for name, value in _fields(input).items() if value is not None}
        service = TargetService(await info.context.scope())
        return TargetCreatePayload(target=await service.create(read_draft(TargetDraft, fields)))

    @mutation(Permission.TARGET_MANAGE, TargetUpdatePayload, "Change a target, all fields or none.")
    @staticmethod
    async def target_update(info: Info, input: TargetUpdateInput) -> TargetUpdatePayload:
        """Change a target."""
        target_id = local_id("Target", input.id, ("id",))
        changes = read_draft(TargetChanges, _fields(input))
        service = TargetService(await info.context.scope())
        return TargetUpdatePayload(target=await service.update(target_id, changes, input.revision))

    @mutation(
        Permission.TARGET_MANAGE,
        TargetDeletePayload,
        "Delete a target with its secrets; refused while deliveries to it are under way.",
    )
    @staticmethod
    async def target_delete(info: Info, input: TargetDeleteInput) -> TargetDeletePayload:
        """Delete a target."""
        await TargetService(await info.context.scope()).delete(local_id("Target", input.id, ("id",)))
        return TargetDeletePayload(deleted_id=input.id)

    @mutation(
        Permission.TARGET_MANAGE,
        TargetTestPayload,
        "Try a target's connection: a probe is written, read back and deleted. Waits for one of the connections that "
        "the target allows for at most ten seconds, and takes at most a minute then.",
    )
    @staticmethod
    async def target_test(info: Info, input: TargetTestInput) -> TargetTestPayload:
        """Try a target's connection."""
        tester = ConnectionTester(await info.context.scope())
        return TargetTestPayload(test=await tester.test(local_id("Target", input.id, ("id",))))


def _fields(input: TargetCreateInput | TargetUpdateInput) -> dict[str, Any]:
    fields = fields_of(input, without=("id", "revision", "secrets"))
    if input.secrets:
        fields["secrets"] = secrets_by_name(input.secrets)
    return fields
