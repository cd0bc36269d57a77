"""Targets whose messages travel by another protocol than their files."""

from __future__ import annotations

import strawberry
from pydantic import SecretStr
from strawberry.scalars import JSON

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation
from distro_api.graphql.ids import local_id
from distro_api.graphql.target_inputs import SecretInput, secrets_by_name
from distro_api.graphql.targets import Target
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.metadata_connections import MetadataConnectionService
from distro_core.identity.permissions import Permission
from distro_sdk.errors import DomainError


@strawberry.input(description="By what the messages to a target travel; its files keep the target's own transport.")
class TargetMetadataConnectionSetInput:
    """By what the messages to a target travel."""

    id: strawberry.ID = strawberry.field(description="The target.")
    transport: str = strawberry.field(description="Key of a transport, see `transports`; with another, all secrets go.")
    settings: JSON | None = strawberry.field(
        default=None, description="Its settings without secrets, an object; null for none."
    )
    secrets: list[SecretInput] = strawberry.field(
        default_factory=list, description="Its secret settings that are to be set; others stay as they are."
    )


@strawberry.input(description="Which target's messages are to travel with the files again.")
class TargetMetadataConnectionClearInput:
    """Which target's messages are to travel with the files again."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.type(description="What targetMetadataConnectionSet answers.")
class TargetMetadataConnectionSetPayload(Payload):
    """What targetMetadataConnectionSet answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type(description="What targetMetadataConnectionClear answers.")
class TargetMetadataConnectionClearPayload(Payload):
    """What targetMetadataConnectionClear answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type
class MetadataConnectionMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.TARGET_MANAGE,
        TargetMetadataConnectionSetPayload,
        "Let messages, manifest and completion marker travel by a transport of their own, after the files.",
    )
    @staticmethod
    async def target_metadata_connection_set(
        info: Info, input: TargetMetadataConnectionSetInput
    ) -> TargetMetadataConnectionSetPayload:
        """Let messages travel by a transport of their own."""
        settings: object = {} if input.settings is None else input.settings
        if not isinstance(settings, dict):
            raise DomainError("TARGET_SETTING_INVALID", "settings are an object", ("settings",))
        given = secrets_by_name(input.secrets)
        secrets = {name: None if value is None else SecretStr(value) for name, value in given.items()}
        service = MetadataConnectionService(await info.context.scope())
        target_id = local_id("Target", input.id, ("id",))
        return TargetMetadataConnectionSetPayload(
            target=await service.set(target_id, input.transport, settings, secrets)
        )

    @mutation(
        Permission.TARGET_MANAGE, TargetMetadataConnectionClearPayload, "Let messages travel with the files again."
    )
    @staticmethod
    async def target_metadata_connection_clear(
        info: Info, input: TargetMetadataConnectionClearInput
    ) -> TargetMetadataConnectionClearPayload:
        """Let messages travel with the files again."""
        service = MetadataConnectionService(await info.context.scope())
        return TargetMetadataConnectionClearPayload(target=await service.clear(local_id("Target", input.id, ("id",))))
