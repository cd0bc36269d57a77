"""Broadcasts through Redis' publish and subscribe, over one subscribing connection per process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from distro_core.redis_clients import BRIEF, redis_pool

log = structlog.get_logger(__name__)

PREFIX = "distro:"
BACKLOG = 1000
"""Messages that wait for a slow listener; the oldest make room."""
RECONNECT_PAUSE = 0.2
GATHER = 0.025
"""Seconds for which a message that nobody waits for gathers others, to be told in one round trip."""
SILENCE = 1.0
"""Seconds for which nothing is told after a fault, so that nobody's work waits for each message in vain."""


class RedisBroadcast:
    """Tells messages to listeners in every process that uses the same Redis."""

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = Redis(connection_pool=redis_pool(redis_url, BRIEF))
        self._pubsub = self._redis.pubsub(ignore_subscribe_messages=False)
        self._listeners: dict[str, list[_Listener]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._silent_until = 0.0
        self._waiting: list[tuple[str, str, asyncio.Future[bool] | None]] = []
        self._telling: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def publish(self, channel: str, message: Mapping[str, Any]) -> bool:
        """Tell a JSON message to the listeners of a channel; False, and no error, when it could not be told."""
        if monotonic() < self._silent_until:
            return False
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((PREFIX + channel, _content(message), told))
        self._begin_telling()
        return await told

    def post(self, channel: str, message: Mapping[str, Any]) -> None:
        """As `publish`, for a caller who does not wait for it; what is told on one channel keeps its order."""
        if monotonic() < self._silent_until:
            return
        self._waiting.append((PREFIX + channel, _content(message), None))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self._begin_telling)

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """The messages told from now on; entering returns once the subscription stands."""
        listener = _Listener()
        self._listeners.setdefault(channel, []).append(listener)
        try:
            await self._pubsub.subscribe(PREFIX + channel)
            if self._reader is None:
                self._reader = asyncio.create_task(self._read(), name="read broadcasts")
            await listener.standing.wait()
            yield listener.messages()
        finally:
            self._listeners[channel].remove(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]
                with contextlib.suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(PREFIX + channel)

    async def close(self) -> None:
        """Let go of connections."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._waiting:
            self._begin_telling()
        if self._telling is not None:
            await self._telling
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose(close_connection_pool=True)

    def _begin_telling(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="tell broadcasts")

    async def _tell(self) -> None:
        """Tell what waits, and together what came while that was told."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            was_told = False
            try:
                async with self._redis.pipeline(transaction=False) as together:
                    for channel, content, _ in waiting:
                        together.publish(channel, content)
                    await together.execute()
                was_told = True
            except (RedisError, OSError) as error:
                log.warning("nothing is told for the moment", reason=str(error))
                self._silent_until = monotonic() + SILENCE
            finally:
                for _, _, told in waiting:
                    if told is not None and not told.done():
                        told.set_result(was_told)

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
        listeners = self._listeners.get(message["channel"].decode().removeprefix(PREFIX), ())
        if message["type"] == "subscribe":
            # Every listener subscribes anew, and the answer comes after what was told before: that is not for it.
            for listener in listeners:
                listener.standing.set()
        elif message["type"] == "message":
            content = json.loads(message["data"])
            for listener in listeners:
                listener.hear(content)


class _Listener:
    def __init__(self) -> None:
        self.standing = asyncio.Event()
        self._waiting: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(BACKLOG)

    def hear(self, message: Mapping[str, Any]) -> None:
        if not self.standing.is_set():
            return
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(message)

    async def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        while True:
            yield await self._waiting.get()


def _content(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"), default=_moment)


def _moment(value: Any) -> str:
    text: str = value.isoformat()
    return text
