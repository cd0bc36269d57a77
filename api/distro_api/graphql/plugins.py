"""Plugins of the platform, and what they offer to the tenant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, guarded, loaded, mutation, query
from distro_api.graphql.platforms import Platform
from distro_api.graphql.plugin_health import PluginHealthCheck, health_of
from distro_api.graphql.plugin_tasks import PluginTaskType, tasks_of
from distro_core.identity.documents import TenantDocument
from distro_core.identity.permissions import Permission
from distro_core.licensing.held import LicenseState
from distro_core.plugins.enablement import PluginService, PluginState, PluginStatus
from distro_core.store.collection import MAX_PAGE, Filter
from distro_sdk import messages, platforms, transports
from distro_sdk.configuration import configuration_schema
from distro_sdk.errors import DomainError, SetupFailure
from distro_sdk.genres import GenreMapper
from distro_sdk.manifest import LicenseModel, PluginCategory, PluginScope, PluginSource
from distro_sdk.models.message import ReleaseProfile, TakedownForm

strawberry.enum(PluginStatus, description="How a plugin stands with a tenant.", graphql_name_from="value")
strawberry.enum(
    SetupFailure, name="PluginFailure", description="Why a plugin cannot be used.", graphql_name_from="value"
)


@strawberry.type(description="What a transport can do beyond writing a file.")
class TransportCapabilities:
    """What a transport can do beyond writing a file."""

    resume: bool = strawberry.field(description="Go on with a file that broke off.")
    atomic_put: bool = strawberry.field(description="Never show a file half written.")
    read: bool = strawberry.field(description="Read files back.")
    list: bool = strawberry.field(description="List a folder.")
    delete: bool = strawberry.field(description="Remove files.")


def _settings_schema(transport: transports.Transport) -> Mapping[str, Any]:
    return transport.configuration.model_json_schema()


@strawberry.type(description="A protocol by which files reach a receiver.")
class Transport:
    """A protocol by which files reach a receiver."""

    key: str = strawberry.field(description="Key, for targets.")
    title: str = strawberry.field(description="Name, for people.")
    capabilities: TransportCapabilities = strawberry.field(description="What it can do beyond writing a file.")
    settings_schema: JSON = derived(
        _settings_schema,
        "JSON Schema of its settings. Those with `writeOnly` are secrets: give them as `secrets` of a target.",
    )


def _configuration_schema(configured: messages.MessageBuilder | messages.Choreography) -> Mapping[str, Any]:
    return configured.configuration.model_json_schema()


@strawberry.type(description="A format that your tenant's plugins write messages in.")
class MessageFormat:
    """A format of messages."""

    format: str = strawberry.field(description="Its name, for targets, such as `ern/4.3`.")
    profiles: list[ReleaseProfile] = derived(lambda builder: sorted(builder.profiles), "Release profiles that it has.")
    takedown_forms: list[TakedownForm] = derived(
        lambda builder: sorted(builder.takedown_forms), "How it can say that a release is withdrawn."
    )
    supports_immersive_audio: bool = strawberry.field(description="Whether it has a place for immersive twins.")
    settings_schema: JSON = derived(_configuration_schema, "JSON Schema of `messageSettings` of a target.")


@strawberry.type(description="A way in which a batch is laid out at the receiver.")
class Choreography:
    """A way in which a batch is laid out."""

    key: str = strawberry.field(description="Key, for targets.")
    title: str = strawberry.field(description="Name, for people.")
    acknowledgement_folder: str | None = strawberry.field(description="Where answers lie; null where there are none.")
    names_companions: bool = strawberry.field(description="Whether its manifest lists messages that travel beside.")
    carries_sidecars: bool = derived(
        messages.carries_sidecars, "Whether it has a place for files that plugins add and no message names."
    )
    settings_schema: JSON = derived(_configuration_schema, "JSON Schema of `choreographySettings` of a target.")


@strawberry.type(description="Whose genres a target can ask for.")
class GenreProvider:
    """Whose genres a target can ask for."""

    provider: str = strawberry.field(description="Key, for targets.")
    version: str = strawberry.field(description="Version of its dictionary.")


def _of_manifest(name: str) -> Any:
    return lambda state: getattr(state.manifest, name, None)


async def _needs_restart(root: strawberry.Parent[PluginState], info: Info) -> bool:
    return info.context.state.platform.marketplace.installed.waits(root.id)


async def _rests_until(root: strawberry.Parent[PluginState], info: Info) -> datetime | None:
    circuits = info.context.state.platform.runtimes.current.dispatcher.circuits
    circuit = await circuits.find(root.id, info.context.caller.tenant_id) if circuits else None
    return circuit.rests_until if circuit else None


async def _enabled_tenants(root: strawberry.Parent[PluginState], info: Info) -> list[str]:
    tenants = info.context.state.platform.control.collection(TenantDocument)
    for_all = root.built_in or (root.manifest is not None and root.manifest.scope is PluginScope.SYSTEM)
    where: Filter = {"disabled_plugins": {"$ne": root.id}} if for_all else {"enabled_plugins": root.id}
    return [tenant.key for tenant in await tenants.list(where, limit=MAX_PAGE)]


async def _configuration_schema_of(root: strawberry.Parent[PluginState], info: Info) -> JSON | None:
    loaded_plugin = info.context.state.platform.runtimes.current.loaded.get(root.id)
    model = loaded_plugin.plugin.configuration if loaded_plugin else None
    return None if model is None else JSON(configuration_schema(model))


@strawberry.type(description="A secret of a plugin's configuration. Its value is never told.")
class ConfigurationSecret:
    """A secret of a plugin's configuration."""

    name: str = strawberry.field(description="Its field in the configuration.")
    is_set: bool = strawberry.field(description="Whether a value is stored.")


@strawberry.type(description="An installed plugin, as your tenant sees it.")
class Plugin:
    """An installed plugin."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id, such as `sftp`; not a global id.")
    name: str | None = derived(_of_manifest("name"), "Name; null where its manifest cannot be read.")
    version: str | None = derived(_of_manifest("version"), "Version.")
    publisher: str | None = derived(_of_manifest("publisher"), "Who publishes it.")
    description: str | None = derived(_of_manifest("description"), "What it does.")
    support: str | None = derived(_of_manifest("support"), "Where its users get help.")
    category: PluginCategory | None = derived(_of_manifest("category"), "What it is for; null where it does not say.")
    source: PluginSource | None = derived(_of_manifest("source"), "Who stands behind it; null where it does not say.")
    license_model: LicenseModel | None = derived(_of_manifest("license_model"), "Whether it costs anything.")
    hooks: list[str] = derived(
        lambda state: list(state.manifest.hooks) if state.manifest else [], "What it takes part in."
    )
    graphql_namespace: str | None = derived(
        _of_manifest("graphql_namespace"), "The field of Query under which it answers, and how its mutations begin."
    )
    built_in: bool = strawberry.field(description="Whether it came with the platform.")
    status: PluginStatus = strawberry.field(description="How it stands with your tenant.")
    license_state: LicenseState = strawberry.field(description="How your tenant stands with its licence for it.")
    failure: SetupFailure | None = strawberry.field(description="What kind of fault it has.")
    revoked: str | None = strawberry.field(
        description="Why the registry that it came from does not trust it any more: nobody else can switch it on then."
    )
    needs_restart: bool = loaded(_needs_restart, "Whether processes begin anew before an upgrade of it takes effect.")
    rests_until: datetime | None = loaded(
        _rests_until, "Until when it is left alone for your tenant because it failed again and again; null for not."
    )
    enabled_tenants: list[str] = guarded(
        Permission.PLUGIN_INSTALL, _enabled_tenants, f"Keys of the tenants that have it, at most {MAX_PAGE}."
    )
    configuration_schema: JSON | None = loaded(
        _configuration_schema_of,
        "JSON Schema of what a tenant configures; null where nothing is, or it is not loaded. Fields with `writeOnly`,"
        " of the format `password`, are secrets.",
    )
    health_checks: list[PluginHealthCheck] = loaded(
        health_of, "How that does what it needs; empty where your tenant has not switched it on."
    )
    tasks: list[PluginTaskType] = loaded(
        tasks_of, "What it does from time to time; empty where your tenant has not switched it on."
    )
    enabled: bool = strawberry.field(description="Whether your tenant has it.")
    fault: str | None = strawberry.field(description="Why it cannot be used.")
    configurable: bool = strawberry.field(description="Whether there is anything to configure.")
    configuration: JSON = strawberry.field(description="What your tenant has configured, without secrets.")
    configuration_secrets: list[ConfigurationSecret] = derived(
        lambda state: list(state.secrets), "The secrets of its configuration, and which of them are set."
    )


@strawberry.input(description="Which plugin to enable.")
class PluginEnableInput:
    """Which plugin to enable."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")


@strawberry.input(description="Which plugin to disable.")
class PluginDisableInput:
    """Which plugin to disable."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")


@strawberry.input(description="A tenant's configuration of a plugin.")
class PluginConfigureInput:
    """A tenant's configuration of a plugin."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")
    configuration: JSON = strawberry.field(
        description="All of the configuration, an object; replaces what was there. Secrets that are left out stay as"
        " they are, null removes one."
    )


@strawberry.type(description="What pluginEnable answers.")
class PluginEnablePayload(Payload):
    """What pluginEnable answers."""

    plugin: PluginState | None = strawberry.field(
        default=None, graphql_type=Plugin | None, description="The plugin as it now is."
    )


@strawberry.type(description="What pluginDisable answers.")
class PluginDisablePayload(Payload):
    """What pluginDisable answers."""

    plugin: PluginState | None = strawberry.field(
        default=None, graphql_type=Plugin | None, description="The plugin as it now is."
    )


@strawberry.type(description="What pluginConfigure answers.")
class PluginConfigurePayload(Payload):
    """What pluginConfigure answers."""

    plugin: PluginState | None = strawberry.field(
        default=None, graphql_type=Plugin | None, description="The plugin as it now is."
    )


@strawberry.type
class PluginQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "The platforms that your tenant's plugins know.", returns=list[Platform])
    @staticmethod
    async def platforms(info: Info) -> list[platforms.PlatformProfile]:
        """The platforms that the tenant's plugins know."""
        return list((await info.context.scope()).plugins.platforms.values())

    @query(Permission.DELIVERY_READ, "The protocols that your tenant's plugins offer.", returns=list[Transport])
    @staticmethod
    async def transports(info: Info) -> list[transports.Transport]:
        """The protocols that the tenant's plugins offer."""
        return list((await info.context.scope()).plugins.transports.values())

    @query(Permission.DELIVERY_READ, "The formats that your tenant's plugins write.", returns=list[MessageFormat])
    @staticmethod
    async def message_formats(info: Info) -> list[messages.MessageBuilder]:
        """The formats that the tenant's plugins write."""
        return list((await info.context.scope()).plugins.message_builders.values())

    @query(Permission.DELIVERY_READ, "The choreographies of your tenant's plugins.", returns=list[Choreography])
    @staticmethod
    async def choreographies(info: Info) -> list[messages.Choreography]:
        """The choreographies that the tenant's plugins offer."""
        return list((await info.context.scope()).plugins.choreographies.values())

    @query(
        Permission.DELIVERY_READ,
        "The genre dictionaries of your tenant's plugins, by provider.",
        returns=list[GenreProvider],
    )
    @staticmethod
    async def genre_providers(info: Info) -> list[GenreMapper]:
        """The genre dictionaries that the tenant's plugins offer."""
        mappers = (await info.context.scope()).plugins.genre_mappers
        return [mappers[provider] for provider in sorted(mappers)]

    @query(Permission.DELIVERY_READ, "Formats of messages that can travel beside others.", returns=list[str])
    @staticmethod
    async def companion_formats(info: Info) -> list[str]:
        """Formats of messages that can travel beside others."""
        return list((await info.context.scope()).plugins.companion_builders)

    @query(Permission.PLUGIN_MANAGE, "Every installed plugin.", returns=list[Plugin])
    @staticmethod
    async def plugins(info: Info) -> tuple[PluginState, ...]:
        """Every installed plugin."""
        return await (await _service(info)).list()

    @query(Permission.PLUGIN_MANAGE, "One installed plugin.", returns=Plugin)
    @staticmethod
    async def plugin(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The plugin's own id.")]
    ) -> PluginState:
        """One installed plugin."""
        return await (await _service(info)).get(id)


@strawberry.type
class PluginMutations:
    """Fields of Mutation."""

    @mutation(Permission.PLUGIN_MANAGE, PluginEnablePayload, "Switch a plugin on for your tenant.")
    @staticmethod
    async def plugin_enable(info: Info, input: PluginEnableInput) -> PluginEnablePayload:
        """Switch a plugin on."""
        return PluginEnablePayload(plugin=await (await _service(info)).enable(input.id))

    @mutation(Permission.PLUGIN_MANAGE, PluginDisablePayload, "Switch a plugin off for your tenant.")
    @staticmethod
    async def plugin_disable(info: Info, input: PluginDisableInput) -> PluginDisablePayload:
        """Switch a plugin off."""
        return PluginDisablePayload(plugin=await (await _service(info)).disable(input.id))

    @mutation(Permission.PLUGIN_MANAGE, PluginConfigurePayload, "Configure a plugin for your tenant.")
    @staticmethod
    async def plugin_configure(info: Info, input: PluginConfigureInput) -> PluginConfigurePayload:
        """Configure a plugin."""
        return PluginConfigurePayload(
            plugin=await (await _service(info)).configure(input.id, _object(input.configuration))
        )


def _object(configuration: Any) -> Mapping[str, Any]:
    if not isinstance(configuration, dict):
        raise DomainError("PLUGIN_CONFIGURATION_INVALID", "a configuration is a JSON object", ("configuration",))
    return configuration


async def _service(info: Info) -> PluginService:
    platform = info.context.state.platform
    return PluginService(await info.context.scope(), platform.control, platform.runtimes)
