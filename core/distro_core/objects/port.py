"""What an object storage can do. Keys are made by the platform and begin with the tenant's key (row AST-04)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from distro_sdk.transports import FileSource


class ObjectWriter(Protocol):
    """An object being written; it appears under its key only when `commit` has returned."""

    async def write(self, block: bytes) -> None:
        """Append a block."""
        ...

    async def commit(self, key: str) -> None:
        """Make what was written the object of that key, whole or not at all."""
        ...


class ObjectStorage(Protocol):
    """Where objects lie."""

    def writer(self) -> AbstractAsyncContextManager[ObjectWriter]:
        """A new object of unknown size; what is not committed on leaving is thrown away."""
        ...

    def source(self, key: str, size: int) -> FileSource:
        """An object as something to send. `size`: bytes, as recorded when it was written."""
        ...

    def read(self, key: str, *, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes of an object; raises `DomainError` OBJECT_MISSING."""
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
        """The path of a local file with the object's content, for readers that need one."""
        ...
