"""Sessions that rest: entered and left by one task, whoever uses them, and closed when their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from distro_core.delivery.limits.sessions import OpenSession, SessionPool
from distro_sdk.errors import TransportError
from distro_sdk.transports import TransportSession
from tests.delivery.transports import cut


class Connection:
    """Remembers by which tasks it was entered and left."""

    def __init__(self) -> None:
        self.entered_by: object = None
        self.left_by: object = None

    @asynccontextmanager
    async def open(self, *, fails: bool = False) -> AsyncIterator[TransportSession]:
        """Enter."""
        self.entered_by = asyncio.current_task()
        try:
            if fails:
                raise cut("no way in")
            yield cast(TransportSession, object())
        finally:
            self.left_by = asyncio.current_task()


async def opened(connection: Connection, key: str = "t1:a:x") -> OpenSession:
    session = OpenSession(key)
    await session.open(connection.open())
    return session


async def test_the_task_that_enters_a_connection_leaves_it_although_others_use_it() -> None:
    connection = Connection()
    session = await asyncio.create_task(opened(connection))

    await asyncio.create_task(session.close())

    assert connection.entered_by is connection.left_by is not None
    assert connection.left_by is not asyncio.current_task()


async def test_what_a_connection_raises_comes_out_of_opening_it() -> None:
    connection = Connection()
    session = OpenSession("t1:a:x")

    with pytest.raises(TransportError) as refused:
        await session.open(connection.open(fails=True))

    assert refused.value.message == "no way in"
    assert connection.left_by is connection.entered_by


async def test_a_caller_that_gives_up_leaves_nothing_open() -> None:
    stuck, connection = asyncio.Event(), Connection()

    @asynccontextmanager
    async def slow() -> AsyncIterator[TransportSession]:
        async with connection.open() as session:
            stuck.set()
            await asyncio.Event().wait()
            yield session

    opening = asyncio.create_task(OpenSession("t1:a:x").open(slow()))
    await stuck.wait()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)

    assert opening.cancelled()
    assert connection.left_by is not None


async def test_a_session_without_a_slot_is_not_kept() -> None:
    connection, pool = Connection(), SessionPool(idle=60)

    await pool.give_back(await opened(connection), sound=True)

    assert (pool.resting, pool.take("t1:a:x")) == (0, None)
    assert connection.left_by is not None


def test_who_waits_for_a_connection_is_remembered_once() -> None:
    pool = SessionPool(idle=60)

    pool.note_busy("t1:a:")

    assert [pool.was_busy("t1:b:"), pool.was_busy("t1:a:"), pool.was_busy("t1:a:")] == [False, True, False]
