"""Requests to one bucket: watched, repeated where that helps, and named when they fail."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from distro_plugins.s3.bodies import PartPayload
from distro_plugins.s3.failures import FAILURES, classify
from distro_plugins.s3.settings import S3Settings
from distro_sdk.errors import TransportError
from distro_sdk.object_storage.parts import PartBody, ReadPart, SmallBody
from distro_sdk.object_storage.patience import Watch, repeated
from distro_sdk.object_storage.requests import WatchedRequests

Answer = dict[str, Any]


class S3Requests:
    """Operations of botocore's client on one bucket; they raise `TransportError` alone."""

    def __init__(self, client: Any, settings: S3Settings) -> None:
        self._client = client
        self._bucket = settings.bucket
        self._requests = WatchedRequests(settings.stall_timeout, FAILURES, classify)
        self.quickest = math.inf
        """Seconds of the quickest answer to a request that sends no part: how far away the storage is."""

    async def make(self, operation: str, doing: str, **parameters: Any) -> Answer:
        """Make a request. `operation`: as the client's method is called; `doing`: what it is for, in errors."""

        async def call() -> Answer:
            started = time.perf_counter()
            answer = await self._call(operation, parameters)
            self.quickest = min(self.quickest, time.perf_counter() - started)
            return answer

        return await self._requests.make(doing, call)

    async def upload(self, operation: str, doing: str, read: ReadPart, **parameters: Any) -> Answer:
        """Make a request that sends a part."""

        def send(body: PartBody | SmallBody, heard: Callable[[], None]) -> Awaitable[Answer]:
            return self._call(operation, {**parameters, "Body": PartPayload(body, read.part.size, heard)})

        return await self._requests.upload(doing, read, send)

    async def download(self, key: str, doing: str, max_size: int) -> bytes:
        """The content of an object of at most `max_size` bytes; REMOTE_FILE_TOO_LARGE, REMOTE_FILE_MISSING."""

        async def once() -> bytes:
            watch = self._requests.watch()
            answer = await self._requests.once(doing, watch, lambda: self._call("get_object", {"Key": key}))
            async with answer["Body"] as body:
                body.most = max_size  # of a `BoundedAnswer`: it refuses more
                content = bytearray()
                async with aclosing(_blocks(body, watch, doing)) as blocks:
                    async for block in blocks:
                        content += block
                return bytes(content)

        return await repeated(once)

    def _call(self, operation: str, parameters: Answer) -> Awaitable[Answer]:
        call: Awaitable[Answer] = getattr(self._client, operation)(Bucket=self._bucket, **parameters)
        return call


async def _blocks(body: Any, watch: Watch, doing: str) -> AsyncGenerator[bytes, None]:
    while True:
        try:
            block = await watch.over(body.content.read(1 << 20), doing)
        except TransportError:
            raise
        except Exception as error:
            raise classify(error, doing) from error
        if not block:
            return
        yield block
