"""Writing one file with many blocks under way at once, in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import asyncssh

from distro_plugins.sftp.failures import reading_source
from distro_plugins.sftp.liveness import Liveness
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.local_files import read_blocks
from distro_sdk.transports import FileSource, Progress

MOST_LANES = 2
"""Channels over which one file travels."""

SAFE_BLOCK = 32 * 1024
"""Every server takes writes of this size (draft-ietf-secsh-filexfer-02 section 3)."""

LARGEST_BLOCK = 256 * 1024
CHUNK = 1024 * 1024
"""Bytes read from our own file in one go; a little less, so that they are whole blocks."""

UNDER_WAY = 5 * 512 * 1024
"""Bytes that a lane has sent and the server has not confirmed: the channel window of OpenSSH's server and a quarter.

Each is in memory at least twice, here and in asyncssh. 4 MB were no faster, near or far, and took 4 MB more for each
connection.
"""


class Window:
    """How much may be under way in a session, whatever the number of files that are written at once."""

    def __init__(self, largest_write: int, liveness: Liveness) -> None:
        """`largest_write`: the most bytes the server takes in one write, 0 where it does not say."""
        self.liveness = liveness
        self.block_size = max(SAFE_BLOCK, min(largest_write, LARGEST_BLOCK))
        self.chunk_size = CHUNK // self.block_size * self.block_size
        self.requests = UNDER_WAY // self.block_size

    @property
    def bytes(self) -> int:
        """How far behind a file's end the first block may be that never arrived, with the most lanes there can be.

        Lanes take chunks by turns, so that one is ahead of another by no more than the other has under way.
        """
        return MOST_LANES * (self.requests * self.block_size + self.chunk_size)


class Lane:
    """One channel to the server, with room for so many blocks."""

    def __init__(self, client: asyncssh.SFTPClient, window: Window) -> None:
        self.client = client
        self._free = asyncio.Semaphore(window.requests)

    async def write(self, file: asyncssh.SFTPClientFile, block: bytes, offset: int) -> asyncio.Task[int]:
        """Wait for room and send a block; the task ends, with the offset behind the block, when it is confirmed."""
        await self._free.acquire()
        task = asyncio.create_task(_write(file, block, offset))
        task.add_done_callback(self._leave)
        return task

    def _leave(self, _: asyncio.Task[int]) -> None:
        self._free.release()


@dataclass(frozen=True)
class OpenFile:
    """A file that is open for writing on a lane."""

    lane: Lane
    file: asyncssh.SFTPClientFile


async def write_blocks(
    files: Sequence[OpenFile], source: FileSource, offset: int, window: Window, progress: Progress
) -> None:
    """Write the source from `offset` on and return when the server has confirmed every block.

    `files`: the same file on each lane, opened with `block_size=0`, so that a block travels in one piece; more may be
    added meanwhile. Progress is told in order: all bytes before it are confirmed. Raises `TransportError`
    SOURCE_UNREADABLE or SOURCE_CHANGED for our own file, and whatever asyncssh raises for the rest.
    """
    liveness = window.liveness
    under_way: deque[asyncio.Task[int]] = deque()
    position = confirmed = offset
    turn = 0
    try:
        async with aclosing(_read(source, offset, window.chunk_size)) as chunks:
            while chunk := await _next(chunks, liveness):
                target = files[turn % len(files)]
                turn += 1
                view = memoryview(chunk)
                for start in range(0, len(chunk), window.block_size):
                    block = bytes(view[start : start + window.block_size])
                    under_way.append(await target.lane.write(target.file, block, position))
                    position += len(block)
                while under_way and under_way[0].done():
                    confirmed = await under_way.popleft()
                    liveness.heard()
                with liveness.pausing():
                    await progress(confirmed)
        while under_way:
            confirmed = await under_way.popleft()
            liveness.heard()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    if confirmed != source.size:
        message = f"the file to send has {confirmed} bytes where {source.size} were announced"
        raise TransportError(ErrorCategory.UNKNOWN, "SOURCE_CHANGED", message, retryable=False)
    with liveness.pausing():
        await progress(confirmed)


async def read_part(source: FileSource, offset: int, size: int) -> bytes:
    """The bytes of the source from `offset` to `offset + size`."""
    part = b""
    async with aclosing(_read(source, offset, size)) as chunks:
        async for chunk in chunks:
            part += chunk
            if len(part) >= size:
                break
    return part[:size]


async def _next(chunks: AsyncGenerator[bytes | bytearray, None], liveness: Liveness) -> bytes | bytearray:
    with liveness.pausing():
        return await anext(chunks, b"")


async def _write(file: asyncssh.SFTPClientFile, block: bytes, offset: int) -> int:
    await file.write(block, offset)
    return offset + len(block)


async def _read(source: FileSource, offset: int, chunk_size: int) -> AsyncGenerator[bytes | bytearray, None]:
    """The bytes of the source. The blocks under way bridge the time of reading: to read ahead gained nothing."""
    path = source.local_path
    chunks = (
        source.blocks(offset=offset, block_size=chunk_size)
        if path is None
        else read_blocks(path, offset=offset, block_size=chunk_size)
    )
    try:
        with reading_source("read the file to send"):
            async for chunk in chunks:
                yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
