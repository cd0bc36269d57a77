"""A plugin's project as its folder holds it, read without running any of its code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distro_sdk.errors import DomainError, PluginError
from distro_sdk.manifest import PluginManifest, load_manifest
from distro_sdk.plugin import ENTRY_POINT_GROUP

SETTINGS_FILE = "pyproject.toml"


@dataclass(frozen=True)
class PluginProject:
    """A project. `folder`: with its pyproject.toml; `source`: in which its package lies; `name`: of the distribution;
    `entry`: its class, as the entry point names it; `settings`: what pyproject.toml says.
    """

    folder: Path
    source: Path
    name: str
    manifest: PluginManifest
    entry: str
    settings: Mapping[str, Any]

    @property
    def package(self) -> Path:
        """The folder of its package."""
        return self.source / self.entry.partition(":")[0].partition(".")[0]

    @property
    def tests(self) -> Path:
        """The folder of its tests, whether or not there is one."""
        return self.folder / "tests"


def read_project(folder: Path) -> PluginProject:
    """The project in a folder; raises PLUGIN_PROJECT_INVALID with what is wrong with it."""
    folder = folder.resolve()
    settings = _settings(folder / SETTINGS_FILE)
    described = settings.get("project", {})
    entries = described.get("entry-points", {}).get(ENTRY_POINT_GROUP, {})
    if len(entries) != 1:
        raise invalid(
            f'{SETTINGS_FILE} has not exactly one entry point in [project.entry-points."{ENTRY_POINT_GROUP}"]'
        )
    ((id, entry),) = entries.items()
    if not described.get("name") or not described.get("version"):
        raise invalid(f"{SETTINGS_FILE} says no name, or no version of its own")
    module = str(entry).partition(":")[0]
    source = _source(folder, module.partition(".")[0])
    manifest = _manifest(source, module, id)
    for what, said, expected in (("id", manifest.id, id), ("version", manifest.version, described["version"])):
        if said != expected:
            raise invalid(f"plugin.json has the {what} {said!r}, {SETTINGS_FILE} has {expected!r}")
    return PluginProject(folder, source, described["name"], manifest, entry, settings)


@contextmanager
def findable(project: PluginProject) -> Iterator[tuple[Path, ...]]:
    """Folders for Python's path in which the platform and pytest find a plugin that is not installed."""
    with TemporaryDirectory(prefix="stardust-plugin-") as folder:
        information = Path(folder) / f"{project.name.replace('-', '_')}-{project.manifest.version}.dist-info"
        information.mkdir()
        version = project.manifest.version
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {version}\n")
        (information / "entry_points.txt").write_text(
            f"[{ENTRY_POINT_GROUP}]\n{project.manifest.id} = {project.entry}\n"
        )
        yield (project.source, Path(folder))


def invalid(reason: str) -> DomainError:
    """The error for a folder that holds no plugin's project, or a faulty one."""
    return DomainError("PLUGIN_PROJECT_INVALID", f"the plugin's project is not valid: {reason}")


def _settings(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise invalid(f"{path} cannot be read") from error
    except ValueError as error:
        raise invalid(f"{path.name}: {error}") from error


def _source(folder: Path, package: str) -> Path:
    for source in (folder / "src", folder):
        if (source / package).is_dir():
            return source
    raise invalid(f"there is no folder src/{package} or {package}")


def _manifest(source: Path, module: str, id: str) -> PluginManifest:
    steps = module.split(".")
    places = [source.joinpath(*steps[:depth]) for depth in range(len(steps), 0, -1)]
    nearest = next((place for place in places if (place / "plugin.json").is_file()), places[-1])
    try:
        return load_manifest(nearest, id)
    except PluginError as error:
        raise invalid(error.message) from error
