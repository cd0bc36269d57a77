"""Reading files of this machine: what the kernel has in memory at once, what it would have to wait for in a thread."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from io import FileIO
from pathlib import Path

try:
    _NOW = os.RWF_NOWAIT  # preadv2(2): read without waiting for the disk
except AttributeError:
    _NOW = 0  # only Linux can


async def read_blocks(
    path: Path, *, offset: int = 0, block_size: int = 1 << 20
) -> AsyncGenerator[bytes | bytearray, None]:
    """The bytes of a file from `offset` on, in blocks of `block_size` bytes of which the last is shorter.

    A block that lies in memory is copied where it is asked for: to hand it to a thread and back takes longer than to
    copy it. Any other is read in a thread. Raises OSError.
    """
    with FileIO(path) as file:  # not opened in a thread: whoever is cancelled then would leave it open
        tells = _tells_what_is_in_memory(file)
        while True:
            block = _read_now(file, offset, block_size) if tells else None
            if block is None:
                block = await asyncio.to_thread(_read, file, offset, block_size)
            if block:
                yield block
            if len(block) < block_size:  # its end: to look for more takes as long as to send it
                return
            offset += len(block)


def _tells_what_is_in_memory(file: FileIO) -> bool:
    """Whether the file system knows; some in memory and some on other machines do not."""
    if not _NOW:
        return False
    try:
        os.preadv(file.fileno(), [bytearray(1)], 0, _NOW)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def _read(file: FileIO, offset: int, size: int) -> bytes | bytearray:
    file.seek(offset)
    return file.read(size)


def _read_now(file: FileIO, offset: int, size: int) -> bytes | bytearray | None:
    """The block, or None where a part of it is not in memory."""
    descriptor = file.fileno()
    block = bytearray(min(size, max(0, os.fstat(descriptor).st_size - offset)))
    try:
        read = os.preadv(descriptor, [block], offset, _NOW)
    except BlockingIOError:
        return None
    return block if read == len(block) else None
