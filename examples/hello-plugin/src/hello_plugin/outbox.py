"""A transport into a folder that is laid out like a maildir: files are made in `tmp` and appear in `new` when whole."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar
from uuid import uuid4

from pydantic import BaseModel, Field

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.base import Model
from distro_sdk.transports import FileSource, Progress, RemoteFile, TransportCapabilities

T = TypeVar("T")

INDEX = "greetings.jsonl"


class OutboxSettings(Model):
    """What a target sets. `mailbox`: which outbox; `greeting`: what its index says of every file."""

    mailbox: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    greeting: str = Field(default="Hello", min_length=1, max_length=100)


class OutboxTransport:
    """The transport `hello-outbox`. `folder`: where the operator keeps outboxes, or None where nothing is set."""

    key: str = "hello-outbox"
    title: str = "Outbox with greetings"
    configuration: type[BaseModel] = OutboxSettings
    capabilities = TransportCapabilities(
        atomic_put=True, read=True, list=True, delete=True, remote_hash=frozenset({"sha256"})
    )

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @asynccontextmanager
    async def connect(self, configuration: OutboxSettings) -> AsyncIterator[OutboxSession]:
        """Open an outbox, making it where there is none."""
        if self._folder is None:
            raise _error("OUTBOX_NOT_SET_UP", "the operator has set no folder for outboxes")
        session = OutboxSession(self._folder / configuration.mailbox, configuration.greeting)
        await session.open()
        yield session


class OutboxSession:
    """An open outbox; safe for several files at once."""

    def __init__(self, mailbox: Path, greeting: str) -> None:
        self._mailbox = mailbox
        self._greeting = greeting
        self._tmp = mailbox / "tmp"
        self._new = mailbox / "new"
        self._indexing = asyncio.Lock()

    async def open(self) -> None:
        """Make the folders; raises `TransportError` where that is not possible."""
        for folder in (self._tmp, self._new):
            await _in_thread(partial(folder.mkdir, parents=True, exist_ok=True))

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file to `tmp`, move it to `new`, and add it to the index."""
        place = self._place(path)
        half_written = self._tmp / uuid4().hex
        try:
            await _copy(source, half_written, progress)
            await _in_thread(lambda: _publish(half_written, place))
            await self._index(path, source.size)
        finally:
            half_written.unlink(missing_ok=True)

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None."""
        place = self._place(path)
        return await _in_thread(lambda: self._describe(place))

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder."""
        place = self._place(folder)
        return await _in_thread(lambda: self._describe_all(place))

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file."""
        place = self._place(path)
        content = await _in_thread(lambda: _read(place, max_size + 1))
        if len(content) > max_size:
            raise _error("FILE_TOO_LARGE", f"{path} has more than {max_size} bytes")
        return content

    async def delete(self, path: str) -> None:
        """Remove a file; it stays in the index."""
        place = self._place(path)
        await _in_thread(lambda: place.unlink(missing_ok=True))

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The SHA-256 of a file as it lies in the outbox."""
        if algorithm != "sha256":
            return None
        place = self._place(path)
        return await _in_thread(lambda: _sha256(place))

    def _place(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or "\0" in path:
            raise _error("PATH_UNSAFE", f"the path {path!r} leads out of the outbox")
        return self._new.joinpath(*parts)

    def _describe(self, place: Path) -> RemoteFile | None:
        if not place.is_file():
            return None
        facts = place.stat()
        return RemoteFile(
            path=place.relative_to(self._new).as_posix(),
            size=facts.st_size,
            modified_at=datetime.fromtimestamp(facts.st_mtime, UTC),
        )

    def _describe_all(self, folder: Path) -> tuple[RemoteFile, ...]:
        places = sorted(folder.iterdir()) if folder.is_dir() else ()
        return tuple(file for file in map(self._describe, places) if file is not None)

    async def _index(self, path: str, size: int) -> None:
        line = {"at": datetime.now(UTC).isoformat(), "greeting": f"{self._greeting}, {path}", "size": size}
        async with self._indexing:
            await _in_thread(lambda: _append(self._mailbox / INDEX, json.dumps(line, ensure_ascii=False)))


async def _copy(source: FileSource, place: Path, progress: Progress) -> None:
    written = 0
    with _classified(), await asyncio.to_thread(place.open, "wb") as file:
        async for block in source.blocks():
            await asyncio.to_thread(file.write, block)
            written += len(block)
            await progress(written)


def _publish(half_written: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    half_written.replace(place)


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as index:
        index.write(f"{line}\n")


def _read(place: Path, size: int) -> bytes:
    with place.open("rb") as file:
        return file.read(size)


def _sha256(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _in_thread(work: Callable[[], T]) -> T:
    with _classified():
        return await asyncio.to_thread(work)


@contextmanager
def _classified() -> Iterator[None]:
    """Let nothing but `TransportError` out."""
    try:
        yield
    except PermissionError as error:
        raise TransportError(ErrorCategory.AUTH_INVALID, "OUTBOX_FORBIDDEN", str(error), retryable=False) from error
    except OSError as error:
        raise TransportError(ErrorCategory.API_UNAVAILABLE, "OUTBOX_UNAVAILABLE", str(error), retryable=True) from error


def _error(code: str, message: str) -> TransportError:
    return TransportError(ErrorCategory.UNKNOWN, code, message, retryable=False)
