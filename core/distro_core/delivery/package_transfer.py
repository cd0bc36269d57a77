"""Sending files in one request, through a transport that takes whole packages and nothing alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from distro_core.delivery.documents import TransferStatus
from distro_core.delivery.failures.texts import LONGEST_REFERENCE, bounded
from distro_core.delivery.packaging import PackedFile
from distro_core.delivery.progress import AttemptProgress
from distro_core.delivery.transfer import Transfer
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.packages import OutgoingPackage, PackageAnswer, PackagePart, PackageSession
from distro_sdk.transports import FileSource, Progress

Commit = Callable[[], Awaitable[None]]
"""Notes that from now on it is too late to cancel; raises where somebody has cancelled already."""


async def send_package(transfer: Transfer, batch_id: str, files: Sequence[PackedFile], commit: Commit) -> None:
    """Send all files in one request and note what the receiver says of them.

    `commit` is called before the last file is read: until then the receiver cannot have the whole package. Hashes that
    the receiver tells are compared whatever the target wants, for they cost nothing. Raises `TransportError`, with
    UPLOAD_CORRUPTED where one is another, `DeliveryCancelled` or `LeaseLost`.
    """
    *others, last = files
    if last.size == 0:
        await commit()  # A transport may well not read a file that is empty.
    parts = [_part(file, file.source) for file in others]
    package = OutgoingPackage(batch_id, (*parts, _part(last, _CommittingSource(last.source, commit))))
    watch = _PartProgress(transfer.progress, files)
    try:
        answer = await cast("PackageSession", transfer.session).send_package(package, watch)
        _compare(transfer, files, answer)
    except TransportError:
        for file in watch.begun:
            await transfer.progress.ended(file, TransferStatus.FAILED)
        raise
    transfer.reference = None if answer.reference is None else bounded(answer.reference, LONGEST_REFERENCE)
    for file in files:
        await transfer.note(file, TransferStatus.COMPLETED)


class _CommittingSource:
    """A file that is not read before the delivery is committed; reading it once more commits once more."""

    local_path: Path | None = None

    def __init__(self, source: FileSource, commit: Commit) -> None:
        self._source = source
        self._commit = commit

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._source.size

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on."""
        await self._commit()
        async for block in self._source.blocks(offset=offset, block_size=block_size):
            yield block


class _PartProgress:
    """Writes down how far each file has come; the receiver has none of them before it has all."""

    def __init__(self, progress: AttemptProgress, files: Sequence[PackedFile]) -> None:
        self._progress = progress
        self._files: Mapping[str, PackedFile] = {file.path: file for file in files}
        self._moved: dict[str, Progress] = {}

    @property
    def begun(self) -> list[PackedFile]:
        """The files of which something was sent."""
        return [self._files[path] for path in self._moved]

    async def __call__(self, path: str, transferred: int) -> None:
        """Take note of the bytes of a file that were sent so far."""
        if path not in self._moved:
            self._moved[path] = await self._progress.started(self._files[path])
        await self._moved[path](transferred)


def _part(file: PackedFile, source: FileSource) -> PackagePart:
    return PackagePart(file.path, file.file.kind, source, file.hashes)


def _compare(transfer: Transfer, files: Sequence[PackedFile], answer: PackageAnswer) -> None:
    for file in files:
        told = answer.hashes.get(file.path, {})
        for algorithm, digest in told.items():
            if digest.lower() != getattr(file.hashes, algorithm, None):
                raise TransportError(
                    ErrorCategory.NETWORK_CONNECTIVITY,
                    "UPLOAD_CORRUPTED",
                    f"{file.path} has another {algorithm} at the receiver than the file that was sent",
                    retryable=True,
                )
            transfer.hashed.add(file.path)
