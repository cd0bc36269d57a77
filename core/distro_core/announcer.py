"""Tells the other processes of writes that concern them, without making the writer wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from distro_core.broadcast import Broadcast
from distro_core.identity.documents import TenantDocument
from distro_core.store.documents import Document, new_id
from distro_core.store.outbox import WAKE_CHANNEL

TENANTS_CHANNEL = "tenants"
"""Here processes tell that a tenant's document was written: {"tenant_id": …, "by": …}."""

Announcement = tuple[str, str | None]


class Announcer:
    """Collects what is to be told and tells it in the background; the same announcement is told once."""

    def __init__(self, broadcast: Broadcast, forget_tenant: Callable[[str], None]) -> None:
        self._broadcast = broadcast
        self._forget_tenant = forget_tenant
        self._waiting: dict[Announcement, None] = {}
        self._wake = asyncio.Event()
        self._name = new_id()

    def written(self, tenant_id: str | None, document: type[Document], id: str, has_events: bool) -> None:
        """Hear of a written document; see `StoreWatcher`."""
        if has_events:
            self._announce(WAKE_CHANNEL, tenant_id)
        if document is TenantDocument:
            self._forget_tenant(id)
            self._announce(TENANTS_CHANNEL, id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is entered, announcements are told, and those of other processes are heard."""
        async with self._broadcast.listen(TENANTS_CHANNEL) as changes:
            telling = asyncio.create_task(self._tell(), name="tell announcements")
            hearing = asyncio.create_task(self._hear(changes), name="hear announcements")
            try:
                yield
            finally:
                for task in (telling, hearing):
                    task.cancel()
                await asyncio.gather(telling, hearing, return_exceptions=True)
                await self._tell_waiting()

    def _announce(self, channel: str, tenant_id: str | None) -> None:
        self._waiting[channel, tenant_id] = None
        self._wake.set()

    async def _tell(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._tell_waiting()

    async def _tell_waiting(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            for channel, tenant_id in list(waiting):
                # Nothing depends on its arrival: outboxes are looked at and tenants are read again after a while.
                await self._broadcast.publish(channel, {"tenant_id": tenant_id, "by": self._name})
                del waiting[channel, tenant_id]
        finally:
            # What was being told when the platform closed is told by the one who closes it.
            self._waiting = {**waiting, **self._waiting}

    async def _hear(self, changes: AsyncIterator[Mapping[str, Any]]) -> None:
        async for change in changes:
            if change["by"] != self._name:
                self._forget_tenant(change["tenant_id"])
