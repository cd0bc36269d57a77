"""Which plugins are installed, and what each says of itself before any of its code is imported."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from distro_core.plugins.requirements import (
    malformed_ranges,
    requirements_not_met,
    unmet_by_host,
    unmet_by_plugins,
)
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.manifest import MANIFEST_FILE, PluginManifest, PluginScope, check_class, load_manifest
from distro_sdk.plugin import ENTRY_POINT_GROUP, Plugin

PLATFORM_DISTRIBUTION = "stardust-distro"


@dataclass(frozen=True)
class FoundPlugin:
    """An installed plugin whose code has not been imported.

    `id`: the name of its entry point; `built_in`: whether it comes with the platform; `manifest`: None where it cannot
    be read or does not fit this host; `fault`, `failure`: why it cannot be used, in words and in kind;
    `import_class`: imports the plugin's code; `revoked`: why the registry that it came from does not trust it any more;
    `offers`: by registry, the keys that it registered when it was tried, empty where it never was.
    """

    id: str
    distribution: str
    built_in: bool
    import_class: Callable[[], Any]
    manifest: PluginManifest | None = None
    fault: str | None = None
    failure: SetupFailure | None = None
    revoked: str | None = None
    offers: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)

    @property
    def is_for_all(self) -> bool:
        """Whether it is on for every tenant that has not switched it off: built in, or of the scope `system`."""
        return self.built_in or (self.manifest is not None and self.manifest.scope is PluginScope.SYSTEM)


_LOOKING = threading.Lock()
"""Python's import system fails with KeyError where two threads forget what it has cached at the same moment."""


def find_plugins() -> Sequence[FoundPlugin]:
    """Every installed plugin, those of the platform first and then by id; none is imported.

    A plugin whose id is taken by one before it stays in the list with a fault.
    """
    with _LOOKING:
        importlib.invalidate_caches()
    offered = entry_points(group=ENTRY_POINT_GROUP)
    # Each look at a distribution's name reads its metadata anew.
    names = {
        distribution: distribution.name for distribution in {each.dist for each in offered} if distribution is not None
    }
    names_of_all = (names[each.dist] if each.dist else "unknown" for each in offered)
    found = sorted(map(_inspect, offered, names_of_all), key=_precedence)
    return refuse_unmet(refuse_taken_ids(found))


def import_plugin(found: FoundPlugin) -> tuple[PluginManifest, type[Plugin]]:
    """Import a plugin's class and compare it with its manifest; raises `PluginError`."""
    if found.manifest is None or found.fault is not None:
        raise PluginError(found.id, found.fault or "it has no manifest", found.failure or SetupFailure.MANIFEST)
    try:
        plugin = found.import_class()
    except (Exception, SystemExit) as error:
        message = f"it cannot be imported: {type(error).__name__}: {error}"
        raise PluginError(found.id, message, SetupFailure.IMPORT) from error
    if not (isinstance(plugin, type) and issubclass(plugin, Plugin)):
        raise PluginError(found.id, "its entry point does not name a subclass of distro_sdk.Plugin")
    check_class(plugin, found.manifest)
    return found.manifest, plugin


def _inspect(entry_point: EntryPoint, distribution: str) -> FoundPlugin:
    found = FoundPlugin(
        id=entry_point.name,
        distribution=distribution,
        built_in=distribution == PLATFORM_DISTRIBUTION,
        import_class=entry_point.load,
    )
    try:
        return replace(found, manifest=read_manifest(entry_point.name, entry_point.module))
    except PluginError as error:
        return replace(found, fault=error.message, failure=error.failure)


def read_manifest(id: str, module: str, search: Sequence[str] | None = None) -> PluginManifest:
    """The checked manifest beside a module of the plugin; raises `PluginError` without importing anything.

    `search`: the folders in which its package lies, where they are not yet on Python's path.
    """
    folder = _folder_of(module, search)
    if folder is None:
        raise PluginError(id, f"its package {module} cannot be found", SetupFailure.MISSING)
    manifest = load_manifest(folder, id)
    if manifest.id != id:
        message = f"its entry point is named {id!r}, {MANIFEST_FILE} says {manifest.id!r}"
        raise PluginError(id, message, SetupFailure.MANIFEST)
    if malformed := malformed_ranges(manifest):
        raise PluginError(id, f"{MANIFEST_FILE}: {'; '.join(malformed)}", SetupFailure.MANIFEST)
    if reasons := unmet_by_host(manifest.sdk, manifest.python):
        raise PluginError(id, requirements_not_met(manifest.name, reasons), SetupFailure.REQUIREMENTS)
    return manifest


def refuse_taken_ids(found: Iterable[FoundPlugin]) -> tuple[FoundPlugin, ...]:
    """The same plugins, with a fault where one before it has its id."""
    holders: dict[str, FoundPlugin] = {}
    judged = []
    for plugin in found:
        holder = holders.setdefault(plugin.id, plugin)
        fault = f"its id is taken by the distribution {holder.distribution}"
        refused = replace(plugin, manifest=None, fault=fault, failure=SetupFailure.ID_TAKEN)
        judged.append(plugin if holder is plugin else refused)
    return tuple(judged)


def refuse_unmet(found: Sequence[FoundPlugin]) -> tuple[FoundPlugin, ...]:
    """The same plugins, with a fault where another one that a plugin requires is missing (row PLG-05).

    Judges anew what was judged among fewer plugins.
    """
    judged = tuple(replace(plugin, fault=None, failure=None) if _lacks_others(plugin) else plugin for plugin in found)
    while True:
        usable = {plugin.id: plugin.manifest.version for plugin in judged if plugin.manifest and plugin.fault is None}
        before, judged = judged, tuple(_with_requirements(plugin, usable) for plugin in judged)
        if judged == before:
            return judged


def _lacks_others(plugin: FoundPlugin) -> bool:
    return plugin.manifest is not None and plugin.failure is SetupFailure.REQUIREMENTS


def _with_requirements(plugin: FoundPlugin, usable: Mapping[str, str]) -> FoundPlugin:
    if plugin.manifest is None or plugin.fault is not None:
        return plugin
    reasons = unmet_by_plugins(plugin.manifest.requires, usable)
    if not reasons:
        return plugin
    fault = requirements_not_met(plugin.manifest.name, reasons)
    return replace(plugin, fault=fault, failure=SetupFailure.REQUIREMENTS)


def _folder_of(module: str, search: Sequence[str] | None) -> Path | None:
    """The folder with the manifest: that of the module's package or the nearest one above; found without an import."""
    folders: list[Path] = []
    steps = module.split(".")
    for depth in range(1, len(steps) + 1):
        spec = _find_spec(".".join(steps[:depth]), search)
        if spec is None:
            return None
        search = list(spec.submodule_search_locations or ())
        folders[:0] = map(Path, search)
    return next((folder for folder in folders if (folder / MANIFEST_FILE).is_file()), next(iter(folders), None))


def _find_spec(module: str, search: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        spec = finder.find_spec(module, search)
        if spec is not None:
            return spec
    return None


def _precedence(found: FoundPlugin) -> tuple[bool, str, str]:
    return (not found.built_in, found.id, found.distribution)
