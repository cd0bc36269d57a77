"""What goes wrong between a client and an FTP server: lines that break or stall, and servers that follow a script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any


class FtpLine:
    """Between a client and a server without TLS: passes on until `limit` bytes of data went up, then misbehaves.

    `then`: `cut` ends every connection, `stall` passes nothing more on. A connection counts by `passed`.
    """

    def __init__(self, server_port: int, limit: int, then: str) -> None:
        self._server_port = server_port
        self._limit = limit
        self._then = then
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._servers: list[asyncio.Server] = []
        self.passed = 0
        self.port = 0

    async def __aenter__(self) -> FtpLine:
        self.port = await self._listen(self._server_port, control=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._abort()

    async def _listen(self, server_port: int, *, control: bool) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", server_port)
            self._writers += [writer, up_writer]
            down = self._pass_replies if control else self._pass_down
            up = self._pass_down if control else self._pass_up
            self._tasks |= {
                asyncio.ensure_future(down(up_reader, writer)),
                asyncio.ensure_future(up(reader, up_writer)),
            }

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _pass_replies(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Have data connections come through here too: the server's port becomes one of ours."""
        with suppress(ConnectionError):
            while line := await reader.readline():
                if found := re.match(rb"229 .*\(\|\|\|(\d+)\|\)", line):
                    line = b"229 ok (|||%d|)\r\n" % await self._listen(int(found[1]), control=False)
                writer.write(line)
                await writer.drain()
        writer.close()

    async def _pass_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _pass_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                self.passed += len(data)
                if self.passed >= self._limit:
                    if self._then == "stall":
                        await asyncio.Event().wait()
                    self._abort()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def scripted_server(
    replies: dict[str, str], greeting: str = "220 ready\r\n", asked: list[str] | None = None
) -> AsyncIterator[int]:
    """A server that answers commands by a script and signs everybody in; yields its port. `asked`: takes commands."""
    usual = {"USER": "331 password", "PASS": "230 in", "FEAT": "500 what", "TYPE": "200 ok", "PWD": '257 "/" is here'}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting.encode())
        with suppress(ConnectionError):
            while line := await reader.readline():
                if asked is not None:
                    asked.append(line.decode(errors="replace").strip())
                command = line.decode(errors="replace").split()[0].upper()
                writer.write((usual | replies).get(command, "502 not here").encode() + b"\r\n")
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def untrue_server(told: int, sent: int | None) -> AsyncIterator[int]:
    """A server that has `told` bytes of each file and gives back `sent` bytes, None: without end; yields its port."""
    replies = {
        "USER": "331 password",
        "PASS": "230 in",
        "TYPE": "200 ok",
        "PWD": '257 "/" is here',
        "SIZE": f"213 {told}",
    }
    replies["QUIT"] = "221 bye"
    open_data: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def reply(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        async def take_data(_: asyncio.StreamReader, data: asyncio.StreamWriter) -> None:
            connected.set_result(data)
            open_data.append(data)

        async with await asyncio.start_server(take_data, "127.0.0.1", 0) as passive:
            with suppress(ConnectionError):
                await reply("220 ready")
                while line := (await reader.readline()).decode(errors="replace"):
                    command = line.split()[0].upper()
                    if command == "EPSV":
                        connected = asyncio.get_running_loop().create_future()
                        await reply(f"229 ok (|||{passive.sockets[0].getsockname()[1]}|)")
                    elif command == "RETR":
                        await reply("150 here it comes")
                        await reply("226 sent" if await _give(await connected, sent) else "426 broken off")
                    else:
                        await reply(replies.get(command, "502 not here"))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for data in open_data:
                data.transport.abort()


async def _give(data: asyncio.StreamWriter, size: int | None) -> bool:
    """Send as many zeros over a data connection; whether the client took them all."""
    try:
        while size is None or size > 0:
            block = b"\0" * min(65536, 65536 if size is None else size)
            data.write(block)
            await data.drain()
            size = None if size is None else size - len(block)
        data.close()
        await data.wait_closed()
    except ConnectionError:
        return False
    return True
