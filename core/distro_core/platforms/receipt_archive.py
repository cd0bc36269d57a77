"""Receipts that have grown old: kept as JSON in object storage, found by their delivery (rows RCP-01 and RCP-05)."""

from __future__ import annotations

from datetime import timedelta

from distro_core.delivery.documents import DeliveryDocument, Receipt
from distro_core.delivery.status.aftermath import ArchivedReceipt
from distro_core.delivery.transitions import TRANSFERRED
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus


async def archive_receipts(scope: Scope) -> int:
    """Move receipts that are older than is set into the archive, at most as many as one run may; how many.

    A delivery that could still be sent again keeps its receipt. The copy is stored before the receipt leaves its
    delivery, so that a run that breaks off loses nothing.
    """
    deliveries = scope.store.collection(DeliveryDocument)
    settings = scope.settings
    now = scope.clock.now()
    where = {
        "receipt.delivery_completed": {"$lt": now - timedelta(seconds=settings.receipt_retention)},
        "status": {"$in": sorted({*TRANSFERRED, DeliveryStatus.CANCELLED})},
    }
    order = Order("receipt.delivery_completed")
    archived = 0
    for delivery in await deliveries.list(where, order=order, limit=settings.receipt_archive_batch):
        receipt = delivery.receipt
        if receipt is None:
            continue
        key = f"{scope.tenant_key}/receipts/{receipt.id}.json"
        await scope.objects.put(key, write_receipt(receipt))
        same = {"id": delivery.id, "receipt.id": receipt.id, "status": delivery.status}
        kept = ArchivedReceipt(
            id=receipt.id,
            key=key,
            protocol=receipt.target_protocol,
            files=receipt.total_files,
            bytes=receipt.total_bytes,
            at=now,
        )
        change = Change(set={"receipt": None, "aftermath.archived_receipt": kept})
        archived += await deliveries.try_update(same, change) is not None
    return archived


async def find_receipt(scope: Scope, delivery: DeliveryDocument) -> Receipt | None:
    """The receipt of a delivery, wherever it lies; raises OBJECT_MISSING where the archive has lost it."""
    archived = delivery.aftermath.archived_receipt
    if delivery.receipt is not None or archived is None:
        return delivery.receipt
    return Receipt.model_validate_json(await scope.objects.get(archived.key))


async def load_receipt(scope: Scope, delivery_id: str) -> Receipt:
    """As `find_receipt`, by the delivery's id; raises NOT_FOUND where there is none."""
    receipt = await find_receipt(scope, await scope.store.collection(DeliveryDocument).get(delivery_id))
    if receipt is None:
        raise DomainError("NOT_FOUND", f"delivery {delivery_id} has no receipt")
    return receipt


def write_receipt(receipt: Receipt) -> bytes:
    """A receipt as it is downloaded: JSON, the same bytes each time."""
    return receipt.model_dump_json(indent=2).encode() + b"\n"
