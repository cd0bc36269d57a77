"""Files to send that exist only in memory, or are made while they are read."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from distro_sdk.transports import FileSource


class BytesSource:
    """A small file in memory."""

    local_path: Path | None = None

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.content)

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on."""
        for start in range(offset, len(self.content), block_size):
            yield self.content[start : start + block_size]


class PatternSource:
    """A file of any size that is never in memory as a whole: each kilobyte says where it stands."""

    local_path: Path | None = None

    def __init__(self, size: int) -> None:
        self.size = size

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on."""
        while offset < self.size:
            end = min(offset + block_size, self.size)
            yield _pattern(offset, end)
            offset = end

    async def hash(self, algorithm: str) -> str:
        """The hash of the content, lower-case hexadecimal."""
        digest = hashlib.new(algorithm)
        async for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()


class InterruptedSource:
    """A file that does something when its first half has been read: looks around, breaks, or is cancelled."""

    local_path: Path | None = None

    def __init__(self, source: FileSource, interruption: Callable[[], Awaitable[None]]) -> None:
        self.size = source.size
        self._source = source
        self._interruption = interruption

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on, with the interruption in the middle."""
        half = self.size // 2
        interrupted = offset > half
        position = offset
        async for block in self._source.blocks(offset=offset, block_size=min(block_size, max(1, half))):
            if position >= half and not interrupted:
                interrupted = True
                await self._interruption()
            yield block
            position += len(block)


class LabelledSource:
    """A file with labels and recorded hashes, also of its parts."""

    def __init__(
        self,
        source: FileSource,
        labels: Mapping[str, str],
        hashes: Mapping[str, str] | None = None,
        part_md5s: Sequence[bytes] = (),
    ) -> None:
        self.size = source.size
        self.local_path = source.local_path
        self.labels = labels
        self.hashes: Mapping[str, str] = hashes or {}
        self.part_md5s = part_md5s
        self._source = source

    def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on."""
        return self._source.blocks(offset=offset, block_size=block_size)


def _pattern(start: int, end: int) -> bytes:
    first, last = start // 1024, (end + 1023) // 1024
    filled = b"".join(number.to_bytes(8, "big") * 128 for number in range(first, last))
    return filled[start - first * 1024 : end - first * 1024]
