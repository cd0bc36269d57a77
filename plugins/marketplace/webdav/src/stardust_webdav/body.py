"""The bytes of a file on their way, and a deadline that moves on with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from distro_sdk.network_failures import SOURCE_CHANGED, SOURCE_UNREADABLE, raised
from distro_sdk.transports import FileSource, Progress

BLOCK = 1024 * 1024
"""Bytes that are read and handed to the connection in one go; two blocks are in memory."""


class Deadline:
    """Runs out when the server takes or says nothing for `limit` seconds; stands still while it is our turn."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.timeout = asyncio.timeout(None)
        self.over = False

    def server(self) -> None:
        """The server owes a step."""
        self._move(asyncio.get_running_loop().time() + self._limit)

    def ours(self) -> None:
        """We owe one."""
        self._move(None)

    def _move(self, when: float | None) -> None:
        # The client may still be at the body when an early answer has ended the request.
        if not self.over and not self.timeout.expired():
            self.timeout.reschedule(when)


class Body:
    """A file in one request; iterating begins at its start each time, for the client may repeat a request.

    `failure`: why it broke off, which the client hides behind an error of its own; `complete`: whether all was sent.
    """

    def __init__(self, source: FileSource, progress: Progress, deadline: Deadline) -> None:
        self._source = source
        self._progress = progress
        self._deadline = deadline
        self._begun: list[AsyncGenerator[bytes, None]] = []
        self.failure: Exception | None = None
        self.complete = source.size == 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The blocks, from the first on."""
        blocks = self._send()
        self._begun.append(blocks)
        return blocks

    async def close(self) -> None:
        """Let go of the file."""
        for blocks in self._begun:
            try:
                await blocks.aclose()
            except RuntimeError:
                continue  # it runs: the client has cancelled it, and it ends by that

    async def _send(self) -> AsyncGenerator[bytes, None]:
        sent = 0
        try:
            async with aclosing(_read(self._source)) as blocks:
                self._deadline.ours()
                async for block in blocks:
                    sent += len(block)
                    self._assert_size(sent, last=False)
                    self.complete = sent == self._source.size
                    self._deadline.server()
                    yield block
                    self._deadline.ours()
                    if not self.complete:
                        await self._progress(sent)
            self._assert_size(sent, last=True)
            self._deadline.server()
        except Exception as error:
            self.failure = error
            raise

    def _assert_size(self, sent: int, *, last: bool) -> None:
        if sent > self._source.size or (last and sent != self._source.size):
            message = f"the file to send has not the {self._source.size} bytes that were announced"
            raise raised(SOURCE_CHANGED, message)


async def _read(source: FileSource) -> AsyncGenerator[bytes, None]:
    blocks = source.blocks(block_size=BLOCK)
    try:
        async for block in blocks:
            yield block
    except OSError as error:
        message = f"our own file cannot be read: {error.strerror or error}"
        raise raised(SOURCE_UNREADABLE, message) from error
    finally:
        if isinstance(blocks, AsyncGenerator):
            await blocks.aclose()
