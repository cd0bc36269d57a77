"""Objects as files of a folder: the default, and what one machine needs."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from io import FileIO
from pathlib import Path

from distro_core.objects.port import BLOCK_SIZE, checked_key, object_missing, storage_failed


class LocalObjectSource:
    """A file of the storage as something to send."""

    def __init__(self, path: Path, key: str, size: int) -> None:
        self._path = path
        self._key = key
        self._size = size

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._size

    @property
    def local_path(self) -> Path | None:
        """Where the file lies."""
        return self._path

    async def blocks(self, *, offset: int = 0, block_size: int = BLOCK_SIZE) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset` on, in blocks of at most `block_size` bytes."""
        try:
            file = FileIO(self._path)  # not in a thread: whoever is cancelled then would leave it open
        except FileNotFoundError:
            raise object_missing(self._key) from None
        with file:
            file.seek(offset)
            while block := await asyncio.to_thread(_read, file, block_size):
                yield block


class LocalObjectWriter:
    """A temporary file beside the objects; committing renames it to its place."""

    def __init__(self, file: FileIO, temporary: Path, target: Path) -> None:
        self._file = file
        self._temporary = temporary
        self._target = target

    async def write(self, block: bytes) -> None:
        """Append a block."""
        with _faults():
            await asyncio.to_thread(_write_all, self._file, block)

    @asynccontextmanager
    async def written(self) -> AsyncIterator[Path]:
        """The temporary file itself: it is written without a buffer."""
        yield self._temporary

    async def commit(self) -> None:
        """Make what was written last through a power cut, then give it its name."""
        with _faults():
            await asyncio.to_thread(_commit, self._file, self._temporary, self._target)


class LocalObjectStorage:
    """Objects under a folder; keys are its paths."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / ".writing"
        self._temporary.mkdir(parents=True, exist_ok=True, mode=0o700)

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[LocalObjectWriter]:
        """A new object of unknown size; what is not committed on leaving is thrown away."""
        target = self._path(key)
        with _faults():
            file, temporary = await asyncio.to_thread(self._open_temporary)
        try:
            yield LocalObjectWriter(file, temporary, target)
        finally:
            file.close()
            with suppress(FileNotFoundError):
                temporary.unlink()

    def source(self, key: str, size: int) -> LocalObjectSource:
        """An object as something to send. `size`: bytes, as recorded when it was written."""
        return LocalObjectSource(self._path(key), key, size)

    async def read(self, key: str, *, offset: int = 0, block_size: int = BLOCK_SIZE) -> AsyncIterator[bytes]:
        """The bytes of an object from `offset` on; raises `DomainError` OBJECT_MISSING."""
        async with aclosing(self.source(key, 0).blocks(offset=offset, block_size=block_size)) as blocks:
            async for block in blocks:
                yield block

    async def put(self, key: str, content: bytes) -> None:
        """Write a small object whole, in one go."""
        with _faults():
            await asyncio.to_thread(self._put, self._path(key), content)

    async def get(self, key: str) -> bytes:
        """Read a small object whole; raises `DomainError` OBJECT_MISSING."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError:
            raise object_missing(key) from None

    async def delete(self, key: str) -> None:
        """Remove an object; no error where it is gone already."""
        with _faults():
            await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    @asynccontextmanager
    async def local_file(self, key: str) -> AsyncIterator[Path]:
        """The object's own file; raises `DomainError` OBJECT_MISSING."""
        path = self._path(key)
        if not await asyncio.to_thread(path.is_file):
            raise object_missing(key)
        yield path

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _put(self, target: Path, content: bytes) -> None:
        file, temporary = self._open_temporary()
        try:
            with file:
                _write_all(file, content)
                _commit(file, temporary, target)
        finally:
            temporary.unlink(missing_ok=True)

    def _open_temporary(self) -> tuple[FileIO, Path]:
        descriptor, name = tempfile.mkstemp(dir=self._temporary)
        return FileIO(descriptor, "wb"), Path(name)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the file system raises into the platform's errors."""
    try:
        yield
    except OSError as error:
        raise storage_failed(error) from error


def _read(file: FileIO, size: int) -> bytes:
    with _faults():
        return file.read(size)


def _write_all(file: FileIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def _commit(file: FileIO, temporary: Path, target: Path) -> None:
    os.fsync(file.fileno())
    file.close()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
