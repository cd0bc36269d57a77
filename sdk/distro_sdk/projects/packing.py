"""Packs a project into a wheel: pure Python, and the same bytes for the same files."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from pydantic import ValidationError

from distro_sdk.errors import DomainError
from distro_sdk.manifest import MANIFEST_FILE, PluginManifest
from distro_sdk.projects.project import PluginProject, invalid

BACKEND = "hatchling.build"
LARGEST_MANIFEST = 64 * 1024
_EPOCH = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True)
class PackedPlugin:
    """A wheel and what it says of itself. `sha256`: of the file, hexadecimal; `size`: bytes."""

    wheel: Path
    manifest: PluginManifest
    sha256: str
    size: int


def pack_project(project: PluginProject, folder: Path) -> PackedPlugin:
    """Write a project's wheel into a folder; raises PLUGIN_PROJECT_INVALID or PLUGIN_TOOLS_MISSING.

    hatchling leaves out what changes from machine to machine: times, owners, and the order of files.
    """
    backend = project.settings.get("build-system", {}).get("build-backend")
    if backend != BACKEND:
        raise invalid(f"its build backend is {backend}; plugins are packed with {BACKEND}")
    try:
        builder = import_module("hatchling.builders.wheel").WheelBuilder
    except ImportError as error:
        raise tools_missing() from error
    folder.mkdir(parents=True, exist_ok=True)
    with _without_clock():
        try:
            (wheel,) = builder(str(project.folder)).build(directory=str(folder), versions=["standard"])
        except (ValueError, TypeError, OSError) as error:
            raise invalid(f"it cannot be packed: {error}") from error
    return read_wheel(Path(wheel))


def read_wheel(wheel: Path) -> PackedPlugin:
    """A wheel that lies on this machine, with its manifest; raises PLUGIN_PROJECT_INVALID.

    None of its code runs, and nothing is checked of it that an installation checks anyway.
    """
    try:
        parse_wheel_filename(wheel.name)
        content = wheel.read_bytes()
        with zipfile.ZipFile(wheel) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.rpartition("/")[2] == MANIFEST_FILE]
            nearest = min(entries, key=lambda entry: (entry.filename.count("/"), entry.filename))
            if nearest.file_size > LARGEST_MANIFEST:
                raise invalid(f"{MANIFEST_FILE} of {wheel.name} is too large")
            manifest = PluginManifest.model_validate(json.loads(archive.read(nearest)))
    except (OSError, ValueError, InvalidWheelFilename, zipfile.BadZipFile, ValidationError) as error:
        raise invalid(f"{wheel.name} is no wheel of a plugin: {str(error)[:300]}") from error
    return PackedPlugin(wheel, manifest, hashlib.sha256(content).hexdigest(), len(content))


def tools_missing() -> DomainError:
    """The error where the SDK was installed without its tools."""
    return DomainError("PLUGIN_TOOLS_MISSING", "this needs more of the SDK: pip install 'stardust-distro-sdk[tools]'")


@contextmanager
def _without_clock() -> Iterator[None]:
    """Let nobody's environment decide what time stands in a wheel."""
    kept = os.environ.pop(_EPOCH, None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ[_EPOCH] = kept
