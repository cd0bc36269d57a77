"""Makes a new plugin's project from the template of its kind."""

from __future__ import annotations

import json
import keyword
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from distro_sdk import __version__
from distro_sdk.errors import DomainError
from distro_sdk.manifest import PLUGIN_ID, PluginCategory
from distro_sdk.projects.project import PluginProject, invalid, read_project

TEMPLATE_SUFFIX = ".template"


class PluginKind(StrEnum):
    """What a new plugin adds first; others can be added to it later."""

    MESSAGE_BUILDER = "message-builder"
    CHOREOGRAPHY = "choreography"
    TRANSPORT = "transport"
    GENRE_MAPPER = "genre-mapper"
    LICENSE_VERIFIER = "license-verifier"
    VALIDATOR = "validator"
    PLATFORM = "platform"
    WORKFLOW = "workflow"


@dataclass(frozen=True)
class _Kind:
    """`extras`: of the SDK, which its code needs beside the tests."""

    hooks: tuple[str, ...]
    category: PluginCategory
    description: str
    use: str
    extras: str = ""


_KINDS = {
    PluginKind.MESSAGE_BUILDER: _Kind(
        ("register_message_builders",),
        PluginCategory.DELIVERY,
        "Writes messages in the format of a partner.",
        'A target names the format: `format: "${id}/1.0"`.',
        extras="[xml]",
    ),
    PluginKind.CHOREOGRAPHY: _Kind(
        ("register_choreographies",),
        PluginCategory.DELIVERY,
        "Lays batches out as a partner asks for them.",
        'A target names the choreography: `choreography: "${id}"`.',
        extras="[xml]",
    ),
    PluginKind.TRANSPORT: _Kind(
        ("register_transports",),
        PluginCategory.DELIVERY,
        "Delivers files into folders.",
        'The operator sets the folder: `DISTRO_PLUGINS=\'{"${id}": {"folder": "/srv/outboxes"}}\'`. '
        'A target names the transport: `transport: "${id}"`.',
    ),
    PluginKind.GENRE_MAPPER: _Kind(
        ("register_genre_mappers",),
        PluginCategory.ADVANCED_METADATA,
        "Maps genres into a provider's dictionary.",
        'A platform names the provider: `genre_provider="${id}"`.',
    ),
    PluginKind.LICENSE_VERIFIER: _Kind(
        ("register_license_verifiers",),
        PluginCategory.WORKFLOW_AUTOMATION,
        "Verifies licences of plugins.",
        'The operator sets the secret: `DISTRO_PLUGINS=\'{"${id}": {"secret": "..."}}\'`.',
    ),
    PluginKind.VALIDATOR: _Kind(
        ("register_validators",),
        PluginCategory.ADVANCED_METADATA,
        "Judges messages by rules of the house.",
        "It judges every message of its formats for the tenants that have switched it on.",
        extras="[xml]",
    ),
    PluginKind.PLATFORM: _Kind(
        ("register_platforms",),
        PluginCategory.DELIVERY,
        "Describes a platform.",
        'A target is made from it: `platform: "${id}"`.',
    ),
    PluginKind.WORKFLOW: _Kind(
        ("after_release", "installed", "uninstalling"),
        PluginCategory.WORKFLOW_AUTOMATION,
        "Keeps a diary of releases.",
        "It notes every release of the tenants that have switched it on.",
    ),
}


def create_project(
    id: str, kind: PluginKind, folder: Path, *, publisher: str = "Somebody", support: str = "somebody@example.com"
) -> PluginProject:
    """Make a project in a folder that does not exist yet, or is empty.

    `id`: of the plugin; `support`: where its users get help. Raises PLUGIN_PROJECT_INVALID for an id that cannot name
    a package, and PLUGIN_PROJECT_EXISTS.
    """
    names = _names(id)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DomainError("PLUGIN_PROJECT_EXISTS", f"{folder} is not empty")
    chosen = _KINDS[kind]
    values = {
        **names,
        "publisher": _plain(publisher, "publisher"),
        "support": _plain(support, "support contact"),
        "sdk": _sdk_range(),
        "hooks": json.dumps(chosen.hooks),
        "category": chosen.category.value,
        "description": chosen.description,
        "extras": chosen.extras,
        "use": Template(chosen.use).substitute(names),
    }
    template = files("distro_sdk.projects") / "template"
    for part in ("common", kind.value):
        _write(template / part, folder, values)
    return read_project(folder)


def _write(template: Traversable, folder: Path, values: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in template.iterdir():
        name = entry.name.replace("__package__", values["package"])
        if entry.is_dir():
            _write(entry, folder / name, values)
        elif name.endswith(TEMPLATE_SUFFIX):
            plain = name.removesuffix(TEMPLATE_SUFFIX)
            place = folder / (".gitignore" if plain == "gitignore" else plain)
            place.write_text(Template(entry.read_text("utf-8")).substitute(values), "utf-8")


def _names(id: str) -> dict[str, str]:
    package = id.replace("-", "_")
    if not re.match(PLUGIN_ID, id) or keyword.iskeyword(package) or package in sys.stdlib_module_names:
        raise invalid(
            f"{id!r} cannot be a plugin's id: lower-case letters, digits and '-', and no name of Python's own"
        )
    stem = "".join(part.capitalize() for part in id.split("-"))
    name = id.replace("-", " ").capitalize()
    return {"id": id, "package": package, "stem": stem, "class_name": f"{stem}Plugin", "name": name}


def _plain(text: str, what: str) -> str:
    if not 3 <= len(text) <= 100 or not text.isprintable() or any(sign in text for sign in '"\\'):
        raise invalid(f"the {what} has 3 to 100 characters, without quotation marks")
    return text


def _sdk_range() -> str:
    major, minor, *_ = __version__.split(".")
    return f">={major}.{minor},<{major}.{int(minor) + 1}"
