"""The connections of a session: opened when they are needed, kept, and replaced when a server has ended them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from distro_plugins.ftp.connection import Connection
from distro_plugins.ftp.failures import LOGIN, UNAVAILABLE
from distro_sdk.errors import TransportError

TOO_MANY = frozenset({UNAVAILABLE.code, LOGIN.code})
"""How servers refuse a further connection of a user who has some already."""


class Pool:
    """At most `limit` connections, and fewer where the server allows fewer."""

    def __init__(self, open_one: Callable[[], Awaitable[Connection]], limit: int) -> None:
        self._open_one = open_one
        self._limit = limit
        self._resting: list[Connection] = []
        self._open = 0
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for the block alone; one that broke in it is not used again."""
        taken = await self._take()
        try:
            yield taken
        except BaseException:
            # In the middle of a file there is no way back to where commands are understood.
            taken.broken = taken.broken or taken.client.data is not None
            raise
        finally:
            if taken.broken:
                self._forget(taken)
            else:
                taken.rest()
                self._resting.append(taken)
                self._changed.set()

    async def close(self) -> None:
        """Say goodbye on every connection."""
        resting, self._resting = self._resting, []
        await asyncio.gather(*(each.close() for each in resting), return_exceptions=True)

    async def _take(self) -> Connection:
        while True:
            while not self._resting and self._open >= self._limit:
                self._changed.clear()
                await self._changed.wait()
            if self._resting:
                connection = self._resting.pop()
                if await self._is_alive(connection):
                    return connection
                continue
            self._open += 1
            try:
                return await self._open_one()
            except BaseException as error:
                self._open -= 1
                self._changed.set()
                if isinstance(error, TransportError) and error.code in TOO_MANY and self._open:
                    self._limit = self._open
                    continue
                raise

    async def _is_alive(self, connection: Connection) -> bool:
        try:
            alive = await connection.is_alive()
        except BaseException:
            self._forget(connection)
            raise
        if not alive:
            self._forget(connection)
        return alive

    def _forget(self, connection: Connection) -> None:
        self._open -= 1
        connection.client.stop()
        connection.client.close()
        self._changed.set()
