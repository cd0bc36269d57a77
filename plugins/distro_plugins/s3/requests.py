"""Requests to one bucket: watched, repeated where that helps, and named when they fail."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from distro_plugins.s3.bodies import PartPayload
from distro_plugins.s3.failures import FAILURES, classify
from distro_plugins.s3.settings import S3Settings
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import raised
from distro_sdk.object_storage.failures import FILE_TOO_LARGE
from distro_sdk.object_storage.parts import ReadPart
from distro_sdk.object_storage.patience import Watch, repeated

Answer = dict[str, Any]


class S3Requests:
    """Operations of botocore's client on one bucket; they raise `TransportError` alone."""

    def __init__(self, client: Any, settings: S3Settings) -> None:
        self._client = client
        self._bucket = settings.bucket
        self._stall_timeout = settings.stall_timeout

    async def make(self, operation: str, doing: str, **parameters: Any) -> Answer:
        """Make a request. `operation`: as the client's method is called; `doing`: what it is for, in errors."""

        async def once() -> Answer:
            return await self._once(operation, doing, Watch(self._stall_timeout), parameters)

        return await repeated(once)

    async def upload(self, operation: str, doing: str, read: ReadPart, **parameters: Any) -> Answer:
        """Make a request that sends a part."""

        async def once() -> Answer:
            watch = Watch(self._stall_timeout)
            with read.body(watch.heard) as body:
                payload = PartPayload(body, read.part.size, watch.heard)
                return await self._once(operation, doing, watch, {**parameters, "Body": payload})

        return await repeated(once)

    async def download(self, key: str, doing: str, max_size: int) -> bytes:
        """The content of an object of at most `max_size` bytes; REMOTE_FILE_TOO_LARGE, REMOTE_FILE_MISSING."""

        async def once() -> bytes:
            watch = Watch(self._stall_timeout)
            answer = await self._once("get_object", doing, watch, {"Key": key})
            async with answer["Body"] as body:
                if answer["ContentLength"] > max_size:
                    body.close()
                    raise raised(FILE_TOO_LARGE, f"{key} has {answer['ContentLength']} bytes, more than {max_size}")
                content = bytearray()
                async with aclosing(_blocks(body, watch, doing)) as blocks:
                    async for block in blocks:
                        content += block
                return bytes(content)

        return await repeated(once)

    async def _once(self, operation: str, doing: str, watch: Watch, parameters: Answer) -> Answer:
        call = getattr(self._client, operation)
        try:
            answer: Answer = await watch.over(call(Bucket=self._bucket, **parameters), doing)
        except FAILURES as error:
            raise classify(error, doing) from error
        return answer


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
