"""pluggy's manager for plugins that are objects of classes: overriding a method of `Plugin` registers it."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pluggy
from pluggy import HookimplOpts

from distro_sdk.errors import PluginError
from distro_sdk.plugin import PROJECT, Plugin, hook_names, overridden_hooks

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
        """Register a plugin under its id; raises `PluginError` for a hook that is unknown or has other parameters."""
        check_hooks(type(plugin))
        try:
            self.register(plugin, name=plugin.id)
            self.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(plugin.id, str(error)) from error

    def implementations(self, hook: str, plugins: Iterable[str]) -> Sequence[tuple[str, Callable[..., Any]]]:
        """Plugin id and bound method of those among some plugins that implement a hook, in their order."""
        wanted = frozenset(plugins)
        removed = [plugin for name, plugin in self.list_name_plugin() if name not in wanted]
        caller = self.subset_hook_caller(hook, removed)
        return tuple((found.plugin_name, found.function) for found in caller.get_hookimpls())


def check_hooks(plugin: type[Plugin]) -> None:
    """Refuse a class with a misspelt hook or a hook with other parameters; raises `PluginError`.

    Every public method of a plugin is a hook: anything else it needs starts with an underscore.
    """
    known = hook_names()
    for name in dir(plugin):
        if name.startswith("_") or name in known or not inspect.isroutine(getattr(plugin, name)):
            continue
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}" if near else "; a method of its own starts with an underscore"
        raise PluginError(plugin.id, f"there is no hook {name}{hint}")
    for name in sorted(overridden_hooks(plugin)):
        expected, given = _parameters(getattr(Plugin, name)), _parameters(getattr(plugin, name))
        if expected != given:
            raise PluginError(plugin.id, f"{name} takes ({', '.join(expected)}), not ({', '.join(given)})")
        if inspect.iscoroutinefunction(getattr(Plugin, name)) != inspect.iscoroutinefunction(getattr(plugin, name)):
            kind = "async def" if inspect.iscoroutinefunction(getattr(Plugin, name)) else "def"
            raise PluginError(plugin.id, f"{name} must be written with {kind}")


def _parameters(method: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(method).parameters)
