"""Files of this machine on their way into storage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

BLOCK_SIZE: Final = 1 << 20
"""Bytes that are read at once."""


async def read_blocks(path: Path) -> AsyncIterator[bytes]:
    """The bytes of a file, block by block; each is read in a thread. Raises OSError."""
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, BLOCK_SIZE):
            yield block
