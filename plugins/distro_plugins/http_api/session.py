"""Files below one address of an HTTP server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime

from distro_plugins.http_api.addresses import folder_addresses
from distro_plugins.http_api.digests import digest_header, digest_of
from distro_plugins.http_api.failures import WRONG_HASH
from distro_plugins.http_api.requests import HttpRequests
from distro_plugins.http_api.settings import HttpSettings
from distro_plugins.http_api.told_hashes import HASHES, told_hash, written_hash
from distro_sdk.errors import TransportError
from distro_sdk.http_targets.addresses import file_address
from distro_sdk.http_targets.client import Answer, Call, Upload
from distro_sdk.http_targets.failures import MISSING, UNSUPPORTED
from distro_sdk.network_failures import raised
from distro_sdk.read_back import ReadBack
from distro_sdk.transports import FileSource, Progress, RemoteFile

_MISSING = frozenset({404, 410})
_NOT_OFFERED = frozenset({405, 501})
_NO_FOLDER = frozenset({404, 409})
"""What servers answer to a file whose folder is missing: 409 by RFC 4918 section 9.7.1, 404 on some."""


class HttpSession:
    """Safe for several files at once. `readable`: whether files may be read and deleted too."""

    def __init__(self, requests: HttpRequests, settings: HttpSettings, *, readable: bool) -> None:
        self._requests = requests
        self._settings = settings
        self._readable = readable
        self._confirmed: dict[str, int] = {}
        self._making_folders = asyncio.Lock()

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Send a file with PUT; with `publish: move` to a temporary name, and rename it when it is complete.

        Missing folders are made where the server wants that (WebDAV). Raises `TransportError`, among others with
        LOGIN_REFUSED, PERMISSION_DENIED, REMOTE_SIZE_LIMIT, REMOTE_DISK_FULL, RATE_LIMITED or HTTP_UNAVAILABLE.
        """
        address = self._address(path)
        moves = self._settings.publish == "move"
        working = _working(path) if moves else path
        try:
            await self._write(working, path, Upload(source, progress))
            if moves:
                await self._move(working, address, f"write {path}")
        except TransportError:
            if moves:
                with suppress(TransportError):
                    await self._requests.make(Call("DELETE", self._address(working), f"delete {working}"))
            raise
        self._confirmed[path] = source.size
        await progress(source.size)

    async def stat(self, path: str) -> RemoteFile | None:
        """The file of that path, or None where there is none.

        Where the server does not answer HEAD, or tells no size, it is what this session sent and the server confirmed.
        """
        answer = await self._head(path)
        if answer is None:
            return None
        size = _told_size(answer)
        if size is not None:
            return RemoteFile(path=path, size=size, modified_at=_moment(answer.headers.get("Last-Modified")))
        confirmed = self._confirmed.get(path)
        return None if confirmed is None else RemoteFile(path=path, size=confirmed)

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """Refused: HTTP has no way to list that all servers share."""
        raise raised(UNSUPPORTED, f"cannot list {folder}: HTTP receivers tell no list of their files")

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a file of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        doing = f"read {path}"
        self._check_readable(doing)
        answer = await self._requests.make(Call("GET", self._address(path), doing, most=max_size))
        if answer.status in _MISSING:
            raise raised(MISSING, f"cannot {doing}: the server has no such file")
        if not answer.succeeded:
            raise answer.error(doing)
        return answer.content

    async def delete(self, path: str) -> None:
        """Remove a file; no error where it is gone already."""
        doing = f"delete {path}"
        self._check_readable(doing)
        answer = await self._requests.make(Call("DELETE", self._address(path), doing))
        if not answer.succeeded and answer.status not in _MISSING:
            raise answer.error(doing)
        self._confirmed.pop(path, None)

    async def discard(self, path: str) -> None:
        """Remove what a request that did not end left under a temporary name; without `publish: move` there is none."""
        if self._settings.publish != "move":
            return
        doing = f"delete what is left of {path}"
        answer = await self._requests.make(Call("DELETE", self._address(_working(path)), doing))
        if not answer.succeeded and answer.status not in _MISSING:
            raise answer.error(doing)

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The hash that the server tells in its answer to HEAD, None where it tells none.

        Where it tells no hash at all and the file may be read, it is the hash of what the server gives back, streamed.
        """
        answer = await self._head(path)
        if answer is None or not answer.succeeded:
            return None
        etag_is_md5 = self._settings.etag_is_md5
        told = {each: told_hash(answer.headers, each, etag_is_md5=etag_is_md5) for each in HASHES}
        size = _told_size(answer)
        if any(told.values()) or not self._readable or size is None or algorithm not in told:
            return told.get(algorithm)
        return await self._hash_back(path, size, algorithm)

    async def _hash_back(self, path: str, size: int, algorithm: str) -> str:
        """The hash of what the server gives back; REMOTE_SIZE_WRONG where that is more or less than it has told."""
        doing = f"hash {path}"
        read_back = ReadBack(path, size, algorithm)
        answer = await self._requests.make(
            Call("GET", self._address(path), doing, most=sys.maxsize, take=read_back.take)
        )
        if not answer.succeeded:
            raise answer.error(doing)
        return read_back.hexdigest()

    async def _head(self, path: str) -> Answer | None:
        doing = f"look at {path}"
        answer = await self._requests.make(Call("HEAD", self._address(path), doing))
        if answer.status in _MISSING:
            return None
        if not answer.succeeded and answer.status not in _NOT_OFFERED:
            raise answer.error(doing)
        return answer

    async def _write(self, working: str, path: str, upload: Upload) -> None:
        """Send a file, with its hash where the target wants that, and compare what the server tells of it."""
        algorithm = self._settings.checksum
        headers = {"Content-Type": "application/xml" if path.endswith(".xml") else "application/octet-stream"}
        headers["Content-Length"] = str(upload.source.size)
        if algorithm is None:
            await self._send(working, f"write {path}", headers, upload)
            return
        digest = await digest_of(upload.source, algorithm)
        answer = await self._send(working, f"write {path}", headers | digest_header(algorithm, digest), upload)
        told = written_hash(answer.headers, algorithm, etag_is_md5=self._settings.etag_is_md5)
        if told is not None and told != digest.hex():
            raise raised(WRONG_HASH, f"{path} has another hash at the server than the file that was sent")

    async def _send(self, path: str, doing: str, headers: dict[str, str], upload: Upload) -> Answer:
        call = Call("PUT", self._address(path), doing, headers, upload)
        answer = await self._requests.make(call)
        if answer.status in _NO_FOLDER and await self._make_folders(path, doing):
            answer = await self._requests.make(call)
        if not answer.succeeded:
            raise answer.error(doing)
        return answer

    async def _make_folders(self, path: str, doing: str) -> bool:
        """Make the folders of a file, and that of the target where it is missing too; whether the file may stand now.

        405 says that a folder is there already; 409 comes where the one above it is missing (RFC 4918 section 9.3.1).
        """
        # A server may say 405 of a folder that another file's request is still making: each waits for the one before.
        async with self._making_folders:
            return await self._make_folders_in_turn(path, doing)

    async def _make_folders_in_turn(self, path: str, doing: str) -> bool:
        answers: list[Answer] = []
        for address in folder_addresses(self._settings.address, path):
            answer = await self._make_folder(address, doing)
            if answer.status == 409 and not answers:
                await self._make_folder(f"{self._settings.address}/", doing)
                answer = await self._make_folder(address, doing)
            answers.append(answer)
        if not answers:
            answers.append(await self._make_folder(f"{self._settings.address}/", doing))
        return answers[-1].succeeded or answers[-1].status == 405

    async def _make_folder(self, address: str, doing: str) -> Answer:
        return await self._requests.make(Call("MKCOL", address, doing))

    async def _move(self, working: str, address: str, doing: str) -> None:
        headers = {"Destination": address, "Overwrite": "T"}
        answer = await self._requests.make(Call("MOVE", self._address(working), doing, headers))
        if not answer.succeeded:
            raise answer.error(doing)

    def _address(self, path: str) -> str:
        return file_address(self._settings.address, path)

    def _check_readable(self, doing: str) -> None:
        if not self._readable:
            raise raised(UNSUPPORTED, f"cannot {doing}: the target only takes files")


def _moment(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def _working(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.part".removeprefix("/")


def _told_size(answer: Answer) -> int | None:
    size = answer.headers.get("Content-Length", "") if answer.succeeded else ""
    return int(size) if size.isascii() and size.isdigit() else None
