"""The two servers: how each is called, when it is ready, and how it is made ready."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote

from pymongo.errors import OperationFailure, PyMongoError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from distro_core.embedded.programs import find_mongod, find_valkey
from distro_core.store.driver import Driver, DriverDatabase, close_client, open_client

REPLICA_SET = "distro"
NO_REPLICA_SET_CONFIG = 94


class Server(Protocol):
    """What the supervisor knows of a server. `folder`: of its data; `socket`: where it listens."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def folder(self) -> Path:
        """Where it keeps its data, its lock and its log."""
        ...

    @property
    def url(self) -> str:
        """Where clients reach it."""
        ...

    def command(self) -> Sequence[str]:
        """The program with its arguments; raises EMBEDDED_SERVICE_MISSING."""
        ...

    async def answers(self) -> bool:
        """Whether it serves clients now."""
        ...

    async def prepare(self) -> None:
        """Do what a started server still needs before it serves clients; may be called while it is starting."""
        ...

    async def shut_down(self) -> None:
        """Ask a server that nobody supervises any more to end."""
        ...


@dataclass(frozen=True)
class Mongod:
    """A private mongod: a replica set of one, so that no acknowledged write is lost when it is killed."""

    folder: Path
    sockets: Path
    name: str = "MongoDB"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.sockets / "mongod.sock"

    @property
    def url(self) -> str:
        """The URL of the socket."""
        return f"mongodb://{quote(str(self.socket), safe='')}/?directConnection=true"

    def command(self) -> Sequence[str]:
        """The program on the socket alone: small cache, no compression, journal files of 16 MB made when needed."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        return (
            str(find_mongod()),
            *("--dbpath", str(data)),
            *("--replSet", REPLICA_SET, "--oplogSize", "64"),
            *("--port", "0", "--bind_ip", str(self.socket), "--unixSocketPrefix", str(self.sockets)),
            *("--networkMessageCompressors", "disabled"),
            *("--wiredTigerCacheSizeGB", "0.25"),
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            "--quiet",
        )

    async def answers(self) -> bool:
        """Whether it is the primary of its replica set."""
        if not _listens(self.socket):
            return False
        try:
            async with self._admin() as admin:
                hello: dict[str, Any] = await admin.command("hello")
        except PyMongoError:
            return False
        return bool(hello.get("isWritablePrimary")) and hello.get("me") == self._member

    async def prepare(self) -> None:
        """Make it a replica set of one; one whose data folder has moved is told its new address by force."""
        if not _listens(self.socket):
            return
        try:
            async with self._admin() as admin:
                try:
                    config = (await admin.command("replSetGetConfig"))["config"]
                except OperationFailure as error:
                    if error.code != NO_REPLICA_SET_CONFIG:
                        raise
                    members = [{"_id": 0, "host": self._member}]
                    await admin.command({"replSetInitiate": {"_id": REPLICA_SET, "members": members}})
                    return
                if config["members"][0]["host"] != self._member:
                    config["members"] = [{**config["members"][0], "host": self._member}]
                    config["version"] += 1
                    await admin.command({"replSetReconfig": config, "force": True})
        except PyMongoError:
            return

    async def shut_down(self) -> None:
        """Ask a server that nobody supervises any more to end."""
        try:
            async with self._admin() as admin:
                await admin.command({"shutdown": 1, "force": True})
        except PyMongoError:
            return

    @property
    def _member(self) -> str:
        return str(self.socket)

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[DriverDatabase]:
        client = open_client(f"{self.url}&serverSelectionTimeoutMS=200&connectTimeoutMS=1000", Driver.PYMONGO)
        try:
            yield client["admin"]
        finally:
            await close_client(client)


@dataclass(frozen=True)
class Valkey:
    """A private Valkey that appends every write to a file before it answers."""

    folder: Path
    sockets: Path
    name: str = "Valkey"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """The URL of the socket."""
        return f"unix://{self.socket}"

    def command(self) -> Sequence[str]:
        """The program on the socket alone, with an append-only file."""
        return (
            str(find_valkey()),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.folder), "--appendonly", "yes", "--save", ""),
            *("--daemonize", "no", "--loglevel", "warning"),
        )

    async def answers(self) -> bool:
        """Whether it answers a ping (it does not while it reads its file)."""
        if not _listens(self.socket):
            return False
        try:
            async with self._client() as client:
                return bool(await client.ping())
        except (RedisError, OSError, asyncio.IncompleteReadError):
            return False

    async def prepare(self) -> None:
        """It needs nothing more."""

    async def shut_down(self) -> None:
        """Ask a server that nobody supervises any more to end."""
        try:
            async with self._client() as client:
                await client.shutdown()
        except (RedisError, OSError):
            return

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Redis]:
        client = cast("Redis", Redis.from_url(self.url, socket_timeout=5))
        try:
            yield client
        finally:
            await client.aclose()


def _listens(path: Path) -> bool:
    """Whether somebody listens on a socket: the drivers take half a second to find that out."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(os.fsencode(path)) == 0
