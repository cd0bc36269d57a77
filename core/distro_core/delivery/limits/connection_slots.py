"""How many connections to a target are open at once, over all workers (row PRO-10).

Each open session holds a slot: an entry in the target's document with an end that is put off while the session lives.
A worker that dies stops doing so, and its slots are free again after `LEASE`.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from distro_core.scope import Scope
from distro_core.store.documents import Document, Index, new_id
from distro_sdk.models.base import Model

log = structlog.get_logger("distro.delivery")

LEASE = timedelta(seconds=30)
BEAT = 10.0
"""Seconds between two renewals."""


class HeldSlot(Model):
    """Connections of one session. `weight`: how many it opens at most."""

    token: str
    until: datetime
    weight: int


class ConnectionSlotsDocument(Document):
    """The sessions that are open to the target of the same id."""

    collection: ClassVar[str] = "connection_slots"
    indexes: ClassVar[tuple[Index, ...]] = ()

    held: tuple[HeldSlot, ...] = ()


class Slot:
    """Leave for a session to be open, until `release`."""

    def __init__(self, scope: Scope, target_id: str, token: str) -> None:
        self._raw = scope.store.collection(ConnectionSlotsDocument).raw
        self._scope = scope
        self._where = {"_id": target_id, "held.token": token}
        self._token = token
        self._beating = asyncio.create_task(self._beat())

    async def release(self) -> None:
        """Let somebody else connect."""
        self._beating.cancel()
        await asyncio.gather(self._beating, return_exceptions=True)
        try:
            await self._raw.update_one(self._where, {"$pull": {"held": {"token": self._token}}})
        except PyMongoError as error:
            log.warning("slot_not_released", reason=str(error))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                until = self._scope.clock.now() + LEASE
                await self._raw.update_one(self._where, {"$set": {"held.$.until": until}})
            except PyMongoError as error:
                log.warning("slot_not_renewed", reason=str(error))


async def take_slot(scope: Scope, target_id: str, weight: int, limit: int) -> Slot | None:
    """A slot for a session of so many connections, or None where that would be more than `limit` at once."""
    token, now = new_id(), scope.clock.now()
    slot = {"token": token, "until": now + LEASE, "weight": weight}
    held = {"$ifNull": ["$held", []]}
    alive: dict[str, Any] = {"$filter": {"input": held, "cond": {"$gt": ["$$this.until", now]}}}
    taken = {"$sum": {"$map": {"input": alive, "in": "$$this.weight"}}}
    has_room = {"$lte": [{"$add": [taken, weight]}, limit]}
    written = [{"$set": {"held": {"$cond": [has_room, {"$concatArrays": [alive, [slot]]}, alive]}}}]
    found = await scope.store.collection(ConnectionSlotsDocument).raw.find_one_and_update(
        {"_id": target_id},
        written,
        upsert=True,
        projection={"held": {"$elemMatch": {"token": token}}},
        return_document=ReturnDocument.AFTER,
    )
    return Slot(scope, target_id, token) if found.get("held") else None
