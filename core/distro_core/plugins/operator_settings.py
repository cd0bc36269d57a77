"""What the operator has set for plugins (`DISTRO_PLUGINS`): how a plugin takes it, and how a wrong setting is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from distro_core.plugins.dispatcher import describe
from distro_core.plugins.masking import masked, masked_words
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.network import PRIVATE_NETWORKS
from distro_sdk.plugin import Plugin

PluginSettings = Mapping[str, Mapping[str, Any]]
"""By plugin id."""

SHORT = 4
"""Values of fewer characters are hidden only where they stand as words of their own, as they occur in any text."""


def construct_plugin(plugin_class: type[Plugin], settings: Mapping[str, Any]) -> Plugin:
    """The plugin with its settings; raises `PluginError` of the kind `settings` where it refuses them."""
    try:
        return plugin_class(settings)
    except Exception as error:
        message = f"it does not accept its settings: {told(error, settings)}"
        raise PluginError(plugin_class.id, message, SetupFailure.SETTINGS) from error


def failed_hook(plugin: Plugin, hook: str, error: Exception) -> PluginError:
    """Why a plugin could not be asked what it adds: for its settings, where it has any, else for its code."""
    failure = SetupFailure.SETTINGS if plugin.settings else SetupFailure.CONTRACT
    return PluginError(plugin.id, f"{hook} failed: {told(error, plugin.settings)}", failure)


def told(error: Exception | None, settings: Mapping[str, Any]) -> str:
    """An error's type and text without any value of the settings: whichever of them is secret, nobody but the plugin
    knows. Networks are shown: they are none.
    """
    if isinstance(error, ValidationError):
        # pydantic's own text quotes the value.
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        text = "; ".join(": ".join([".".join(map(str, fault["loc"])), fault["msg"]]) for fault in faults)
        text = f"{type(error).__name__}: {text}"
    else:
        text = describe(error)
    hidden = list(_values({name: value for name, value in settings.items() if name != PRIVATE_NETWORKS}))
    text = masked(text, [spelt for value in hidden if len(value) >= SHORT for spelt in _spellings(value)])
    return masked_words(text, [value for value in hidden if len(value) < SHORT])


def _values(setting: object) -> Iterator[str]:
    """Every text and number within a setting; what is only on or off is no secret."""
    if isinstance(setting, Mapping):
        for value in setting.values():
            yield from _values(value)
    elif isinstance(setting, Sequence) and not isinstance(setting, str):
        for value in setting:
            yield from _values(value)
    elif isinstance(setting, str | int | float) and not isinstance(setting, bool):
        yield str(setting)


def _spellings(value: str) -> set[str]:
    """A value as it is, and as Python and JSON quote it."""
    return {value, repr(value)[1:-1], json.dumps(value)[1:-1]}
