"""Objects of one kind that plugins offer, by key: two plugins never share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from distro_sdk.errors import PluginError, SetupFailure

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

    def keys_of(self, plugin: str) -> Sequence[str]:
        """What a plugin has of what only one may have."""
        return tuple(self._offers.get(plugin, ()))

    def empty(self) -> Registry[T]:
        """A registry of this kind without anything."""
        return Registry(self.kind, self.key, self._contract)

    def drop(self, plugin: str) -> None:
        """Take back everything that a plugin added."""
        self._offers.pop(plugin, None)

    def copy(self) -> Registry[T]:
        """A registry with the same content that can grow by itself."""
        twin = self.empty()
        twin._offers = {plugin: dict(offers) for plugin, offers in self._offers.items()}
        return twin


def _members(contract: type[Any]) -> Sequence[str]:
    """What an object must have to keep a protocol or to be like a model."""
    if fields := getattr(contract, "model_fields", None):
        return tuple(fields)
    members = {*getattr(contract, "__annotations__", {}), *vars(contract)}
    return tuple(sorted(name for name in members if not name.startswith("_")))
