"""The MD5 of each part of a file, recorded when it is received, for storages that name by it what arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from distro_sdk.transports import HASHED_PART_SIZE

MOST_PARTS = 10_000
"""Of one file, as many as S3 takes; of a larger one nothing is recorded, for it travels in larger parts."""

MD5_SIZE = 16


class PartHasher:
    """Hashes a file that is still being read, part by part. MD5 identifies, it protects nothing."""

    def __init__(self, part_size: int = HASHED_PART_SIZE, most_parts: int = MOST_PARTS) -> None:
        """`part_size`: bytes of every part but the last."""
        self._part_size = part_size
        self._most_parts = most_parts
        self._finished: list[bytes] = []
        self._running = hashlib.md5(usedforsecurity=False)
        self._taken = 0

    def update(self, block: bytes) -> None:
        """Take the next block, in this thread."""
        rest = memoryview(block)
        while rest and len(self._finished) < self._most_parts:
            if self._taken == self._part_size:
                self._finish_part()
                continue
            taken = rest[: self._part_size - self._taken]
            self._running.update(taken)
            self._taken += len(taken)
            rest = rest[len(taken) :]

    def md5s(self) -> tuple[bytes, ...]:
        """The MD5 of each part, 16 bytes; none of a file in one part, whose own hash says it, or in too many."""
        if not self._finished or len(self._finished) >= self._most_parts:
            return ()
        return (*self._finished, self._running.digest())

    def _finish_part(self) -> None:
        """Only when a byte follows: the last part is the running one, however full."""
        self._finished.append(self._running.digest())
        self._running = hashlib.md5(usedforsecurity=False)
        self._taken = 0


def join_md5s(md5s: Sequence[bytes]) -> str:
    """MD5s as an asset keeps them: lower-case hexadecimal, one after the other."""
    return b"".join(md5s).hex()


def split_md5s(joined: str) -> tuple[bytes, ...]:
    """The MD5s that `join_md5s` joined."""
    content = bytes.fromhex(joined)
    return tuple(content[start : start + MD5_SIZE] for start in range(0, len(content), MD5_SIZE))
