"""A file in parts: each with its MD5 before it is sent, several on their way at once, in bounded memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO, FileIO, RawIOBase
from pathlib import Path
from typing import Protocol, TypeVar

from distro_sdk.errors import TransportError
from distro_sdk.network_failures import SOURCE_CHANGED, SOURCE_UNREADABLE, raised
from distro_sdk.transports import HASHED_PART_SIZE, FileSource, Progress

MEBIBYTE = 1 << 20
PART_SIZE = HASHED_PART_SIZE
PARTS_AT_ONCE = 4
"""Parts of one file."""

BUFFERED = 16 * MEBIBYTE
"""Bytes that a session holds of files that do not lie on this machine."""

BLOCK = MEBIBYTE

SMALL = MEBIBYTE
"""A part of this machine of at most so many bytes is read once: reading it again costs more than holding it."""

Sent = TypeVar("Sent")


class Digest(Protocol):
    """A hash that is being computed."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Take more bytes."""
        ...


@dataclass(frozen=True)
class Part:
    """Where a part lies in its file. `number`: from 1."""

    number: int
    offset: int
    size: int


@dataclass(frozen=True)
class ReadPart:
    """A part to send. `md5`: its hash, 16 bytes; `content`: its bytes, None where `path` has them."""

    part: Part
    md5: bytes
    content: bytes | bytearray | None = None
    path: Path | None = None

    def body(self, heard: Callable[[], None]) -> PartBody | SmallBody:
        """The part as a file to send, from its start. `heard`: called for each block that is taken."""
        return SmallBody(self.content, heard) if isinstance(self.content, bytes) else PartBody(self, heard)


class PartBody(RawIOBase):
    """A part as a readable file; a file of this machine is read only while it is sent."""

    def __init__(self, read: ReadPart, heard: Callable[[], None]) -> None:
        self._size = read.part.size
        self._start = read.part.offset
        self._content = memoryview(read.content) if read.content is not None else None
        self._file = FileIO(read.path) if read.path is not None else None
        self._heard = heard
        self._position = 0

    def __len__(self) -> int:
        return self._size

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Bytes read so far."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place within the part."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes of the part."""
        self._heard()
        wanted = self._size - self._position
        if size is not None and size >= 0:
            wanted = min(wanted, size)
        if self._content is not None:
            block = bytes(self._content[self._position : self._position + wanted])
        elif self._file is not None:
            block = os.pread(self._file.fileno(), wanted, self._start + self._position)
        self._position += len(block)
        return block

    def held(self) -> memoryview | None:
        """The whole part without a copy, where it lies in memory."""
        return self._content

    def close(self) -> None:
        """Let go of the file or the memory."""
        if self._file is not None:
            self._file.close()
        self._content = None  # clients keep the body of a request for a while after its answer
        super().close()


class SmallBody(BytesIO):
    """A part in memory that clients read without a thread: they know that a `BytesIO` does not block."""

    def __init__(self, content: bytes, heard: Callable[[], None]) -> None:
        super().__init__(content)
        self._heard = heard

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes of the part."""
        self._heard()
        return super().read(size)

    def held(self) -> memoryview:
        """The whole part without a copy."""
        return memoryview(self.getvalue())


class Budget:
    """Memory that may be in use at once, in steps of a mebibyte; who asks for more than all of it waits for all."""

    def __init__(self, total: int = BUFFERED) -> None:
        self._steps = total // MEBIBYTE
        self._free = asyncio.Semaphore(self._steps)
        self._entering = asyncio.Lock()

    async def take(self, size: int) -> Callable[[], None]:
        """Wait for room for `size` bytes; returns what gives it back."""
        taken = 0

        def give_back() -> None:
            for _ in range(taken):
                self._free.release()

        try:
            async with self._entering:  # one after the other: two that hold a half each would wait for ever
                for _ in range(min(-(-size // MEBIBYTE), self._steps)):
                    await self._free.acquire()
                    taken += 1
        except asyncio.CancelledError:
            give_back()
            raise
        return give_back


def plan_parts(size: int, *, part_size: int = PART_SIZE, most_parts: int = 10_000) -> Sequence[Part]:
    """Equal parts but for the last, larger than `part_size` where there would be more than `most_parts`.

    An empty file has one empty part. `size`, `part_size`: bytes; a planned size is whole mebibytes or `part_size`.
    """
    if size > part_size * most_parts:
        least = -(-size // most_parts)
        part_size = -(-least // MEBIBYTE) * MEBIBYTE
    offsets = range(0, max(size, 1), part_size)
    return [Part(number, offset, min(part_size, size - offset)) for number, offset in enumerate(offsets, start=1)]


async def send_parts(
    source: FileSource,
    parts: Sequence[Part],
    send: Callable[[ReadPart], Awaitable[Sent]],
    *,
    budget: Budget,
    progress: Progress,
    whole: Digest | None = None,
    recorded: Sequence[bytes] = (),
    at_once: int = PARTS_AT_ONCE,
) -> list[Sent]:
    """Send all parts, several at once, and return what `send` returned for each, in their order.

    `send`: sends a part unless it is at the receiver; `whole`: takes all bytes in their order while they are read, for
    a receiver that wants a hash of the file; `recorded`: the MD5 of each part where it is known (`recorded_md5s`) and
    need not be computed again. The first part need not be the file's. Progress is told after each part: so many bytes
    are confirmed.
    The first failure stops the other parts and is raised: `TransportError` SOURCE_UNREADABLE or SOURCE_CHANGED for our
    own file, or what `send` and `progress` raise.
    """
    reader = (
        _FileReader(source.local_path, whole)
        if source.local_path is not None
        else _StreamReader(source, parts[0].offset, whole)
    )
    slots = asyncio.Semaphore(at_once)
    telling = asyncio.Lock()
    told = parts[0].offset

    async def deliver(read: ReadPart) -> Sent:
        nonlocal told
        sent = await send(read)
        async with telling:
            told += read.part.size
            await progress(told)
        return sent

    md5s: Sequence[bytes | None] = recorded or [None] * len(parts)
    tasks: list[asyncio.Task[Sent]] = []
    try:
        async with asyncio.TaskGroup() as group:
            for part, known in zip(parts, md5s, strict=True):
                await slots.acquire()
                give_back = await budget.take(part.size if source.local_path is None else 0)
                try:
                    read = await reader.read(part, known)
                    if part is parts[-1]:
                        await reader.expect_end(source.size)
                except BaseException:
                    give_back()
                    raise
                task = group.create_task(deliver(read))
                task.add_done_callback(partial(_leave, slots, give_back))
                tasks.append(task)
                del read
    except BaseExceptionGroup as failures:
        raise _first(failures) from failures
    finally:
        await reader.close()
    return [task.result() for task in tasks]


class _FileReader:
    """Hashes the parts of a file of this machine unless that was done; they are read again when they are sent."""

    def __init__(self, path: Path, whole: Digest | None) -> None:
        self._path = path
        self._whole = whole

    async def read(self, part: Part, known: bytes | None) -> ReadPart:
        content = None
        with _reading():
            if part.size <= SMALL:
                md5, content = await asyncio.to_thread(_read_part, self._path, part, self._whole, known)
                size = len(content)
            elif known is not None and self._whole is None:
                end = (await asyncio.to_thread(self._path.stat)).st_size
                md5, size = known, max(0, min(part.size, end - part.offset))
            else:
                md5, size = await asyncio.to_thread(_hash_part, self._path, part, self._whole)
        if size != part.size:
            raise _changed(part.offset + size)
        return ReadPart(part, md5, content, self._path)

    async def expect_end(self, size: int) -> None:
        with _reading():
            found = (await asyncio.to_thread(self._path.stat)).st_size
        if found != size:
            raise _changed(found)

    async def close(self) -> None:
        """Nothing is kept open."""


class _StreamReader:
    """Reads a source from its start to its end, part by part."""

    def __init__(self, source: FileSource, offset: int, whole: Digest | None) -> None:
        self._whole = whole
        self._blocks = source.blocks(offset=offset, block_size=BLOCK)
        self._rest = b""

    async def read(self, part: Part, known: bytes | None) -> ReadPart:
        content = bytearray(part.size)  # at once: one that grows takes an eighth more
        filled = 0
        while filled < part.size:
            block = self._rest or await self._next()
            if not block:
                raise _changed(part.offset + filled)
            taken = min(part.size - filled, len(block))
            content[filled : filled + taken] = block[:taken] if taken < len(block) else block
            self._rest = block[taken:]
            filled += taken
        if known is None or self._whole is not None:
            known = await asyncio.to_thread(_md5, content, self._whole, known)
        return ReadPart(part, known, content=content)

    async def expect_end(self, size: int) -> None:
        if self._rest or await self._next():
            raise _changed(size, "more than ")

    async def close(self) -> None:
        if isinstance(self._blocks, AsyncGenerator):
            await self._blocks.aclose()

    async def _next(self) -> bytes:
        with _reading():
            return await anext(self._blocks, b"")


def _leave(slots: asyncio.Semaphore, give_back: Callable[[], None], _: object) -> None:
    give_back()
    slots.release()


def _md5(content: bytes | bytearray, whole: Digest | None, known: bytes | None) -> bytes:
    if whole is not None:
        whole.update(content)
    return known or hashlib.md5(content, usedforsecurity=False).digest()


def _read_part(path: Path, part: Part, whole: Digest | None, known: bytes | None) -> tuple[bytes, bytes]:
    with FileIO(path) as file:
        content = os.pread(file.fileno(), part.size, part.offset)
    return _md5(content, whole, known), content


def _hash_part(path: Path, part: Part, whole: Digest | None) -> tuple[bytes, int]:
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    buffer = memoryview(bytearray(min(BLOCK, part.size)))  # one for all: fresh memory costs a tenth of the hashing
    with FileIO(path) as file:
        file.seek(part.offset)
        while count := file.readinto(buffer[: part.size - size]):
            digest.update(buffer[:count])
            if whole is not None:
                whole.update(buffer[:count])
            size += count
    return digest.digest(), size


@contextmanager
def _reading() -> Iterator[None]:
    """Tell a fault of our own file from one of the connection: both are `OSError`s."""
    try:
        yield
    except OSError as error:
        message = f"cannot read the file to send: {error.strerror or error}"
        raise raised(SOURCE_UNREADABLE, message) from error


def _changed(found: int, words: str = "") -> TransportError:
    return raised(SOURCE_CHANGED, f"the file to send has {words}{found} bytes, which is not what was announced")


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """What stopped the rest."""
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
