"""The checks of a plugin that need the platform: those that an installation makes, made before."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distro_core.marketplace.install.folders import PluginFolders
from distro_core.marketplace.install.trial import try_plugin
from distro_core.marketplace.install.trial_process import TrialReport, TrialRequest
from distro_core.marketplace.wheels.inspection import InspectedWheel, inspect_wheel
from distro_sdk.errors import DomainError
from distro_sdk.manifest import PluginManifest
from distro_sdk.projects.checking import CheckedStep
from distro_sdk.projects.commands import check_source
from distro_sdk.projects.packing import pack_project, read_wheel
from distro_sdk.projects.project import read_project
from distro_sdk.projects.telling import Teller

PATIENCE = 60.0
"""Seconds that a plugin may take to be imported."""


def check_project(folder: Path, *, tests: bool, teller: Teller) -> list[CheckedStep]:
    """Every step of a check, up to the one behind which nothing can be told; raises PLUGIN_PROJECT_INVALID."""
    project = read_project(folder)
    steps = check_source(project, tests=tests, teller=teller)
    if any(step.problems for step in steps):
        return steps
    with tempfile.TemporaryDirectory(prefix="stardust-distro-check-") as temporary:
        return [*steps, *check_wheel(pack_project(project, Path(temporary)).wheel)]


def check_wheel(wheel: Path) -> list[CheckedStep]:
    """What an installation would say of a wheel."""
    steps: list[CheckedStep] = []
    inspected: list[InspectedWheel] = []
    sha256 = read_wheel(wheel).sha256
    with _step(steps, "wheel"):
        inspected.append(inspect_wheel(wheel, {}))
    if inspected:
        with _step(steps, "import"), tempfile.TemporaryDirectory(prefix="stardust-distro-check-") as temporary:
            folder = PluginFolders(Path(temporary) / "plugins").unpack(wheel, sha256)
            import_on_trial(folder, inspected[0].top_levels, inspected[0].entry, inspected[0].manifest)
    return steps


def import_on_trial(
    folder: Path,
    top_levels: tuple[str, ...],
    entry: str,
    manifest: PluginManifest,
    *,
    settings: Mapping[str, Any] | None = None,
) -> TrialReport:
    """Import a plugin from a folder, in a process of its own; raises PLUGIN_TRIAL_FAILED where it cannot be used."""
    request = TrialRequest(
        folder=folder,
        top_levels=top_levels,
        entry=entry,
        manifest=manifest,
        settings=settings or {},
        seconds=round(PATIENCE),
    )
    return asyncio.run(try_plugin(request, PATIENCE))


@contextmanager
def _step(steps: list[CheckedStep], title: str) -> Iterator[None]:
    """Note what a step says."""
    problems: tuple[str, ...] = ()
    try:
        yield
    except DomainError as error:
        problems = (str(error),)
    steps.append(CheckedStep(title, problems))
