"""The plugins of one tenant: the only way in which services reach plugins, so no other tenant's hook can fire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from distro_core.identity.documents import TenantDocument
from distro_core.plugins.absences import Absences, unknown
from distro_core.plugins.contexts import Contexts, Hook
from distro_core.plugins.delivery_answers import Verdict, read_answer, sum_up
from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_core.plugins.extensions import ModelFields, check_extensions
from distro_core.plugins.graphql_registry import checked_answer
from distro_core.plugins.health.findings import ask_check
from distro_core.plugins.manager import HookManager
from distro_core.plugins.port import OfferedNotifier
from distro_core.plugins.registry import Registries
from distro_core.plugins.watch import Outcome
from distro_sdk.adapters import PlatformAdapter
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.deliveries import OutgoingDelivery
from distro_sdk.errors import DomainError
from distro_sdk.errors import Path as ErrorPath
from distro_sdk.genres import GenreMapper
from distro_sdk.graphql import GraphQLField
from distro_sdk.health import CheckResult, HealthCheck
from distro_sdk.licensing import LicenseVerifier
from distro_sdk.messages import Choreography, CompanionBuilder, MessageBuilder, MessageReader, MessageValidator
from distro_sdk.metadata_sources import MetadataSource
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import Event
from distro_sdk.models.message import MessagePlan
from distro_sdk.permissions import PluginPermission
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer
from distro_sdk.tasks import PluginTask
from distro_sdk.transports import Transport
from distro_sdk.ui import UISlot

FLOW_HOOKS = (
    "before_release",
    "after_release",
    "before_asset_process",
    "after_asset_process",
    "prepare_message",
    "before_delivery",
    "on_event",
)


@dataclass(frozen=True)
class Selection:
    """What some plugins of a runtime offer; tenants with the same plugins share one."""

    message_builders: Mapping[str, MessageBuilder]
    companion_builders: Mapping[str, CompanionBuilder]
    message_readers: Mapping[str, MessageReader]
    validators: Sequence[MessageValidator]
    choreographies: Mapping[str, Choreography]
    transports: Mapping[str, Transport]
    genre_mappers: Mapping[str, GenreMapper]
    platforms: Mapping[str, PlatformProfile]
    platform_adapters: Mapping[str, PlatformAdapter]
    asset_preparers: Mapping[str, AssetPreparer]
    audio_formats: Mapping[str, RegisteredAudioFormat]
    metadata_sources: Mapping[str, MetadataSource]
    license_verifiers: Mapping[str, LicenseVerifier]
    permissions: Mapping[str, PluginPermission]
    tasks: Mapping[str, PluginTask]
    notifiers: Mapping[str, OfferedNotifier]
    health_checks: Mapping[str, HealthCheck]
    graphql: Mapping[str, str]
    extensions: ModelFields
    ui_slots: Sequence[UISlot]
    hooks: Mapping[str, Sequence[tuple[str, Callable[..., Awaitable[Any]]]]]


def select(manager: HookManager, registries: Registries, plugins: Sequence[str]) -> Selection:
    """What the plugins of these ids offer, in their order."""
    return Selection(
        message_builders=registries.message_builders.offered_by(plugins),
        companion_builders=registries.companion_builders.offered_by(plugins),
        message_readers=registries.message_readers.offered_by(plugins),
        validators=tuple(registries.validators.offered_by(plugins).values()),
        choreographies=registries.choreographies.offered_by(plugins),
        transports=registries.transports.offered_by(plugins),
        genre_mappers=registries.genre_mappers.offered_by(plugins),
        platforms=registries.platforms.offered_by(plugins),
        platform_adapters=registries.platform_adapters.offered_by(plugins),
        asset_preparers=registries.asset_preparers.offered_by(plugins),
        audio_formats=registries.audio_formats.offered_by(plugins),
        metadata_sources=registries.metadata_sources.offered_by(plugins),
        license_verifiers=registries.license_verifiers.offered_by(plugins),
        permissions=registries.permissions.offered_by(plugins),
        tasks=registries.tasks.offered_by(plugins),
        health_checks=registries.health_checks.offered_by(plugins),
        notifiers=MappingProxyType(
            {
                key: OfferedNotifier(plugin, notifier)
                for plugin in plugins
                for key, notifier in registries.notifiers.offered_by([plugin]).items()
            }
        ),
        ui_slots=tuple(registries.ui_slots.offered_by(plugins).values()),
        graphql=MappingProxyType(
            {namespace: plugin for plugin in plugins for namespace in registries.graphql.offered_by([plugin])}
        ),
        extensions=MappingProxyType(
            {
                plugin: {extension.model: extension.fields for extension in api.extensions}
                for plugin in plugins
                for api in registries.graphql.offered_by([plugin]).values()
                if api.extensions
            }
        ),
        hooks=MappingProxyType({hook: manager.implementations(hook, plugins) for hook in FLOW_HOOKS}),
    )


class EnabledPlugins:
    """The `TenantPlugins` of one tenant at one moment. The contract of each member stands in `plugins/port.py`."""

    def __init__(
        self,
        tenant: TenantDocument,
        selection: Selection,
        dispatcher: Dispatcher,
        contexts: Contexts | None = None,
        absences: Absences | None = None,
    ) -> None:
        self.message_builders = selection.message_builders
        self.companion_builders = selection.companion_builders
        self.message_readers = selection.message_readers
        self.validators = selection.validators
        self.choreographies = selection.choreographies
        self.transports = selection.transports
        self.genre_mappers = selection.genre_mappers
        own = {profile.key: profile for profile in tenant.platforms if profile.key not in selection.platforms}
        self.platforms: Mapping[str, PlatformProfile] = {**selection.platforms, **own} if own else selection.platforms
        self.platform_adapters = selection.platform_adapters
        self.asset_preparers = selection.asset_preparers
        self.audio_formats = selection.audio_formats
        self.metadata_sources = selection.metadata_sources
        self.license_verifiers = selection.license_verifiers
        self.permissions = selection.permissions
        self.tasks = selection.tasks
        self.notifiers = selection.notifiers
        self.health_checks = selection.health_checks
        self._tenant = tenant
        self._absences = absences
        self._contexts = contexts or Contexts(tenant)
        self.ui_slots = selection.ui_slots
        self._graphql = selection.graphql
        self._extensions = selection.extensions
        self._hooks = selection.hooks
        self._dispatcher = dispatcher
        self._bound: dict[str, tuple[Implementation, ...]] = {}

    def unknown(self, name: str, key: str, path: ErrorPath | None = None) -> DomainError:
        """The error for what a target names and the tenant does not have."""
        return unknown(name, key, path, self._absences)

    async def before_release(self, release: Release) -> Release:
        """The release that every plugin agrees to store."""
        hook = "before_release"
        return await self._dispatcher.chain(hook, await self._implementations(hook), release, identity="id")

    async def after_release(self, release: Release) -> None:
        """Tell every plugin of a stored release."""
        await self._dispatcher.tell("after_release", await self._implementations("after_release"), release)

    async def before_asset_process(self, asset: Asset, file: Path | None = None) -> None:
        """Ask every plugin about a file."""
        hook = "before_asset_process"
        bound = await self._implementations(hook)
        asked = [each._replace(context=replace(each.context, file=file)) for each in bound]
        await self._dispatcher.ask(hook, asked, asset)

    async def after_asset_process(self, asset: Asset) -> None:
        """Tell every plugin of a stored asset."""
        hook = "after_asset_process"
        await self._dispatcher.tell(hook, await self._implementations(hook), asset)

    @property
    def amends_messages(self) -> bool:
        """Whether any plugin is asked by `prepare_message`."""
        return bool(self._hooks["prepare_message"] or self._refusals("prepare_message"))

    @property
    def asked_before_delivery(self) -> bool:
        """Whether any plugin is asked by `prepare_message` or `before_delivery`."""
        return self.amends_messages or bool(self._hooks["before_delivery"] or self._refusals("before_delivery"))

    async def prepare_message(self, plan: MessagePlan) -> MessagePlan:
        """The plan after every plugin has seen it."""
        hook = "prepare_message"
        return await self._dispatcher.chain(hook, await self._implementations(hook), plan, identity="message_id")

    async def before_delivery(self, plan: MessagePlan, delivery: OutgoingDelivery) -> Verdict:
        """Ask every plugin whether the message may go, and with which further files."""
        hook = "before_delivery"
        bound = await self._implementations(hook)
        asked = [each._replace(context=replace(each.context, delivery=delivery)) for each in bound]
        return sum_up(await self._dispatcher.consult(hook, asked, plan, read_answer), delivery.asked_at)

    async def on_event(self, event: Event) -> bool:
        """Tell every plugin of an event; False when one failed."""
        return await self._dispatcher.tell("on_event", await self._implementations("on_event"), event)

    async def answer(self, namespace: str, field: GraphQLField, arguments: object) -> Any:
        """What a plugin answers to a field of its GraphQL API; raises PLUGIN_NOT_ENABLED, or what `call` raises."""
        plugin = self.check_graphql(namespace)
        implementation = await self._contexts.bind(plugin, partial(checked_answer, field))
        return await self._dispatcher.call(f"register_graphql.{field.name}", implementation, arguments)

    async def run(
        self, plugin: str, what: str, function: Hook, value: object, *, seconds: float | None = None
    ) -> Outcome:
        """What came of calling what a plugin has registered. `seconds`: that it may take, else as every hook."""
        implementation = await self._contexts.bind(plugin, function)
        (outcome,) = await self._dispatcher.walk(what, [implementation], value, seconds=seconds)
        return outcome

    async def check_health(self, key: str) -> CheckResult:
        """What a check of a plugin finds for the tenant; down where it fails. `key`: ``plugin/name``."""
        check, plugin = self.health_checks[key], key.partition("/")[0]
        bound = await self._contexts.bind(plugin, check.check)
        return await ask_check(plugin, replace(check, check=bound.function), bound.context)

    def configuration_of(self, plugin: str) -> Mapping[str, Any]:
        """What the tenant has configured of a plugin, without its secrets."""
        return self._tenant.plugin_configuration.get(plugin, {})

    def check_extensions(self, release: Release) -> None:
        """Check what plugins have put into a release."""
        check_extensions(self._extensions, release)

    def check_graphql(self, namespace: str) -> str:
        """The plugin behind a namespace of GraphQL; raises PLUGIN_NOT_ENABLED."""
        plugin = self._graphql.get(namespace)
        if plugin is None:
            raise DomainError("PLUGIN_NOT_ENABLED", f"your tenant has no plugin that answers {namespace}")
        return plugin

    async def _implementations(self, hook: str) -> tuple[Implementation, ...]:
        bound = self._bound.get(hook)
        if bound is None:
            found = [await self._contexts.bind(plugin, function) for plugin, function in self._hooks[hook]]
            bound = self._bound[hook] = (*self._refusals(hook), *found)
        return bound

    def _refusals(self, hook: str) -> tuple[Implementation, ...]:
        return () if self._absences is None else self._absences.refusals(hook)
