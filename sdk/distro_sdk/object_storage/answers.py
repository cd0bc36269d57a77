"""How much of a storage's answer is read; needs the extra `http`.

The address of a storage is a setting of a tenant: nothing that answers there may fill the memory of a worker.
"""

from __future__ import annotations

from typing import Any, Final, cast

import aiohttp

from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import FILE_TOO_LARGE, REMOTE_FAILURE

LARGEST_ANSWER: Final = 8 << 20
"""Bytes of an answer that is not a file. The longest true one is a list of 50,000 blocks, with 5 MB."""

_PIECE: Final = 64 << 10
_PACKED: Final = frozenset({"gzip", "deflate"})
"""What a client would unpack in memory, to any size."""


class BoundedAnswer(aiohttp.ClientResponse):
    """The `response_class` of an aiohttp session whose clients read answers whole.

    Reading raises `TransportError` REMOTE_FILE_TOO_LARGE, and ends the connection, when more than `most` is announced
    or sent, and REMOTE_FAILURE when it is compressed though nobody asked for that.
    """

    most: int = LARGEST_ANSWER
    """Bytes; whoever reads a file in pieces sets what it may have."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Receive the head of the answer."""
        await super().start(connection)
        self.content = cast(aiohttp.StreamReader, _CountedContent(self, self.content))
        return self

    def refuse_more(self, received: int) -> None:
        """Raise when `received` bytes, or what the head announces, are too many."""
        announced = 0 if self.method == "HEAD" else self.content_length or 0
        if max(received, announced) > self.most:
            self.close()
            message = f"the answer to {self.method} {self.url.raw_path[:200]} has more than {self.most} bytes"
            raise raised(FILE_TOO_LARGE, message)

    def refuse_packed(self) -> None:
        """Raise when the content is compressed."""
        encoding = self.headers.get("Content-Encoding", "").strip().lower()
        if encoding in _PACKED:
            self.close()
            raise raised(REMOTE_FAILURE, f"the answer to {self.method} {self.url.raw_path[:200]} is compressed")


class _CountedContent:
    """The content of an answer, of which `read` counts every byte; it can be read in no other way."""

    def __init__(self, answer: BoundedAnswer, stream: aiohttp.StreamReader) -> None:
        self._answer = answer
        self._stream = stream
        self._received = 0

    async def read(self, size: int = -1) -> bytes:
        """The next `size` bytes at most, or all."""
        if size >= 0:
            return await self._read_piece(size)
        content = bytearray()
        while piece := await self._read_piece(_PIECE):
            self._answer.refuse_packed()
            content += piece
        return bytes(content)

    def exception(self) -> BaseException | None:
        """What went wrong on the line; aiohttp asks for it."""
        return self._stream.exception()

    def set_exception(self, failure: BaseException, *cause: BaseException) -> None:
        """Let every further reading fail; aiohttp does so with what was given back."""
        self._stream.set_exception(failure, *cause)

    async def _read_piece(self, size: int) -> bytes:
        self._answer.refuse_more(self._received)
        piece = await self._stream.read(size)
        self._received += len(piece)
        self._answer.refuse_more(self._received)
        return piece
