"""What the rest of the core sees of plugins: those that one tenant has enabled, at one moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from distro_core.plugins.delivery_answers import Verdict
from distro_core.plugins.watch import Outcome
from distro_sdk.adapters import PlatformAdapter
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.deliveries import OutgoingDelivery
from distro_sdk.errors import DomainError
from distro_sdk.errors import Path as ErrorPath
from distro_sdk.genres import GenreMapper
from distro_sdk.graphql import GraphQLField
from distro_sdk.health import CheckResult, HealthCheck
from distro_sdk.messages import Choreography, CompanionBuilder, MessageBuilder, MessageReader, MessageValidator
from distro_sdk.metadata_sources import MetadataSource
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import Event
from distro_sdk.models.message import MessagePlan
from distro_sdk.notifiers import Notifier
from distro_sdk.permissions import PluginPermission
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer
from distro_sdk.tasks import PluginTask
from distro_sdk.transports import Transport
from distro_sdk.ui import UISlot


class OfferedNotifier(NamedTuple):
    """A channel, and the plugin that offers it."""

    plugin: str
    notifier: Notifier


class TenantPlugins(Protocol):
    """The enabled plugins of a tenant: their registries, and their hooks through the dispatcher."""

    @property
    def message_builders(self) -> Mapping[str, MessageBuilder]:
        """By format."""
        ...

    @property
    def companion_builders(self) -> Mapping[str, CompanionBuilder]:
        """By format."""
        ...

    @property
    def message_readers(self) -> Mapping[str, MessageReader]:
        """By format."""
        ...

    @property
    def validators(self) -> Sequence[MessageValidator]:
        """All validators, in the order of registration."""
        ...

    @property
    def choreographies(self) -> Mapping[str, Choreography]:
        """By key."""
        ...

    @property
    def transports(self) -> Mapping[str, Transport]:
        """By key."""
        ...

    @property
    def genre_mappers(self) -> Mapping[str, GenreMapper]:
        """By provider."""
        ...

    @property
    def platforms(self) -> Mapping[str, PlatformProfile]:
        """By key."""
        ...

    @property
    def platform_adapters(self) -> Mapping[str, PlatformAdapter]:
        """By key."""
        ...

    @property
    def asset_preparers(self) -> Mapping[str, AssetPreparer]:
        """By name, in the order in which they are asked."""
        ...

    @property
    def metadata_sources(self) -> Mapping[str, MetadataSource]:
        """By key."""
        ...

    @property
    def audio_formats(self) -> Mapping[str, RegisteredAudioFormat]:
        """By key, in the order in which they are asked."""
        ...

    @property
    def permissions(self) -> Mapping[str, PluginPermission]:
        """By name, what plugins declare that can be allowed."""
        ...

    @property
    def tasks(self) -> Mapping[str, PluginTask]:
        """By ``plugin/name``, what workers do from time to time."""
        ...

    @property
    def notifiers(self) -> Mapping[str, OfferedNotifier]:
        """By key, channels by which people can be told."""
        ...

    @property
    def health_checks(self) -> Mapping[str, HealthCheck]:
        """By ``plugin/name``, what tells how that does what plugins need."""
        ...

    @property
    def ui_slots(self) -> Sequence[UISlot]:
        """What user interfaces show of plugins."""
        ...

    def unknown(self, name: str, key: str, path: ErrorPath | None = None) -> DomainError:
        """The error for what a target names and the tenant does not have: it tells which plugin would have it, and why
        that is not there. `name`: the target's field; `path`: where it stands, that field unless given.
        """
        ...

    async def before_release(self, release: Release) -> Release:
        """The release that every plugin agrees to store; raises `DomainError` when one refuses."""
        ...

    async def after_release(self, release: Release) -> None:
        """Tell every plugin of a stored release."""
        ...

    async def before_asset_process(self, asset: Asset, file: Path | None = None) -> None:
        """Ask every plugin about a file, which lies at `file` meanwhile; raises `DomainErrors` with all refusals."""
        ...

    async def after_asset_process(self, asset: Asset) -> None:
        """Tell every plugin of a stored asset."""
        ...

    @property
    def amends_messages(self) -> bool:
        """Whether any plugin is asked by `prepare_message`."""
        ...

    @property
    def asked_before_delivery(self) -> bool:
        """Whether any plugin is asked by `prepare_message` or `before_delivery`."""
        ...

    async def prepare_message(self, plan: MessagePlan) -> MessagePlan:
        """The plan after every plugin has seen it."""
        ...

    async def before_delivery(self, plan: MessagePlan, delivery: OutgoingDelivery) -> Verdict:
        """Ask every plugin; raises `DomainErrors` with all reasons when any objects or fails."""
        ...

    async def answer(self, namespace: str, field: GraphQLField, arguments: object) -> Any:
        """What a plugin answers to a field of its GraphQL API; raises `DomainError`."""
        ...

    async def run(
        self,
        plugin: str,
        what: str,
        function: Callable[..., Awaitable[Any]],
        value: object,
        *,
        seconds: float | None = None,
    ) -> Outcome:
        """What came of calling what a plugin has registered. `seconds`: that it may take, else as every hook."""
        ...

    async def check_health(self, key: str) -> CheckResult:
        """What a check of a plugin finds for the tenant; down where it fails. `key`: ``plugin/name``."""
        ...

    def configuration_of(self, plugin: str) -> Mapping[str, Any]:
        """What the tenant has configured of a plugin, without its secrets."""
        ...

    def check_extensions(self, release: Release) -> None:
        """Check the fields that plugins have added to a release and its tracks; raises `DomainErrors`."""
        ...

    def check_graphql(self, namespace: str) -> str:
        """The plugin behind a namespace of GraphQL; raises PLUGIN_NOT_ENABLED."""
        ...

    async def on_event(self, event: Event) -> bool:
        """Tell every plugin of an event; False when one failed, so that it is told again."""
        ...
