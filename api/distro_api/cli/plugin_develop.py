"""`plugin develop`: a plugin runs from its source folder inside `dev`, and everything begins anew when it changes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro_api.cli.plugin_market import TenantOption
from distro_api.cli.processes import HostOption, PortOption, run_dev
from distro_sdk.errors import DomainError
from distro_sdk.projects.commands import HERE, ProjectArgument

if TYPE_CHECKING:
    from distro_sdk.projects.project import PluginProject


def develop(
    folder: ProjectArgument = HERE,
    *,
    tenant: TenantOption = None,
    enabled: Annotated[bool, typer.Option(help="Switch it on for the tenant before it starts.")] = True,
    host: HostOption = None,
    port: PortOption = None,
) -> None:
    """Run the platform with a plugin from its source, without installing it; reloads when its code changes.

    Code that cannot run is told, and what ran before goes on until it can.
    """
    from distro_api.cli import plugin_market
    from distro_sdk.projects.project import SETTINGS_FILE, findable
    from distro_sdk.projects.telling import telling

    with telling(as_json=False):
        project = read_usable(folder)
    with findable(project) as folders:
        path = os.pathsep.join([*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])])
        sys.path[:0] = [str(entry) for entry in folders]

        def prepare() -> None:
            if enabled:
                plugin_market.enable(project.manifest.id, tenant=tenant)
            typer.echo(f"{project.manifest.id} {project.manifest.version} runs from {project.source}", err=True)

        environment = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        watched = [project.package, project.folder / SETTINGS_FILE]
        run_dev(
            host,
            port,
            environment=environment,
            watched=watched,
            prepare=prepare,
            find_fault=lambda: _fault(project),
        )


def read_usable(folder: Path) -> PluginProject:
    """A project that was imported on trial, in a process of its own; raises PLUGIN_PROJECT_INVALID or
    PLUGIN_TRIAL_FAILED.
    """
    from distro_api.cli.plugin_check import import_on_trial
    from distro_core.settings import Settings
    from distro_sdk.projects.project import read_project

    project = read_project(folder)
    settings = Settings().plugins.get(project.manifest.id, {})
    report = import_on_trial(
        project.source, (project.package.name,), project.entry, project.manifest, settings=settings
    )
    if report.note:
        typer.echo(f"{project.manifest.id}: {report.note}", err=True)
    return project


def _fault(running: PluginProject) -> str | None:
    """Why a project as it now stands cannot run in the place of what runs, or None."""
    try:
        changed = read_usable(running.folder)
    except DomainError as error:
        return str(error)
    if (changed.manifest.id, changed.entry) != (running.manifest.id, running.entry):
        return f"it is {changed.manifest.id} at {changed.entry} now: begin again with `plugin develop`"
    return None
