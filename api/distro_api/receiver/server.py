"""The SFTP side of the receiver: sign-in, a closed folder per user, and a record of every file event."""

from __future__ import annotations

import asyncio
import os
import posixpath
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import cast

import asyncssh

from distro_api.receiver.events import EventLog, FileAction

BLOCK_SIZE = 4096
"""Unit in which free room is told, bytes."""


@dataclass(frozen=True)
class ReceiverUser:
    """A sender who may sign in. `public_keys`: lines as in `authorized_keys`."""

    name: str
    password: str | None = None
    public_keys: tuple[str, ...] = ()


@dataclass
class Room:
    """How much a user has stored. `quota`: bytes, or None where only the disk is the limit."""

    quota: int | None
    used: int = 0

    def take(self, size: int) -> None:
        """Make the files `size` bytes larger, or smaller where it is negative; refuse when there is no room."""
        if self.quota is not None and size > 0 and self.used + size > self.quota:
            raise asyncssh.SFTPNoSpaceOnFilesystem("No space left on device")
        self.used += size


@dataclass
class Desk:
    """What all sessions of a receiver share. `latency`: seconds that every operation takes longer."""

    folder: Path
    users: dict[str, ReceiverUser]
    log: EventLog
    quota: int | None = None
    latency: float = 0
    rooms: dict[str, Room] = field(default_factory=dict)
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)

    def user_folder(self, user: str) -> Path:
        """The folder that the user sees as `/`."""
        return self.folder / user

    def room(self, user: str) -> Room:
        """The user's room, measured when it is first asked for."""
        if user not in self.rooms:
            files = (file for file in self.user_folder(user).rglob("*") if file.is_file())
            self.rooms[user] = Room(self.quota, sum(file.stat().st_size for file in files))
        return self.rooms[user]


class SignIn(asyncssh.SSHServer):
    """Lets the known users in, by password or public key."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, to end it when the receiver stops."""
        self._connection = conn
        self._desk.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._desk.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Everybody must prove who they are."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are taken."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Whether this is the user's password."""
        user = self._desk.users.get(username)
        known = user.password if user is not None and user.password is not None else None
        return compare_digest((known or "").encode(), password.encode()) and known is not None

    def public_key_auth_supported(self) -> bool:
        """Public keys are taken."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this is one of the user's keys."""
        user = self._desk.users.get(username)
        return user is not None and any(asyncssh.import_public_key(line) == key for line in user.public_keys)


@dataclass
class _OpenFile:
    path: str
    writing: bool
    size: int


class RecordingServer(asyncssh.SFTPServer):
    """Serves a user's folder and writes down what happens in it."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], desk: Desk) -> None:
        self._desk = desk
        self._user: str = channel.get_connection().get_extra_info("username")
        folder = desk.user_folder(self._user)
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(channel, chroot=str(folder).encode())
        self._room = desk.room(self._user)
        self._open: dict[int, _OpenFile] = {}

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file; opening for writing is an event."""
        await self._pace()
        before = self._size(path)
        opened = super().open(path, pflags, attrs)
        writing = bool(pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_APPEND))
        after = self._size(path)
        self._room.take(after - before)
        self._open[id(opened)] = _OpenFile(_clean(path), writing, after)
        if writing:
            self._desk.log.add(self._user, FileAction.OPENED, _clean(path))
        return opened

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read from a file."""
        await self._pace()
        return cast("bytes", super().read(file_obj, offset, size))

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write to a file, as far as the quota goes."""
        await self._pace()
        opened = self._open[id(file_obj)]
        end = max(opened.size, offset + len(data))
        self._room.take(end - opened.size)
        opened.size = end
        return cast("int", super().write(file_obj, offset, data))

    async def close(self, file_obj: object) -> None:
        """Close a file; what was written is an event, also when the connection broke."""
        opened = self._open.pop(id(file_obj))
        super().close(file_obj)
        action = FileAction.WRITTEN if opened.writing else FileAction.READ
        self._desk.log.add(self._user, action, opened.path, size=opened.size)

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Set attributes; cutting a file is an event."""
        await self._pace()
        before = self._size(path)
        super().setstat(path, attrs)
        if attrs.size is not None:
            self._room.take(attrs.size - before)
            self._desk.log.add(self._user, FileAction.TRUNCATED, _clean(path), size=attrs.size)

    async def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Set attributes; there are no links here that could be meant."""
        await self.setstat(path, attrs)

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Set attributes of an open file; cutting it is an event."""
        await self._pace()
        super().fsetstat(file_obj, attrs)
        if attrs.size is not None:
            opened = self._open[id(file_obj)]
            self._room.take(attrs.size - opened.size)
            opened.size = attrs.size
            self._desk.log.add(self._user, FileAction.TRUNCATED, opened.path, size=attrs.size)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename without replacing."""
        await self._pace()
        super().rename(oldpath, newpath)
        self._renamed(oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename over what is there."""
        await self._pace()
        replaced = self._size(newpath)
        super().posix_rename(oldpath, newpath)
        self._room.take(-replaced)
        self._renamed(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        await self._pace()
        size = self._size(path)
        super().remove(path)
        self._room.take(-size)
        self._desk.log.add(self._user, FileAction.REMOVED, _clean(path))

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Make a folder."""
        await self._pace()
        super().mkdir(path, attrs)
        self._desk.log.add(self._user, FileAction.FOLDER_MADE, _clean(path))

    async def rmdir(self, path: bytes) -> None:
        """Remove an empty folder."""
        await self._pace()
        super().rmdir(path)
        self._desk.log.add(self._user, FileAction.FOLDER_REMOVED, _clean(path))

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Refuse: a link could lead out of the folder."""
        raise asyncssh.SFTPOpUnsupported("links are not taken")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        """Refuse: a hard link would hide a file event."""
        raise asyncssh.SFTPOpUnsupported("links are not taken")

    def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        """How much room there is: the quota's where there is one."""
        facts = asyncssh.SFTPVFSAttrs.from_local(os.statvfs(self.map_path(path)))
        if self._room.quota is not None:
            facts.frsize = facts.bsize = BLOCK_SIZE
            facts.blocks = self._room.quota // BLOCK_SIZE
            facts.bfree = facts.bavail = max(0, self._room.quota - self._room.used) // BLOCK_SIZE
        return facts

    def _renamed(self, oldpath: bytes, newpath: bytes) -> None:
        size = self._size(newpath)
        self._desk.log.add(self._user, FileAction.RENAMED, _clean(oldpath), target=_clean(newpath), size=size)

    def _size(self, path: bytes) -> int:
        file = Path(self.map_path(path).decode(errors="surrogateescape"))
        return file.stat().st_size if file.is_file() else 0

    async def _pace(self) -> None:
        if self._desk.latency:
            await asyncio.sleep(self._desk.latency)


def _clean(path: bytes) -> str:
    """The path as the log calls it: from the user's `/`, without detours."""
    return posixpath.normpath(posixpath.join("/", path.decode(errors="replace")))
