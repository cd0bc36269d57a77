"""How files reach a receiver: a small required interface and declared optional features."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from distro_sdk.models.base import Model

Progress = Callable[[int], Awaitable[None]]
"""Called with the bytes of the file that have been transferred so far."""

HASHED_PART_SIZE = 8 << 20
"""Bytes of each part whose MD5 is recorded when a file is received; the last part has what is left."""


class TransportCapabilities(Model):
    """What a transport can do beyond writing a file; the engine adapts to what is declared.

    `memory`: bytes of files that a session holds at most, however large they are; the conformance suite measures it;
    `labels`: whether it stores what a `DescribedSource` says beside the file; `whole_package`: it takes all files of a
    package in one request and no file alone, so that its sessions are `distro_sdk.packages.PackageSession`.
    """

    memory: int = 8 << 20
    resume: bool = False
    atomic_put: bool = False
    read: bool = False
    list: bool = False
    delete: bool = False
    remote_hash: frozenset[str] = frozenset()
    labels: bool = False
    whole_package: bool = False


class RemoteFile(Model):
    """A file at the receiver. `path`: relative to the target's directory; `size`: bytes."""

    path: str
    size: int
    modified_at: datetime | None = None


@runtime_checkable
class FileSource(Protocol):
    """A file to send, readable more than once."""

    @property
    def size(self) -> int:
        """Size in bytes."""
        ...

    @property
    def local_path(self) -> Path | None:
        """Where the file lies on this machine, when it does: lets a transport read it directly."""
        ...

    def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on, in blocks of at most `block_size` bytes."""
        ...


@runtime_checkable
class DescribedSource(FileSource, Protocol):
    """A source that knows more of its file than the bytes; transports ask `labels_of` and `hash_of`."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What to store beside the file, such as ``delivery-id`` (row PRO-03).

        Names are lower-case letters, digits and hyphens, values printable ASCII.
        """
        ...

    @property
    def hashes(self) -> Mapping[str, str]:
        """Hashes of the content by algorithm, lower-case hexadecimal, as they were recorded before."""
        ...


@runtime_checkable
class PartHashedSource(FileSource, Protocol):
    """A source that knows the hash of each of its parts; transports ask `part_md5s_of`."""

    @property
    def part_md5s(self) -> Sequence[bytes]:
        """The MD5, 16 bytes, of each part of `HASHED_PART_SIZE`, as recorded before; empty where none was."""
        ...


class TransportSession(Protocol):
    """An open connection. Every method raises `TransportError` and nothing else.

    Paths are relative to the target's directory, with `/`; folders are made as needed.
    """

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file so that it is never visible half written where `atomic_put` is declared."""
        ...

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None where there is none."""
        ...

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder; empty where the folder does not exist. Needs `list`."""
        ...

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes. Needs `read`."""
        ...

    async def delete(self, path: str) -> None:
        """Remove a file; no error where it is gone already. Needs `delete`."""
        ...

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The server's own hash of a file, lower-case hexadecimal, or None where it will not say.

        A transport whose servers know none may declare hashes and compute them from what it reads back in blocks. What
        none is told of is read back whole where a target verifies, up to 16 MB; a larger file stays unproved.
        """
        ...


@runtime_checkable
class DiscardingSession(TransportSession, Protocol):
    """A session of a transport that writes under temporary names; it is asked when somebody has cancelled an upload.

    What breaks in any other way keeps its temporary files where a later attempt can continue them.
    """

    async def discard(self, path: str) -> None:
        """Remove what a `put` that did not end left of a file; the file itself stays. No error where nothing is left.

        Where the connection did not survive the cancelling, it says so as for any request, and is asked on a new one.
        """
        ...


class Transport(Protocol):
    """A protocol that targets may name by `key`.

    `configuration`: the model of a target's settings; its `SecretStr` fields are sealed at rest.
    """

    key: str
    title: str
    configuration: type[BaseModel]
    capabilities: TransportCapabilities

    def connect(self, configuration: Any) -> AbstractAsyncContextManager[TransportSession]:
        """Open a connection with validated settings; entering raises `TransportError` when it cannot."""
        ...


def labels_of(source: FileSource) -> Mapping[str, str]:
    """What to store beside a file; nothing where its source does not say."""
    return source.labels if isinstance(source, DescribedSource) else {}


def hash_of(source: FileSource, algorithm: str) -> str | None:
    """A recorded hash of a file, lower-case hexadecimal, where its source knows it."""
    return source.hashes.get(algorithm) if isinstance(source, DescribedSource) else None


def part_md5s_of(source: FileSource) -> Sequence[bytes]:
    """The recorded MD5 of each part of `HASHED_PART_SIZE`; empty where the source does not know it."""
    return source.part_md5s if isinstance(source, PartHashedSource) else ()
