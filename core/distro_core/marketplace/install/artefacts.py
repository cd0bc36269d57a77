"""The wheels of installed plugins in object storage, by their SHA-256, so that every machine has the same."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from distro_core.objects.port import BLOCK_SIZE, ObjectStorage
from distro_sdk.errors import DomainError


class Artefacts:
    """Wheels by content."""

    def __init__(self, objects: ObjectStorage) -> None:
        self._objects = objects

    async def store(self, wheel: Path, sha256: str) -> None:
        """Put a wheel there; the same one again changes nothing."""
        async with self._objects.writer(artefact_key(sha256)) as writer:
            file: IO[bytes] = await asyncio.to_thread(wheel.open, "rb")
            with file:
                while block := await asyncio.to_thread(file.read, BLOCK_SIZE):
                    await writer.write(block)
            await writer.commit()

    async def fetch(self, sha256: str, target: Path) -> None:
        """Write a wheel into a file; raises OBJECT_MISSING, or PLUGIN_CHECKSUM_WRONG for other content."""
        digest = await write_blocks(self._objects.read(artefact_key(sha256)), target)
        check_digest(digest, sha256)

    async def remove(self, sha256: str) -> None:
        """Remove a wheel; no error where it is gone already."""
        await self._objects.delete(artefact_key(sha256))


def artefact_key(sha256: str) -> str:
    """Where a wheel lies in object storage: no tenant's key begins with a `_`."""
    return f"_plugins/wheels/{sha256}.whl"


async def write_blocks(blocks: AsyncIterator[bytes], target: Path) -> str:
    """Write blocks into a file and return their SHA-256, hexadecimal."""
    digest = hashlib.sha256()
    file: IO[bytes] = await asyncio.to_thread(target.open, "wb")
    with file:
        async for block in blocks:
            digest.update(block)
            await asyncio.to_thread(file.write, block)
    return digest.hexdigest()


def check_digest(found: str, expected: str) -> None:
    """Raises PLUGIN_CHECKSUM_WRONG."""
    if not hmac.compare_digest(found, expected):
        raise DomainError("PLUGIN_CHECKSUM_WRONG", "what was read is not the wheel that the registry lists")
