"""A second channel for large files over long lines.

OpenSSH's server lets a client send 2 MB on a channel before it takes them off, whatever the length of the line: with a
round trip of 50 ms that is 40 MB/s at most. A second channel of the same connection has a window of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncssh
import structlog

from distro_plugins.sftp.failures import FAILURES, quoted
from distro_plugins.sftp.upload import Lane, OpenFile, Window

FAR = 0.02
"""Seconds of a round trip from which on a second channel gains more than it costs."""

LARGE = 8 * 1024 * 1024
"""Bytes from which on a file is worth a second channel: to open it takes as long as to send some of them."""

log = structlog.get_logger(__name__)


class Lanes:
    """The channels of a session: one, and a second one from the first large file on where the server is far away."""

    def __init__(self, connection: asyncssh.SSHClientConnection, client: asyncssh.SFTPClient, window: Window) -> None:
        self._connection = connection
        self._window = window
        self._first = Lane(client, window)
        self._second: asyncio.Task[Lane | None] | None = None
        # Others may give each handle a file of its own until it is closed, as gateways to object storages do.
        self._may_widen = "OpenSSH" in str(connection.get_extra_info("server_version"))

    @asynccontextmanager
    async def opened(self, path: str, flags: int, size: int) -> AsyncIterator[list[OpenFile]]:
        """Open a file of which `size` bytes are to be sent; a second lane may join while the block runs.

        Who is cancelled in the block cuts the connection: a server that answers no more keeps nobody waiting, and what
        comes after has the file to itself.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        file = await self._first.client.open(path, flags, encoding=None, block_size=0)
        far = loop.time() - started >= FAR
        files = [OpenFile(self._first, file)]
        widens = self._may_widen and far and size >= LARGE
        joining = asyncio.create_task(self._join(path, files)) if widens else None
        try:
            yield files
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                self._connection.abort()
            await self._stop(joining)
            for each in files:
                with suppress(*FAILURES):
                    await each.file.close()
            raise
        await self._stop(joining)
        await _close(files)

    def close(self) -> None:
        """End the second channel."""
        if self._second is None:
            return
        self._second.cancel()
        if self._second.done() and not self._second.cancelled() and (lane := self._second.result()) is not None:
            lane.client.exit()

    async def _stop(self, joining: asyncio.Task[None] | None) -> None:
        if joining is None:
            return
        if self._second is None or not self._second.done():
            joining.cancel()
        # Else it is opening the file, which ends soon; the server would keep a handle that nobody knows.
        with suppress(asyncio.CancelledError):
            await joining

    async def _join(self, path: str, files: list[OpenFile]) -> None:
        if self._second is None:
            self._second = asyncio.create_task(self._open_second())
        lane = await asyncio.shield(self._second)
        if lane is None:
            return
        try:
            file = await lane.client.open(path, asyncssh.FXF_WRITE, encoding=None, block_size=0)
        except FAILURES as error:
            log.info("second_channel_refused", error=quoted(str(error)))
            return
        files.append(OpenFile(lane, file))

    async def _open_second(self) -> Lane | None:
        try:
            return Lane(await self._connection.start_sftp_client(), self._window)
        except FAILURES as error:  # one channel does as well: servers may allow no more
            log.info("second_channel_refused", error=quoted(str(error)))
            return None


async def _close(files: Sequence[OpenFile]) -> None:
    """Close a file; raises what the server says, because it may first tell here that it lost something."""
    for each in reversed(files):
        await each.file.close()
