"""Objects in an S3-compatible bucket.

Parts of 16 MB, four at once: measured faster than the library's own upload, with a third of its memory.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import aioboto3
import structlog
from aiobotocore.config import AioConfig  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from distro_core.objects.port import BLOCK_SIZE, checked_key, object_missing, storage_failed
from distro_core.settings import Settings

PART_SIZE = 16 << 20
PARTS_AT_ONCE = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class S3Location:
    """A bucket, and the prefix of the platform's keys in it (empty, or ending with `/`)."""

    bucket: str
    prefix: str

    @classmethod
    def from_url(cls, url: str) -> S3Location | None:
        """The location in `s3://BUCKET/PREFIX`, or None where the URL is of another form."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            return None
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "")


@asynccontextmanager
async def open_s3_storage(location: S3Location, settings: Settings) -> AsyncIterator[S3ObjectStorage]:
    """The storage, with a pool of connections that lives as long as the context."""
    keys = {"aws_access_key_id": settings.s3_access_key, "aws_secret_access_key": settings.s3_secret_key}
    session = aioboto3.Session(
        region_name=settings.s3_region,
        **{name: None if key is None else key.get_secret_value() for name, key in keys.items()},
    )
    # Many S3-compatible servers refuse the checksums that botocore would add by itself.
    config = AioConfig(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=64,
        s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
    )
    spool = settings.data_path / "spool"
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with session.client("s3", endpoint_url=settings.s3_endpoint, config=config) as client:
        yield S3ObjectStorage(client, location, spool)


class S3ObjectSource:
    """An object of the bucket as something to send."""

    def __init__(self, storage: S3ObjectStorage, key: str, size: int) -> None:
        self._storage = storage
        self._key = key
        self._size = size

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._size

    @property
    def local_path(self) -> Path | None:
        """None: the object lies elsewhere."""
        return None

    def blocks(self, *, offset: int = 0, block_size: int = BLOCK_SIZE) -> AsyncIterator[bytes]:
        """The bytes from `offset` on, in blocks of at most `block_size` bytes."""
        return self._storage.read(self._key, offset=offset, block_size=block_size)


class S3ObjectWriter:
    """A multipart upload that starts with the second part's first byte; a smaller object is one request.

    What is written also goes to a local file, because whoever writes wants to look into it before committing.
    """

    def __init__(self, client: Any, bucket: str, key: str, spool: IO[bytes]) -> None:
        self._client = client
        self._target = {"Bucket": bucket, "Key": key}
        self._spool = spool
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[asyncio.Task[dict[str, Any]]] = []
        self._slots = asyncio.Semaphore(PARTS_AT_ONCE)

    async def write(self, block: bytes) -> None:
        """Append a block; waits while four parts are on their way."""
        with _faults(self._target["Key"]):
            await asyncio.to_thread(self._spool.write, block)
            self._buffer += block
            while len(self._buffer) > PART_SIZE:
                part = bytes(memoryview(self._buffer)[:PART_SIZE])
                del self._buffer[:PART_SIZE]
                await self._send(part)

    @asynccontextmanager
    async def written(self) -> AsyncIterator[Path]:
        """The local file."""
        await asyncio.to_thread(self._spool.flush)
        yield Path(self._spool.name)

    async def commit(self) -> None:
        """Send the rest and make the parts one object."""
        with _faults(self._target["Key"]):
            rest = bytes(self._buffer)
            self._buffer.clear()
            if self._upload_id is None:
                await self._client.put_object(**self._target, Body=rest)
                return
            await self._send(rest)
            parts = await asyncio.gather(*self._parts)
            await self._client.complete_multipart_upload(
                **self._target, UploadId=self._upload_id, MultipartUpload={"Parts": parts}
            )
            self._upload_id = None

    async def discard(self) -> None:
        """Give up what was not committed, so that no part stays behind at the bucket's cost."""
        for part in self._parts:
            part.cancel()
        await asyncio.gather(*self._parts, return_exceptions=True)
        if self._upload_id is None:
            return
        try:
            await self._client.abort_multipart_upload(**self._target, UploadId=self._upload_id)
        except (ClientError, BotoCoreError) as error:
            # Why the object was given up matters more to whoever wrote it; the bucket's owner sees this in the log.
            log.warning("multipart_upload_left_behind", key=self._target["Key"], error=str(error))

    async def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            created = await self._client.create_multipart_upload(**self._target)
            self._upload_id = created["UploadId"]
        await self._slots.acquire()
        for sent in self._parts:
            if sent.done():
                sent.result()
        self._parts.append(asyncio.create_task(self._upload(len(self._parts) + 1, part)))

    async def _upload(self, number: int, part: bytes) -> dict[str, Any]:
        try:
            answer = await self._client.upload_part(
                **self._target, UploadId=self._upload_id, PartNumber=number, Body=part
            )
            return {"PartNumber": number, "ETag": answer["ETag"]}
        finally:
            self._slots.release()


class S3ObjectStorage:
    """Objects of a bucket below a prefix."""

    def __init__(self, client: Any, location: S3Location, spool: Path) -> None:
        self._client = client
        self._location = location
        self._spool = spool

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[S3ObjectWriter]:
        """A new object of unknown size; what is not committed on leaving is thrown away."""
        with tempfile.NamedTemporaryFile(dir=self._spool) as spool:
            writer = S3ObjectWriter(self._client, self._location.bucket, self._full(key), spool)
            try:
                yield writer
            finally:
                await writer.discard()

    def source(self, key: str, size: int) -> S3ObjectSource:
        """An object as something to send. `size`: bytes, as recorded when it was written."""
        return S3ObjectSource(self, key, size)

    async def read(self, key: str, *, offset: int = 0, block_size: int = BLOCK_SIZE) -> AsyncIterator[bytes]:
        """The bytes of an object from `offset` on; raises `DomainError` OBJECT_MISSING."""
        span = {"Range": f"bytes={offset}-"} if offset else {}
        with _faults(key):
            try:
                answer = await self._client.get_object(**self._target(key), **span)
            except ClientError as error:
                if _error_code(error) == "InvalidRange":  # the object ends at or before the offset
                    return
                raise
        async with answer["Body"] as body:
            while True:
                with _faults(key):
                    block = await body.content.read(block_size)
                if not block:
                    return
                yield block

    async def put(self, key: str, content: bytes) -> None:
        """Write a small object whole."""
        with _faults(key):
            await self._client.put_object(**self._target(key), Body=content)

    async def get(self, key: str) -> bytes:
        """Read a small object whole; raises `DomainError` OBJECT_MISSING."""
        return b"".join([block async for block in self.read(key)])

    async def delete(self, key: str) -> None:
        """Remove an object; no error where it is gone already."""
        with _faults(key):
            await self._client.delete_object(**self._target(key))

    @asynccontextmanager
    async def local_file(self, key: str) -> AsyncIterator[Path]:
        """A temporary file with the object's content; raises `DomainError` OBJECT_MISSING."""
        with tempfile.NamedTemporaryFile(dir=self._spool) as copy:
            async for block in self.read(key):
                await asyncio.to_thread(copy.write, block)
            await asyncio.to_thread(copy.flush)
            yield Path(copy.name)

    def _full(self, key: str) -> str:
        return self._location.prefix + checked_key(key)

    def _target(self, key: str) -> dict[str, str]:
        return {"Bucket": self._location.bucket, "Key": self._full(key)}


@contextmanager
def _faults(key: str) -> Iterator[None]:
    """Turn what the client raises into the platform's errors."""
    try:
        yield
    except ClientError as error:
        if _error_code(error) in {"NoSuchKey", "404"}:
            raise object_missing(key) from error
        raise storage_failed(error) from error
    except (BotoCoreError, OSError) as error:
        raise storage_failed(error) from error


def _error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
