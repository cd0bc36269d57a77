"""Open sessions that are kept for the next delivery to the same target (rows PRO-10, TPF-06).

A session is opened and closed by a task of its own, because it may outlive the task that asked for it. It is lent to
one attempt at a time, and is only kept where that attempt ended well. One that rests gives way to whoever waits for a
connection to its target, in this worker or another.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import structlog
from pydantic import BaseModel, SecretStr

from distro_core.delivery.limits.connection_slots import Slot
from distro_sdk.transports import Transport, TransportSession

log = structlog.get_logger("distro.delivery")

CLOSING = 10.0
"""Seconds that a session may take to say goodbye."""

LOOK = 1.0
"""Seconds between two looks whether somebody waits for the connection of a session that rests."""

_SALT = secrets.token_bytes(16)


class OpenSession:
    """A session with the task that keeps it, and the slot that it holds among all connections to its target."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.session: TransportSession
        self.slot: Slot | None = None
        self._closing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rest: asyncio.Task[None] | None = None
        self._looked_at = asyncio.get_running_loop().time()

    async def open(self, connection: AbstractAsyncContextManager[TransportSession]) -> None:
        """Enter the connection; raises what entering it raises, and lets go of everything then."""
        entered: asyncio.Future[TransportSession] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(connection, entered))
        try:
            self.session = await entered
        except BaseException:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._end())
            raise

    async def close_for_next(self) -> None:
        """Close a session that nobody uses, and tell who waits for a connection."""
        slot = self.slot
        await self.close()
        if slot is not None:
            await slot.wake_next()

    async def close(self) -> None:
        """End the session; what its goodbye raises is of no interest any more."""
        self.wake()
        self._closing.set()
        await asyncio.shield(asyncio.create_task(self._end()))

    def hand_over(self) -> Slot | None:
        """The slot, for the session that follows this one."""
        slot, self.slot = self.slot, None
        return slot

    def rest(self, seconds: float, expire: Callable[[], None]) -> None:
        """Wait for another use, for so long, or until somebody else waits for the connection."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds

        def look() -> None:
            self._rest = asyncio.create_task(self._look_until(end, expire))

        # What is used again at once costs a timer and no task.
        self._timer = loop.call_later(min(seconds, LOOK), look)

    def wake(self) -> None:
        """Do not expire."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    async def makes_way(self) -> bool:
        """Whether this session, of which deliveries never let go, leaves its connection to a look for answers."""
        now = asyncio.get_running_loop().time()
        if self.slot is None or now < self._looked_at + LOOK:
            return False
        self._looked_at = now
        return await self.slot.is_wanted(by_look=True)

    async def _look_until(self, end: float, expire: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        while (left := end - loop.time()) > 0:
            if self.slot is None or await self.slot.is_wanted():
                break
            await asyncio.sleep(min(left, LOOK))
        self._rest = None
        expire()

    async def _keep(
        self, connection: AbstractAsyncContextManager[TransportSession], entered: asyncio.Future[TransportSession]
    ) -> None:
        try:
            async with connection as session:
                if not entered.done():
                    entered.set_result(session)
                await self._closing.wait()
        except Exception as error:  # noqa: BLE001 (whoever waits for the session gets it; a goodbye may fail)
            if not entered.done():
                entered.set_exception(error)
            else:
                log.debug("session_ended_badly", reason=str(error))
        finally:
            if not entered.done():
                entered.cancel()

    async def _end(self) -> None:
        if self._keeper is not None:
            _, running = await asyncio.wait({self._keeper}, timeout=CLOSING)
            for each in running:
                each.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        slot = self.hand_over()
        if slot is not None:
            await slot.release()


class SessionPool:
    """The idle sessions of a worker. `idle`: seconds for which one is kept, 0 for not at all."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self._resting: dict[str, list[OpenSession]] = {}
        self._closings: set[asyncio.Task[None]] = set()
        self._closed = False
        self._busy: set[str] = set()

    def note_busy(self, prefix: str) -> None:
        """Remember that a delivery of this worker waits for a connection."""
        self._busy.add(prefix)

    def was_busy(self, prefix: str) -> bool:
        """Whether a delivery waits for a connection, asked by who lets go of one."""
        if prefix not in self._busy:
            return False
        self._busy.discard(prefix)
        return True

    def take_any(self, prefix: str) -> OpenSession | None:
        """A session that rests and whose key begins so, for the caller alone."""
        return next((self.take(key) for key in self._resting if key.startswith(prefix)), None)

    def take(self, key: str) -> OpenSession | None:
        """A session that rests, for the caller alone."""
        resting = self._resting.get(key)
        if not resting:
            return None
        taken = resting.pop()
        if not resting:
            del self._resting[key]
        taken.wake()
        return taken

    async def give_back(self, session: OpenSession, *, sound: bool) -> None:
        """Keep a session for the next, or close it where it is not sound."""
        kept = sound and self._idle > 0 and session.slot is not None and not await session.makes_way()
        if not kept or self._closed:
            await session.close()
            return
        self._resting.setdefault(session.key, []).append(session)
        session.rest(self._idle, lambda: self._expire(session))

    async def drop(self, prefix: str) -> int:
        """Close all resting sessions whose key begins so; how many they were."""
        dropped = [each for key in [*self._resting] if key.startswith(prefix) for each in self._resting.pop(key)]
        await asyncio.gather(*(each.close() for each in dropped))
        return len(dropped)

    async def close(self) -> None:
        """Close all that rest; what is lent is closed when it comes back."""
        self._closed = True
        await self.drop("")
        if self._closings:
            await asyncio.gather(*self._closings)

    @property
    def resting(self) -> int:
        """How many sessions rest."""
        return sum(len(sessions) for sessions in self._resting.values())

    def _expire(self, session: OpenSession) -> None:
        resting = self._resting.get(session.key, [])
        if session in resting:
            resting.remove(session)
            if not resting:
                del self._resting[session.key]
            closing = asyncio.create_task(session.close_for_next())
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)


def session_key(tenant_id: str, target_id: str, transport: Transport, configuration: BaseModel) -> str:
    """What two deliveries must have in common to use one session; settings that changed make another one.

    Secrets are in it as part of a salted hash that nobody else can repeat.
    """
    digest = hashlib.sha256(_SALT)
    for name, value in sorted(configuration):
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        digest.update(f"{name}={plain!r}\n".encode())
    return f"{tenant_id}:{target_id}:{transport.key}:{digest.hexdigest()}"
