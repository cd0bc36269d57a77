"""The base class of every plugin, which is also the specification of every hook.

Overriding a method registers it. `register_*` hooks are synchronous and are called once per runtime; the other hooks
are asynchronous, run one plugin at a time, each with a timeout, and a plugin that fails never takes another with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pluggy
from pydantic import BaseModel

from distro_sdk.adapters import PlatformAdapter
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.collections import OwnCollection
from distro_sdk.deliveries import Deliveries, DeliveryAnswer, OutgoingDelivery
from distro_sdk.errors import DomainError
from distro_sdk.genres import GenreMapper
from distro_sdk.graphql import GraphQLApi
from distro_sdk.health import HealthCheck
from distro_sdk.keys import KeyProvider
from distro_sdk.licensing import LicenseVerifier
from distro_sdk.messages import Choreography, CompanionBuilder, MessageBuilder, MessageReader, MessageValidator
from distro_sdk.metadata_sources import MetadataSource
from distro_sdk.migrations import PluginMigration
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import Event
from distro_sdk.models.message import MessagePlan
from distro_sdk.notifiers import NoticeDraft, Notifier
from distro_sdk.permissions import PluginPermission
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer
from distro_sdk.registries import RegistrySource
from distro_sdk.tasks import PluginTask
from distro_sdk.transports import Transport
from distro_sdk.ui import UISlot

PROJECT = "stardust_distro"
ENTRY_POINT_GROUP = "stardust_distro.plugins"
FEATURE_REQUIRED = "LICENSE_FEATURE_REQUIRED"

hookspec = pluggy.HookspecMarker(PROJECT)


@dataclass(frozen=True)
class PluginContext:
    """For whom a hook is called: the tenant, and the plugin's configuration for that tenant.

    `configuration`: with its secrets, as `SecretStr`, where they are set; `features`: what the tenant's licence for the
    plugin opens, nothing where there is none; `file`: in `before_asset_process` alone, where the file's bytes lie on
    this machine while the hook runs; it is not changed; `delivery`: in `before_delivery` alone, which delivery is about
    to begin.
    """

    tenant_id: str
    plugin_id: str
    configuration: Mapping[str, Any] = field(default_factory=dict)
    features: frozenset[str] = frozenset()
    file: Path | None = None
    delivery: OutgoingDelivery | None = None
    open_collection: Callable[[str], OwnCollection] | None = field(default=None, repr=False, compare=False)
    open_deliveries: Callable[[], Deliveries] | None = field(default=None, repr=False, compare=False)
    keep_notice: Callable[[NoticeDraft], Awaitable[None]] | None = field(default=None, repr=False, compare=False)
    read_clock: Callable[[], datetime] | None = field(default=None, repr=False, compare=False)

    def now(self) -> datetime:
        """The moment by the platform's clock, in UTC: in tests, that of `sdk_clock`."""
        return datetime.now(UTC) if self.read_clock is None else self.read_clock()

    def collection(self, name: str) -> OwnCollection:
        """What the plugin keeps for this tenant under a name of its own: lower-case letters, digits and hyphens.

        Raises PLUGIN_COLLECTION_INVALID for another name, and PLUGIN_COLLECTIONS_UNAVAILABLE where the platform runs
        without its database, such as when a message is built on the command line.
        """
        if self.open_collection is None:
            raise DomainError("PLUGIN_COLLECTIONS_UNAVAILABLE", f"plugin {self.plugin_id} has no database here")
        return self.open_collection(name)

    async def notify(self, draft: NoticeDraft) -> None:
        """Tell the tenant something: in its list of notifications, and by the channels that are chosen.

        Raises PLUGIN_NOTICES_UNAVAILABLE where there is nobody to tell: without a database, and in hooks of a plugin's
        life.
        """
        if self.keep_notice is None:
            raise DomainError("PLUGIN_NOTICES_UNAVAILABLE", f"plugin {self.plugin_id} cannot tell anybody here")
        await self.keep_notice(draft)

    @property
    def deliveries(self) -> Deliveries:
        """The tenant's deliveries; raises PLUGIN_DELIVERIES_UNAVAILABLE where there is no database to find them in."""
        if self.open_deliveries is None:
            raise DomainError("PLUGIN_DELIVERIES_UNAVAILABLE", f"plugin {self.plugin_id} has no database here")
        return self.open_deliveries()

    def require_feature(self, feature: str) -> None:
        """Raise LICENSE_FEATURE_REQUIRED unless the tenant's licence opens a feature.

        A hook that lets it out ends there, as if it had nothing to do: a licence never stops what it was called for.
        """
        if feature not in self.features:
            message = f"plugin {self.plugin_id} needs a licence with the feature {feature}"
            raise DomainError(FEATURE_REQUIRED, message)


class Plugin:
    """Subclass this, set `id` to the id in plugin.json, and override the hooks you need.

    Every public method is a hook; a method of your own starts with an underscore. `order`: plugins with a lower order
    are asked first, those of one order by id; `configuration`: the model of what a tenant may configure, whose fields
    of type `SecretStr` are sealed, or None where there is nothing to configure.
    """

    id: ClassVar[str] = ""
    order: ClassVar[int] = 0
    configuration: ClassVar[type[BaseModel] | None] = None

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        """Keep what the operator has set for this plugin (`DISTRO_PLUGINS`); raise `ValueError` where it is wrong."""
        self.settings: Mapping[str, Any] = settings or {}

    # What a plugin adds. Keys must be unique among all plugins; a clash is refused when the runtime is built.

    @hookspec
    def register_message_builders(self) -> Sequence[MessageBuilder]:
        """Return builders of message formats."""
        return ()

    @hookspec
    def register_companion_builders(self) -> Sequence[CompanionBuilder]:
        """Return builders of messages that travel beside those of releases."""
        return ()

    @hookspec
    def register_message_readers(self) -> Sequence[MessageReader]:
        """Return readers of message formats."""
        return ()

    @hookspec
    def register_validators(self) -> Sequence[MessageValidator]:
        """Return validators of messages."""
        return ()

    @hookspec
    def register_choreographies(self) -> Sequence[Choreography]:
        """Return ways in which a batch is laid out and answered."""
        return ()

    @hookspec
    def register_transports(self) -> Sequence[Transport]:
        """Return protocols by which files reach a receiver."""
        return ()

    @hookspec
    def register_genre_mappers(self) -> Sequence[GenreMapper]:
        """Return mappers into the genre dictionaries of providers."""
        return ()

    @hookspec
    def register_platforms(self) -> Sequence[PlatformProfile]:
        """Return profiles of platforms."""
        return ()

    @hookspec
    def register_platform_adapters(self) -> Sequence[PlatformAdapter]:
        """Return adapters of platforms."""
        return ()

    @hookspec
    def register_asset_preparers(self) -> Sequence[AssetPreparer]:
        """Return what makes files that receivers take of files that they do not take."""
        return ()

    @hookspec
    def register_audio_formats(self) -> Sequence[RegisteredAudioFormat]:
        """Return formats of audio files that the platform does not read itself."""
        return ()

    @hookspec
    def register_license_verifiers(self) -> Sequence[LicenseVerifier]:
        """Return verifiers of plugin licences."""
        return ()

    @hookspec
    def register_registry_sources(self) -> Sequence[RegistrySource]:
        """Return readers of addresses at which registries of plugins lie."""
        return ()

    @hookspec
    def register_permissions(self) -> Sequence[PluginPermission]:
        """Return permissions that fields of the plugin's GraphQL API demand."""
        return ()

    @hookspec
    def register_tasks(self) -> Sequence[PluginTask]:
        """Return work that is done for each tenant from time to time."""
        return ()

    @hookspec
    def register_metadata_sources(self) -> Sequence[MetadataSource]:
        """Return where metadata of released music can be looked up."""
        return ()

    @hookspec
    def register_key_providers(self) -> Sequence[KeyProvider]:
        """Return holders of the keys that wrap tenants' data keys."""
        return ()

    @hookspec
    def register_notifiers(self) -> Sequence[Notifier]:
        """Return channels by which people are told of what happens."""
        return ()

    @hookspec
    def register_health_checks(self) -> Sequence[HealthCheck]:
        """Return checks that tell how what the plugin needs does."""
        return ()

    @hookspec
    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the plugin's part of the GraphQL schema, of which there is one at most."""
        return ()

    @hookspec
    def register_migrations(self) -> Sequence[PluginMigration]:
        """Return the steps that bring what tenants keep of earlier versions into the form of this one."""
        return ()

    @hookspec
    def register_ui_slots(self) -> Sequence[UISlot]:
        """Return what user interfaces show of the plugin, and where."""
        return ()

    # The life of a plugin.

    @hookspec
    async def startup(self) -> None:
        """Run once when a process has built its runtime."""

    @hookspec
    async def shutdown(self) -> None:
        """Run once before the process or the runtime ends."""

    @hookspec
    async def check_config(self, context: PluginContext) -> None:
        """Try the configuration in the context before it is saved; raise DomainError to refuse it."""

    @hookspec
    async def tenant_enabled(self, context: PluginContext) -> None:
        """Run when a tenant has enabled the plugin."""

    @hookspec
    async def tenant_disabled(self, context: PluginContext) -> None:
        """Run when a tenant has disabled the plugin."""

    @hookspec
    async def installed(self, context: PluginContext, previous: str | None) -> None:
        """Prepare what the plugin keeps for a tenant, before that tenant first has this version of it."""

    @hookspec
    async def uninstalling(self, context: PluginContext, purge: bool) -> None:
        """Say goodbye to a tenant before the plugin is uninstalled; `purge` tells whether what it keeps goes, too."""

    # The flow of the catalogue. `before_*` may raise DomainError to refuse.

    @hookspec
    async def before_release(self, context: PluginContext, release: Release) -> Release:
        """Return the release to store: the one given, or a changed one. Chained from plugin to plugin."""
        return release

    @hookspec
    async def after_release(self, context: PluginContext, release: Release) -> None:
        """See the release as it was stored."""

    @hookspec
    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """See a file that passed the core's own checks, before it enters the catalogue; raise to refuse it."""

    @hookspec
    async def after_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """See the asset as it was stored."""

    @hookspec
    async def prepare_message(self, context: PluginContext, plan: MessagePlan) -> MessagePlan:
        """Return the plan to write: the one given, or a changed one. Chained from plugin to plugin."""
        return plan

    @hookspec
    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> DeliveryAnswer | None:
        """Let a delivery begin, add files to it, put it off, or raise DomainError to stop it; every plugin is asked."""

    @hookspec
    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Learn that something happened; the same event may be told more than once."""


def hook_names() -> frozenset[str]:
    """The names of all hooks."""
    return frozenset(
        name for name, member in vars(Plugin).items() if inspect.isfunction(member) and not name.startswith("_")
    )


def overridden_hooks(plugin: type[Plugin]) -> frozenset[str]:
    """The hooks that a plugin implements."""
    return frozenset(name for name in hook_names() if getattr(plugin, name) is not getattr(Plugin, name))
