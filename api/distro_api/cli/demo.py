"""`demo`: the main job on this machine, from an empty folder to acknowledged deliveries."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from distro_api.cli.processes import LOOPBACK_ALLOWED

EMAIL = "admin@northlight.example"
TENANT = "northlight"
WIDTH = 140
"""Columns of the report where it is not printed on a terminal."""


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running, and say how to sign in.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what happened as JSON.")] = None,
    examples: Annotated[
        Path | None, typer.Option(help="The folder examples/ of a source checkout; default: found from here.")
    ] = None,
) -> None:
    """Deliver an example catalogue to the conformance receiver and follow it to its acknowledgement."""
    from distro_api.demo.client import DemonstrationFailed

    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    folder = Path(tempfile.mkdtemp(prefix="stardust-demo-"))
    try:
        asyncio.run(_run(folder, examples or _find_examples(), keep, json_file, console))
    except DemonstrationFailed as error:
        console.print(f"[red]The demonstration failed:[/red] {error}", markup=True, highlight=False)
        console.print(f"Logs are in {folder}")
        raise typer.Exit(1) from error
    shutil.rmtree(folder, ignore_errors=True)


async def _run(folder: Path, examples: Path, keep: bool, json_file: Path | None, console: Console) -> None:
    from distro_api.demo.client import GraphQLClient
    from distro_api.demo.processes import run_command, running_processes, wait_until_ready
    from distro_api.demo.report import print_report
    from distro_api.demo.story import Story

    started = time.monotonic()
    environment = {
        "DISTRO_DDEX_SCHEMAS": _schemas(),
        "DISTRO_ACKNOWLEDGEMENT_INTERVAL": "0.5",
        "DISTRO_SWEEP_INTERVAL": "0.5",
        "DISTRO_PLUGINS": LOOPBACK_ALLOWED,
        "DISTRO_DEVELOPMENT": "true" if keep else "false",
    }
    environment = {name: value for name, value in environment.items() if value}
    files = _make_files(examples, console)
    made = time.monotonic()
    password = secrets.token_urlsafe(16)
    with running_processes(folder, environment) as processes:
        async with GraphQLClient(processes.url) as client:
            await wait_until_ready(client, processes)
            ready = time.monotonic()
            run_command(["tenant", "create", TENANT, "Northlight Records"], folder, environment)
            creating = ["user", "create", EMAIL, "--tenant", TENANT, "--role", "admin", "--password-stdin"]
            run_command(creating, folder, environment, input=f"{password}\n")
            story = Story(client, console)
            story.facts.timings |= {
                "make the example files": made - started,
                "start services": ready - made,
                "create tenant and admin": time.monotonic() - ready,
            }
            await story.tell(EMAIL, password, processes.receiver, files, examples / "catalogue" / "catalogue.csv")
        story.facts.timings["everything"] = time.monotonic() - started
        print_report(story.facts, console)
        if json_file:
            story.facts.write(json_file)
        if keep:
            console.print(f"Admin page: {processes.url}/admin\nGraphQL: {processes.url}/graphql", markup=False)
            console.print(f"Sign in: {EMAIL} / {password}", markup=False)
            console.print("Ctrl+C stops everything.")
            await _until_interrupted()


def _make_files(examples: Path, console: Console) -> Path:
    """The catalogue's audio and covers; made once, then kept."""
    files = examples / "catalogue" / "files"
    if not (files / ".complete").exists():
        with console.status("make the example catalogue …"):
            command = [sys.executable, str(examples / "make_catalogue.py"), str(files)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (our own script)
        (files / ".complete").touch()
    return files


def _find_examples() -> Path:
    import distro_api

    beside_source = Path(distro_api.__file__).resolve().parents[2] / "examples"
    for folder in (Path("examples"), beside_source):
        if (folder / "make_catalogue.py").is_file():
            return folder.resolve()
    raise typer.BadParameter("the folder examples/ of a source checkout is needed: name it with --examples")


def _schemas() -> str:
    folder = os.environ.get("DISTRO_DDEX_SCHEMAS", "")
    return folder if folder and Path(folder).is_dir() else ""


async def _until_interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
