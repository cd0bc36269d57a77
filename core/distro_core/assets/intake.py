"""Taking a file in while it streams: size limit, early check of its type, hashing and writing side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from distro_core.assets.content import HEAD_SIZE, check_content, content_of, unknown_content
from distro_core.assets.description import file_empty
from distro_core.assets.formats import may_be_registered
from distro_core.assets.hashing import HASHED_BLOCK, FileHasher
from distro_core.assets.lanes import Lanes
from distro_core.assets.mpeg import id3_size
from distro_core.assets.parts import PartHasher
from distro_core.objects.port import ObjectWriter
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind, FileHashes


@dataclass(frozen=True)
class ReceivedFile:
    """What arrived. `size`: bytes; `part_md5s`: as `PartHasher` makes them."""

    size: int
    hashes: FileHashes
    part_md5s: tuple[bytes, ...] = ()


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

    While blocks of 1 MB or more are hashed and written, the next is gathered. `limit`: bytes, the largest size that is
    taken; `formats`: what plugins read of audio files. Raises `DomainError` FILE_TOO_LARGE with the first byte too
    many, FILE_EMPTY, and those of `check_content` as soon as the type shows.
    """
    parts = PartHasher()
    hasher = FileHasher(parts)
    size = 0
    async with Lanes((*hasher.takers(), writer.write)) as lanes:
        async for block in _gather(blocks, limit):
            if size == 0:
                _check_head(block, kind, file_name, formats)
            await lanes.give(block)
            size += len(block)
        if size == 0:
            raise file_empty()
        await lanes.finish()
    return ReceivedFile(size, hasher.hashes(), parts.md5s())


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
