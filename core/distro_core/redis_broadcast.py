"""Broadcasts through Redis' publish and subscribe, over one subscribing connection per process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from distro_core.redis_clients import redis_pool

log = structlog.get_logger(__name__)

PREFIX = "distro:"
BACKLOG = 1000
"""Messages that wait for a slow listener; the oldest make room."""
RECONNECT_PAUSE = 0.2


class RedisBroadcast:
    """Tells messages to listeners in every process that uses the same Redis."""

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = Redis(connection_pool=redis_pool(redis_url))
        self._pubsub = self._redis.pubsub(ignore_subscribe_messages=False)
        self._listeners: dict[str, set[asyncio.Queue[Mapping[str, Any]]]] = {}
        self._standing: dict[str, asyncio.Event] = {}
        self._reader: asyncio.Task[None] | None = None

    async def publish(self, channel: str, message: Mapping[str, Any]) -> None:
        """Tell a JSON message to the listeners of a channel."""
        await self._redis.publish(PREFIX + channel, json.dumps(message, separators=(",", ":"), default=_moment))

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """The messages told from now on; entering returns once the subscription stands."""
        waiting: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(BACKLOG)
        self._listeners.setdefault(channel, set()).add(waiting)
        try:
            await self._subscribe(channel)
            yield _each(waiting)
        finally:
            self._listeners[channel].discard(waiting)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._standing.pop(channel, None)
                with contextlib.suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(PREFIX + channel)

    async def close(self) -> None:
        """Let go of connections."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose(close_connection_pool=True)

    async def _subscribe(self, channel: str) -> None:
        standing = self._standing.get(channel)
        if standing is None:
            standing = self._standing[channel] = asyncio.Event()
            await self._pubsub.subscribe(PREFIX + channel)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="read broadcasts")
        await standing.wait()

    async def _read(self) -> None:
        while True:
            try:
                message = await self._pubsub.get_message(timeout=None)
            except (RedisError, OSError) as error:
                log.warning("broadcasts are interrupted", reason=str(error))
                await asyncio.sleep(RECONNECT_PAUSE)
                continue
            if message is not None:
                self._hand_out(message)

    def _hand_out(self, message: Mapping[str, Any]) -> None:
        channel = message["channel"].decode().removeprefix(PREFIX)
        if message["type"] == "subscribe" and channel in self._standing:
            self._standing[channel].set()
        if message["type"] != "message":
            return
        content = json.loads(message["data"])
        for waiting in self._listeners.get(channel, ()):
            if waiting.full():
                waiting.get_nowait()
            waiting.put_nowait(content)


async def _each(waiting: asyncio.Queue[Mapping[str, Any]]) -> AsyncIterator[Mapping[str, Any]]:
    while True:
        yield await waiting.get()


def _moment(value: Any) -> str:
    text: str = value.isoformat()
    return text
