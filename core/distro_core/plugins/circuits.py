"""Circuit breakers of plugins: one that fails a tenant again and again is left alone for a while, in every process.

Closed: it is called. Open: it is not, until its rest is over; then one call of one process tries it, and the others
wait for what comes of that. What the store says counts. A process only remembers the circuits that it knows to have
failures, so that calling a plugin that does well costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import structlog
from pymongo.errors import PyMongoError

from distro_core.broadcast import Broadcast
from distro_core.clock import Clock
from distro_core.store.collection import Change
from distro_core.store.documents import Document, Index
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

log = structlog.get_logger("distro.plugins")

RESTS: Final = "PLUGIN_RESTS"
CHANNEL: Final = "plugin_circuits"
KEEP: Final = 86_400
"""Seconds after the last failure for which it is remembered."""

Key = tuple[str, str]
"""The ids of a plugin and of a tenant."""


class PluginCircuitDocument(Document):
    """How a plugin does for a tenant. `failures`: in a row; `reason`: the last; `rests_until`: None while called."""

    collection: ClassVar[str] = "plugin_circuits"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("circuit", (("plugin_id", 1), ("tenant_id", 1)), unique=True),
        Index("expiry", (("failed_at", 1),), expire_after=KEEP),
    )

    plugin_id: str
    tenant_id: str
    failures: int = 0
    failed_at: datetime
    rests_until: datetime | None = None
    reason: str = ""


class PluginCircuits:
    """`most`: failures in a row after which a circuit opens; `rest`: seconds for which it stays open."""

    def __init__(self, control: ControlStore, broadcast: Broadcast, clock: Clock, *, most: int, rest: float) -> None:
        self.suspects: dict[Key, datetime | None] = {}
        self._circuits = control.collection(PluginCircuitDocument)
        self._broadcast = broadcast
        self._clock = clock
        self._most = most
        self._rest = timedelta(seconds=rest)

    async def admits(self, plugin: str, tenant_id: str) -> bool:
        """Whether a plugin may be called for a tenant; True for one caller where a circuit is to be tried."""
        until = self.suspects.get((plugin, tenant_id))
        if until is None:
            return True
        now = self._clock.now()
        if now < until:
            return False
        try:
            return await self._claim_trial(plugin, tenant_id, now)
        except PyMongoError:
            log.warning("plugin_circuit_unknown", plugin=plugin, tenant_id=tenant_id)
            return True

    async def note_failure(self, plugin: str, tenant_id: str, reason: str) -> None:
        """Count a failure; opens the circuit with the last that is borne, and after a trial that failed."""
        try:
            circuit = await self._count(plugin, tenant_id, reason[:500])
        except PyMongoError:
            log.warning("plugin_failure_not_counted", plugin=plugin, tenant_id=tenant_id)
            return
        self.suspects[plugin, tenant_id] = circuit.rests_until
        if circuit.rests_until is not None:
            log.error("plugin_rests", plugin=plugin, tenant_id=tenant_id, until=circuit.rests_until.isoformat())
            await self._tell(circuit, circuit.rests_until)

    async def note_success(self, plugin: str, tenant_id: str) -> None:
        """Close the circuit of a plugin that did well again."""
        self.suspects.pop((plugin, tenant_id), None)
        try:
            circuit = await self._circuits.find_one({"plugin_id": plugin, "tenant_id": tenant_id})
            if circuit is not None:
                await self._circuits.delete(circuit.id)
                await self._tell(circuit, None)
        except PyMongoError:
            log.warning("plugin_circuit_not_closed", plugin=plugin, tenant_id=tenant_id)

    async def find(self, plugin: str, tenant_id: str) -> PluginCircuitDocument | None:
        """How a plugin does for a tenant; None where it does well."""
        return await self._circuits.find_one({"plugin_id": plugin, "tenant_id": tenant_id})

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """While this is entered, what other processes find out is known here."""
        async with self._broadcast.listen(CHANNEL) as messages:
            for circuit in await self._circuits.list({"rests_until": {"$ne": None}}):
                self.suspects[circuit.plugin_id, circuit.tenant_id] = circuit.rests_until
            hearing = asyncio.create_task(self._hear(messages), name="hear of circuits of plugins")
            try:
                yield
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    async def _count(self, plugin: str, tenant_id: str, reason: str) -> PluginCircuitDocument:
        now = self._clock.now()
        where = {"plugin_id": plugin, "tenant_id": tenant_id}
        change = Change(set={"failed_at": now, "reason": reason}, increment={"failures": 1})
        circuit = await self._circuits.try_update(where, change)
        if circuit is None:
            first = PluginCircuitDocument(
                plugin_id=plugin, tenant_id=tenant_id, failures=1, failed_at=now, reason=reason
            )
            try:
                circuit = await self._circuits.insert(first)
            except DomainError as error:
                if error.code != "ALREADY_EXISTS":
                    raise
                return await self._count(plugin, tenant_id, reason)
        if circuit.failures < self._most:
            return circuit
        opened = await self._circuits.try_update({"id": circuit.id}, Change(set={"rests_until": now + self._rest}))
        return opened or circuit

    async def _claim_trial(self, plugin: str, tenant_id: str, now: datetime) -> bool:
        where = {"plugin_id": plugin, "tenant_id": tenant_id, "rests_until": {"$lte": now}}
        claimed = await self._circuits.try_update(where, Change(set={"rests_until": now + self._rest}))
        if claimed is not None:
            log.info("plugin_tried_again", plugin=plugin, tenant_id=tenant_id)
            self.suspects[plugin, tenant_id] = claimed.rests_until
            return True
        circuit = await self.find(plugin, tenant_id)
        if circuit is None or circuit.rests_until is None:
            self.suspects.pop((plugin, tenant_id), None)
            return True
        self.suspects[plugin, tenant_id] = circuit.rests_until
        return False

    async def _tell(self, circuit: PluginCircuitDocument, rests_until: datetime | None) -> None:
        told = rests_until.isoformat() if rests_until else None
        message = {"plugin_id": circuit.plugin_id, "tenant_id": circuit.tenant_id, "rests_until": told}
        await self._broadcast.publish(CHANNEL, message)

    async def _hear(self, messages: AsyncIterator[Mapping[str, Any]]) -> None:
        async for message in messages:
            key = (message["plugin_id"], message["tenant_id"])
            if message["rests_until"] is None:
                self.suspects.pop(key, None)
            else:
                self.suspects[key] = datetime.fromisoformat(message["rests_until"])


def resting(plugin: str) -> DomainError:
    """The error for a plugin that is left alone."""
    return DomainError(RESTS, f"plugin {plugin} failed again and again and is left alone for a while")
