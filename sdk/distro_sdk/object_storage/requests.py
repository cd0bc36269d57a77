"""Requests to one storage: watched, repeated where that helps, and named when they fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from distro_sdk.errors import TransportError
from distro_sdk.object_storage.parts import PartBody, ReadPart, SmallBody
from distro_sdk.object_storage.patience import Watch, repeated

Answer = TypeVar("Answer")


class WatchedRequests:
    """Calls of a storage's own client; they raise `TransportError` alone."""

    def __init__(
        self,
        stall_timeout: float,
        failures: tuple[type[Exception], ...],
        classify: Callable[[Exception, str], TransportError],
    ) -> None:
        """`stall_timeout`: seconds; `failures`: what the client raises; `classify`: names one, and what was tried."""
        self._stall_timeout = stall_timeout
        self._failures = failures
        self._classify = classify

    async def make(self, doing: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make a request. `call`: makes it once; `doing`: what it is for, in errors."""

        async def once() -> Answer:
            return await self.once(doing, self.watch(), call)

        return await repeated(once)

    async def upload(
        self,
        doing: str,
        read: ReadPart,
        call: Callable[[PartBody | SmallBody, Callable[[], None]], Awaitable[Answer]],
    ) -> Answer:
        """Make a request that sends a part. `call`: sends the body that it is given, and may tell each step."""

        async def once() -> Answer:
            watch = self.watch()
            with read.body(watch.heard) as body:
                return await self.once(doing, watch, lambda: call(body, watch.heard))

        return await repeated(once)

    def watch(self) -> Watch:
        """What ends a request that takes no step forward."""
        return Watch(self._stall_timeout)

    async def once(self, doing: str, watch: Watch, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make a request, once."""
        try:
            return await watch.over(call(), doing)
        except self._failures as error:
            raise self._classify(error, doing) from error
