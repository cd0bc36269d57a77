"""Taking a file in while it streams: size limit, early check of its type, hashing and writing side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from distro_core.assets.content import HEAD_SIZE, check_content, content_of, unknown_content
from distro_core.assets.description import file_empty
from distro_core.assets.formats import may_be_registered
from distro_core.assets.hashing import HASHED_BLOCK, FileHasher
from distro_core.assets.mpeg import id3_size
from distro_core.objects.port import ObjectWriter
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind, FileHashes


@dataclass(frozen=True)
class ReceivedFile:
    """What arrived. `size`: bytes."""

    size: int
    hashes: FileHashes


async def receive_blocks(
    blocks: AsyncIterator[bytes],
    writer: ObjectWriter,
    *,
    kind: AssetKind,
    file_name: str,
    limit: int,
    formats: Sequence[RegisteredAudioFormat] = (),
) -> ReceivedFile:
    """Write a stream to storage and hash it in the same pass, whatever the size of its blocks.

    While one block of 1 MB or more is hashed and written, the next is gathered. `limit`: bytes, the largest size that
    is taken; `formats`: what plugins read of audio files. Raises `DomainError` FILE_TOO_LARGE with the first byte too
    many, FILE_EMPTY, and those of `check_content` as soon as the type shows.
    """
    hasher = FileHasher()
    size = 0
    work: asyncio.Task[None] | None = None
    try:
        async for block in _gather(blocks, limit):
            if size == 0:
                _check_head(block, kind, file_name, formats)
            if work is not None:
                await work
            work = asyncio.create_task(_take(block, hasher, writer))
            size += len(block)
        if work is None:
            raise file_empty()
        await work
    finally:
        if work is not None and not work.done():
            await asyncio.wait([work])
    return ReceivedFile(size, hasher.hashes())


async def _take(block: bytes, hasher: FileHasher, writer: ObjectWriter) -> None:
    await asyncio.gather(hasher.update_in_threads(block), writer.write(block))


async def _gather(blocks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """The stream in blocks of at least 1 MB, except for the last."""
    total = waiting = 0
    gathered: list[bytes] = []
    async for block in blocks:
        total += len(block)
        if total > limit:
            raise DomainError("FILE_TOO_LARGE", f"the file is larger than {limit} bytes", ("file",))
        gathered.append(block)
        waiting += len(block)
        if waiting >= HASHED_BLOCK:
            yield b"".join(gathered)
            gathered.clear()
            waiting = 0
    if waiting:
        yield b"".join(gathered)


def _check_head(block: bytes, kind: AssetKind, file_name: str, formats: Sequence[RegisteredAudioFormat]) -> None:
    """Refuse a wrong file by its first bytes, before the rest travels; what follows an ID3 tag shows later."""
    if id3_size(block) is not None:
        return
    found = content_of(block[:HEAD_SIZE])
    if found is None and kind is AssetKind.AUDIO and may_be_registered(file_name, formats):
        return
    if found is None:
        raise unknown_content()
    check_content(found, kind, file_name)
