"""MD5, SHA-1 and SHA-256 in one pass (row AST-07): DDEX messages, manifests and platforms each ask for another."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from distro_sdk.models.assets import FileHashes

HASHED_BLOCK = 1 << 20
"""Smaller blocks lose their time to handing over between threads."""


class FileHasher:
    """The three hashes of a file that is still being read. MD5 and SHA-1 identify, they protect nothing."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._sha256 = hashlib.sha256()

    def update(self, block: bytes) -> None:
        """Take the next block, in this thread."""
        self._update_short(block)
        self._sha256.update(block)

    async def update_in_threads(self, block: bytes) -> None:
        """Take the next block in two threads: SHA-256 costs about what the other two cost together."""
        await asyncio.gather(
            asyncio.to_thread(self._update_short, block), asyncio.to_thread(self._sha256.update, block)
        )

    def hashes(self) -> FileHashes:
        """The hashes of everything taken so far."""
        return FileHashes(md5=self._md5.hexdigest(), sha1=self._sha1.hexdigest(), sha256=self._sha256.hexdigest())

    def _update_short(self, block: bytes) -> None:
        self._md5.update(block)
        self._sha1.update(block)


def hash_file(path: Path) -> FileHashes:
    """The hashes of a local file; blocks."""
    hasher = FileHasher()
    with path.open("rb", buffering=0) as file:
        while block := file.read(HASHED_BLOCK):
            hasher.update(block)
    return hasher.hashes()
