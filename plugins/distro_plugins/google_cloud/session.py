"""An open session with a bucket: safe for several files at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from distro_plugins.google_cloud.client import Call
from distro_plugins.google_cloud.objects import check_md5, object_resource, stored_md5
from distro_plugins.google_cloud.requests import GoogleRequests, read_json
from distro_plugins.google_cloud.resumable import ResumableUpload
from distro_plugins.google_cloud.settings import GoogleCloudSettings
from distro_plugins.google_cloud.unfinished import UnfinishedUploads
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import BUCKET_MISSING, REMOTE_FAILURE
from distro_sdk.object_storage.keys import folder_key, object_key
from distro_sdk.object_storage.parts import SMALL, Budget, ReadPart, plan_parts, send_parts
from distro_sdk.transports import FileSource, Progress, RemoteFile, hash_of, labels_of

MOST_PAGES = 100
"""Pages of a thousand objects that a folder may have; a server that repeats itself would list for ever."""


class GoogleCloudSession:
    """Objects below the prefix of a target."""

    def __init__(self, requests: GoogleRequests, settings: GoogleCloudSettings, unfinished: UnfinishedUploads) -> None:
        self._requests = requests
        self._prefix = settings.prefix
        self._bucket = (settings.address, settings.bucket)
        self._storage_class = settings.storage_class
        self._unfinished = unfinished
        self._budget = Budget()

    async def greet(self) -> None:
        """Prove that the bucket is there and lets us in."""
        await self._list_page("list the bucket", prefix=folder_key(self._prefix, ""), maxResults="1")

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write an object; one of more than 1 MB goes in chunks of 8 MB, which an interrupted upload keeps.

        The storage refuses a content with another MD5 than the recorded one, and its own MD5 is compared with ours.
        The labels of the source become metadata of the object. Raises `TransportError`, among others with
        PERMISSION_DENIED, REMOTE_HASH_WRONG, CONNECTION_LOST or RATE_LIMITED.
        """
        key, doing = object_key(self._prefix, path), f"write {path}"
        describing = self._describing(labels_of(source))
        if source.size > SMALL:
            upload = ResumableUpload(
                self._requests,
                key,
                doing=doing,
                bucket=self._bucket,
                describing=describing,
                unfinished=self._unfinished,
            )
            await upload.send(source, self._budget, progress)
            return

        async def send(read: ReadPart) -> None:
            await self._write(key, doing, read, describing, hash_of(source, "md5") or read.md5.hex())

        await send_parts(source, plan_parts(source.size), send, budget=self._budget, progress=progress)

    async def stat(self, path: str) -> RemoteFile | None:
        """The object of that path, or None where there is none."""
        found = await self._resource(path)
        return None if found is None else _remote_file(path, found)

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The objects directly in a folder, without those in folders below it."""
        prefix = folder_key(self._prefix, folder)
        doing = f"list {folder or 'the prefix'}"
        found: list[RemoteFile] = []
        more: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = await self._list_page(doing, prefix=prefix, delimiter="/", **more)
            for entry in page.get("items") or ():
                name = str(entry["name"]).removeprefix(prefix)
                if name:
                    found.append(_remote_file(f"{folder}/{name}" if folder else name, entry))
            if not page.get("nextPageToken"):
                return tuple(sorted(found, key=lambda file: file.path))
            more = {"pageToken": str(page["nextPageToken"])}
        raise raised(REMOTE_FAILURE, f"cannot {doing}: it has more than {MOST_PAGES} pages of objects")

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of an object of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        address = self._requests.object(object_key(self._prefix, path), alt="media")
        return (await self._requests.make(Call("GET", address, f"read {path}", most=max_size), 200)).content

    async def delete(self, path: str) -> None:
        """Remove an object; no error where it is gone already."""
        address = self._requests.object(object_key(self._prefix, path))
        await self._requests.make(Call("DELETE", address, f"delete {path}"), 200, 204, 404)

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The MD5 that the storage computed."""
        if algorithm != "md5":
            return None
        found = await self._resource(path)
        return None if found is None else stored_md5(found)

    async def _write(self, key: str, doing: str, read: ReadPart, describing: Mapping[str, Any], md5: str) -> None:
        boundary = secrets.token_hex(16)
        content = b"".join(
            (
                f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode("ascii"),
                object_resource(key, describing, md5),
                f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n".encode("ascii"),
                read.content or b"",
                f"\r\n--{boundary}--\r\n".encode("ascii"),
            )
        )
        address = self._requests.uploads(uploadType="multipart", name=key)
        headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
        answer = await self._requests.make(Call("POST", address, doing, headers, content), 200, 404)
        if answer.status == 404:
            raise raised(BUCKET_MISSING, f"cannot {doing}: there is no such bucket")
        await check_md5(self._requests, key, read_json(answer, doing), md5, doing)

    async def _list_page(self, doing: str, **query: str) -> dict[str, Any]:
        answer = await self._requests.make(Call("GET", self._requests.objects(**query), doing), 200, 404)
        if answer.status == 404:
            raise raised(BUCKET_MISSING, f"cannot {doing}: there is no such bucket")
        return read_json(answer, doing)

    async def _resource(self, path: str) -> dict[str, Any] | None:
        doing = f"look at {path}"
        address = self._requests.object(object_key(self._prefix, path))
        answer = await self._requests.make(Call("GET", address, doing), 200, 404)
        return None if answer.status == 404 else read_json(answer, doing)

    def _describing(self, labels: Mapping[str, str]) -> dict[str, Any]:
        describing: dict[str, Any] = {}
        if labels:
            describing["metadata"] = dict(labels)
        if self._storage_class is not None:
            describing["storageClass"] = self._storage_class
        return describing


def _remote_file(path: str, resource: Mapping[str, Any]) -> RemoteFile:
    updated = resource.get("updated")
    return RemoteFile(
        path=path,
        size=int(resource["size"]),
        modified_at=datetime.fromisoformat(updated) if isinstance(updated, str) else None,
    )
