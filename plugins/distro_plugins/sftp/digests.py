"""The hash of a file that is read back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

ALGORITHMS = frozenset({"md5", "sha1", "sha256"})

BATCH = 512 * 1024
"""Bytes that are worth the way to a thread."""


async def digest_of(
    blocks: AsyncIterator[bytes], algorithm: str, pausing: Callable[[], AbstractContextManager[None]]
) -> str:
    """The hash of the blocks, lower-case hexadecimal.

    `algorithm`: one of `ALGORITHMS`; `pausing`: entered while it is us who take their time.
    """
    digest = hashlib.new(algorithm)
    batch: list[bytes] = []
    waiting = 0

    def add() -> None:
        for block in batch:
            digest.update(block)

    async for block in blocks:
        batch.append(block)
        waiting += len(block)
        if waiting >= BATCH:
            with pausing():
                await asyncio.to_thread(add)
            batch.clear()
            waiting = 0
    add()
    return digest.hexdigest()
