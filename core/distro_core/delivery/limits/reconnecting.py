"""A session that comes back by itself when the line breaks while files travel (rows PRO-12, RTS-01, ERR-04).

The broken connection is replaced at once, at most three times for each file, and what was under way is done again;
transports continue a large file where it stopped. The attempt goes on, and none is counted. Credentials that have
expired are read anew and used once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from distro_core.delivery.failures.classification import sub_code_of
from distro_core.delivery.limits.sessions import OpenSession
from distro_sdk.errors import ErrorCategory, ErrorSubCode, TransportError
from distro_sdk.packages import OutgoingPackage, PackageAnswer, PackageProgress, PackageSession
from distro_sdk.transports import (
    DiscardingSession,
    FileSource,
    Progress,
    RemoteFile,
    TransportCapabilities,
    TransportSession,
)

log = structlog.get_logger("distro.delivery")

T = TypeVar("T")

MOST_IMMEDIATE = 3
"""How often a file, or any other request, is tried again at once (row RTS-01)."""

MOST_COMPARED = 1 << 20
"""Bytes of a file that is read back to see whether it had arrived before the line broke."""

Reopen = Callable[[], Awaitable[OpenSession]]
Discard = Callable[[OpenSession], Awaitable[None]]


class ReconnectingSession:
    """Does what a `TransportSession` does, over one connection after another.

    `reopen`: opens a new connection; `refresh`: does so with credentials that are read anew; `discard`: what becomes of
    a broken one; `is_stopped`: whether nothing may be sent any more.
    """

    def __init__(
        self,
        current: OpenSession,
        capabilities: TransportCapabilities,
        *,
        reopen: Reopen,
        refresh: Reopen,
        discard: Discard,
        is_stopped: Callable[[], bool],
    ) -> None:
        self.current = current
        self.reconnections = 0
        self._capabilities = capabilities
        self._reopen = reopen
        self._refresh = refresh
        self._discard = discard
        self._is_stopped = is_stopped
        self._refreshed = False
        self._lost: TransportError | None = None
        self._changing = asyncio.Lock()

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file; after a break it is looked whether it had arrived before it is sent again."""
        broken = False

        async def send(session: TransportSession) -> None:
            nonlocal broken
            if broken and await self._arrived(session, path, source):
                await progress(source.size)
                return
            broken = True
            await session.put(path, source, progress)

        await self._do(send)

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None."""
        return await self._do(lambda session: session.stat(path))

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder."""
        return await self._do(lambda session: session.list(folder))

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes."""
        return await self._do(lambda session: session.read(path, max_size=max_size))

    async def delete(self, path: str) -> None:
        """Remove a file."""
        await self._do(lambda session: session.delete(path))

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The server's own hash of a file."""
        return await self._do(lambda session: session.remote_hash(path, algorithm))

    async def discard(self, path: str) -> None:
        """Remove what an unfinished `put` left, where the transport leaves anything."""

        async def remove(session: TransportSession) -> None:
            if isinstance(session, DiscardingSession):
                await session.discard(path)

        await self._do(remove)

    async def send_package(self, package: OutgoingPackage, progress: PackageProgress) -> PackageAnswer:
        """Send a whole package; a repetition is not taken twice."""

        async def send(session: TransportSession) -> PackageAnswer:
            if not isinstance(session, PackageSession):
                message = "this session takes files one by one"
                raise TransportError(ErrorCategory.UNKNOWN, "COMMAND_UNSUPPORTED", message, retryable=False)
            return await session.send_package(package, progress)

        return await self._do(send)

    async def _do(self, work: Callable[[TransportSession], Awaitable[T]]) -> T:
        """Do something until it succeeds or there is no way back; who is stopped does nothing again.

        A transport may say that its line broke where in truth it was cancelled, because letting go of it failed. Its
        task does not tell: a `TaskGroup` in which something fails leaves a cancellation behind that nobody wished.
        """
        broke: TransportError | None = None
        tries = 0
        while True:
            used = self.current
            try:
                return await work(used.session)
            except TransportError as error:
                if self._is_stopped():
                    raise asyncio.CancelledError from error
                await self._mend(used, error, tries)
                broke, tries = error, tries + 1
                continue
            except _Undecided:
                assert broke is not None  # only what is repeated is looked at first
                raise broke from None

    async def _mend(self, used: OpenSession, error: TransportError, tries: int) -> None:
        """Have a connection that works, or raise: files that travel at once break together, one of them reconnects."""
        async with self._changing:
            if self._lost is not None:
                raise self._lost
            if used is not self.current:
                if tries >= MOST_IMMEDIATE:
                    raise error
                return
            open_anew = self._way_back(error, tries)
            if open_anew is None:
                raise error
            self.reconnections += 1
            log.info("reconnects", code=error.code, reason=error.message, tries=tries)
            await self._discard(used)
            try:
                self.current = await open_anew()
            except TransportError as failure:
                self._lost = failure
                raise

    def _way_back(self, error: TransportError, tries: int) -> Reopen | None:
        if error.category is ErrorCategory.AUTH_EXPIRED and not self._refreshed:
            self._refreshed = True
            return self._refresh
        if error.retry_after is not None or not error.retryable or not _is_broken_line(error):
            return None
        return self._reopen if tries < MOST_IMMEDIATE else None

    async def _arrived(self, session: TransportSession, path: str, source: FileSource) -> bool:
        """Whether a file stands at the receiver whole, although the answer to it was lost.

        What can be read is compared; a large file is believed where it cannot be seen half written. Of anything else
        nothing is known but its size: then the attempt ends, as the next one has rules of its own for what it finds.
        """
        remote = await session.stat(path)
        if remote is None or remote.size != source.size:
            return False
        if source.size <= MOST_COMPARED and self._capabilities.read:
            content = b"".join([block async for block in source.blocks()])
            return await session.read(path, max_size=source.size) == content
        if self._capabilities.atomic_put and source.size > MOST_COMPARED:
            return True
        raise _Undecided


class _Undecided(Exception):
    """A file of the right size stands there, and nothing tells whether it is ours."""


def _is_broken_line(error: TransportError) -> bool:
    return sub_code_of(error.category, error.code) is ErrorSubCode.DELIVERY_INTERRUPTED
