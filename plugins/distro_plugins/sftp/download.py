"""Reading files with many blocks under way at once, in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import cast

import asyncssh

from distro_plugins.sftp.failures import FAILURES, transport_error
from distro_plugins.sftp.liveness import Liveness
from distro_plugins.sftp.upload import LARGEST_BLOCK, SAFE_BLOCK, UNDER_WAY
from distro_sdk.errors import ErrorCategory
from distro_sdk.network_failures import Verdict

_TOO_MUCH = Verdict(ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", retryable=True)


class Downloads:
    """What a session reads: so much is under way, whatever the number of files that are read at once."""

    def __init__(
        self, connection: asyncssh.SSHClientConnection, client: asyncssh.SFTPClient, liveness: Liveness
    ) -> None:
        self._connection = connection
        self._client = client
        self._liveness = liveness
        self._block_size = max(SAFE_BLOCK, min(client.limits.max_read_len, LARGEST_BLOCK))
        self._room = asyncio.Semaphore(UNDER_WAY // self._block_size)

    async def read(self, place: str, start: int, most: int) -> bytes:
        """At most `most` bytes of a file from `start` on."""
        async with aclosing(self.blocks(place, start, most)) as blocks:
            return b"".join([block async for block in blocks])

    async def blocks(self, place: str, start: int, most: int) -> AsyncGenerator[bytes, None]:
        """The bytes of a file from `start` on, `most` of them at most, in order.

        Raises `TransportError` PROTOCOL_ERROR where the server sends more than it was asked for, and whatever asyncssh
        raises for the rest.
        """
        asked = 0
        under_way: deque[tuple[int, asyncio.Task[bytes]]] = deque()
        async with self._opened(place) as file:
            try:
                while True:
                    # Who has blocks under way takes room only where there is some: nobody waits for anybody for ever.
                    while asked < most and not (under_way and self._room.locked()):
                        await self._room.acquire()
                        size = min(self._block_size, most - asked)
                        under_way.append((size, asyncio.create_task(self._read(file, start + asked, size))))
                        asked += size
                    if not under_way:
                        return
                    block = await under_way[0][1]
                    size, _ = under_way.popleft()
                    self._room.release()
                    yield block
                    if len(block) < size:
                        return
            finally:
                for _, task in under_way:
                    task.cancel()
                    self._room.release()
                await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)

    @asynccontextmanager
    async def _opened(self, place: str) -> AsyncIterator[asyncssh.SFTPClientFile]:
        """Open a file; who is cancelled in the block cuts the connection, as in `Lanes`.

        With `block_size=0` each read is one request, so that each answer is heard.
        """
        file = await self._client.open(place, "rb", block_size=0)
        try:
            yield file
        except asyncio.CancelledError:
            self._connection.abort()
            raise
        finally:
            with suppress(*FAILURES):
                await file.close()

    async def _read(self, file: asyncssh.SFTPClientFile, offset: int, size: int) -> bytes:
        """A block, shorter only at the file's end: a server may answer with less than was asked for."""
        parts: list[bytes] = []
        left = size
        while left:
            part = cast("bytes", await file.read(left, offset + size - left))
            self._liveness.heard()
            if len(part) > left:
                raise transport_error(_TOO_MUCH, f"the server sent {len(part)} bytes where {left} were asked for")
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
