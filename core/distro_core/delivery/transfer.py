"""Sending a packed batch through an open session, in order, and proving what arrived."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from distro_core.clock import Clock
from distro_core.delivery.documents import TransferStatus
from distro_core.delivery.limits.reconnecting import ReconnectingSession
from distro_core.delivery.packaging import PackedFile
from distro_core.delivery.progress import AttemptProgress
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import FileKind
from distro_sdk.transports import TransportCapabilities

FILES_AT_ONCE = 4
"""Per delivery: measured best for SFTP and FTP, where more connections or files only cost memory."""

MOST_READ_BACK = 16 << 20
"""Bytes of a file that is read back whole, one at a time, where the transport cannot tell a hash.

A larger one stays unproved, and the receipt says so: a transport that can read it in blocks hashes it by itself.
"""

TURN_SECONDS = 60
"""How long a file waits to be read back; then it stays unproved, for a slow receiver must not hold up all others."""

_reading_back: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""Who reads a file back, of all deliveries of this process: one whole file is in memory at a time, and no more."""

RESOURCES = frozenset({FileKind.AUDIO, FileKind.VIDEO, FileKind.IMAGE, FileKind.DOCUMENT, FileKind.SIDECAR})


@dataclass
class Transfer:
    """One attempt's use of a session.

    `resuming`: an earlier attempt may have left files; `verify_hashes`: compare hashes too where the receiver can
    tell them (row MD5-03). `begun`: paths of which something was sent; `arrived`: when each path was seen whole;
    `hashed`: paths whose hash was compared; `reference`: what the receiver calls the package.
    """

    session: ReconnectingSession
    capabilities: TransportCapabilities
    progress: AttemptProgress
    clock: Clock
    resuming: bool
    verify_hashes: bool
    begun: set[str] = field(default_factory=set)
    arrived: dict[str, datetime] = field(default_factory=dict)
    hashed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    reference: str | None = None

    async def is_complete(self, marker: PackedFile | None) -> bool:
        """Whether the completion marker stands at the receiver already, so that nothing may be written any more.

        Where hashes are compared, one with other bytes does not count: the receiver could not read it.
        """
        if marker is None or not self.resuming:
            return False
        remote = await self.session.stat(marker.path)
        if remote is None or remote.size != marker.size:
            return False
        return not self.verify_hashes or await self._hash_matches(marker) is not False

    async def send_all(self, files: Sequence[PackedFile]) -> None:
        """Send files in their order; resources that stand side by side travel several at once.

        When one of several fails, those that are under way are brought to their end, because the next attempt need not
        send them again; no other is begun. Raises `TransportError`, `DeliveryCancelled` or `LeaseLost`.
        """
        for group in _groups(files):
            if len(group) == 1:
                await self.send(group[0])
                continue
            failures: list[TransportError] = []
            gate = asyncio.Semaphore(FILES_AT_ONCE)
            try:
                async with asyncio.TaskGroup() as tasks:
                    for file in group:
                        tasks.create_task(self._send_gated(file, gate, failures))
            except ExceptionGroup as stopped:
                raise _first(stopped) from stopped
            if failures:
                raise failures[0]
            self._check_arrived(group)

    def _check_arrived(self, files: Sequence[PackedFile]) -> None:
        """Raise where a file has not: a task group takes no notice of a task that was cancelled from inside."""
        for file in files:
            if file.path not in self.arrived:
                message = f"{file.path} was given up while it travelled, and nothing said why"
                raise TransportError(ErrorCategory.NETWORK_CONNECTIVITY, "UPLOAD_INCOMPLETE", message, retryable=True)

    async def send(self, file: PackedFile) -> None:
        """Send one file unless it is there, and prove that it arrived whole."""
        if self.resuming and await self._is_there(file):
            await self.skip([file])
            return
        moved = await self.progress.started(file)
        self.begun.add(file.path)
        try:
            await self.session.put(file.path, file.source, moved)
            await self._prove(file)
        except TransportError:
            await self.progress.ended(file, TransferStatus.FAILED)
            raise
        await self.note(file, TransferStatus.COMPLETED)

    async def skip(self, files: Sequence[PackedFile]) -> None:
        """Note that files stand at the receiver since an earlier attempt."""
        for file in files:
            self.skipped.add(file.path)
            await self.note(file, TransferStatus.SKIPPED)

    async def _send_gated(self, file: PackedFile, gate: asyncio.Semaphore, failures: list[TransportError]) -> None:
        async with gate:
            if failures:
                return
            try:
                await self.send(file)
            except TransportError as error:
                failures.append(error)

    async def note(self, file: PackedFile, status: TransferStatus) -> None:
        """Write down that a file stands at the receiver, whole."""
        self.arrived[file.path] = self.clock.now()
        await self.progress.ended(file, status)

    async def _is_there(self, file: PackedFile) -> bool:
        """Whether the file need not be sent again (row RTY-04).

        Size alone is believed of a resource where the transport never shows half-written files, or where the
        receiver tells nothing more; a message or manifest is compared byte by byte, because it may have been written
        anew with the same length.
        """
        remote = await self.session.stat(file.path)
        if remote is None or remote.size != file.size:
            return False
        if file.file.content is not None:
            return await self._is_same_text(file, file.file.content)
        if self.capabilities.atomic_put and not self.verify_hashes:
            return True
        return await self._hash_matches(file) is not False

    async def _is_same_text(self, file: PackedFile, content: bytes) -> bool:
        if self.capabilities.read:
            same: bool = await self.session.read(file.path, max_size=len(content)) == content
            if same:
                self.hashed.add(file.path)
            return same
        return await self._hash_matches(file) is True

    async def _prove(self, file: PackedFile) -> None:
        remote = await self.session.stat(file.path)
        if remote is None or remote.size != file.size:
            found = "is not there" if remote is None else f"has {remote.size} bytes"
            raise TransportError(
                ErrorCategory.NETWORK_CONNECTIVITY,
                "UPLOAD_INCOMPLETE",
                f"{file.path} {found} after the upload, {file.size} bytes were sent",
                retryable=True,
            )
        if self.verify_hashes and await self._hash_matches(file) is False:
            raise TransportError(
                ErrorCategory.NETWORK_CONNECTIVITY,
                "UPLOAD_CORRUPTED",
                f"{file.path} has another hash at the receiver than the file that was sent",
                retryable=True,
            )

    async def _hash_matches(self, file: PackedFile) -> bool | None:
        """Whether the file at the receiver has our hash; None where that cannot be found out."""
        for algorithm in ("md5", "sha1", "sha256"):
            if algorithm not in self.capabilities.remote_hash:
                continue
            told = await self.session.remote_hash(file.path, algorithm)
            if told is not None:
                matches: bool = told.lower() == getattr(file.hashes, algorithm)
                if matches:
                    self.hashed.add(file.path)
                return matches
        if self.verify_hashes and self.capabilities.read and file.size <= MOST_READ_BACK:
            return await self._read_back(file)
        return None

    async def _read_back(self, file: PackedFile) -> bool | None:
        turn = _reading_back.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await turn.acquire()
        except TimeoutError:
            return None
        try:
            content = await self.session.read(file.path, max_size=file.size)
            digest = await asyncio.to_thread(hashlib.sha256, content)
        finally:
            turn.release()
        if digest.hexdigest() != file.hashes.sha256:
            return False
        self.hashed.add(file.path)
        return True


def _groups(files: Sequence[PackedFile]) -> Iterator[list[PackedFile]]:
    group: list[PackedFile] = []
    for file in files:
        if file.file.kind in RESOURCES:
            group.append(file)
            continue
        if group:
            yield group
            group = []
        yield [file]
    if group:
        yield group


def _first(failures: ExceptionGroup[Exception]) -> Exception:
    """What stopped the rest."""
    failure: Exception = failures
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure
