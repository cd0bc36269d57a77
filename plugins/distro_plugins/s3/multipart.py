"""An object in parts, which appears when the last of them has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from distro_plugins.s3.etags import ETag, base64_md5, composite
from distro_plugins.s3.requests import S3Requests
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import HASH_WRONG, PERMISSION, REQUEST_REFUSED, UPLOAD_LOST
from distro_sdk.object_storage.parts import PARTS_AT_ONCE, Budget, Part, ReadPart, send_parts
from distro_sdk.object_storage.recorded import recorded_md5s
from distro_sdk.transports import FileSource, Progress

ABORT_SECONDS = 15
"""How long a storage may take to throw the parts of a failed upload away."""

MOST_PAGES = 20
"""Pages of parts that are looked at; ten hold all that an object may have."""

MOST_LISTED = 1000
"""Unfinished uploads below one key that are looked at."""

NEAR_SECONDS = 0.005
"""What answers a question so quickly lies in the same house or network."""

NEAR_PARTS_AT_ONCE = 2
"""Two keep a near storage busy, for it reads one while it stores the other; with more, readers and writers on both
sides only wait for each other. A long line needs more to be full."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredPart:
    """A part that the storage has. `etag`: as it told."""

    size: int
    etag: ETag


@dataclass(frozen=True)
class SentPart:
    """A part that stands. `etag`: the storage's, with which it is named at the end."""

    number: int
    md5: bytes
    etag: str


@dataclass
class PartProof:
    """What is known of a bucket's ETags, so that a storage need not compute each part's MD5 twice.

    `seen`: a part came back with its MD5 as ETag; `refused`: a later one did not, or was not taken without its MD5.
    """

    seen: bool = False
    refused: bool = False

    @property
    def by_etag(self) -> bool:
        """Whether the ETag proves what arrived; a wrong part is found before the last step, and never visible."""
        return self.seen and not self.refused


class MultipartUpload:
    """Sends one object in parts; a failure that passes keeps them for the next attempt, any other removes them."""

    def __init__(
        self, requests: S3Requests, key: str, doing: str, *, writing: Mapping[str, Any], proof: PartProof
    ) -> None:
        self._requests = requests
        self._proof = proof
        self._key = key
        self._doing = doing
        self._writing = writing
        self._upload_id = ""
        self._stored: dict[int, StoredPart] = {}

    async def send(self, source: FileSource, parts: Sequence[Part], budget: Budget, progress: Progress) -> None:
        """Send what is not there and make the parts one object; raises `TransportError`."""
        await self._begin()
        try:
            at_once = NEAR_PARTS_AT_ONCE if self._requests.quickest < NEAR_SECONDS else PARTS_AT_ONCE
            sent = await send_parts(
                source,
                parts,
                self._send_part,
                budget=budget,
                progress=progress,
                recorded=recorded_md5s(source, parts),
                at_once=at_once,
            )
            await self._complete(sent)
        except TransportError as error:
            if not error.retryable or error.code in {HASH_WRONG.code, UPLOAD_LOST.code, "SOURCE_UNREADABLE"}:
                await self._abort(self._upload_id)
            raise
        except BaseException:
            await self._abort(self._upload_id)
            raise

    async def _begin(self) -> None:
        """Continue the newest upload that was left unfinished, or start one; older ones are thrown away."""
        left = await self._left_behind()
        for upload in left[1:]:
            await self._abort(upload)
        if left:
            self._upload_id = left[0]
            self._stored = await self._list_parts()
            if self._stored:
                return
            await self._abort(self._upload_id)
        answer = await self._make("create_multipart_upload", **self._writing)
        self._upload_id = answer["UploadId"]

    async def _left_behind(self) -> list[str]:
        """Uploads of this key, newest first; none where we may not look."""
        try:
            answer = await self._requests.make(
                "list_multipart_uploads", self._doing, Prefix=self._key, MaxUploads=MOST_LISTED
            )
        except TransportError as error:
            if error.code in {PERMISSION.code, REQUEST_REFUSED.code, UPLOAD_LOST.code}:  # the last: rclone has none
                return []
            raise
        uploads = [each for each in answer.get("Uploads") or () if each["Key"] == self._key]
        uploads.sort(key=lambda each: (each.get("Initiated") is not None, each.get("Initiated")), reverse=True)
        return [each["UploadId"] for each in uploads]

    async def _list_parts(self) -> dict[int, StoredPart]:
        stored: dict[int, StoredPart] = {}
        more: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            try:
                page = await self._make("list_parts", UploadId=self._upload_id, **more)
            except TransportError as error:
                if error.code in {PERMISSION.code, UPLOAD_LOST.code}:
                    return {}
                raise
            for each in page.get("Parts") or ():
                stored[each["PartNumber"]] = StoredPart(each["Size"], ETag.of(each))
            if not page.get("IsTruncated"):
                break
            more = {"PartNumberMarker": page["NextPartNumberMarker"]}
        return stored

    async def _send_part(self, read: ReadPart) -> SentPart:
        number = read.part.number
        stored = self._stored.get(number)
        if stored is not None and stored.size == read.part.size and stored.etag.md5 == read.md5.hex():
            return SentPart(number, read.md5, stored.etag.text)
        etag = await self._upload(read)
        if etag.differs(read.md5.hex()):
            raise raised(HASH_WRONG, f"cannot {self._doing}: part {number} has another hash at the storage")
        return SentPart(number, read.md5, etag.text)

    async def _upload(self, read: ReadPart) -> ETag:
        """Send a part so that either its ETag proves what arrived or the storage compares its MD5."""
        if self._proof.by_etag:
            try:
                etag = await self._upload_once(read)
            except TransportError as error:
                if error.code != REQUEST_REFUSED.code:
                    raise
                self._proof.refused = True  # a bucket that locks its objects wants the MD5
            else:
                if etag.md5 is not None:
                    return etag
                self._proof.refused = True
        etag = await self._upload_once(read, ContentMD5=base64_md5(read.md5))
        self._proof.seen = self._proof.seen or etag.md5 == read.md5.hex()
        return etag

    async def _upload_once(self, read: ReadPart, **more: str) -> ETag:
        answer = await self._requests.upload(
            "upload_part",
            self._doing,
            read,
            Key=self._key,
            UploadId=self._upload_id,
            PartNumber=read.part.number,
            **more,
        )
        return ETag.of(answer)

    async def _complete(self, sent: Sequence[SentPart]) -> None:
        expected = composite(part.md5 for part in sent)
        named = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in sent]
        try:
            answer = await self._make(
                "complete_multipart_upload", UploadId=self._upload_id, MultipartUpload={"Parts": named}
            )
        except TransportError as error:
            # The answer to an earlier request may have been lost on its way: then the upload is gone, for it succeeded.
            if error.code != UPLOAD_LOST.code or not await self._stands(expected):
                raise
            return
        if ETag.of(answer).differs(expected):
            await self._make("delete_object")
            raise raised(HASH_WRONG, f"cannot {self._doing}: the whole object has another hash at the storage")

    async def _stands(self, expected: str) -> bool:
        try:
            head = await self._make("head_object")
        except TransportError:
            return False
        return ETag.of(head).text == expected

    async def _abort(self, upload: str) -> None:
        """Throw the parts away, so that none stays behind at the bucket's cost, even when we are being cancelled."""
        aborting = asyncio.ensure_future(self._abort_now(upload))
        try:
            await asyncio.shield(aborting)
        except asyncio.CancelledError:
            await aborting
            raise

    async def _abort_now(self, upload: str) -> None:
        try:
            async with asyncio.timeout(ABORT_SECONDS):
                await self._make("abort_multipart_upload", UploadId=upload)
        except (TransportError, TimeoutError) as error:
            # Why the upload failed matters more to whoever sent it; the next attempt tries to clean up again.
            log.warning("multipart_upload_left_behind", key=self._key, error=str(error))

    async def _make(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return await self._requests.make(operation, self._doing, Key=self._key, **parameters)
