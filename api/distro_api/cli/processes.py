"""The long-running commands: `serve`, `worker`, and `dev`, which is both with reload."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from distro_core.settings import Settings

LOOPBACK_ALLOWED = json.dumps(
    {id: {"private_networks": ["127.0.0.0/8", "::1/128"]} for id in ("ftp", "http-api", "s3", "sftp")}
)
"""Lets targets lie on this machine, which nobody wants in production."""

GRACE = 20
"""Seconds that a process gets to end."""

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
    from distro_core.event_loop import run_worker_loop

    if run_worker_loop(_work(Settings())):
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
    host: str | None,
    port: int | None,
    *,
    environment: Mapping[str, str] | None = None,
    watched: Sequence[Path] = (),
    prepare: Callable[[], None] = lambda: None,
    find_fault: Callable[[], str | None] = lambda: None,
) -> None:
    """What `dev` does. `environment`: of the processes, beside our own; `watched`: folders and files besides ours;
    `prepare`: what comes before the first start; `find_fault`: why changed code cannot run, or None: what ran before
    goes on then.
    """
    settings = Settings()
    environment = {
        "DISTRO_PLUGINS": LOOPBACK_ALLOWED,
        **os.environ,
        **(environment or {}),
        "DISTRO_DEVELOPMENT": "true",
        "DISTRO_HOST": host or settings.host,
        "DISTRO_PORT": str(settings.port if port is None else port),
    }

    async def run() -> None:
        from distro_core.embedded import embedded_services

        end = _asked_to_end()
        # Ours, not those of the processes: the servers need not begin anew with them.
        async with embedded_services(settings):
            await asyncio.to_thread(prepare)
            typer.echo(f"http://{environment['DISTRO_HOST']}:{environment['DISTRO_PORT']}/graphql (Ctrl+C stops)")
            while not end.is_set():
                async with _processes(environment, ["serve"], ["worker"]):
                    await _sound_change([*map(Path, _source_folders()), *watched], find_fault, end)

    asyncio.run(run())


def _asked_to_end() -> asyncio.Event:
    """Set by signals, which otherwise would end us at once: our processes would go on without us."""
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    return end


async def _sound_change(folders: Sequence[Path], find_fault: Callable[[], str | None], end: asyncio.Event) -> None:
    """Wait until code has changed that can run, or the end is asked for."""
    from watchfiles import awatch

    async for changes in awatch(*folders, watch_filter=_is_code, stop_event=end):
        fault = await asyncio.to_thread(find_fault)
        if fault is None:
            typer.echo(f"{len(changes)} file(s) changed: starting again")
            return
        typer.echo(f"{len(changes)} file(s) changed, and what ran before goes on: {fault}", err=True)


def _is_code(change: object, path: str) -> bool:
    """Whether a changed file is Python's, a plugin's manifest or its project's settings: they are read only once."""
    name = path.rpartition(os.sep)[2]
    return (name.endswith(".py") or name in {"plugin.json", "pyproject.toml"}) and "__pycache__" not in path


def _source_folders() -> list[str]:
    """The folders of the platform's packages and of every plugin that is installed in place."""
    import distro_api
    import distro_core
    import distro_sdk

    packages = (distro_sdk, distro_core, distro_api)
    folders = [str(Path(package.__file__).parent) for package in packages if package.__file__]
    plugins = Path(distro_core.__file__).parents[2] / "plugins"
    return [*folders, str(plugins)] if plugins.is_dir() else folders


@asynccontextmanager
async def _processes(environment: Mapping[str, str], *commands: list[str]) -> AsyncIterator[None]:
    # Each in a group of its own, or Ctrl+C would reach it before it can end cleanly: it is told to end below.
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "distro_api.cli", *command, env=environment, process_group=0
        )
        for command in commands
    ]
    try:
        yield
    finally:
        for process in started:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*map(_ended, started))


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()
