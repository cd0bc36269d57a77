"""plugin.json: what a plugin says of itself before any of its code runs."""

from __future__ import annotations

import json
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import Field, ValidationError

from distro_sdk.errors import PluginError
from distro_sdk.models.base import Model

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
