"""An open SFTP session: safe for several files at once."""

from __future__ import annotations

import asyncio
import posixpath
import stat as stat_bits
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import cast

import asyncssh

from distro_plugins.sftp.digests import ALGORITHMS, digest_of
from distro_plugins.sftp.download import Downloads
from distro_plugins.sftp.failures import FAILURES, classify, disk_full, quoted, transport_error
from distro_plugins.sftp.lanes import Lanes
from distro_plugins.sftp.liveness import Liveness
from distro_plugins.sftp.settings import SftpSettings
from distro_plugins.sftp.upload import Window, read_part, write_blocks
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import STALLED, WRONG_SIZE, Verdict
from distro_sdk.transports import FileSource, Progress, RemoteFile

RESUME_FROM = 12 * 1024 * 1024
"""A file smaller than this is sent again from its start: so much may have holes after a break."""

SAMPLE = 256 * 1024
"""Bytes before the point of resumption that must equal our own file."""

MOST_LISTED = 100_000
"""Entries of a folder that are taken."""

LARGEST_LISTING = 16 * 1024 * 1024
"""Characters of their names that are taken, all together."""

_RENAME = Verdict(ErrorCategory.AUTH_INVALID, "RENAME_REFUSED", retryable=False)
_UNSAFE = Verdict(ErrorCategory.UNKNOWN, "PATH_UNSAFE", retryable=False)
_TOO_LARGE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", retryable=False)
_NOT_THERE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
_MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_REFUSED_RENAME = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure, asyncssh.SFTPOpUnsupported)


class SftpSession:
    """Files below one directory of an SFTP server, through one connection."""

    def __init__(
        self, connection: asyncssh.SSHClientConnection, client: asyncssh.SFTPClient, settings: SftpSettings
    ) -> None:
        self._client = client
        self._directory = settings.directory
        self._liveness = Liveness(settings.stall_timeout, connection.abort)
        self._window = Window(client.limits.max_write_len, self._liveness)
        self._lanes = Lanes(connection, client, self._window)
        self._downloads = Downloads(connection, client, self._liveness)
        self._folders: set[str] = {"", "/"}
        self._making_folders = asyncio.Lock()

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file under a temporary name beside `path` and rename it when it is complete.

        A file of 12 MB or more that an earlier attempt left under its temporary name is continued. Raises
        `TransportError`, among others with REMOTE_DISK_FULL, PERMISSION_DENIED, RENAME_REFUSED or CONNECTION_LOST.
        """
        target = self._resolve(path)
        folder, temporary = posixpath.dirname(target), _temporary(target)

        async with self._doing(f"write {path}"):
            try:
                await self._make_folder(folder)
                await self._upload(temporary, source, progress)
                await self._rename(temporary, target)
            except (asyncssh.SFTPError, TransportError) as error:
                room = await self._full() if isinstance(error, asyncssh.SFTPFailure) else None
                with suppress(*FAILURES):
                    await self._client.remove(temporary)
                if room is not None:
                    raise disk_full(f"write {path}", room) from error
                raise

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None where there is none."""
        async with self._doing(f"look at {path}"):
            try:
                attributes = await self._client.stat(self._resolve(path))
            except _MISSING:
                return None
            return _remote_file(path, attributes) if _is_file(attributes) else None

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder; empty where the folder does not exist.

        Raises `TransportError` REMOTE_FILE_TOO_LARGE for more than `MOST_LISTED` entries or `LARGEST_LISTING` of names.
        """
        async with self._doing(f"list {folder}"), aclosing(self._entries(folder)) as entries:
            found = [
                _remote_file(posixpath.join(folder, str(entry.filename)), entry.attrs)
                async for entry in entries
                if _is_file(entry.attrs)
            ]
        return tuple(sorted(found, key=lambda file: file.path))

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        async with self._doing(f"read {path}"):
            content = await self._downloads.read(self._resolve(path), 0, max_size + 1)
            if len(content) > max_size:
                raise transport_error(_TOO_LARGE, f"{path} has more than {max_size} bytes")
            return content

    async def delete(self, path: str) -> None:
        """Remove a file; no error where it is gone already."""
        async with self._doing(f"delete {path}"):
            with suppress(*_MISSING):
                await self._client.remove(self._resolve(path))

    async def discard(self, path: str) -> None:
        """Remove what an upload that did not end left under its temporary name."""
        async with self._doing(f"delete what is left of {path}"):
            with suppress(*_MISSING):
                await self._client.remove(_temporary(self._resolve(path)))

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The hash of what the server gives back, streamed: SFTP version 3 has no way to ask for one.

        Raises `TransportError` REMOTE_FILE_MISSING, or REMOTE_SIZE_WRONG where more comes than the file has.
        """
        if algorithm not in ALGORITHMS:
            return None
        async with self._doing(f"hash {path}"), aclosing(self._whole(path)) as blocks:
            return await digest_of(blocks, algorithm, self._liveness.pausing)

    def stop(self) -> None:
        """End what runs beside the session."""
        self._liveness.stop()
        self._lanes.close()

    @asynccontextmanager
    async def _doing(self, what: str) -> AsyncIterator[None]:
        """Let nothing but `TransportError` out."""
        try:
            with self._liveness.awaiting():
                yield
        except FAILURES as error:
            if self._liveness.gave_up:
                raise transport_error(STALLED, f"cannot {what}: the server stopped answering") from error
            raise classify(error, what) from error

    async def _entries(self, folder: str) -> AsyncGenerator[asyncssh.SFTPName, None]:
        """What stands in a folder, in bounds; nothing where there is none."""
        listed = size = 0
        scanned = cast("AsyncGenerator[asyncssh.SFTPName, None]", self._client.scandir(self._resolve(folder) or "."))
        try:
            async with aclosing(scanned) as entries:
                async for entry in entries:
                    self._liveness.heard()
                    listed += 1
                    size += len(entry.filename)
                    if listed > MOST_LISTED or size > LARGEST_LISTING:
                        message = (
                            f"{folder} has more than {MOST_LISTED} entries, or {LARGEST_LISTING} characters of names"
                        )
                        raise transport_error(_TOO_LARGE, message)
                    yield entry
        except _MISSING:
            return

    async def _whole(self, path: str) -> AsyncGenerator[bytes, None]:
        """The blocks of a file, as many as it has bytes."""
        place = self._resolve(path)
        attributes = await self._client.stat(place)
        if not _is_file(attributes):
            raise transport_error(_NOT_THERE, f"{path} is not a file")
        size = attributes.size or 0
        seen = 0
        async with aclosing(self._downloads.blocks(place, 0, size + 1)) as blocks:
            async for block in blocks:
                seen += len(block)
                if seen > size:
                    raise transport_error(WRONG_SIZE, f"{path} gives more than the {size} bytes that it has")
                yield block

    async def _upload(self, temporary: str, source: FileSource, progress: Progress) -> None:
        offset = await self._resumable(temporary, source) if source.size >= RESUME_FROM else 0
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | (0 if offset else asyncssh.FXF_TRUNC)
        async with self._lanes.opened(temporary, flags, source.size - offset) as files:
            await write_blocks(files, source, offset, self._window, progress)
            written = (await files[0].file.stat()).size
        if written != source.size:
            raise transport_error(WRONG_SIZE, f"the server has {written} of {source.size} bytes after the last block")

    async def _resumable(self, temporary: str, source: FileSource) -> int:
        """How much of the file an earlier attempt left for sure, 0 where it must be sent from its start.

        Its end may have holes, for lanes and servers write blocks in any order.
        """
        try:
            size = (await self._client.stat(temporary)).size or 0
            offset = (min(size, source.size) - self._window.bytes) // self._window.block_size * self._window.block_size
            if offset < SAMPLE or size > source.size:
                return 0
            sample = await self._downloads.read(temporary, offset - SAMPLE, SAMPLE)
        except (*_MISSING, asyncssh.SFTPPermissionDenied):
            return 0
        return offset if sample == await read_part(source, offset - SAMPLE, SAMPLE) else 0

    async def _rename(self, temporary: str, target: str) -> None:
        """Put the complete file in its place, over an older one where there is one."""
        try:
            try:
                await self._client.posix_rename(temporary, target)
            except asyncssh.SFTPOpUnsupported:
                with suppress(*_MISSING):
                    await self._client.remove(target)
                await self._client.rename(temporary, target)
        except _REFUSED_RENAME as error:
            message = f"the server does not let {temporary} be renamed to {target}: {quoted(error.reason)}"
            raise transport_error(_RENAME, message) from error

    async def _make_folder(self, folder: str) -> None:
        if folder in self._folders:
            return
        async with self._making_folders:
            missing = []
            while folder not in self._folders and not await self._client.isdir(folder):
                missing.append(folder)
                folder = posixpath.dirname(folder)
            self._folders.add(folder)
            for each in reversed(missing):
                await self._make_one_folder(each)
                self._folders.add(each)

    async def _make_one_folder(self, folder: str) -> None:
        try:
            await self._client.mkdir(folder)
        except asyncssh.SFTPError:
            if not await self._client.isdir(folder):
                raise

    async def _full(self) -> str | None:
        """Why the disk counts as full, or None. OpenSSH's server says nothing but "Failure" when it is (ENOSPC)."""
        try:
            room = await self._client.statvfs(self._directory or ".")
        except FAILURES:
            return None
        free = room.bavail * (room.frsize or room.bsize)
        if free < self._window.block_size:
            return f"{free} bytes are free"
        return "no file can be added" if room.files and not room.favail else None

    def _resolve(self, path: str) -> str:
        parts = path.split("/") if path else []
        if any(part in {"", ".", ".."} or "\0" in part for part in parts):
            raise transport_error(_UNSAFE, f"the path {path!r} does not stay below the target's directory")
        return posixpath.join(self._directory, *parts)


def _temporary(target: str) -> str:
    folder, name = posixpath.split(target)
    return posixpath.join(folder, f".{name}.part")


def _is_file(attributes: asyncssh.SFTPAttrs) -> bool:
    if attributes.permissions is not None:
        return stat_bits.S_ISREG(attributes.permissions)
    return attributes.type in {asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN}


def _remote_file(path: str, attributes: asyncssh.SFTPAttrs) -> RemoteFile:
    modified = datetime.fromtimestamp(attributes.mtime, UTC) if attributes.mtime is not None else None
    return RemoteFile(path=path, size=attributes.size or 0, modified_at=modified)
