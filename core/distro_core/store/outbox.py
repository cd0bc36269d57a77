"""Tells events that lie in the outboxes of documents: to the core, to the tenant's plugins, and to whoever listens.

An event is written together with the change that it tells of, in the same document, so neither is without the other.
It is taken out when everybody took it; until then it is told again, so that each event is told
at least once. Relays may run in many processes: a document is claimed by one of them at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from distro_core.broadcast import Broadcast
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.documents import Document, new_id
from distro_core.store.driver import DriverCollection
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.models.events import Event, event_adapter

log = structlog.get_logger(__name__)

WAKE_CHANNEL = "outbox"
"""Here processes tell that events were written: {"tenant_id": …, "by": …}, None for the control database."""

AT_ONCE = 8
"""Tenants whose events are told at the same time."""
CLAIM = timedelta(seconds=60)
"""For how long a relay has a document to itself."""
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
PAUSE_AFTER_FAULT = 1.0

EventHandler = Callable[[Scope, Event], Awaitable[None]]
"""What the core itself does about an event of a tenant. Must bear repetition; raises where it is to be told again."""


class Tenancy(Protocol):
    """What the relay needs of the platform."""

    @property
    def control(self) -> ControlStore:
        """The control database."""
        ...

    @property
    def broadcast(self) -> Broadcast:
        """Where events are told to listeners."""
        ...

    @property
    def outboxes(self) -> tuple[Sequence[type[Document]], Sequence[type[Document]]]:
        """The types of document with events, in the control database and in a tenant's."""
        ...

    @property
    def event_handlers(self) -> Sequence[EventHandler]:
        """What in the core wants to be told of events."""
        ...

    async def scope(self, tenant_id: str, actor: str) -> Scope:
        """A tenant's store and plugins; raises NOT_FOUND."""
        ...

    async def tenant_ids(self) -> Sequence[str]:
        """All tenants."""
        ...


class OutboxRelay:
    """Moves events from documents to plugins and listeners. `platform`: whose tenants are served."""

    def __init__(self, platform: Tenancy) -> None:
        self._platform = platform
        self._control_types, self._tenant_types = platform.outboxes
        self._woken: set[str | None] = set()
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event, *, interval: float) -> None:
        """Tell events soon after they are written, until `stop` is set.

        `interval`: seconds between two looks at every tenant, which find what nobody told of.
        """
        async with self._platform.broadcast.listen(WAKE_CHANNEL) as wishes:
            helpers = [asyncio.create_task(self._hear(wishes)), asyncio.create_task(self._hear_stop(stop))]
            try:
                loop = asyncio.get_running_loop()
                look_at_all = loop.time()
                while not stop.is_set():
                    if loop.time() >= look_at_all:
                        await self._guard(self.relay_all())
                        look_at_all = loop.time() + interval
                    await self._wait(look_at_all - loop.time())
                    woken, self._woken = self._woken, set()
                    await self._guard(self._relay_some(woken))
            finally:
                for helper in helpers:
                    helper.cancel()
                await asyncio.gather(*helpers, return_exceptions=True)

    async def relay_all(self) -> int:
        """Tell every event that lies anywhere; how many were told."""
        return await self._relay_some((None, *await self._platform.tenant_ids()))

    async def relay_tenant(self, tenant_id: str) -> int:
        """Tell a tenant's events now; how many were told."""
        try:
            store = (await self._platform.scope(tenant_id, SYSTEM_ACTOR)).store
        except DomainError:
            return 0
        raw = [store.collection(document).raw for document in self._tenant_types]
        return sum([await self._relay(collection, tenant_id) for collection in raw])

    async def relay_control(self) -> int:
        """Tell the events of the control database now; how many were told."""
        raw = [self._platform.control.collection(document).raw for document in self._control_types]
        return sum([await self._relay(collection, None) for collection in raw])

    async def _relay_some(self, tenant_ids: Iterable[str | None]) -> int:
        room = asyncio.Semaphore(AT_ONCE)

        async def relay_one(tenant_id: str | None) -> int:
            async with room:
                return await (self.relay_control() if tenant_id is None else self.relay_tenant(tenant_id))

        return sum(await asyncio.gather(*map(relay_one, tenant_ids)))

    async def _relay(self, collection: DriverCollection, tenant_id: str | None) -> int:
        count = 0
        while (document := await _claim(collection)) is not None:
            told: list[str] = []
            pause: timedelta | None = None
            for raw in document["outbox"]:
                if await self._tell(raw):
                    told.append(raw["id"])
                else:
                    pause = _pause(raw)
            await _release(collection, document, told, pause)
            if pause is not None:
                asyncio.get_running_loop().call_later(pause.total_seconds(), self._call, tenant_id)
            count += len(told)
        return count

    async def _tell(self, raw: Mapping[str, Any]) -> bool:
        try:
            event: Event = event_adapter.validate_python(raw)
        except ValidationError as error:
            log.error("event is not understood and stays in its outbox", event_id=raw["id"], reason=str(error))
            return False
        try:
            scope = await self._platform.scope(event.tenant_id, SYSTEM_ACTOR)
        except DomainError:
            # The tenant was deleted: there is nobody left to tell.
            return True
        was_handled = await self._handle(scope, event)
        was_broadcast = await self._platform.broadcast.publish(
            f"{scope.tenant_key}:events", event.model_dump(mode="json")
        )
        return await scope.plugins.on_event(event) and was_handled and was_broadcast

    async def _handle(self, scope: Scope, event: Event) -> bool:
        was_handled = True
        for handler in self._platform.event_handlers:
            try:
                await handler(scope, event)
            except Exception:
                # An event that one handler cannot take must not hold up the others.
                log.exception("event could not be handled and is told again", event_id=event.id)
                was_handled = False
        return was_handled

    async def _hear(self, wishes: AsyncIterator[Mapping[str, Any]]) -> None:
        async for wish in wishes:
            self._call(wish["tenant_id"])

    async def _hear_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    def _call(self, tenant_id: str | None) -> None:
        self._woken.add(tenant_id)
        self._wake.set()

    async def _wait(self, longest: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(longest, 0)):
                await self._wake.wait()
        self._wake.clear()

    async def _guard(self, work: Awaitable[int]) -> None:
        try:
            await work
        except (PyMongoError, RedisError, OSError) as error:
            # What was not told now is found by the next look at every tenant.
            log.warning("events are not told for the moment", reason=str(error))
            await asyncio.sleep(PAUSE_AFTER_FAULT)


async def _claim(collection: DriverCollection) -> dict[str, Any] | None:
    now = datetime.now(UTC)
    free = [{"outbox_claim": {"$exists": False}}, {"outbox_claim.until": {"$lt": now}}]
    claimed: dict[str, Any] | None = await collection.find_one_and_update(
        {"outbox.id": {"$exists": True}, "$or": free},
        {"$set": {"outbox_claim": {"holder": new_id(), "until": now + CLAIM}}},
        projection={"outbox": 1, "outbox_claim": 1},
        return_document=ReturnDocument.AFTER,
    )
    return claimed


async def _release(
    collection: DriverCollection, document: Mapping[str, Any], told: Sequence[str], pause: timedelta | None
) -> None:
    mine = {"_id": document["_id"], "outbox_claim.holder": document["outbox_claim"]["holder"]}
    taken_out = {"$pull": {"outbox": {"id": {"$in": list(told)}}}}
    claim = (
        {"$unset": {"outbox_claim": ""}}
        if pause is None
        else {"$set": {"outbox_claim.until": datetime.now(UTC) + pause}}
    )
    released = await collection.update_one(mine, {**taken_out, **claim})
    if released.matched_count == 0:
        # Telling took longer than the claim; what was told is taken out all the same.
        await collection.update_one({"_id": document["_id"]}, taken_out)


def _pause(raw: Mapping[str, Any]) -> timedelta:
    """How long to wait before telling an event again: longer for one that has been waiting long already."""
    waiting: timedelta = datetime.now(UTC) - raw["at"]
    return min(max(waiting, SHORTEST_PAUSE), LONGEST_PAUSE)
