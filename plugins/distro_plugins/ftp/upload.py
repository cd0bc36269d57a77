"""Sending one file in blocks, so that memory does not grow with its size."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from io import FileIO
from pathlib import Path

from distro_plugins.ftp.client import BLOCK, SMALL_BLOCK, FtpClient
from distro_plugins.ftp.connection import Connection
from distro_plugins.ftp.failures import reading_source
from distro_sdk.network_failures import SOURCE_CHANGED, raised
from distro_sdk.transports import FileSource, Progress

SMALL = 4 * 1024 * 1024
"""A file of this machine with no more bytes is sent in one go."""


async def send(connection: Connection, source: FileSource, offset: int, progress: Progress) -> None:
    """Send the source from `offset` on over the open data connection.

    Raises `TransportError` SOURCE_UNREADABLE or SOURCE_CHANGED for our own file, and whatever the client raises.
    """
    path = source.local_path
    if path is None:
        sent = await _send_blocks(connection, source, offset, progress)
    else:
        sent = await _send_local_file(connection, path, source.size, offset, progress)
    if sent != source.size:
        raise _changed(sent, source.size)


def send_small_file(client: FtpClient, source: FileSource) -> None:
    """Send a file of this machine over the open data connection; blocks."""
    assert source.local_path is not None
    size = source.size
    with _opened(source.local_path, size) as file:
        sent = client.send_pages(file, size)
        while sent < size and (count := client.send_file(file, sent, size - sent, block=SMALL_BLOCK)):
            sent += count
    if sent != size:
        raise _changed(sent, size)


async def read_part(source: FileSource, offset: int, size: int) -> bytes:
    """The bytes of the source from `offset` to `offset + size`."""
    part = b""
    async with aclosing(_blocks(source, offset)) as blocks:
        async for block in blocks:
            part += block
            if len(part) >= size:
                break
    return part[:size]


async def _send_local_file(connection: Connection, path: Path, size: int, offset: int, progress: Progress) -> int:
    with _opened(path, size) as file:  # not opened in a thread: whoever is cancelled then would leave it open
        while offset < size:
            count = await connection.run(connection.client.send_file, file, offset, size - offset)
            if not count:
                break
            offset += count
            await progress(offset)
    return offset


@contextmanager
def _opened(path: Path, size: int) -> Iterator[FileIO]:
    with reading_source():
        file = FileIO(path)
    with file:
        actual = os.fstat(file.fileno()).st_size
        if actual != size:
            raise _changed(actual, size)
        yield file


async def _send_blocks(connection: Connection, source: FileSource, offset: int, progress: Progress) -> int:
    async with aclosing(_blocks(source, offset)) as blocks:
        async for block in blocks:
            offset += await connection.run(connection.client.send, block)
            await progress(offset)
    return offset


async def _blocks(source: FileSource, offset: int) -> AsyncGenerator[bytes, None]:
    blocks = source.blocks(offset=offset, block_size=BLOCK)
    try:
        with reading_source():
            async for block in blocks:
                yield block
    finally:
        if isinstance(blocks, AsyncGenerator):
            await blocks.aclose()


def _changed(actual: int, announced: int) -> Exception:
    return raised(SOURCE_CHANGED, f"the file to send has {actual} bytes where {announced} were announced")
