"""plugin.json: what a plugin says of itself before any of its code runs."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from distro_sdk.configuration import hidden_secrets
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.models.base import Model
from distro_sdk.plugin import Plugin, hook_names, overridden_hooks

MANIFEST_FILE = "plugin.json"


PLUGIN_ID = r"^[a-z][a-z0-9-]{1,62}$"

OFFLINE = "offline"
LicenseVerifierKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
"""The key of a licence verifier."""


class PluginCategory(StrEnum):
    """What a plugin is for (row PLG-17); `delivery`: formats, protocols, choreographies and platforms."""

    AUDIO_PROCESSING = "audio-processing"
    ADVANCED_METADATA = "advanced-metadata"
    WORKFLOW_AUTOMATION = "workflow-automation"
    ANALYTICS_REPORTING = "analytics-reporting"
    TERRITORY_MANAGEMENT = "territory-management"
    DELIVERY = "delivery"


class PluginSource(StrEnum):
    """Who stands behind a plugin (row PLG-18)."""

    CORE_TEAM = "core-team"
    THIRD_PARTY = "third-party"
    LABEL_DSP_INTEGRATION = "label-dsp-integration"
    OPEN_SOURCE = "open-source"


class PluginScope(StrEnum):
    """Who switches a plugin on: each tenant for itself, or the operator for the whole system."""

    TENANT = "tenant"
    SYSTEM = "system"


class LicenseModel(StrEnum):
    """Whether a plugin costs anything: nothing, all of it, or some of its features."""

    FREE = "free"
    PAID = "paid"
    FREEMIUM = "freemium"


class ConfigurationModel(Model):
    """What a tenant configures. `model`: where its class stands, as ``package.module:Class``; `version`: grows by one
    when what was stored before no longer fits it, with a migration from the one before.
    """

    model: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    version: Annotated[int, Field(ge=1)] = 1


class PluginManifest(Model):
    """A plugin's manifest (row PLG-01).

    `support`: where users get help (row MKT-10); `sdk`, `python`: PEP 440 ranges of the versions it works with;
    `entry`: its class, as the entry point names it; `hooks`: what it overrides; `multi_tenant`: whether one instance
    may serve several tenants; `documents_version`: of the form of what it keeps in its collections, grows
    as that of the configuration does; `capabilities`: what it wants to be handed; `license`: of its code, as SPDX
    names it; `license_verifier`: by whom its licences are judged, the offline verifier unless said otherwise;
    `requires`: by plugin id, the PEP 440 range of versions that must be installed.

    A plugin from a marketplace must say its category, source, python range and entry, too.
    """

    id: Annotated[str, Field(pattern=PLUGIN_ID)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+([a-z0-9.+-]*)?$", max_length=50)]
    publisher: Annotated[str, Field(min_length=1, max_length=100)]
    support: Annotated[str, Field(min_length=3, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=500)]
    sdk: Annotated[str, Field(max_length=100)]
    hooks: Annotated[tuple[str, ...], Field(max_length=100)]
    license: Annotated[str, Field(max_length=100)] = "MIT"
    category: PluginCategory | None = None
    source: PluginSource | None = None
    python: Annotated[str, Field(max_length=100)] | None = None
    entry: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", max_length=200)] | None = None
    graphql_namespace: Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9]{1,30}$")] | None = None
    scope: PluginScope = PluginScope.TENANT
    multi_tenant: bool = True
    configuration: ConfigurationModel | None = None
    documents_version: Annotated[int, Field(ge=1)] = 1
    capabilities: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9:_-]{1,50}$")], ...], Field(max_length=50)
    ] = ()
    license_model: LicenseModel = LicenseModel.FREE
    license_verifier: LicenseVerifierKey = OFFLINE
    requires: Annotated[
        Mapping[Annotated[str, Field(pattern=PLUGIN_ID)], Annotated[str, Field(max_length=100)]],
        Field(max_length=50, json_schema_extra={"additionalProperties": False}),
    ] = {}


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of plugin.json, as the file `plugin.schema.json` of this package holds it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": MANIFEST_FILE,
        **{key: value for key, value in PluginManifest.model_json_schema().items() if key != "title"},
    }


def load_manifest(package: Traversable, plugin: str) -> PluginManifest:
    """The manifest beside a plugin's package; raises `PluginError` naming every fault."""
    try:
        return PluginManifest.model_validate(json.loads((package / MANIFEST_FILE).read_text("utf-8")))
    except FileNotFoundError as error:
        raise PluginError(plugin, f"{MANIFEST_FILE} is missing", SetupFailure.MANIFEST) from error
    except (json.JSONDecodeError, ValidationError) as error:
        raise PluginError(plugin, f"{MANIFEST_FILE} is not valid: {error}", SetupFailure.MANIFEST) from error


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
    if manifest.configuration is not None and manifest.configuration.model.rpartition(":")[2] != getattr(
        plugin.configuration, "__qualname__", None
    ):
        raise PluginError(plugin.id, f"its class does not configure what {MANIFEST_FILE} says")
    if plugin.configuration is not None and hidden_secrets(plugin.configuration):
        message = "its configuration hides a secret: one is a field of the configuration itself, of type SecretStr"
        raise PluginError(plugin.id, message)


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
