"""The long-running commands: `serve`, `worker`, and `dev`, which is both with reload."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from distro_core.settings import Settings

LOOPBACK_ALLOWED = json.dumps(
    {id: {"private_networks": ["127.0.0.0/8", "::1/128"]} for id in ("ftp", "http-api", "s3", "sftp")}
)
"""Lets targets lie on this machine, which nobody wants in production."""

HostOption = Annotated[str | None, typer.Option(help="Address to listen on; default: DISTRO_HOST.")]
PortOption = Annotated[int | None, typer.Option(help="Port to listen on; default: DISTRO_PORT.")]


def serve(host: HostOption = None, port: PortOption = None) -> None:
    """Serve the GraphQL API."""
    from distro_api.recycling import recycle
    from distro_api.server import serve as serve_api

    given = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    if asyncio.run(serve_api(settings)):
        recycle()


def worker() -> None:
    """Work on deliveries and imports; any number of workers may run."""
    from distro_api.recycling import recycle

    if asyncio.run(_work(Settings())):
        recycle()


async def _work(settings: Settings) -> bool:
    """Work until the process is asked to end; True where it is to be recycled instead."""
    from distro_api.recycling import watching_for_recycling
    from distro_api.worker_metrics import serving_metrics
    from distro_core.logs import configure_logging
    from distro_core.platform import open_platform
    from distro_core.worker import run_worker

    configure_logging(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    drain = asyncio.Event()

    def begin_to_drain() -> None:
        if not stop.is_set():
            drain.set()
            stop.set()

    async with (
        serving_metrics(settings),
        open_platform(settings) as platform,
        watching_for_recycling(platform, begin_to_drain),
    ):
        await run_worker(platform, stop)
    return drain.is_set()


def dev(host: HostOption = None, port: PortOption = None) -> None:
    """Run API, worker and embedded services for development; reloads when code changes."""
    run_dev(host, port)


def run_dev(
    host: str | None, port: int | None, environment: Mapping[str, str] | None = None, watched: Sequence[Path] = ()
) -> None:
    """What `dev` does. `environment`: of the processes, beside our own; `watched`: folders of code besides ours."""
    from watchfiles import watch

    settings = Settings()
    environment = {
        "DISTRO_PLUGINS": LOOPBACK_ALLOWED,
        **os.environ,
        **(environment or {}),
        "DISTRO_DEVELOPMENT": "true",
        "DISTRO_HOST": host or settings.host,
        "DISTRO_PORT": str(settings.port if port is None else port),
    }
    folders = [*map(Path, _source_folders()), *watched]
    typer.echo(f"http://{environment['DISTRO_HOST']}:{environment['DISTRO_PORT']}/graphql (Ctrl+C stops)")
    while True:
        with _processes(environment, ["serve"], ["worker"]):
            changes = next(watch(*folders, watch_filter=_is_code, raise_interrupt=False), None)
        if changes is None:
            return
        typer.echo(f"{len(changes)} file(s) changed: starting again")


def _is_code(change: object, path: str) -> bool:
    """Whether a changed file is one of Python's or a plugin's manifest, neither of which is read again otherwise."""
    return path.endswith((".py", f"{os.sep}plugin.json")) and "__pycache__" not in path


def _source_folders() -> list[str]:
    """The folders of the platform's packages and of every plugin that is installed in place."""
    import distro_api
    import distro_core
    import distro_sdk

    packages = (distro_sdk, distro_core, distro_api)
    folders = [str(Path(package.__file__).parent) for package in packages if package.__file__]
    plugins = Path(distro_core.__file__).parents[2] / "plugins"
    return [*folders, str(plugins)] if plugins.is_dir() else folders


@contextmanager
def _processes(environment: Mapping[str, str], *commands: list[str]) -> Iterator[None]:
    started = [
        subprocess.Popen([sys.executable, "-m", "distro_api.cli", *command], env=environment)  # noqa: S603 (our own)
        for command in commands
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
