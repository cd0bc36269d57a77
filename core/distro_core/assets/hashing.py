"""MD5, SHA-1 and SHA-256 in one pass (row AST-07): DDEX messages, manifests and platforms each ask for another."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from distro_core.assets.lanes import Taker
from distro_core.assets.parts import PartHasher
from distro_sdk.models.assets import FileHashes

HASHED_BLOCK = 1 << 20
"""Smaller blocks lose their time to handing over between threads."""


class FileHasher:
    """The three hashes of a file that is still being read. MD5 and SHA-1 identify, they protect nothing."""

    def __init__(self, parts: PartHasher | None = None) -> None:
        """`parts`: takes the same blocks in the same pass."""
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        whole = (self._md5, self._sha1, self._sha256)
        self._running = whole if parts is None else (*whole, parts)

    def update(self, block: bytes) -> None:
        """Take the next block, in this thread."""
        for running in self._running:
            running.update(block)

    def takers(self) -> Sequence[Taker]:
        """Each hash by itself, to be given every block in a thread: which is the slowest depends on the processor."""
        return [_in_a_thread(running.update) for running in self._running]

    def hashes(self) -> FileHashes:
        """The hashes of everything taken so far."""
        return FileHashes(md5=self._md5.hexdigest(), sha1=self._sha1.hexdigest(), sha256=self._sha256.hexdigest())


def _in_a_thread(update: Callable[[bytes], None]) -> Taker:
    return lambda block: asyncio.to_thread(update, block)


def hash_file(path: Path) -> FileHashes:
    """The hashes of a local file; blocks."""
    hasher = FileHasher()
    with path.open("rb", buffering=0) as file:
        while block := file.read(HASHED_BLOCK):
            hasher.update(block)
    return hasher.hashes()
