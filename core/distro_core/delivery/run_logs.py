"""The log of a delivery while a worker works on it: lines are written together, several times a second.

One by one they were half of all that a small delivery asks of the database. A worker that is killed loses the lines of
its last moment; the next one writes down that it was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from pymongo.errors import PyMongoError

from distro_core.delivery.documents import DeliveryDocument, DeliveryLogDocument
from distro_core.delivery.logs import StepLog
from distro_core.scope import Scope

log = structlog.get_logger("distro.delivery")

LONGEST_WAIT = 0.2
"""Seconds for which a line waits for others."""


class RunLog(StepLog):
    """A `StepLog` that writes a little later; `flush` writes what waits."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope, ())
        self._lines: list[DeliveryLogDocument] = []
        self._steps: dict[str, tuple[str, datetime]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def flush(self) -> None:
        """Write all lines that wait. What cannot be written is lost and told: a delivery does not fail of it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await asyncio.gather(*self._writing)
        await self._write_out()

    async def _store(self, lines: Sequence[DeliveryLogDocument]) -> None:
        self._lines += lines
        self._wait()

    async def _show(self, step: str, ids: Sequence[str] | None = None) -> None:
        now = self._scope.clock.now()
        self._steps |= dict.fromkeys(ids or self.delivery_ids, (step, now))
        self._wait()

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT, self._begin_writing)

    def _begin_writing(self) -> None:
        self._timer = None
        task = asyncio.create_task(self._write_out(), name="write the log of deliveries")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_out(self) -> None:
        lines, self._lines = self._lines, []
        steps, self._steps = self._steps, {}
        together: dict[tuple[str, datetime], list[str]] = {}
        for delivery_id, shown in steps.items():
            together.setdefault(shown, []).append(delivery_id)
        raw = self._scope.store.collection(DeliveryDocument).raw
        try:
            await asyncio.gather(
                super()._store(lines),
                *(
                    raw.update_many({"_id": {"$in": ids}}, {"$set": {"current_step": step, "last_log_at": at}})
                    for (step, at), ids in together.items()
                ),
            )
        except PyMongoError as error:
            log.warning("log_lines_lost", lines=len(lines), reason=str(error))
