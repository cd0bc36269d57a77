"""Runs in a process of its own: imports a plugin, compares it with its manifest and asks what it registers.

Reads a `TrialRequest` from standard input and writes a `TrialReport` to standard output; what the plugin itself prints
goes nowhere. Limits keep a plugin that runs away from taking the machine with it; they are no sandbox (ADR 0013).
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distro_sdk.manifest import PluginManifest
from distro_sdk.models.base import Model

MEMORY = 4 * 1024**3
LARGEST_FILE = 16 * 1024**2
MOST_FILES = 256


class TrialRequest(Model):
    """What is tried. `seconds`: of processor time; `settings`: what the operator has set for the plugin."""

    folder: Path
    top_levels: tuple[str, ...]
    entry: str
    manifest: PluginManifest
    settings: Mapping[str, Any]
    seconds: int


class TrialReport(Model):
    """What came of it. `fault`: why it cannot be used, or None; `note`: what people should know; `offers`: by registry,
    the keys that it registers.
    """

    fault: str | None = None
    note: str | None = None
    offers: Mapping[str, tuple[str, ...]] = {}


def main() -> None:
    """Try what standard input asks for."""
    request = TrialRequest.model_validate_json(sys.stdin.buffer.read())
    out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _limit(request.seconds)
    report = _try(request)
    os.write(out, report.model_dump_json().encode())
    # Threads that the plugin started, and what it has registered for the end, are not waited for.
    os._exit(0)


def _limit(seconds: int) -> None:
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _try(request: TrialRequest) -> TrialReport:
    from importlib.metadata import EntryPoint  # noqa: PLC0415 (after the limits stand)

    from distro_core.marketplace.install.imports import PluginImports  # noqa: PLC0415
    from distro_core.plugins.discovery import FoundPlugin, import_plugin  # noqa: PLC0415
    from distro_core.plugins.graphql_registry import check_namespace  # noqa: PLC0415
    from distro_core.plugins.manager import HookManager  # noqa: PLC0415
    from distro_core.plugins.operator_settings import told  # noqa: PLC0415
    from distro_core.plugins.registry import Registries  # noqa: PLC0415
    from distro_sdk.errors import PluginError  # noqa: PLC0415
    from distro_sdk.migrations import ladder_of  # noqa: PLC0415
    from distro_sdk.plugin import ENTRY_POINT_GROUP  # noqa: PLC0415

    id = request.manifest.id
    PluginImports().offer(request.top_levels, request.folder)
    entry = EntryPoint(id, request.entry, ENTRY_POINT_GROUP)
    registries = Registries()
    try:
        _, plugin_class = import_plugin(
            FoundPlugin(id, id, built_in=False, import_class=entry.load, manifest=request.manifest)
        )
        try:
            plugin = plugin_class(request.settings)
        except Exception as error:  # noqa: BLE001 (whatever a plugin raises is told)
            return TrialReport(note=f"it does not accept its settings yet: {told(error, request.settings)}"[:500])
        HookManager().admit(plugin)
        ladder_of(request.manifest, plugin)
        registries.collect(plugin)
        check_namespace(id, request.manifest.graphql_namespace, tuple(registries.graphql.offered_by([id])))
    except PluginError as error:
        return TrialReport(fault=error.message[:500])
    offers = {name: tuple(registry.keys_of(id)) for name, registry in vars(registries).items()}
    return TrialReport(offers={name: keys for name, keys in offers.items() if keys})


if __name__ == "__main__":
    main()
