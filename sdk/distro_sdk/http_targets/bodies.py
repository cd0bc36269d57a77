"""The bytes of a request: streamed, watched, and sent anew from their start where a request is repeated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from types import AsyncGeneratorType
from typing import cast

from distro_sdk import local_files
from distro_sdk.http_targets.patience import Patience
from distro_sdk.network_failures import SOURCE_CHANGED, SOURCE_UNREADABLE, raised
from distro_sdk.transports import FileSource, Progress

BLOCK = 1024 * 1024
"""Bytes that are read and handed to the connection in one go; two of them are in memory."""

FIRST = 16 * 1024
"""Bytes of the first block that go ahead: the client joins what comes first with the headers, in a copy."""


class Body:
    """A file on its way in one request.

    Iterating it begins at its start each time, because the client repeats a request by itself when a kept connection
    turns out to be closed. `failure`: why it broke off, for the client hides that behind an error of its own.
    """

    def __init__(self, source: FileSource, progress: Progress, patience: Patience) -> None:
        self._source = source
        self._progress = progress
        self._patience = patience
        self._blocks: list[AsyncGeneratorType[memoryview, None]] = []
        self.failure: Exception | None = None
        self.begun = False
        self.complete = source.size == 0

    def __aiter__(self) -> AsyncIterator[memoryview]:
        """The blocks, from the first on."""
        blocks = cast("AsyncGeneratorType[memoryview, None]", self._send())
        self._blocks.append(blocks)
        return blocks

    async def close(self) -> None:
        """Let go of the file."""
        for blocks in self._blocks:
            if not blocks.ag_running:  # one that the client has cancelled ends by that
                await blocks.aclose()

    async def _send(self) -> AsyncGenerator[memoryview, None]:
        self.begun = True
        sent = 0
        try:
            async with aclosing(read_blocks(self._source)) as blocks:
                block = await self._next(blocks)
                while block:
                    following = await self._next(blocks)
                    self._check(sent + len(block), last=not following)
                    view = memoryview(block)
                    if not sent:
                        yield view[:FIRST]
                        view = view[FIRST:]
                    sent += len(block)
                    self.complete = not following
                    if view:
                        yield view
                    block = following
                    if block:
                        with self._patience.pausing():
                            await self._progress(sent)
                self._check(sent, last=True)
        except Exception as error:
            self.failure = error
            raise

    async def _next(self, blocks: AsyncGenerator[bytes | bytearray, None]) -> bytes | bytearray:
        with self._patience.pausing():
            return await anext(blocks, b"")

    def _check(self, sent: int, *, last: bool) -> None:
        if sent > self._source.size or (last and sent != self._source.size):
            message = f"the file to send has not the {self._source.size} bytes that were announced"
            raise raised(SOURCE_CHANGED, message)


async def read_blocks(source: FileSource) -> AsyncGenerator[bytes | bytearray, None]:
    """The bytes of a source; raises SOURCE_UNREADABLE."""
    path = source.local_path
    blocks = source.blocks(block_size=BLOCK) if path is None else local_files.read_blocks(path, block_size=BLOCK)
    try:
        async for block in blocks:
            yield block
    except OSError as error:
        message = f"our own file cannot be read: {error.strerror or error}"
        raise raised(SOURCE_UNREADABLE, message) from error
    finally:
        if isinstance(blocks, AsyncGenerator):
            await blocks.aclose()
