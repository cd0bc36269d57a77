"""A large object in chunks, each confirmed, which appears when the last of them has arrived."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog

from distro_plugins.google_cloud.client import Answer, Call, Upload
from distro_plugins.google_cloud.objects import check_md5, object_resource, stored_md5
from distro_plugins.google_cloud.requests import GoogleRequests, read_json
from distro_plugins.google_cloud.unfinished import UnfinishedUploads
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import BUCKET_MISSING, HASH_WRONG, REMOTE_FAILURE, REQUEST_REFUSED, UPLOAD_LOST
from distro_sdk.object_storage.parts import Budget, Part, ReadPart, plan_parts, send_parts
from distro_sdk.object_storage.patience import repeated
from distro_sdk.transports import FileSource, Progress, hash_of

QUANTUM = 256 * 1024
"""Bytes of which Google keeps multiples. Less than one is nothing: servers say `0-0` before they have a byte."""

READ_AHEAD = 2
"""Chunks in memory: one is read while the other travels."""

CANCEL_SECONDS = 15
_RANGE = re.compile(r"bytes=0-([0-9]{1,15})")

log = structlog.get_logger(__name__)

Resource = dict[str, Any]


class ResumableUpload:
    """Sends one object in chunks; a failure that passes keeps what is confirmed for the next attempt.

    `bucket`: the address and name of the bucket, so that targets never share an upload; `describing`: fields of the
    object's resource.
    """

    def __init__(
        self,
        requests: GoogleRequests,
        key: str,
        *,
        doing: str,
        bucket: tuple[str, ...],
        describing: Mapping[str, Any],
        unfinished: UnfinishedUploads,
    ) -> None:
        self._requests = requests
        self._bucket = bucket
        self._key = key
        self._doing = doing
        self._describing = describing
        self._unfinished = unfinished
        self._turn = asyncio.Lock()
        self._upload = ""
        self._size = 0

    async def send(self, source: FileSource, budget: Budget, progress: Progress) -> None:
        """Send what is not confirmed yet; raises `TransportError`."""
        self._size = source.size
        recorded = hash_of(source, "md5")
        place = (*self._bucket, self._key, str(source.size), recorded or "")
        done = await self._begin(place, recorded)
        if isinstance(done, dict):
            await progress(source.size)
            return
        whole = hashlib.md5(usedforsecurity=False) if recorded is None else None
        try:
            sent = await send_parts(
                source,
                _parts_from(done, source.size),
                self._send_chunk,
                budget=budget,
                progress=progress,
                whole=whole,
                at_once=READ_AHEAD,
            )
            await self._check(sent[-1], _expected(recorded, whole))
        except TransportError as error:
            # The answer to the last chunk may have been lost on its way: then the upload is gone, for it succeeded.
            if error.code == UPLOAD_LOST.code and await self._stands(_expected(recorded, whole)):
                await progress(source.size)
                return
            continued = error.retryable and error.code not in {HASH_WRONG.code, UPLOAD_LOST.code, "SOURCE_UNREADABLE"}
            if continued and recorded is not None:
                self._unfinished.keep(place, self._upload)
            else:
                await self._cancel()
            raise
        except BaseException:
            await self._cancel()
            raise

    async def _begin(self, place: tuple[str, ...], recorded: str | None) -> int | Resource:
        """Continue an upload of the same content, or start one: the bytes confirmed, or the object where it stands."""
        left = self._unfinished.take(place) if recorded is not None else None
        if left is not None:
            self._upload = left
            try:
                return await repeated(self._confirmed)
            except TransportError as error:
                if error.code != UPLOAD_LOST.code:
                    self._unfinished.keep(place, left)
                    raise
        resource = object_resource(self._key, self._describing, recorded)
        call = Call(
            "POST",
            self._requests.uploads(uploadType="resumable", name=self._key),
            self._doing,
            {"Content-Type": "application/json; charset=UTF-8", "X-Upload-Content-Length": str(self._size)},
            resource,
        )
        answer = await self._requests.make(call, 200, 404)
        if answer.status == 404:
            raise raised(BUCKET_MISSING, f"cannot {self._doing}: there is no such bucket")
        ids = parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("upload_id")
        if not ids:
            raise raised(REMOTE_FAILURE, f"cannot {self._doing}: the answer has no upload to send to")
        self._upload = ids[0]
        return 0

    async def _send_chunk(self, read: ReadPart) -> Resource | None:
        """Send a chunk after those before it; the object, where this was the last one."""
        part = read.part
        position = part.offset
        broken = False

        async def once() -> Resource | None:
            nonlocal position, broken
            if broken:  # the answer, or a part of the chunk, was lost on its way
                confirmed = await self._confirmed()
                if isinstance(confirmed, dict):
                    return confirmed
                position = confirmed
            broken = True
            while position < part.offset + part.size:
                answer = await self._put_once(read, position)
                if isinstance(answer, dict):
                    return answer
                if answer <= position:
                    raise raised(REMOTE_FAILURE, f"cannot {self._doing}: the storage confirms nothing of what was sent")
                position = answer
            return None

        async with self._turn:
            return await repeated(once)

    async def _put_once(self, read: ReadPart, position: int) -> int | Resource:
        try:
            return await self._put(read, position)
        except TransportError as error:
            # The client, or a proxy, may have sent the chunk twice: the first arrived, and the second was refused.
            if error.code != REQUEST_REFUSED.code:
                raise
            confirmed = await self._confirmed()
            if isinstance(confirmed, int) and confirmed <= position:
                raise
            return confirmed

    async def _put(self, read: ReadPart, position: int) -> int | Resource:
        start = position - read.part.offset
        if start < 0:
            raise raised(UPLOAD_LOST, f"cannot {self._doing}: the storage has lost what it had confirmed")
        last = read.part.offset + read.part.size - 1
        headers = {"Content-Range": f"bytes {position}-{last}/{self._size}"}
        return self._outcome(
            await self._requests.once(self._call("PUT", headers, Upload(read, start)), 200, 201, 308, 404, 410)
        )

    async def _confirmed(self) -> int | Resource:
        """How many bytes the storage has, or the object where it has them all."""
        headers = {"Content-Range": f"bytes */{self._size}"}
        return self._outcome(await self._requests.once(self._call("PUT", headers, b""), 200, 201, 308, 404, 410))

    def _outcome(self, answer: Answer) -> int | Resource:
        if answer.status in {404, 410}:
            raise raised(UPLOAD_LOST, f"cannot {self._doing}: the storage has forgotten the upload")
        if answer.status != 308:
            return read_json(answer, self._doing)
        found = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
        count = 0 if found is None else int(found[1]) + 1
        return count if count >= QUANTUM else 0

    async def _check(self, resource: Resource | None, md5: str) -> None:
        if resource is None:
            raise raised(REMOTE_FAILURE, f"cannot {self._doing}: the storage has all bytes but made no object")
        await check_md5(self._requests, self._key, resource, md5, self._doing)

    async def _stands(self, md5: str) -> bool:
        try:
            answer = await self._requests.make(Call("GET", self._requests.object(self._key), self._doing), 200)
        except TransportError:
            return False
        resource = read_json(answer, self._doing)
        return stored_md5(resource) == md5 and str(resource.get("size")) == str(self._size)

    async def _cancel(self) -> None:
        """Throw away what was sent, even when we are being cancelled ourselves."""
        cancelling = asyncio.ensure_future(self._cancel_now())
        try:
            await asyncio.shield(cancelling)
        except asyncio.CancelledError:
            await cancelling
            raise

    async def _cancel_now(self) -> None:
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._requests.once(self._call("DELETE", {}, b""), 200, 204, 404, 410, 499)
        except (TransportError, TimeoutError) as error:
            # Why the upload failed matters more; Google forgets it by itself after a week.
            log.warning("resumable_upload_left_behind", key=self._key, error=str(error))

    def _call(self, method: str, headers: Mapping[str, str], content: Upload | bytes) -> Call:
        address = self._requests.uploads(uploadType="resumable", name=self._key, upload_id=self._upload)
        return Call(method, address, self._doing, {"Content-Type": "application/octet-stream", **headers}, content)


def _expected(recorded: str | None, whole: hashlib._Hash | None) -> str:
    """The MD5 that the object must have, hexadecimal: as it was recorded, or else of what was read."""
    if recorded is not None:
        return recorded
    return "" if whole is None else whole.hexdigest()


def _parts_from(offset: int, size: int) -> Sequence[Part]:
    """What is left of a file, in chunks. `offset`: bytes that are confirmed, less than `size`."""
    return [replace(part, offset=part.offset + offset) for part in plan_parts(size - offset)]
