"""A part on its way: read in large blocks, handed on in small ones."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from distro_sdk.object_storage.parts import PartBody, SmallBody

READ_AT_ONCE = 1 << 20
"""Bytes: each reading of a file changes threads twice, which takes as long as to send some hundred kilobytes."""

WRITTEN_AT_ONCE = 256 * 1024
"""Bytes after which the connection is waited for; on a slow line each such step is a sign of life."""


class PartPayload(Payload):
    """A part as aiohttp writes it, and as botocore looks at it: a file with a length.

    aiohttp's own payload of a file reads a block of 256 KB in a thread for each that it sends, a fifth of all the work.
    """

    _value: PartBody | SmallBody

    def __init__(self, body: PartBody | SmallBody, size: int, heard: Callable[[], None]) -> None:
        """`size`: bytes of the part; `heard`: called for each step."""
        super().__init__(body)
        self._size = size
        self._heard = heard

    def __len__(self) -> int:
        return self._size or 0

    def read(self, size: int = -1) -> bytes:
        """Bytes of the part, for who signs what is sent."""
        return self._value.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place within the part."""
        return self._value.seek(offset, whence)

    def tell(self) -> int:
        """Bytes read so far."""
        return self._value.tell()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The whole part as text."""
        self._value.seek(0)
        return self._value.read().decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the part from its start."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Send the part from its start; its length is what was announced."""
        self._value.seek(0)  # a redirect sends it again
        async with aclosing(self._blocks()) as blocks:
            async for block in blocks:
                for start in range(0, len(block), WRITTEN_AT_ONCE):
                    self._heard()
                    await writer.write(block[start : start + WRITTEN_AT_ONCE])

    async def _blocks(self) -> AsyncGenerator[memoryview, None]:
        held = self._value.held()
        if held is not None:
            yield held
            return
        while block := await asyncio.to_thread(self._value.read, READ_AT_ONCE):
            yield memoryview(block)
