"""What plugins add, by key: two plugins never share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from distro_sdk.adapters import PlatformAdapter
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.genres import GenreMapper
from distro_sdk.licensing import LicenseVerifier
from distro_sdk.messages import Choreography, CompanionBuilder, MessageBuilder, MessageReader, MessageValidator
from distro_sdk.platforms import PlatformProfile
from distro_sdk.plugin import Plugin, overridden_hooks
from distro_sdk.preparation import AssetPreparer
from distro_sdk.registries import RegistrySource
from distro_sdk.transports import Transport

T = TypeVar("T")


class Registry(Generic[T]):
    """Objects of one kind. `kind`: what people call them; `key`: the attribute that tells them apart."""

    def __init__(self, kind: str, key: str, contract: type[Any]) -> None:
        self.kind = kind
        self.key = key
        self._contract = contract
        self._offers: dict[str, dict[str, T]] = {}

    def add(self, plugin: str, offered: T) -> None:
        """Take what a plugin offers; raises `PluginError` when it is incomplete or its key is taken."""
        if missing := [member for member in _members(self._contract) if not hasattr(offered, member)]:
            raise PluginError(plugin, f"its {self.kind} {type(offered).__name__} lacks {', '.join(missing)}")
        key = getattr(offered, self.key)
        if not isinstance(key, str) or not key:
            raise PluginError(plugin, f"its {self.kind} {type(offered).__name__} has no {self.key}")
        if (provider := self.provider(key)) is not None:
            message = f"its {self.kind} {key} is already provided by plugin {provider}"
            raise PluginError(plugin, message, SetupFailure.KEY_TAKEN)
        self._offers.setdefault(plugin, {})[key] = offered

    def provider(self, key: str) -> str | None:
        """The id of the plugin that provides a key, or None."""
        return next((plugin for plugin, offers in self._offers.items() if key in offers), None)

    def offered_by(self, plugins: Iterable[str]) -> Mapping[str, T]:
        """By key, what these plugins provide, in their order."""
        return MappingProxyType({key: it for plugin in plugins for key, it in self._offers.get(plugin, {}).items()})

    def drop(self, plugin: str) -> None:
        """Take back everything that a plugin added."""
        self._offers.pop(plugin, None)

    def copy(self) -> Registry[T]:
        """A registry with the same content that can grow by itself."""
        twin: Registry[T] = Registry(self.kind, self.key, self._contract)
        twin._offers = {plugin: dict(offers) for plugin, offers in self._offers.items()}
        return twin


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
        self.license_verifiers: Registry[LicenseVerifier] = Registry("licence verifier", "key", LicenseVerifier)
        self.registry_sources: Registry[RegistrySource] = Registry("registry source", "key", RegistrySource)

    def collect(self, plugin: Plugin) -> None:
        """Ask a plugin for all it adds; raises `PluginError` and keeps nothing of it when one part is refused."""
        hooks = overridden_hooks(type(plugin))
        try:
            for name, registry in self._by_name():
                for offered in _offers(plugin, f"register_{name}") if f"register_{name}" in hooks else ():
                    registry.add(plugin.id, offered)
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
        raise PluginError(plugin.id, f"{hook} failed: {type(error).__name__}: {error}") from error


def _members(contract: type[Any]) -> Sequence[str]:
    """What an object must have to keep a protocol or to be like a model."""
    if fields := getattr(contract, "model_fields", None):
        return tuple(fields)
    members = {*getattr(contract, "__annotations__", {}), *vars(contract)}
    return tuple(sorted(name for name in members if not name.startswith("_")))
