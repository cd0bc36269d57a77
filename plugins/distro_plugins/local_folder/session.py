"""Files below one folder of this machine."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.transports import FileSource, Progress, RemoteFile

BLOCK = 1024 * 1024

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class LocalFolderSession:
    """Reads and writes below `root`, in threads; safe for several files at once."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file beside its place, bring it onto the disk and rename it.

        Raises `TransportError` REMOTE_DISK_FULL, PERMISSION_DENIED, SOURCE_UNREADABLE, SOURCE_CHANGED or PATH_UNSAFE.
        """
        target = self._resolve(path)
        temporary = _temporary(target)
        try:
            with _classified(f"write {path}"):
                file = await asyncio.to_thread(_create, temporary)
            try:
                await _copy(path, source, file, progress)
            finally:
                file.close()
            with _classified(f"write {path}"):
                await asyncio.to_thread(_publish, temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None where there is none."""
        with _classified(f"look at {path}"):
            return await asyncio.to_thread(_remote_file, self._root, self._resolve(path))

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder; empty where the folder does not exist."""
        with _classified(f"list {folder}"):
            return await asyncio.to_thread(_list, self._root, self._resolve(folder))

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        with _classified(f"read {path}"):
            content = await asyncio.to_thread(_read, self._resolve(path), max_size + 1)
        if len(content) > max_size:
            message = f"{path} has more than {max_size} bytes"
            raise TransportError(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", message, retryable=False)
        return content

    async def delete(self, path: str) -> None:
        """Remove a file; no error where it is gone already."""
        with _classified(f"delete {path}"):
            await asyncio.to_thread(self._resolve(path).unlink, missing_ok=True)

    async def discard(self, path: str) -> None:
        """Remove what a worker that died in the middle of a file left; what is merely cancelled leaves nothing."""
        with _classified(f"delete what is left of {path}"):
            await asyncio.to_thread(_temporary(self._resolve(path)).unlink, missing_ok=True)

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The hash of a file's bytes, read back from the folder."""
        if algorithm not in {"md5", "sha1", "sha256"}:
            return None
        with _classified(f"hash {path}"):
            return await asyncio.to_thread(_hash, self._resolve(path), algorithm)

    def _resolve(self, path: str) -> Path:
        """The place of a path; links that lead out of the folder are refused as `..` is."""
        parts = path.split("/") if path else []
        unsafe = any(part in {"", ".", ".."} or "\0" in part or os.sep in part for part in parts)
        place = self._root.joinpath(*parts)
        if unsafe or not place.resolve().is_relative_to(self._root):
            message = f"the path {path!r} does not stay below the target's directory"
            raise TransportError(ErrorCategory.UNKNOWN, "PATH_UNSAFE", message, retryable=False)
        return place


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


async def _copy(path: str, source: FileSource, file: FileIO, progress: Progress) -> None:
    written = 0
    async with aclosing(_blocks(source)) as blocks:
        async for block in blocks:
            with _classified(f"write {path}"):
                await asyncio.to_thread(_write_all, file, block)
            written += len(block)
            await progress(written)
    if written != source.size:
        message = f"the file to send has {written} bytes where {source.size} were announced"
        raise TransportError(ErrorCategory.UNKNOWN, "SOURCE_CHANGED", message, retryable=False)
    if not written:
        await progress(0)


async def _blocks(source: FileSource) -> AsyncGenerator[bytes, None]:
    blocks: AsyncIterator[bytes] = source.blocks(block_size=BLOCK)
    try:
        async for block in blocks:
            yield block
    except OSError as error:
        message = f"cannot read our own file: {error.strerror or error}"
        raise TransportError(ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", message, retryable=True) from error
    finally:
        if isinstance(blocks, AsyncGenerator):
            await blocks.aclose()


def _create(temporary: Path) -> FileIO:
    temporary.parent.mkdir(parents=True, exist_ok=True)
    return FileIO(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666), "w")


def _write_all(file: FileIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def _publish(temporary: Path, target: Path) -> None:
    """Rename only what is on the disk, and bring the new name onto the disk too."""
    _flush(temporary)
    temporary.replace(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remote_file(root: Path, place: Path) -> RemoteFile | None:
    if not place.is_file():
        return None
    facts = place.stat()
    return RemoteFile(
        path=place.relative_to(root).as_posix(),
        size=facts.st_size,
        modified_at=datetime.fromtimestamp(facts.st_mtime, UTC),
    )


def _list(root: Path, folder: Path) -> tuple[RemoteFile, ...]:
    if not folder.is_dir():
        return ()
    files = (_remote_file(root, place) for place in sorted(folder.iterdir()) if not place.is_symlink())
    return tuple(file for file in files if file is not None)


def _read(place: Path, size: int) -> bytes:
    with place.open("rb") as file:
        return file.read(size)


def _hash(place: Path, algorithm: str) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


@contextmanager
def _classified(doing: str) -> Iterator[None]:
    """Let nothing but `TransportError` out of the block."""
    try:
        yield
    except OSError as error:
        raise _classify(error, f"cannot {doing}: {error.strerror or error}") from error


def _classify(error: OSError, message: str) -> TransportError:
    if error.errno in _FULL:
        return TransportError(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", message, retryable=True)
    if error.errno in _REFUSED:
        return TransportError(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", message, retryable=False)
    if error.errno == errno.ENOENT:
        return TransportError(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", message, retryable=True)
    return TransportError(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", message, retryable=True)
