"""A registry of many projects at once: each is packed and signed, and all are listed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from joserfc.jwk import OKPKey
from pydantic import ValidationError

from distro_core.marketplace.registry.editing import RegistryDraft, replace_file
from distro_core.marketplace.registry.format import Price
from distro_core.marketplace.wheels.inspection import inspect_wheel
from distro_sdk.errors import DomainError
from distro_sdk.projects.packing import PackedPlugin, pack_project
from distro_sdk.projects.project import SETTINGS_FILE, PluginProject, invalid, read_project
from distro_sdk.projects.signing import public_key, read_signature, sign_wheel

REGISTRY_FILE = "plugin-registry.json"
KEY_SUFFIX = ".key.json"


@dataclass(frozen=True)
class CollectedRegistry:
    """What was made. `registry`, `key`: the file, and the public key beside it; `setting`: for DISTRO_REGISTRIES."""

    registry: Path
    key: Path
    packed: Sequence[PackedPlugin]
    setting: str


def find_projects(folders: Sequence[Path]) -> list[Path]:
    """The projects that are, or lie directly in, some folders; a folder that does not exist has none."""
    found: list[Path] = []
    for folder in folders:
        if (folder / SETTINGS_FILE).is_file():
            found.append(folder)
        elif folder.is_dir():
            found += sorted(path.parent for path in folder.glob(f"*/{SETTINGS_FILE}"))
    return found


def collect_plugins(
    projects: Sequence[Path],
    output: Path,
    registry: Path,
    *,
    publisher: str,
    key: OKPKey,
    now: datetime,
    draft: RegistryDraft,
    tell: Callable[[str], None],
) -> CollectedRegistry:
    """Write wheels and their signatures into a folder, and a registry that names them, with its public key beside it.

    `registry`: its file; `publisher`: id; `key`: signs the wheels and the registry; `draft`: what the new edition
    follows. Raises what packing, inspecting and listing raise, with the id of the plugin in the message.
    """
    packed = []
    for folder in projects:
        project = read_project(folder)
        tell(f"Packing {project.manifest.id} {project.manifest.version}")
        made = _pack(project, output, key)
        try:
            signature, url = read_signature(made), _relative(made.wheel, registry.parent)
            draft.add(made, signature, publisher=publisher, url=url, released_at=now, price=_price(project))
        except DomainError as error:
            raise _named(error, project) from error
        packed.append(made)
    public = registry.with_suffix(KEY_SUFFIX)
    replace_file(registry, draft.sign(key, now))
    replace_file(public, (json.dumps(public_key(key), indent=2) + "\n").encode())
    return CollectedRegistry(registry, public, packed, registry_setting(publisher, registry, key))


def registry_setting(name: str, registry: Path, key: OKPKey) -> str:
    """What DISTRO_REGISTRIES has to say for a platform of this machine to read a registry."""
    return json.dumps([{"name": name, "address": str(registry.resolve()), "keys": [public_key(key)]}])


def _pack(project: PluginProject, output: Path, key: OKPKey) -> PackedPlugin:
    try:
        packed = pack_project(project, output)
        inspect_wheel(packed.wheel, {})
    except DomainError as error:
        raise _named(error, project) from error
    sign_wheel(packed, key)
    return packed


def _named(error: DomainError, project: PluginProject) -> DomainError:
    return DomainError(error.code, f"{project.manifest.id}: {error.message}", error.path)


def _relative(wheel: Path, folder: Path) -> str:
    """How a registry in a folder names a wheel."""
    return Path(os.path.relpath(wheel.resolve(), folder.resolve())).as_posix()


def _price(project: PluginProject) -> Price | None:
    """What pyproject.toml says in `[tool.stardust-distro.price]`: `amount` in minor units, and `currency`."""
    said = project.settings.get("tool", {}).get("stardust-distro", {}).get("price")
    try:
        return None if said is None else Price.model_validate(said)
    except ValidationError as error:
        raise invalid(f"its price is malformed: {error.errors()[0]['msg']}") from error
