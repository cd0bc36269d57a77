"""Developers: who publishes plugins through this installation."""

from __future__ import annotations

from datetime import datetime

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, mutation, query
from distro_core.identity.permissions import Permission
from distro_core.marketplace.registry.format import PublicKey
from distro_core.publishing.developers import DeveloperService, read_keys
from distro_core.publishing.documents import DeveloperDocument


@strawberry.type(description="An Ed25519 public key.")
class SigningKey:
    """An Ed25519 public key."""

    kid: str = strawberry.field(description="Its id.")
    x: str = strawberry.field(description="The key, base64url without padding, as a JWK has it (RFC 8037).")


@strawberry.type(description="Who publishes plugins through this installation.")
class Developer:
    """Who publishes plugins."""

    id: strawberry.ID = strawberry.field(description="The developer's own id, as registries list it; not a global id.")
    name: str = strawberry.field(description="Name, for people; manifests say it as `publisher`.")
    support: str = strawberry.field(description="Where users of its plugins get help.")
    keys: list[PublicKey] = strawberry.field(graphql_type=list[SigningKey], description="Keys that it signs with.")
    revoked_keys: list[str] = derived(
        lambda developer: list(developer.revoked_keys), "Ids of keys that no longer count."
    )
    created_at: datetime = strawberry.field(description="When it registered.")


@strawberry.input(description="An Ed25519 public key. Never send a private one.")
class SigningKeyInput:
    """An Ed25519 public key."""

    kid: str = strawberry.field(description="Its id, 1 to 100 characters.")
    x: str = strawberry.field(description="The key, 43 characters base64url, as a JWK has it (RFC 8037).")


@strawberry.input(description="A new developer.")
class DeveloperRegisterInput:
    """A new developer."""

    developer: str = strawberry.field(description="Its id: 2 to 63 of a-z, 0-9 and -; never changes.")
    name: str = strawberry.field(description="Name, for people, at most 100 characters.")
    support: str = strawberry.field(description="Where users get help, 3 to 200 characters.")
    keys: list[SigningKeyInput] = strawberry.field(description="1 to 10 keys that it signs with.")


@strawberry.input(description="A change of a developer; what is not given stays.")
class DeveloperUpdateInput:
    """A change of a developer."""

    developer: str = strawberry.field(description="The developer's id.")
    name: str | None = strawberry.field(default=None, description="Name, for people.")
    support: str | None = strawberry.field(default=None, description="Where users get help.")
    add_keys: list[SigningKeyInput] = strawberry.field(default_factory=list, description="Further keys.")
    revoke_keys: list[str] = strawberry.field(
        default_factory=list, description="Ids of keys that no longer count: nothing they signed is installed any more."
    )


@strawberry.type(description="What developerRegister answers.")
class DeveloperRegisterPayload(Payload):
    """What developerRegister answers."""

    developer: DeveloperDocument | None = strawberry.field(
        default=None, graphql_type=Developer | None, description="The new developer."
    )


@strawberry.type(description="What developerUpdate answers.")
class DeveloperUpdatePayload(Payload):
    """What developerUpdate answers."""

    developer: DeveloperDocument | None = strawberry.field(
        default=None, graphql_type=Developer | None, description="The developer as it now is."
    )


@strawberry.type
class DeveloperQueries:
    """Fields of Query."""

    @query(
        Permission.PLUGIN_PUBLISH,
        "The developers of your tenant, by id; who may review plugins sees those of all tenants.",
        returns=Connection[Developer],
    )
    @staticmethod
    async def developers(info: Info, first: First = DEFAULT_PAGE, after: After = None) -> Connection[DeveloperDocument]:
        """The developers."""
        return connection(await _service(info).page(first=first, after=after))


@strawberry.type
class DeveloperMutations:
    """Fields of Mutation."""

    @mutation(Permission.PLUGIN_PUBLISH, DeveloperRegisterPayload, "Become a developer, on behalf of your tenant.")
    @staticmethod
    async def developer_register(info: Info, input: DeveloperRegisterInput) -> DeveloperRegisterPayload:
        """Become a developer."""
        caller = info.context.caller
        developer = await _service(info).register(
            input.developer,
            input.name,
            input.support,
            _keys(input.keys),
            tenant_id=caller.tenant_id,
            by=caller.actor,
        )
        return DeveloperRegisterPayload(developer=developer)

    @mutation(Permission.PLUGIN_PUBLISH, DeveloperUpdatePayload, "Change a developer of your tenant.")
    @staticmethod
    async def developer_update(info: Info, input: DeveloperUpdateInput) -> DeveloperUpdatePayload:
        """Change a developer."""
        own = DeveloperService(info.context.state.platform.control, info.context.caller.tenant_id)
        developer = await own.update(
            input.developer,
            name=input.name,
            support=input.support,
            add_keys=_keys(input.add_keys),
            revoke_keys=input.revoke_keys,
        )
        if input.revoke_keys:
            await info.context.state.platform.marketplace.own_registry.refresh()
        return DeveloperUpdatePayload(developer=developer)


def sees_all(info: Info) -> bool:
    """Whether the caller sees the developers and submissions of all tenants."""
    return Permission.PLUGIN_REVIEW in info.context.caller.permissions


def _service(info: Info) -> DeveloperService:
    tenant_id = None if sees_all(info) else info.context.caller.tenant_id
    return DeveloperService(info.context.state.platform.control, tenant_id)


def _keys(keys: list[SigningKeyInput]) -> tuple[PublicKey, ...]:
    return read_keys([(key.kid, key.x) for key in keys])
