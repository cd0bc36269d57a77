"""How far each file of an attempt has come, as it is shown to people (row RTY-03) and asked whether to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from distro_core.delivery.documents import DeliveryDocument, FileTransfer, TransferStatus
from distro_core.delivery.packaging import PackedFile
from distro_core.delivery.transitions import LeaseLost
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.transports import Progress

log = structlog.get_logger("distro.delivery")

SECONDS_BETWEEN_WRITES = 1.0
LONGEST_WAIT = 0.5
"""Seconds for which what became of small files waits for more of it: one by one they were most of all writes."""
WORTH_ANNOUNCING = 1 << 20
"""Bytes from which a file's start and end are written down at once: a smaller one is there before anybody looks."""


class DeliveryCancelled(Exception):
    """A delivery of the batch was cancelled, or its release changed, while it was being uploaded."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__(f"delivery {delivery_id} was cancelled or must not arrive any more")
        self.delivery_id = delivery_id


class AttemptProgress:
    """Writes the files of the running attempt into its deliveries.

    Every write asks at once whether the delivery is still uploading and still ours; `DeliveryCancelled` or `LeaseLost`
    is raised where not, so that an upload stops between two files and, where a file takes long, within a second.
    """

    def __init__(self, scope: Scope, deliveries: Sequence[DeliveryDocument], files: Sequence[PackedFile]) -> None:
        self._raw = scope.store.collection(DeliveryDocument).raw
        self._holders = {delivery.id: delivery.holder for delivery in deliveries}
        self._attempts = {delivery.id: len(delivery.attempts) - 1 for delivery in deliveries}
        self._files = {delivery.id: [file for file in files if _concerns(file, delivery)] for delivery in deliveries}
        self._places: dict[str, list[tuple[str, int]]] = {}
        self._unwritten: dict[str, dict[str, Any]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._stopped_by: Exception | None = None
        for delivery_id, listed in self._files.items():
            for index, file in enumerate(listed):
                self._places.setdefault(file.path, []).append((delivery_id, index))

    def pending(self, delivery_id: str) -> Mapping[str, Any]:
        """All files of a delivery as pending, to be set on it as its upload begins."""
        listed = self._files[delivery_id]
        files = tuple(FileTransfer(path=file.path, kind=file.file.kind, total_bytes=file.size) for file in listed)
        return {f"attempts.{self._attempts[delivery_id]}.files": files}

    async def unwritten(self, delivery_id: str) -> Mapping[str, Any]:
        """What is not written yet, for the caller to set on the delivery with something else, and `forget` then."""
        await self._written()
        return self._unwritten.get(delivery_id, {})

    def forget(self, delivery_id: str) -> None:
        """Leave out what the caller has written."""
        self._unwritten.pop(delivery_id, None)

    async def end(self) -> None:
        """Write what is not written yet, whatever became of the deliveries, unless they are somebody else's now."""
        if self._timer is not None:
            self._timer.cancel()
        await self._written()
        for delivery_id, values in self._unwritten.items():
            await self._raw.update_one({"_id": delivery_id, "holder": self._holders[delivery_id]}, {"$set": values})
        self._unwritten.clear()

    async def started(self, file: PackedFile) -> Progress:
        """Say that a file is on its way; returns what the transport is to call with the bytes so far."""
        self._check()
        if file.size >= WORTH_ANNOUNCING:
            await self._set(file, status=TransferStatus.UPLOADING, bytes_transferred=0)
        written = monotonic()

        async def moved(count: int) -> None:
            nonlocal written
            if monotonic() - written >= SECONDS_BETWEEN_WRITES:
                written = monotonic()
                await self._set(file, status=TransferStatus.UPLOADING, bytes_transferred=count)

        return moved

    async def ended(self, file: PackedFile, status: TransferStatus) -> None:
        """Say how a file ended; a skipped one moved no bytes. That of a small one is written a little later."""
        self._check()
        moved = {"bytes_transferred": file.size} if status is TransferStatus.COMPLETED else {}
        if file.size >= WORTH_ANNOUNCING or status is TransferStatus.FAILED:
            await self._set(file, status=status, **moved)
            return
        for delivery_id, values in self._values(file, status=status, **moved):
            self._unwritten.setdefault(delivery_id, {}).update(values)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT, self._begin_writing)

    async def _written(self) -> None:
        if self._writing:
            await asyncio.gather(*self._writing)

    def _check(self) -> None:
        if self._stopped_by is not None:
            raise self._stopped_by

    def _begin_writing(self) -> None:
        self._timer = None
        task = asyncio.create_task(self._write_unwritten(), name="write what became of small files")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_unwritten(self) -> None:
        for delivery_id in list(self._unwritten):
            try:
                await self._write(delivery_id, {})
            except (DeliveryCancelled, LeaseLost) as stopped:
                self._stopped_by = stopped
            except PyMongoError as error:
                log.warning("file_progress_not_written", reason=str(error))

    async def _set(self, file: PackedFile, **values: Any) -> None:
        for delivery_id, encoded in self._values(file, **values):
            await self._write(delivery_id, encoded)

    def _values(self, file: PackedFile, **values: Any) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for delivery_id, index in self._places[file.path]:
            place = f"attempts.{self._attempts[delivery_id]}.files.{index}"
            found.append((delivery_id, {f"{place}.{name}": encode(value) for name, value in values.items()}))
        return found

    async def _write(self, delivery_id: str, values: Mapping[str, Any]) -> None:
        values = {**self._unwritten.pop(delivery_id, {}), **values}
        holder = self._holders[delivery_id]
        where = {"_id": delivery_id, "status": DeliveryStatus.UPLOADING.value, "holder": holder}
        written = False
        try:
            written = (await self._raw.update_one(where, {"$set": values})).matched_count > 0
        finally:
            if not written:
                self._unwritten[delivery_id] = {**values, **self._unwritten.get(delivery_id, {})}
        if not written:
            latest = await self._raw.find_one({"_id": delivery_id}, {"holder": 1})
            raise LeaseLost(delivery_id) if latest["holder"] != holder else DeliveryCancelled(delivery_id)


def _concerns(file: PackedFile, delivery: DeliveryDocument) -> bool:
    return file.file.delivery_id in {None, delivery.id}
