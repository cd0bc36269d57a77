"""How far each file of an attempt has come, as it is shown to people (row RTY-03) and asked whether to go on."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

from distro_core.delivery.documents import DeliveryDocument, FileTransfer, TransferStatus
from distro_core.delivery.packaging import PackedFile
from distro_core.delivery.transitions import LeaseLost
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.transports import Progress

SECONDS_BETWEEN_WRITES = 1.0
WORTH_ANNOUNCING = 1 << 20
"""Bytes from which a file's start is written down: a smaller one is there before anybody looks."""


class DeliveryCancelled(Exception):
    """A delivery of the batch was cancelled while it was being uploaded."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__(f"delivery {delivery_id} was cancelled")
        self.delivery_id = delivery_id


class AttemptProgress:
    """Writes the files of the running attempt into its deliveries.

    Every write asks at once whether the delivery is still uploading and still ours; it raises `DeliveryCancelled` or
    `LeaseLost` where not, so that an upload stops between two files and, where a file takes long, within a second.
    """

    def __init__(self, scope: Scope, deliveries: Sequence[DeliveryDocument], files: Sequence[PackedFile]) -> None:
        self._scope = scope
        self._raw = scope.store.collection(DeliveryDocument).raw
        self._holders = {delivery.id: delivery.holder for delivery in deliveries}
        self._attempts = {delivery.id: len(delivery.attempts) - 1 for delivery in deliveries}
        self._files = {delivery.id: [file for file in files if _concerns(file, delivery)] for delivery in deliveries}
        self._places: dict[str, list[tuple[str, int]]] = {}
        for delivery_id, listed in self._files.items():
            for index, file in enumerate(listed):
                self._places.setdefault(file.path, []).append((delivery_id, index))

    async def begin(self) -> None:
        """List all files as pending."""
        for delivery_id, listed in self._files.items():
            pending = [FileTransfer(path=file.path, kind=file.file.kind, total_bytes=file.size) for file in listed]
            await self._write(delivery_id, {f"attempts.{self._attempts[delivery_id]}.files": encode(pending)})

    async def started(self, file: PackedFile) -> Progress:
        """Say that a file is on its way; returns what the transport is to call with the bytes so far."""
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
        """Say how a file ended; a skipped one moved no bytes."""
        moved = {TransferStatus.COMPLETED: {"bytes_transferred": file.size}, TransferStatus.SKIPPED: {}}
        await self._set(file, status=status, **moved.get(status, {}))

    async def check(self) -> None:
        """Raise where a delivery was cancelled or taken over."""
        for delivery_id in self._files:
            await self._write(delivery_id, {"last_log_at": encode(self._scope.clock.now())})

    async def _set(self, file: PackedFile, **values: Any) -> None:
        for delivery_id, index in self._places[file.path]:
            place = f"attempts.{self._attempts[delivery_id]}.files.{index}"
            await self._write(delivery_id, {f"{place}.{name}": encode(value) for name, value in values.items()})

    async def _write(self, delivery_id: str, values: dict[str, Any]) -> None:
        holder = self._holders[delivery_id]
        where = {"_id": delivery_id, "status": DeliveryStatus.UPLOADING.value, "holder": holder}
        result = await self._raw.update_one(where, {"$set": values})
        if result.matched_count == 0:
            latest = await self._raw.find_one({"_id": delivery_id}, {"holder": 1})
            raise LeaseLost(delivery_id) if latest["holder"] != holder else DeliveryCancelled(delivery_id)


def _concerns(file: PackedFile, delivery: DeliveryDocument) -> bool:
    return file.file.delivery_id in {None, delivery.id}
