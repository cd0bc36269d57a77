"""API keys of the tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.nodes import Node, node_id
from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import ApiKeyDocument
from distro_core.identity.permissions import Permission


@strawberry.type(description="A key by which a program calls for the tenant. The key itself is told only once.")
class ApiKey(Node):
    """A key by which a program calls for the tenant."""

    model: ClassVar[type] = ApiKeyDocument

    id: strawberry.ID = node_id()
    name: str = strawberry.field(description="What it is for.")
    hint: str = strawberry.field(description="How the key begins, to tell it from others.")
    permissions: list[str] = strawberry.field(description="What it may do.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    last_used_at: datetime | None = strawberry.field(description="When it was used last, to within ten seconds.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str | None = strawberry.field(description="Who made it.")


@strawberry.input(description="A new API key.")
class ApiKeyCreateInput:
    """A new API key."""

    name: str = strawberry.field(description="What it is for, at most 100 characters.")
    permissions: list[str] = strawberry.field(
        description="What it may do, of the platform's permissions, such as `catalogue:read`, and of those of your "
        "tenant's plugins; never more than you may do yourself."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="When it is to end by itself.")


@strawberry.input(description="Which API key to end.")
class ApiKeyRevokeInput:
    """Which API key to end."""

    id: strawberry.ID = strawberry.field(description="The API key.")


@strawberry.type(description="What apiKeyCreate answers.")
class ApiKeyCreatePayload(Payload):
    """What apiKeyCreate answers."""

    api_key: ApiKeyDocument | None = strawberry.field(
        default=None, graphql_type=ApiKey | None, description="The stored key."
    )
    key: str | None = strawberry.field(
        default=None, description="The key itself. This is the only time that it is told: store it now."
    )


@strawberry.type(description="What apiKeyRevoke answers.")
class ApiKeyRevokePayload(Payload):
    """What apiKeyRevoke answers."""

    api_key: ApiKeyDocument | None = strawberry.field(
        default=None, graphql_type=ApiKey | None, description="The key as it now is."
    )


@strawberry.type
class ApiKeyQueries:
    """Fields of Query."""

    @query(Permission.API_KEY_MANAGE, "One API key of the tenant.", returns=ApiKey)
    @staticmethod
    async def api_key(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The API key.")]
    ) -> ApiKeyDocument:
        """One API key."""
        return await _service(info).get(local_id("ApiKey", id))

    @query(Permission.API_KEY_MANAGE, "The API keys of the tenant, revoked ones too.", returns=Connection[ApiKey])
    @staticmethod
    async def api_keys(info: Info, first: First = DEFAULT_PAGE, after: After = None) -> Connection[ApiKeyDocument]:
        """The API keys of the tenant."""
        return connection(await _service(info).page(first=first, after=after))


@strawberry.type
class ApiKeyMutations:
    """Fields of Mutation."""

    @mutation(Permission.API_KEY_MANAGE, ApiKeyCreatePayload, "Make an API key.")
    @staticmethod
    async def api_key_create(info: Info, input: ApiKeyCreateInput) -> ApiKeyCreatePayload:
        """Make an API key."""
        caller, declared = info.context.caller, (await info.context.scope()).plugins.permissions
        stored, key = await _service(info).create(
            input.name,
            input.permissions,
            allowed=caller.permissions | caller.held(declared),
            of_plugins=declared,
            expires_at=input.expires_at,
            by=caller.actor,
        )
        return ApiKeyCreatePayload(api_key=stored, key=key)

    @mutation(Permission.API_KEY_MANAGE, ApiKeyRevokePayload, "End an API key for good.")
    @staticmethod
    async def api_key_revoke(info: Info, input: ApiKeyRevokeInput) -> ApiKeyRevokePayload:
        """End an API key."""
        revoked = await _service(info).revoke(local_id("ApiKey", input.id, ("id",)))
        info.context.state.authenticator.forget()
        return ApiKeyRevokePayload(api_key=revoked)


def _service(info: Info) -> ApiKeyService:
    platform = info.context.state.platform
    return ApiKeyService(platform.control, info.context.caller.tenant_id, platform.clock)
