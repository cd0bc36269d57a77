"""Receipts: the proof of a finished transfer, in one form for every protocol (rows RCP-01 to RCP-03, MD5-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument, Receipt, ReceiptFile
from distro_core.delivery.packaging import PackedFile
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.metadata_connections import protocols_of
from distro_core.delivery.transfer import Transfer
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus, FileKind


def make_receipt(
    delivery: DeliveryDocument,
    release: ReleaseDocument | None,
    target: TargetDocument,
    transfer: Transfer,
    *,
    tenant_id: str,
    files: Sequence[PackedFile],
    status: DeliveryStatus,
    completed_at: datetime,
    durations: Mapping[str, float],
) -> Receipt:
    """The receipt of a delivery whose files, of those given, all stand at the receiver."""
    own = [file for file in files if file.file.delivery_id in {None, delivery.id}]
    started = delivery.started_at or completed_at
    return Receipt(
        id=f"RCP-{new_id()}",
        delivery_id=delivery.id,
        release_id=delivery.release_id,
        target_id=target.id,
        tenant_id=tenant_id,
        release_title=release.title if release else "",
        release_artist=release.display_artist if release else "",
        icpn=delivery.icpn or "",
        target_name=target.name,
        target_protocol=protocols_of(target),
        target_type=target.type,
        message_type=delivery.message_type.value,
        message_subtype=delivery.subtype,
        format=delivery.format,
        message_id=delivery.message_id,
        batch_id=delivery.batch_id,
        status=status,
        delivery_started=started,
        delivery_completed=completed_at,
        delivery_duration=round((completed_at - started).total_seconds(), 3),
        audio_count=sum(file.file.kind is FileKind.AUDIO for file in own),
        image_count=sum(file.file.kind is FileKind.IMAGE for file in own),
        video_count=sum(file.file.kind is FileKind.VIDEO for file in own),
        document_count=sum(file.file.kind is FileKind.DOCUMENT for file in own),
        total_files=len(own),
        total_bytes=sum(file.size for file in own),
        files=tuple(_line(file, transfer.arrived.get(file.path, completed_at)) for file in own),
        durations=dict(durations),
        hashes_verified=all(file.path in transfer.hashed for file in own),
        validation_valid=delivery.validation is not None and delivery.validation.valid,
        schema_judge=delivery.validation.schema_judge if delivery.validation else None,
        attempts=len(delivery.attempts),
        platform_reference=transfer.reference,
    )


def _line(file: PackedFile, uploaded_at: datetime) -> ReceiptFile:
    name = file.path.rsplit("/", 1)[-1]
    return ReceiptFile(
        name=name,
        path=file.path,
        kind=file.file.kind,
        original_name=file.file.original_name or name,
        size=file.size,
        md5=file.hashes.md5,
        uploaded_at=uploaded_at,
    )
