"""plugin.json: what a plugin says of itself before any of its code runs."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable
from importlib.resources.abc import Traversable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from distro_sdk.errors import PluginError
from distro_sdk.models.base import Model
from distro_sdk.plugin import Plugin, hook_names, overridden_hooks

MANIFEST_FILE = "plugin.json"


class PluginManifest(Model):
    """A plugin's manifest (row PLG-01). `sdk`: a PEP 440 range of SDK versions; `hooks`: what it overrides."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+([a-z0-9.+-]*)?$")]
    publisher: Annotated[str, Field(min_length=1, max_length=100)]
    support: Annotated[str, Field(min_length=3, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=500)]
    sdk: str
    hooks: tuple[str, ...]
    license: str = "MIT"


def load_manifest(package: Traversable, plugin: str) -> PluginManifest:
    """The manifest beside a plugin's package; raises `PluginError` naming every fault."""
    try:
        return PluginManifest.model_validate(json.loads((package / MANIFEST_FILE).read_text("utf-8")))
    except FileNotFoundError as error:
        raise PluginError(plugin, f"{MANIFEST_FILE} is missing") from error
    except (json.JSONDecodeError, ValidationError) as error:
        raise PluginError(plugin, f"{MANIFEST_FILE} is not valid: {error}") from error


def check_class(plugin: type[Plugin], manifest: PluginManifest) -> None:
    """Compare a plugin's class with its manifest, before any of its hooks is called; raises `PluginError`."""
    if plugin.id != manifest.id:
        raise PluginError(manifest.id, f"its class has the id {plugin.id!r}, {MANIFEST_FILE} says {manifest.id!r}")
    check_hooks(plugin)
    listed, implemented = set(manifest.hooks), overridden_hooks(plugin)
    if unlisted := sorted(implemented - listed):
        raise PluginError(plugin.id, f"{MANIFEST_FILE} does not list the hooks it implements: {', '.join(unlisted)}")
    if missing := sorted(listed - implemented):
        raise PluginError(plugin.id, f"{MANIFEST_FILE} lists hooks it does not implement: {', '.join(missing)}")
    if plugin.configuration is not None and "writeOnly" in str(plugin.configuration.model_json_schema()):
        raise PluginError(plugin.id, "its configuration has a secret; secrets belong into the settings of a transport")


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
