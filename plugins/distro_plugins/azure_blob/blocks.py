"""A blob in blocks, which appears when their list is committed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from azure.storage.blob import BlobBlock, ContentSettings
from azure.storage.blob.aio import BlobClient

from distro_sdk.errors import TransportError
from distro_sdk.object_storage.failures import FILE_MISSING, PERMISSION
from distro_sdk.object_storage.parts import Budget, Part, PartBody, ReadPart, SmallBody, send_parts
from distro_sdk.object_storage.requests import WatchedRequests
from distro_sdk.transports import FileSource, Progress, hash_of

MOST_BLOCKS = 50_000
"""Of one blob, as Azure's limits say."""


class BlockUpload:
    """Sends one blob in blocks.

    A block's name holds its number and its MD5: Azure tells no hash of a block that waits to be committed, but by its
    name it tells which content it has. Blocks that are never committed are never visible; Azure removes them after
    seven days.
    """

    def __init__(self, requests: WatchedRequests, blob: BlobClient, doing: str, metadata: Mapping[str, str]) -> None:
        self._requests = requests
        self._blob = blob
        self._doing = doing
        self._metadata = dict(metadata)
        self._stored: dict[str, int] = {}

    async def send(self, source: FileSource, parts: Sequence[Part], budget: Budget, progress: Progress) -> None:
        """Send what does not wait there already, and commit all of it; raises `TransportError`."""
        recorded = hash_of(source, "md5")
        whole = hashlib.md5(usedforsecurity=False) if recorded is None else None
        self._stored = await self._waiting() if len(parts) > 1 else {}
        names = await send_parts(source, parts, self._send_part, budget=budget, progress=progress, whole=whole)
        md5 = bytes.fromhex(recorded) if recorded is not None else whole.digest() if whole is not None else b""
        content = ContentSettings(content_md5=bytearray(md5))
        blocks = [BlobBlock(name) for name in names]
        await self._requests.make(
            self._doing, lambda: self._blob.commit_block_list(blocks, content_settings=content, metadata=self._metadata)
        )

    async def _waiting(self) -> dict[str, int]:
        """Blocks that an earlier attempt left, by name with their sizes; none where we may not look."""
        try:
            _, blocks = await self._requests.make(self._doing, lambda: self._blob.get_block_list("uncommitted"))
        except TransportError as error:
            if error.code in {FILE_MISSING.code, PERMISSION.code}:
                return {}
            raise
        return {block.id: block.size for block in blocks}

    async def _send_part(self, read: ReadPart) -> str:
        name = f"{read.part.number:06}-{read.md5.hex()}"
        if self._stored.get(name) == read.part.size:
            return name

        async def stage(body: PartBody | SmallBody, _: object) -> None:
            await self._blob.stage_block(
                name, body, length=read.part.size, transactional_content_md5=bytearray(read.md5)
            )

        await self._requests.upload(self._doing, read, stage)
        return name
