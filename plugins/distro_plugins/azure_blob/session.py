"""An open session with a container: safe for several files at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient, ContainerClient

from distro_plugins.azure_blob.blocks import MOST_BLOCKS, BlockUpload
from distro_plugins.azure_blob.client import BLOCK_SIZE
from distro_plugins.azure_blob.failures import FAILURES, classify
from distro_plugins.azure_blob.settings import AzureBlobSettings
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import FILE_MISSING, FILE_TOO_LARGE, REMOTE_FAILURE
from distro_sdk.object_storage.keys import folder_key, object_key
from distro_sdk.object_storage.parts import SMALL, Budget, PartBody, ReadPart, SmallBody, plan_parts, send_parts
from distro_sdk.object_storage.requests import WatchedRequests
from distro_sdk.transports import FileSource, Progress, RemoteFile, labels_of

PAGE = 2000
"""Blobs of a page; even with the longest names it is shorter than the largest answer that is read."""

MOST_PAGES = 250
"""Pages of blobs that a folder may have; a server that repeats itself would list for ever."""


class AzureBlobSession:
    """Blobs below the prefix of a target."""

    def __init__(self, container: ContainerClient, settings: AzureBlobSettings) -> None:
        self._container = container
        self._requests = WatchedRequests(settings.stall_timeout, FAILURES, classify)
        self._prefix = settings.prefix
        self._budget = Budget()

    async def greet(self) -> None:
        """Prove that the container is there and lets us in."""
        pages = self._container.walk_blobs(folder_key(self._prefix, ""), delimiter="/", results_per_page=1).by_page()
        await self._requests.make("list the container", pages.__anext__)

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Write a blob; one of more than 1 MB goes in blocks of 4 MB, of which an earlier attempt's are kept.

        The storage compares each block with its MD5 and stores the MD5 of the whole. The labels of the source become
        metadata, with `_` for `-`, which Azure does not take. Raises `TransportError`, among others with
        PERMISSION_DENIED, REMOTE_HASH_WRONG, CONNECTION_LOST or RATE_LIMITED.
        """
        blob = self._blob(path)
        metadata = {name.replace("-", "_"): value for name, value in labels_of(source).items()}
        parts = plan_parts(source.size, part_size=BLOCK_SIZE, most_parts=MOST_BLOCKS)
        if source.size > SMALL:
            upload = BlockUpload(self._requests, blob, f"write {path}", metadata)
            await upload.send(source, parts, self._budget, progress)
            return

        async def send(read: ReadPart) -> None:
            await self._write(blob, f"write {path}", read, metadata)

        await send_parts(source, parts, send, budget=self._budget, progress=progress)

    async def stat(self, path: str) -> RemoteFile | None:
        """The blob of that path, or None where there is none."""
        found = await self._properties(path)
        return None if found is None else RemoteFile(path=path, size=found.size, modified_at=found.last_modified)

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """The blobs directly in a folder, without those in folders below it."""
        prefix = folder_key(self._prefix, folder)
        doing = f"list {folder or 'the prefix'}"
        pages = self._container.walk_blobs(prefix, delimiter="/", results_per_page=PAGE).by_page()
        found: list[RemoteFile] = []
        for _ in range(MOST_PAGES):
            try:
                page = await self._requests.make(doing, pages.__anext__)
            except StopAsyncIteration:
                return tuple(sorted(found, key=lambda file: file.path))
            async for entry in page:
                if isinstance(entry, BlobProperties) and entry.name != prefix:
                    name = entry.name.removeprefix(prefix)
                    where = f"{folder}/{name}" if folder else name
                    found.append(RemoteFile(path=where, size=entry.size, modified_at=entry.last_modified))
        raise raised(REMOTE_FAILURE, f"cannot {doing}: it has more than {MOST_PAGES} pages of blobs")

    async def read(self, path: str, *, max_size: int) -> bytes:
        """The content of a blob of at most `max_size` bytes; REMOTE_FILE_MISSING, REMOTE_FILE_TOO_LARGE."""
        blob, doing = self._blob(path), f"read {path}"
        # As it is stored: what is compressed could be unpacked to any size.
        found = await self._requests.make(doing, partial(blob.download_blob, decompress=False))
        if found.size > max_size:
            raise raised(FILE_TOO_LARGE, f"{path} has {found.size} bytes, more than {max_size}")
        content = bytearray()
        blocks = found.chunks()
        while True:
            try:
                content += await self._requests.make(doing, blocks.__anext__)
            except StopAsyncIteration:
                return bytes(content)
            if len(content) > max_size:  # a piece had more than was asked for
                raise raised(FILE_TOO_LARGE, f"{path} has more than {max_size} bytes")

    async def delete(self, path: str) -> None:
        """Remove a blob; no error where it is gone already."""
        blob = self._blob(path)
        try:
            await self._requests.make(f"delete {path}", blob.delete_blob)
        except TransportError as error:
            if error.code != FILE_MISSING.code:
                raise

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """The MD5 that the storage keeps for a blob; one that another program wrote in blocks may have none."""
        if algorithm != "md5":
            return None
        found = await self._properties(path)
        if found is None or not found.content_settings.content_md5:
            return None
        return bytes(found.content_settings.content_md5).hex()

    async def _write(self, blob: BlobClient, doing: str, read: ReadPart, metadata: Mapping[str, str]) -> None:
        async def upload(body: PartBody | SmallBody, _: object) -> None:
            await blob.upload_blob(
                body,
                length=read.part.size,
                overwrite=True,
                metadata=dict(metadata),
                transactional_content_md5=bytearray(read.md5),
            )

        await self._requests.upload(doing, read, upload)

    async def _properties(self, path: str) -> BlobProperties | None:
        blob = self._blob(path)
        try:
            return await self._requests.make(f"look at {path}", blob.get_blob_properties)
        except TransportError as error:
            if error.code == FILE_MISSING.code:
                return None
            raise

    def _blob(self, path: str) -> BlobClient:
        return self._container.get_blob_client(object_key(self._prefix, path))
