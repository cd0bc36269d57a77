"""An open FTP session: safe for several files at once, each over a connection of its own."""

from __future__ import annotations

import asyncio
import ftplib
import posixpath
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from distro_plugins.ftp.client import FtpClient
from distro_plugins.ftp.connection import Connection
from distro_plugins.ftp.facts import HASH_NAMES, Facts
from distro_plugins.ftp.failures import (
    FAILURES,
    MISSING,
    TOO_LARGE,
    UNSAFE,
    classify,
)
from distro_plugins.ftp.pool import Pool
from distro_plugins.ftp.remote import facts_of, files_of, hash_of, is_folder, make_folder, read, read_some, replace
from distro_plugins.ftp.settings import LINE_BREAKS
from distro_plugins.ftp.upload import SMALL, read_part, send, send_small_file
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import WRONG_SIZE, raised
from distro_sdk.transports import FileSource, Progress, RemoteFile

RESUME_FROM = 4 * 1024 * 1024
"""A file smaller than this is sent again from its start: asking what is there costs as much."""

SAMPLE = 256 * 1024
"""Bytes before the point of resumption that must equal our own file."""


class FtpSession:
    """Files below one directory of an FTP server."""

    def __init__(self, pool: Pool, home: str, directory: str) -> None:
        """`home`: the absolute path of the folder in which the login begins."""
        self._pool = pool
        self._directory = posixpath.normpath(posixpath.join(home, directory))
        self._folders: set[str] = {"/", posixpath.normpath(home)}
        self._making_folders = asyncio.Lock()

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a file under a temporary name beside `path` and rename it when it is complete.

        A file of 4 MB or more that an earlier attempt left under its temporary name is continued. Raises
        `TransportError`, among others with REMOTE_DISK_FULL, PERMISSION_DENIED, RENAME_REFUSED or CONNECTION_LOST.
        """
        target = self._resolve(path)
        folder = posixpath.dirname(target)
        temporary = _temporary(target)
        size = source.size

        async with self._connection(f"write {path}") as connection:
            try:
                await self._make_folder(connection, folder)
                if source.local_path is not None and size <= SMALL:
                    await connection.run(_deliver, connection.client, temporary, target, source)
                else:
                    await self._upload(connection, temporary, source, progress)
                    await connection.run(_finish, connection.client, temporary, target, size)
            except (ftplib.Error, TransportError):
                self._folders.discard(folder)
                if not connection.broken:
                    with suppress(*FAILURES):
                        await connection.run(_give_up, connection.client, temporary)
                raise
            await progress(size)

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None where there is none."""
        async with self._connection(f"look at {path}") as connection:
            facts = await connection.run(facts_of, connection.client, self._resolve(path))
            return _remote_file(path, facts) if facts else None

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder; empty where the folder does not exist."""
        async with self._connection(f"list {folder}") as connection:
            files = await connection.run(files_of, connection.client, self._resolve(folder))
            return tuple(_remote_file(posixpath.join(folder, name), facts) for name, facts in sorted(files.items()))

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        async with self._connection(f"read {path}") as connection:
            facts = await connection.run(facts_of, connection.client, self._resolve(path))
            if facts is None:
                raise raised(MISSING, f"cannot read {path}: it is not there")
            if facts.size > max_size:
                raise raised(TOO_LARGE, f"{path} has {facts.size} bytes, more than {max_size}")
            return await connection.run(read, connection.client, self._resolve(path), max_size)

    async def delete(self, path: str) -> None:
        """Remove a file; no error where it is gone already."""
        await self._remove(self._resolve(path), f"delete {path}")

    async def discard(self, path: str) -> None:
        """Remove what an upload that did not end left under its temporary name."""
        await self._remove(_temporary(self._resolve(path)), f"delete what is left of {path}")

    async def _remove(self, target: str, doing: str) -> None:
        async with self._connection(doing) as connection:
            try:
                await connection.run(connection.client.voidcmd, f"DELE {target}")
            except ftplib.error_perm:
                if await connection.run(facts_of, connection.client, target) is not None:
                    raise

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The server's own hash where it has HASH, XMD5 or the like; else that of what it gives back, streamed."""
        if algorithm not in HASH_NAMES:
            return None
        async with self._connection(f"hash {path}") as connection:
            return await connection.run(hash_of, connection.client, self._resolve(path), algorithm)

    @asynccontextmanager
    async def _connection(self, doing: str) -> AsyncIterator[Connection]:
        """A connection for the block; let nothing but `TransportError` out."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except FAILURES as error:
            raise classify(error, doing) from error

    async def _upload(self, connection: Connection, temporary: str, source: FileSource, progress: Progress) -> None:
        offset = await self._resumable(connection, temporary, source) if source.size >= RESUME_FROM else 0
        if offset == source.size and offset:
            return
        await connection.run(connection.client.begin, f"STOR {temporary}", offset)
        await send(connection, source, offset, progress)
        await connection.run(connection.client.end)

    async def _resumable(self, connection: Connection, temporary: str, source: FileSource) -> int:
        """How much of the file an earlier attempt left for sure, 0 where it must be sent from its start."""
        client = connection.client
        if not client.supports("REST"):
            return 0
        try:
            facts = await connection.run(facts_of, client, temporary, dated=False)
            if facts is None or not SAMPLE <= facts.size <= source.size:
                return 0
            start = facts.size - SAMPLE
            sample = await connection.run(read_some, client, temporary, start, SAMPLE)
        except ftplib.error_perm:
            return 0
        return facts.size if sample == await read_part(source, start, SAMPLE) else 0

    async def _make_folder(self, connection: Connection, folder: str) -> None:
        if folder in self._folders:
            return
        async with self._making_folders:
            missing = []
            each = folder
            while each not in self._folders and not await connection.run(is_folder, connection.client, each):
                missing.append(each)
                each = posixpath.dirname(each)
            self._folders.add(each)
            for each in reversed(missing):
                await connection.run(make_folder, connection.client, each)
                self._folders.add(each)

    def _resolve(self, path: str) -> str:
        parts = path.split("/") if path else []
        if any(part in {"", ".", ".."} or LINE_BREAKS & set(part) for part in parts) or not _is_encodable(path):
            raise raised(UNSAFE, f"the path {path!r} does not stay below the target's directory")
        return posixpath.join(self._directory, *parts)


def _temporary(target: str) -> str:
    folder, name = posixpath.split(target)
    return posixpath.join(folder, f".{name}.part")


def _deliver(client: FtpClient, temporary: str, target: str, source: FileSource) -> None:
    """Everything that a small file of this machine needs, in one go: to change threads takes as long as to send it."""
    client.begin(f"STOR {temporary}")
    send_small_file(client, source)
    client.end()
    _finish(client, temporary, target, source.size)


def _finish(client: FtpClient, temporary: str, target: str, size: int) -> None:
    """FTP knows no length, so that a cut file looks like a whole one: compare, then show the file."""
    facts = facts_of(client, temporary, dated=False)
    written = facts.size if facts else 0
    if written != size:
        raise raised(WRONG_SIZE, f"the server has {written} of {size} bytes after the last block")
    replace(client, temporary, target)


def _give_up(client: FtpClient, temporary: str) -> None:
    client.break_off()
    client.voidcmd(f"DELE {temporary}")


def _is_encodable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _remote_file(path: str, facts: Facts) -> RemoteFile:
    return RemoteFile(path=path, size=facts.size, modified_at=facts.modified_at)
