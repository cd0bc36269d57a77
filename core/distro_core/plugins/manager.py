"""pluggy's manager for plugins that are objects of classes: overriding a method of `Plugin` registers it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pluggy
from pluggy import HookimplOpts

from distro_sdk.errors import PluginError
from distro_sdk.plugin import PROJECT, Plugin

_OPTIONS = HookimplOpts(
    wrapper=False, hookwrapper=False, optionalhook=False, tryfirst=False, trylast=False, specname=None
)


class HookManager(pluggy.PluginManager):
    """Knows every hook of `Plugin` and, in the order of their registration, who implements it."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.add_hookspecs(Plugin)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        """Options for every public method that `Plugin` does not have or that overrides it, else None."""
        method = getattr(type(plugin), name, None)
        if name.startswith("_") or not inspect.isroutine(method) or method is getattr(Plugin, name, None):
            return None
        return HookimplOpts(**_OPTIONS)

    def admit(self, plugin: Plugin) -> None:
        """Register a plugin under its id; raises `PluginError` for what pluggy refuses."""
        try:
            self.register(plugin, name=plugin.id)
            self.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(plugin.id, str(error)) from error

    def check(self, plugin: Plugin) -> None:
        """Raise `PluginError` for what pluggy refuses of a plugin; it is not kept."""
        try:
            self.admit(plugin)
        finally:
            self.unregister(plugin)

    def implementations(self, hook: str, plugins: Iterable[str]) -> Sequence[tuple[str, Callable[..., Any]]]:
        """Plugin id and bound method of those among some plugins that implement a hook, in their order."""
        wanted = frozenset(plugins)
        removed = [plugin for name, plugin in self.list_name_plugin() if name not in wanted]
        caller = self.subset_hook_caller(hook, removed)
        return tuple((found.plugin_name, found.function) for found in caller.get_hookimpls())
