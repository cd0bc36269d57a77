"""Files below one collection of a WebDAV server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from distro_sdk.errors import TransportError
from distro_sdk.http_targets.addresses import file_address, folders_of
from distro_sdk.http_targets.client import Answer, Call, HttpClient, Upload
from distro_sdk.http_targets.failures import ENDPOINT, MISSING, PROTOCOL
from distro_sdk.network_failures import raised
from distro_sdk.read_back import ReadBack
from distro_sdk.transports import FileSource, Progress, RemoteFile
from stardust_webdav.properties import LARGEST_ANSWER, QUESTION, Listed, read_properties

_MISSING = frozenset({404, 410})
_THERE_ALREADY = 405

HASHES = frozenset({"md5", "sha1", "sha256"})
"""Algorithms by which what stands at the server is hashed."""


class WebDavSession:
    """Safe for several files at once."""

    def __init__(self, client: HttpClient, base: str) -> None:
        """`base`: address of the collection, without a closing slash."""
        self._client = client
        self._base = base
        self._made: set[str] = set()
        self._making = asyncio.Lock()

    async def check(self) -> None:
        """Ask for the collection itself; raises `TransportError` with what is wrong with it or with the credentials."""
        doing = "reach the target's address"
        answer = await self._properties(f"{self._base}/", "0", doing)
        if answer is None:
            raise raised(ENDPOINT, f"cannot {doing}: the server has no such collection")
        if not any(listed.collection for listed in read_properties(answer)):
            raise raised(ENDPOINT, f"cannot {doing}: it is no collection")

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Send a file under a working name and move it to its own when the server has all of it.

        Raises `TransportError`, among others with LOGIN_REFUSED, PERMISSION_DENIED, REMOTE_SIZE_LIMIT,
        REMOTE_DISK_FULL, RATE_LIMITED or HTTP_UNAVAILABLE.
        """
        doing = f"write {path}"
        address = self._address(path)
        working = self._working(path)
        await self._make_folders(path, doing)
        try:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(source.size)}
            call = Call("PUT", working, doing, headers, Upload(source, progress))
            _assert_done(await self._client.send(call), doing)
            moving = Call("MOVE", working, doing, {"Destination": address, "Overwrite": "T"})
            _assert_done(await self._client.send(moving), doing)
        except TransportError:
            with suppress(TransportError):
                await self._client.send(Call("DELETE", working, f"delete {path}"))
            raise
        await progress(source.size)

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None where there is none."""
        answer = await self._properties(self._address(path), "0", f"look at {path}")
        if answer is None:
            return None
        for listed in read_properties(answer):
            return None if listed.collection else _remote_file(path, listed)
        raise raised(PROTOCOL, f"cannot look at {path}: the server tells no size of it")

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The files directly in a folder; empty where the folder does not exist."""
        address = self._address(folder) if folder else self._base
        answer = await self._properties(f"{address}/", "1", f"list {folder}")
        if answer is None:
            return []
        files = [listed for listed in read_properties(answer) if not listed.collection]
        return [_remote_file(f"{folder}/{listed.name}".removeprefix("/"), listed) for listed in files]

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        doing = f"read {path}"
        answer = await self._client.send(Call("GET", self._address(path), doing, most=max_size))
        if answer.status in _MISSING:
            raise raised(MISSING, f"cannot {doing}: the server has no such file")
        _assert_done(answer, doing)
        return answer.content

    async def delete(self, path: str) -> None:
        """Remove a file; no error where it is gone already."""
        await self._delete(self._address(path), f"delete {path}")

    async def discard(self, path: str) -> None:
        """Remove what a request that did not end left under its working name."""
        await self._delete(self._working(path), f"delete what is left of {path}")

    async def _delete(self, address: str, doing: str) -> None:
        answer = await self._client.send(Call("DELETE", address, doing))
        if answer.status not in _MISSING:
            _assert_done(answer, doing)

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The hash of what the server gives back, streamed: WebDAV has no property for hashes (RFC 4918 section 15).

        Raises REMOTE_SIZE_WRONG where it gives back more or less than it has told.
        """
        found = await self.stat(path) if algorithm in HASHES else None
        if found is None:
            return None
        doing = f"hash {path}"
        read_back = ReadBack(path, found.size, algorithm)
        answer = await self._client.send(Call("GET", self._address(path), doing, most=sys.maxsize, take=read_back.take))
        _assert_done(answer, doing)
        return read_back.hexdigest()

    async def _properties(self, address: str, depth: str, doing: str) -> bytes | None:
        headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
        answer = await self._client.send(Call("PROPFIND", address, doing, headers, QUESTION, most=LARGEST_ANSWER))
        if answer.status in _MISSING:
            return None
        if answer.status != 207:
            raise answer.error(doing)
        return answer.content

    async def _make_folders(self, path: str, doing: str) -> None:
        """Make the collections above a file, each once in a session (RFC 4918 section 9.3)."""
        # A server may stumble over two requests that make one folder at the same moment.
        async with self._making:
            for folder in folders_of(path):
                if folder in self._made:
                    continue
                answer = await self._client.send(Call("MKCOL", f"{self._address(folder)}/", doing))
                if answer.status != _THERE_ALREADY:
                    _assert_done(answer, doing)
                self._made.add(folder)

    def _working(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        return self._address(f"{folder}/.{name}.part".removeprefix("/"))

    def _address(self, path: str) -> str:
        return file_address(self._base, path)


def _remote_file(path: str, listed: Listed) -> RemoteFile:
    return RemoteFile(path=path, size=listed.size, modified_at=listed.modified_at)


def _assert_done(answer: Answer, doing: str) -> None:
    if not answer.succeeded:
        raise answer.error(doing)
