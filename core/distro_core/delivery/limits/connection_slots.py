"""How many connections to a target are open at once, over all workers (row PRO-10).

Each open session holds a slot: an entry in the target's document with an end that is put off while the session lives.
A worker that dies stops doing so, and its slots are free again after `LEASE`.

Who finds no room says so in the document. A session that nobody uses just now is closed then by the worker that keeps
it: its slot is not taken from it, as the receiver would see one connection too many. A look for answers gives way to
deliveries at first; after `LOOK_PATIENCE` the next connection is its own. A test of the connection, for which a person
waits, has the next one at once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from distro_core.delivery.documents import WaitReason
from distro_core.delivery.limits.waits import end_waits
from distro_core.scope import Scope
from distro_core.store.documents import Document, Index, new_id
from distro_sdk.models.base import Model

log = structlog.get_logger("distro.delivery")

LEASE = timedelta(seconds=30)
BEAT = 10.0
"""Seconds between two renewals."""

WANT = timedelta(seconds=4)
"""For how long it is believed that somebody still waits for a connection: who does asks again sooner than that."""

LOOK_PATIENCE = timedelta(seconds=30)
"""For how long a look for answers lets deliveries go before it."""


class HeldSlot(Model):
    """Connections of one session. `weight`: how many it opens at most."""

    token: str
    until: datetime
    weight: int


class ConnectionSlotsDocument(Document):
    """The sessions that are open to the target of the same id.

    `wanted_until`: so long somebody waits for a connection; `look_since`: since when a look for answers waits;
    `reserved_until`: so long no delivery takes the connection for which it waits.
    """

    collection: ClassVar[str] = "connection_slots"
    indexes: ClassVar[tuple[Index, ...]] = ()

    held: tuple[HeldSlot, ...] = ()
    wanted_until: datetime | None = None
    look_since: datetime | None = None
    reserved_until: datetime | None = None


class Slot:
    """Leave for a session to be open, until `release`."""

    def __init__(self, scope: Scope, target_id: str, token: str) -> None:
        self._raw = scope.store.collection(ConnectionSlotsDocument).raw
        self._scope = scope
        self._target_id = target_id
        self._where = {"_id": target_id, "held.token": token}
        self._token = token
        self._beating: asyncio.Task[None] | None = None
        # What is released before costs a timer and no task.
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._begin_beating)

    async def release(self) -> None:
        """Let somebody else connect."""
        self._timer.cancel()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        try:
            await self._raw.update_one(self._where, {"$pull": {"held": {"token": self._token}}})
        except PyMongoError as error:
            log.warning("slot_not_released", reason=str(error))

    async def is_wanted(self, *, by_look: bool = False) -> bool:
        """Whether somebody waits for a connection to the target; of all that ask, one is told for each who waits.

        `by_look`: only a look for answers counts whose patience is over.
        """
        now = self._scope.clock.now()
        where = {"_id": self._target_id, "wanted_until": {"$gt": now}}
        where |= {"reserved_until": {"$gt": now}} if by_look else {}
        try:
            result = await self._raw.update_one(where, {"$set": {"wanted_until": None}})
        except PyMongoError as error:
            log.warning("slot_not_looked_at", reason=str(error))
            return False
        return bool(result.matched_count)

    async def wake_next(self) -> None:
        """Tell the delivery whose turn it is, of those that wait for a connection, that there is one."""
        try:
            await end_waits(self._scope, self._target_id, WaitReason.CONNECTIONS, most=1)
        except PyMongoError as error:
            log.warning("nobody_woken", reason=str(error))

    def _begin_beating(self) -> None:
        self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            try:
                until = self._scope.clock.now() + LEASE
                await self._raw.update_one(self._where, {"$set": {"held.$.until": until}})
            except PyMongoError as error:
                log.warning("slot_not_renewed", reason=str(error))
            await asyncio.sleep(BEAT)


async def take_slot(
    scope: Scope,
    target_id: str,
    weight: int,
    limit: int,
    *,
    look: bool = False,
    patience: timedelta = LOOK_PATIENCE,
) -> Slot | None:
    """A slot for a session of so many connections, or None where that would be more than `limit` at once.

    `look`: it is for a look for answers, which lets deliveries go before it for as long as `patience`.
    """
    token, now = new_id(), scope.clock.now()
    slot = {"token": token, "until": now + LEASE, "weight": weight}
    held = {"$ifNull": ["$held", []]}
    alive: dict[str, Any] = {"$filter": {"input": held, "cond": {"$gt": ["$$this.until", now]}}}
    taken: dict[str, Any] = {"$sum": {"$map": {"input": alive, "in": "$$this.weight"}}}
    # What is missing or null sorts before every date: nothing is reserved then.
    reserved: Any = 0 if look else {"$cond": [{"$gt": ["$reserved_until", now]}, 1, 0]}
    has_room = {"$lte": [{"$add": [taken, reserved, weight]}, limit]}
    written: dict[str, Any] = {
        "held": {"$cond": [has_room, {"$concatArrays": [alive, [slot]]}, alive]},
        "wanted_until": {"$cond": [has_room, {"$ifNull": ["$wanted_until", None]}, now + WANT]},
    }
    if look:
        written |= _line_of_looks(now, has_room, patience)
    found = await scope.store.collection(ConnectionSlotsDocument).raw.find_one_and_update(
        {"_id": target_id},
        [{"$set": written}],
        upsert=True,
        projection={"held": {"$elemMatch": {"token": token}}},
        return_document=ReturnDocument.AFTER,
    )
    return Slot(scope, target_id, token) if found.get("held") else None


def _line_of_looks(now: datetime, has_room: dict[str, Any], patience: timedelta) -> dict[str, Any]:
    """Since when a look waits, and from when on a connection is kept for it."""
    since = {"$ifNull": ["$look_since", now]}
    out_of_patience = {"$lte": [since, now - patience]}
    return {
        "look_since": {"$cond": [has_room, None, since]},
        "reserved_until": {"$cond": [{"$and": [{"$not": has_room}, out_of_patience]}, now + WANT, None]},
    }
