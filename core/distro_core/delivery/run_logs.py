"""The logs of deliveries while workers work on them: lines of all runs of a process are written together.

So is what they note aside, at releases and targets, for people to read, and the end of their batches. One by one that
was half of all that a small delivery asks of the database. A run does not wait for it while others are under way. A
worker that is killed loses the lines of its last moment; the next one writes down that it was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from distro_core.delivery.documents import BatchDocument, DeliveryDocument, DeliveryLogDocument
from distro_core.delivery.logs import StepLog, store_lines
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_core.store.documents import Document

log = structlog.get_logger("distro.delivery")

LONGEST_WAIT = 0.2
"""Seconds for which a line waits for others."""

MOST_BEHIND = 3
"""Sheets that may wait for the database before a run that ends waits too."""


class RunLog(StepLog):
    """A `StepLog` that writes a little later; `flush` writes what waits, and may be called again."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope, ())
        self._writer = scope.log_writer or LogWriter()
        self._sheets: list[Sheet] = []
        self._steps: dict[str, tuple[str, datetime]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writer.runs.add(self)

    def note(self, document_type: type[Document], id: str, fields: Mapping[str, Any]) -> None:
        """Write fields of a document aside, which is no edit of it: its revision stays. The last to write is heard."""
        self._sheet().notes.setdefault((document_type, id), {}).update(fields)

    def end_with(self, closing: UpdateOne) -> None:
        """Have the batch of the run closed when everything is written; where that fails, its lease runs out."""
        self._sheet().closings.append(closing)

    async def flush(self) -> None:
        """Have everything written: before this returns where no other run is under way, else before long.

        What cannot be written is lost and told: no delivery fails of it.
        """
        self._show_steps()
        try:
            await self._writer.end([sheet for sheet in self._sheets if not sheet.is_written])
        finally:
            self._writer.runs.discard(self)

    async def _add(self, step: str, lines: Sequence[DeliveryLogDocument]) -> None:
        await self._show(step, [line.delivery_id for line in lines])
        self._sheet().lines += lines

    async def _show(self, step: str, ids: Sequence[str] | None = None) -> None:
        self._steps |= dict.fromkeys(ids or self.delivery_ids, (step, self._scope.clock.now()))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT, self._show_steps)

    def _show_steps(self) -> None:
        """Have the latest step of each delivery written: those that pass at once need not be seen."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        steps, self._steps = self._steps, {}
        if steps:
            self._sheet().steps |= steps

    def _sheet(self) -> Sheet:
        sheet = self._writer.sheet(self._scope)
        if sheet not in self._sheets:
            self._sheets = [*(each for each in self._sheets if not each.is_written), sheet]
        return sheet


class Sheet:
    """What is written at once of the deliveries of one tenant.

    `steps`: the current one of each, and since when; `notes`: fields of other documents; `closings`: of batches, when
    all that is written.
    """

    def __init__(self, scope: Scope) -> None:
        self.lines: list[DeliveryLogDocument] = []
        self.notes: dict[tuple[type[Document], str], dict[str, Any]] = {}
        self.closings: list[UpdateOne] = []
        self.steps: dict[str, tuple[str, datetime]] = {}
        self.writing: asyncio.Task[None] | None = None
        self._scope = scope

    @property
    def is_written(self) -> bool:
        """Whether nothing of it is left to be written."""
        return self.writing is not None and self.writing.done()

    async def write(self) -> None:
        """Write everything; to be called once."""
        changes: dict[type[Document], list[UpdateOne]] = {}
        for delivery_id, (step, at) in self.steps.items():
            shown = UpdateOne({"_id": delivery_id}, {"$set": {"current_step": step, "last_log_at": at}})
            changes.setdefault(DeliveryDocument, []).append(shown)
        for (document_type, id), fields in self.notes.items():
            changes.setdefault(document_type, []).append(UpdateOne({"_id": id}, {"$set": encode(fields)}))
        store = self._scope.store
        written = [store.collection(kind).raw.bulk_write(each, ordered=False) for kind, each in changes.items()]
        try:
            await asyncio.gather(store_lines(self._scope, self.lines), *written)
        except PyMongoError as error:
            log.warning("log_lines_lost", lines=len(self.lines), reason=str(error))
        if self.closings:
            try:
                await store.collection(BatchDocument).raw.bulk_write(self.closings, ordered=False)
            except PyMongoError as error:
                log.warning("batches_not_closed", batches=len(self.closings), reason=str(error))


class LogWriter:
    """Writes for all runs of a process. `runs`: those under way."""

    def __init__(self) -> None:
        self.runs: set[RunLog] = set()
        self._open: dict[str, Sheet] = {}
        self._behind: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    def sheet(self, scope: Scope) -> Sheet:
        """Where the next line of a tenant belongs; it is written before long."""
        found = self._open.get(scope.tenant_id)
        if found is None:
            found = self._open[scope.tenant_id] = Sheet(scope)
            asyncio.get_running_loop().call_later(LONGEST_WAIT, self._begin, found)
        return found

    async def end(self, sheets: Sequence[Sheet]) -> None:
        """Let a run end that has written on these; it waits for them where it is alone, or the database is slow."""
        if len(self.runs) <= 1:
            await asyncio.gather(*(asyncio.shield(self._begin(sheet)) for sheet in sheets))
        elif len(self._behind) > MOST_BEHIND:
            await asyncio.wait(self._behind, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Write what waits."""
        for sheet in list(self._open.values()):
            self._begin(sheet)
        await asyncio.gather(*self._behind)

    def _begin(self, sheet: Sheet) -> asyncio.Task[None]:
        if sheet.writing is None:
            self._open = {tenant_id: each for tenant_id, each in self._open.items() if each is not sheet}
            sheet.writing = asyncio.create_task(self._write_in_turn(sheet), name="write the log of deliveries")
            self._behind.add(sheet.writing)
            sheet.writing.add_done_callback(self._behind.discard)
        return sheet.writing

    async def _write_in_turn(self, sheet: Sheet) -> None:
        """One after the other, so that no step is shown again that has passed."""
        async with self._turn:
            await sheet.write()
