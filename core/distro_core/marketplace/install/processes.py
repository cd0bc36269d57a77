"""What each process has imported of installed plugins: Python forgets no code until the process begins anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from distro_core.store.documents import Document, Index, new_id
from distro_core.store.stores import ControlStore

TOLD_AGAIN = timedelta(seconds=30)
FORGOTTEN = timedelta(seconds=90)
"""After which a process counts as gone that has said nothing."""


class PluginProcessDocument(Document):
    """A process that runs. `imported`: SHA-256 of wheels whose code it has run; `waiting`: ids of plugins for which it
    is to be recycled; `seen_at`: when it said so last.
    """

    collection: ClassVar[str] = "plugin_processes"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("expiry", (("seen_at", 1),), expire_after=int(FORGOTTEN.total_seconds())),
    )

    imported: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    seen_at: datetime


class PluginProcesses:
    """All processes of the deployment, of which this is one."""

    def __init__(self, control: ControlStore) -> None:
        self._processes = control.collection(PluginProcessDocument)
        self._id = new_id()
        self._told: tuple[list[str], list[str]] = ([], [])
        self._told_at = datetime.min.replace(tzinfo=UTC)

    async def tell(self, imported: Collection[str], waiting: Collection[str]) -> None:
        """Say what this process has; it is written where it changed, and again every now and then."""
        now, told = datetime.now(UTC), (sorted(imported), sorted(waiting))
        if told == self._told and (told == ([], []) or now < self._told_at + TOLD_AGAIN):
            return
        fields = {"imported": told[0], "waiting": told[1], "seen_at": now}
        begin = {"created_at": now, "updated_at": now, "revision": 1}
        await self._processes.raw.update_one({"_id": self._id}, {"$set": fields, "$setOnInsert": begin}, upsert=True)
        self._told, self._told_at = told, now

    async def have_imported(self, sha256: str) -> bool:
        """Whether a process has run code of a wheel."""
        return await self._processes.count({"imported": sha256, **_alive()}) > 0

    async def waiting(self) -> frozenset[str]:
        """Ids of the plugins for which a process has yet to begin anew."""
        found = await self._processes.list({"waiting": {"$ne": []}, **_alive()})
        return frozenset(plugin for process in found for plugin in process.waiting)

    async def leave(self) -> None:
        """Say that this process ends."""
        if self._told != ([], []):
            await self._processes.raw.delete_one({"_id": self._id})


def _alive() -> dict[str, Any]:
    return {"seen_at": {"$gt": datetime.now(UTC) - FORGOTTEN}}
