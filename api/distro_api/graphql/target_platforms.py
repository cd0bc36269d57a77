"""How a target speaks with its platform: the address at which it calls back, and its adapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from pydantic import SecretStr
from strawberry.scalars import JSON

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.target_inputs import SecretInput, secrets_by_name
from distro_api.graphql.targets import Target
from distro_core.delivery.status.webhooks import WebhookService
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.permissions import Permission
from distro_core.platforms.adapters import TargetAdapterService
from distro_sdk import adapters
from distro_sdk.adapters import AdapterAction, ConnectionType
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioFormat


@strawberry.type(description="What a platform's interface is.")
class PlatformMetadata:
    """What a platform's interface is."""

    name: str = strawberry.field(description="Its name.")
    documentation: str | None = strawberry.field(description="Where its makers describe it.")


@strawberry.type(description="What a platform's interface refuses, beyond what the target's platform asks for.")
class ContentRequirements:
    """What a platform's interface refuses."""

    audio_formats: list[AudioFormat] = strawberry.field(description="Audio files that it takes.")
    minimum_cover: int = strawberry.field(description="Least pixels of either side of the cover.")


def _settings_schema(adapter: adapters.PlatformAdapter) -> Mapping[str, Any]:
    return adapter.configuration.model_json_schema()


@strawberry.type(description="What speaks with a platform beside the files.")
class PlatformAdapter:
    """What speaks with a platform beside the files."""

    key: str = strawberry.field(description="Key, for targets.")
    title: str = strawberry.field(description="Name, for people.")
    connection_type: ConnectionType = strawberry.field(description="How the platform is reached.")
    actions: list[AdapterAction] = derived(lambda own: sorted(own.actions), "What it can do.")
    metadata: PlatformMetadata = derived(lambda own: own.platform_metadata(), "What the platform's interface is.")
    requirements: ContentRequirements = derived(lambda own: own.content_requirements(), "What the interface refuses.")
    settings_schema: JSON = derived(
        _settings_schema, "JSON Schema of its settings. Those with `writeOnly` are secrets: give them as `secrets`."
    )


@strawberry.input(description="For which target to make an address.")
class TargetWebhookCreateInput:
    """For which target to make an address."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.input(description="Which target's address to end.")
class TargetWebhookDeleteInput:
    """Which target's address to end."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.input(description="The adapter of a target; replaces an earlier one with its secrets.")
class TargetAdapterSetInput:
    """The adapter of a target."""

    id: strawberry.ID = strawberry.field(description="The target.")
    adapter: str = strawberry.field(description="Key of an adapter, see `platformAdapters`.")
    settings: JSON | None = strawberry.field(
        default=None, description="Its settings without secrets, an object; null for none."
    )
    secrets: list[SecretInput] = strawberry.field(default_factory=list, description="Its secret settings.")


@strawberry.input(description="Which target to leave without an adapter of its own.")
class TargetAdapterClearInput:
    """Which target to leave without an adapter."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.type(description="What targetWebhookCreate answers. The address and the secret are told this once.")
class TargetWebhookCreatePayload(Payload):
    """What targetWebhookCreate answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )
    url: str | None = strawberry.field(
        default=None,
        description="Where the platform calls; it holds a secret token. This is the only time that it is told.",
    )
    secret: str | None = strawberry.field(
        default=None, description="By which the platform signs its calls. This is the only time that it is told."
    )


@strawberry.type(description="What targetWebhookDelete answers.")
class TargetWebhookDeletePayload(Payload):
    """What targetWebhookDelete answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type(description="What targetAdapterSet answers.")
class TargetAdapterSetPayload(Payload):
    """What targetAdapterSet answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type(description="What targetAdapterClear answers.")
class TargetAdapterClearPayload(Payload):
    """What targetAdapterClear answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type
class TargetPlatformQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "What your tenant's plugins offer to speak with platforms.",
        returns=list[PlatformAdapter],
    )
    @staticmethod
    async def platform_adapters(info: Info) -> list[adapters.PlatformAdapter]:
        """The adapters that the tenant's plugins offer."""
        return list((await info.context.scope()).plugins.platform_adapters.values())


@strawberry.type
class TargetPlatformMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.TARGET_MANAGE,
        TargetWebhookCreatePayload,
        "Make an address at which a target's platform calls back, signed by a secret; an earlier address ends.",
    )
    @staticmethod
    async def target_webhook_create(info: Info, input: TargetWebhookCreateInput) -> TargetWebhookCreatePayload:
        """Make an address for calls."""
        service = WebhookService(await info.context.scope())
        target, token, secret = await service.create(local_id("Target", input.id, ("id",)))
        url = f"{info.context.base_url}/webhooks/platforms/{token}"
        return TargetWebhookCreatePayload(target=target, url=url, secret=secret)

    @mutation(
        Permission.TARGET_MANAGE, TargetWebhookDeletePayload, "End the address at which a target's platform calls back."
    )
    @staticmethod
    async def target_webhook_delete(info: Info, input: TargetWebhookDeleteInput) -> TargetWebhookDeletePayload:
        """End an address for calls."""
        service = WebhookService(await info.context.scope())
        return TargetWebhookDeletePayload(target=await service.delete(local_id("Target", input.id, ("id",))))

    @mutation(
        Permission.TARGET_MANAGE, TargetAdapterSetPayload, "Say what speaks with a target's platform beside the files."
    )
    @staticmethod
    async def target_adapter_set(info: Info, input: TargetAdapterSetInput) -> TargetAdapterSetPayload:
        """Give a target an adapter."""
        settings: object = {} if input.settings is None else input.settings
        if not isinstance(settings, dict):
            raise DomainError("TARGET_SETTING_INVALID", "settings are a JSON object", ("settings",))
        given = secrets_by_name(input.secrets)
        secrets = {name: SecretStr(value) for name, value in given.items() if value is not None}
        service = TargetAdapterService(await info.context.scope())
        target_id = local_id("Target", input.id, ("id",))
        return TargetAdapterSetPayload(target=await service.set(target_id, input.adapter, settings, secrets))

    @mutation(Permission.TARGET_MANAGE, TargetAdapterClearPayload, "Leave a target without an adapter of its own.")
    @staticmethod
    async def target_adapter_clear(info: Info, input: TargetAdapterClearInput) -> TargetAdapterClearPayload:
        """Leave a target without an adapter."""
        service = TargetAdapterService(await info.context.scope())
        return TargetAdapterClearPayload(target=await service.clear(local_id("Target", input.id, ("id",))))
