"""The processes of the demonstration: receiver, API and worker, each as its operator would start it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from distro_api.demo.client import DemonstrationFailed, GraphQLClient

PATIENCE = 60.0
STOP_PATIENCE = 20.0


@dataclass(frozen=True)
class Processes:
    """What runs, and where. `receiver`: what the receiver said of itself when it started."""

    url: str
    receiver: Mapping[str, Any]
    logs: Path


@contextmanager
def running_processes(folder: Path, environment: Mapping[str, str]) -> Iterator[Processes]:
    """Start receiver, API and worker; stop them in reverse. `folder`: for data and logs."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    settings = {**os.environ, **environment, "DISTRO_DATA_DIR": str(folder / "data"), "DISTRO_PORT": str(port)}
    with ExitStack() as stack:
        receiver = _receiver(stack, folder, settings)
        for command in ("serve", "worker"):
            log = stack.enter_context((folder / f"{command}.log").open("wb"))
            stack.enter_context(_process([command], settings, log, subprocess.DEVNULL))
        yield Processes(f"http://127.0.0.1:{port}", receiver, folder)


async def wait_until_ready(client: GraphQLClient, processes: Processes) -> None:
    """Wait for the API; raises `DemonstrationFailed` with the end of its log."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await client.is_ready():  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        log = (processes.logs / "serve.log").read_text("utf-8", "replace")[-2000:]
        raise DemonstrationFailed(f"the API did not become ready in {PATIENCE:.0f} s:\n{log}") from error


def run_command(arguments: list[str], folder: Path, environment: Mapping[str, str], *, input: str = "") -> None:
    """Run one command of the platform to its end; raises `DemonstrationFailed` with what it printed."""
    settings = {**os.environ, **environment, "DISTRO_DATA_DIR": str(folder / "data")}
    result = subprocess.run(  # noqa: S603 (our own command)
        _command(arguments), env=settings, input=input, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise DemonstrationFailed(f"{' '.join(arguments)}: {result.stderr or result.stdout}")


def _receiver(stack: ExitStack, folder: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    log = stack.enter_context((folder / "receiver.log").open("wb"))
    arguments = ["receiver", "--folder", str(folder / "receiver"), "--port", "0", "--json"]
    if schemas := settings.get("DISTRO_DDEX_SCHEMAS"):
        arguments += ["--schemas", schemas]
    process = stack.enter_context(_process(arguments, settings, subprocess.PIPE, log))
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise DemonstrationFailed(f"the receiver did not start: {(folder / 'receiver.log').read_text('utf-8')}")
    started: dict[str, Any] = json.loads(line)
    return started


@contextmanager
def _process(
    arguments: list[str], environment: Mapping[str, str], out: int | IO[bytes], err: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 (our own command)
        _command(arguments),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT if err is subprocess.DEVNULL else err,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "distro_api.cli", *arguments]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
