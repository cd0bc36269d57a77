"""What plugins add, by key: two plugins never share one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distro_core.plugins.graphql_registry import GraphQLRegistry
from distro_core.plugins.health.registry import HealthRegistry
from distro_core.plugins.offers import Registry
from distro_core.plugins.operator_settings import failed_hook
from distro_core.plugins.permission_registry import PermissionRegistry, check_demands
from distro_core.plugins.tasks.registry import TaskRegistry
from distro_sdk.adapters import PlatformAdapter
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import PluginError
from distro_sdk.genres import GenreMapper
from distro_sdk.keys import KeyProvider
from distro_sdk.licensing import LicenseVerifier
from distro_sdk.messages import Choreography, CompanionBuilder, MessageBuilder, MessageReader, MessageValidator
from distro_sdk.metadata_sources import MetadataSource
from distro_sdk.notifiers import Notifier
from distro_sdk.platforms import PlatformProfile
from distro_sdk.plugin import Plugin, overridden_hooks
from distro_sdk.preparation import AssetPreparer
from distro_sdk.registries import RegistrySource
from distro_sdk.transports import Transport
from distro_sdk.ui import UISlot


class Registries:
    """One registry for each `register_*` hook."""

    def __init__(self) -> None:
        self.message_builders: Registry[MessageBuilder] = Registry("message builder", "format", MessageBuilder)
        self.companion_builders: Registry[CompanionBuilder] = Registry("companion builder", "format", CompanionBuilder)
        self.message_readers: Registry[MessageReader] = Registry("message reader", "format", MessageReader)
        self.validators: Registry[MessageValidator] = Registry("validator", "name", MessageValidator)
        self.choreographies: Registry[Choreography] = Registry("choreography", "key", Choreography)
        self.transports: Registry[Transport] = Registry("transport", "key", Transport)
        self.genre_mappers: Registry[GenreMapper] = Registry("genre mapper", "provider", GenreMapper)
        self.platforms: Registry[PlatformProfile] = Registry("platform", "key", PlatformProfile)
        self.platform_adapters: Registry[PlatformAdapter] = Registry("platform adapter", "key", PlatformAdapter)
        self.asset_preparers: Registry[AssetPreparer] = Registry("asset preparer", "name", AssetPreparer)
        self.audio_formats: Registry[RegisteredAudioFormat] = Registry("audio format", "key", RegisteredAudioFormat)
        self.license_verifiers: Registry[LicenseVerifier] = Registry("licence verifier", "key", LicenseVerifier)
        self.registry_sources: Registry[RegistrySource] = Registry("registry source", "key", RegistrySource)
        self.permissions = PermissionRegistry()
        self.tasks = TaskRegistry()
        self.metadata_sources: Registry[MetadataSource] = Registry("metadata source", "key", MetadataSource)
        self.key_providers: Registry[KeyProvider] = Registry("key provider", "key", KeyProvider)
        self.notifiers: Registry[Notifier] = Registry("notifier", "key", Notifier)
        self.health_checks = HealthRegistry()
        self.graphql = GraphQLRegistry()
        self.ui_slots: Registry[UISlot] = Registry("UI slot", "key", UISlot)

    def collect(self, plugin: Plugin) -> None:
        """Ask a plugin for all it adds; raises `PluginError` and keeps nothing of it when one part is refused."""
        hooks = overridden_hooks(type(plugin))
        try:
            for name, registry in self._by_name():
                for offered in _offers(plugin, f"register_{name}") if f"register_{name}" in hooks else ():
                    registry.add(plugin.id, offered)
            apis = self.graphql.offered_by([plugin.id]).values()
            check_demands(plugin.id, apis, self.permissions.offered_by([plugin.id]))
        except PluginError:
            self.drop(plugin.id)
            raise

    def drop(self, plugin: str) -> None:
        """Take back everything that a plugin added."""
        for _, registry in self._by_name():
            registry.drop(plugin)

    def copy(self) -> Registries:
        """Registries with the same content that can grow by themselves."""
        twin = Registries()
        for name, registry in self._by_name():
            setattr(twin, name, registry.copy())
        return twin

    def _by_name(self) -> Sequence[tuple[str, Registry[Any]]]:
        return tuple(vars(self).items())


def _offers(plugin: Plugin, hook: str) -> Sequence[object]:
    try:
        return tuple(getattr(plugin, hook)())
    except Exception as error:
        raise failed_hook(plugin, hook, error) from error
