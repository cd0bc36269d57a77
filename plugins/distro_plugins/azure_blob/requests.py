"""Requests to one container: watched, repeated where that helps, and named when they fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from distro_plugins.azure_blob.failures import FAILURES, classify
from distro_sdk.object_storage.parts import PartBody, ReadPart, SmallBody
from distro_sdk.object_storage.patience import Watch, repeated

Answer = TypeVar("Answer")


class AzureRequests:
    """Calls of Azure's client; they raise `TransportError` alone. `stall_timeout`: seconds."""

    def __init__(self, stall_timeout: float) -> None:
        self._stall_timeout = stall_timeout

    async def make(self, doing: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make a request. `call`: makes it once; `doing`: what it is for, in errors."""

        async def once() -> Answer:
            return await _once(doing, Watch(self._stall_timeout), call)

        return await repeated(once)

    async def upload(
        self, doing: str, read: ReadPart, call: Callable[[PartBody | SmallBody], Awaitable[Answer]]
    ) -> Answer:
        """Make a request that sends a part. `call`: sends the body that it is given."""

        async def once() -> Answer:
            watch = Watch(self._stall_timeout)
            with read.body(watch.heard) as body:
                return await _once(doing, watch, lambda: call(body))

        return await repeated(once)


async def _once(doing: str, watch: Watch, call: Callable[[], Awaitable[Answer]]) -> Answer:
    try:
        return await watch.over(call(), doing)
    except FAILURES as error:
        raise classify(error, doing) from error
