"""What an object storage can do. Keys are made by the platform and begin with the tenant's key (row AST-04)."""

from __future__ import annotations

import errno
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from distro_sdk.errors import DomainError
from distro_sdk.transports import FileSource

BLOCK_SIZE = 1 << 20

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+", re.ASCII)
_LONGEST_KEY = 900


class ObjectWriter(Protocol):
    """An object being written; it appears under its key only when `commit` has returned."""

    async def write(self, block: bytes) -> None:
        """Append a block."""
        ...

    def written(self) -> AbstractAsyncContextManager[Path]:
        """A local file with everything written so far, to look into before committing."""
        ...

    async def commit(self) -> None:
        """Make what was written the object of the writer's key, whole or not at all; nothing may follow."""
        ...


class ObjectStorage(Protocol):
    """Where objects lie."""

    def writer(self, key: str) -> AbstractAsyncContextManager[ObjectWriter]:
        """A new object of unknown size; what is not committed on leaving is thrown away."""
        ...

    def source(self, key: str, size: int) -> FileSource:
        """An object as something to send. `size`: bytes, as recorded when it was written."""
        ...

    def read(self, key: str, *, offset: int = 0, block_size: int = BLOCK_SIZE) -> AsyncIterator[bytes]:
        """The bytes of an object from `offset` on; raises `DomainError` OBJECT_MISSING."""
        ...

    async def put(self, key: str, content: bytes) -> None:
        """Write a small object whole."""
        ...

    async def get(self, key: str) -> bytes:
        """Read a small object whole; raises `DomainError` OBJECT_MISSING."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; no error where it is gone already."""
        ...

    def local_file(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The path of a local file with the object's content, for readers that need one.

        The file is the storage's own: read it only inside the context and never change it. Raises `DomainError`
        OBJECT_MISSING.
        """
        ...


def checked_key(key: str) -> str:
    """The key itself; raises ValueError for one that the platform would never make.

    A key is two or more names of ASCII letters, digits, `_`, `-` and inner dots, parted by `/`: no name begins with a
    dot, so no key can leave its folder on any storage.
    """
    if len(key) > _LONGEST_KEY or _KEY.fullmatch(key) is None:
        raise ValueError(f"not an object key: {key!r}")
    return key


def object_missing(key: str) -> DomainError:
    """The error for a key under which nothing lies."""
    return DomainError("OBJECT_MISSING", f"there is no object {key} in storage")


def storage_failed(cause: Exception) -> DomainError:
    """The error for a storage that could not do what it was asked."""
    if isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DomainError("OBJECT_STORAGE_FULL", "the object storage has no room left")
    return DomainError("OBJECT_STORAGE_FAILED", f"the object storage failed: {cause}")
