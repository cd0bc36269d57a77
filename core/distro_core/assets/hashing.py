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
        self._running = (self._md5, self._sha1, self._sha256)

    def update(self, block: bytes) -> None:
        """Take the next block, in this thread."""
        for running in self._running:
            running.update(block)

    async def update_in_threads(self, block: bytes) -> None:
        """Take the next block, each hash in a thread: which of them is the slowest depends on the processor."""
        await asyncio.gather(*(asyncio.to_thread(running.update, block) for running in self._running))

    def hashes(self) -> FileHashes:
        """The hashes of everything taken so far."""
        return FileHashes(md5=self._md5.hexdigest(), sha1=self._sha1.hexdigest(), sha256=self._sha256.hexdigest())


def hash_file(path: Path) -> FileHashes:
    """The hashes of a local file; blocks."""
    hasher = FileHasher()
    with path.open("rb", buffering=0) as file:
        while block := file.read(HASHED_BLOCK):
            hasher.update(block)
    return hasher.hashes()
