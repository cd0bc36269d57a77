"""`plugin develop`: a plugin runs from its source folder inside `dev`, and everything begins anew when it changes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from distro_api.cli.plugin_market import TenantOption
from distro_api.cli.processes import HostOption, PortOption, run_dev
from distro_sdk.projects.commands import HERE, ProjectArgument


def develop(
    folder: ProjectArgument = HERE,
    *,
    tenant: TenantOption = None,
    enabled: Annotated[bool, typer.Option(help="Switch it on for the tenant before it starts.")] = True,
    host: HostOption = None,
    port: PortOption = None,
) -> None:
    """Run the platform with a plugin from its source, without installing it; reloads when its code changes."""
    from distro_api.cli import plugin_market
    from distro_sdk.projects.project import findable, read_project
    from distro_sdk.projects.telling import telling

    with telling(as_json=False):
        project = read_project(folder)
    with findable(project) as folders:
        path = os.pathsep.join([*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])])
        sys.path[:0] = [str(entry) for entry in folders]
        if enabled:
            plugin_market.enable(project.manifest.id, tenant=tenant)
        typer.echo(f"{project.manifest.id} {project.manifest.version} runs from {project.source}", err=True)
        run_dev(host, port, {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}, [Path(project.package)])
