"""A record of every failure of an attempt, kept beside the delivery for reports (rows ERP-01 to ERP-03)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import structlog

from distro_core.delivery.documents import DeliveryDocument, DeliveryError
from distro_core.delivery.failures.classes import ErrorClass, ErrorSeverity, class_of, severity_of
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.documents import Document, Index
from distro_sdk.errors import ErrorCategory, ErrorSubCode

log = structlog.get_logger("distro.delivery")

LONGEST_MESSAGE = 1000


class ErrorRecordDocument(Document):
    """One failure of one delivery. `final`: it was not tried again by itself; `attempt`: from 1, 0 after the upload."""

    collection: ClassVar[str] = "delivery_errors"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("at", (("at", -1), ("_id", -1))),
        Index("target", (("target_id", 1), ("at", -1))),
        Index("expiry", (("expires_at", 1),), expire_after=0),
    )

    at: datetime
    delivery_id: str
    release_id: str
    target_id: str
    platform: str | None = None
    transport: str = ""
    attempt: int
    category: ErrorCategory
    sub_code: ErrorSubCode | None = None
    severity: ErrorSeverity
    error_class: ErrorClass
    code: str
    message: str
    final: bool
    expires_at: datetime


async def record_failures(
    scope: Scope, deliveries: Sequence[DeliveryDocument], error: DeliveryError, *, final: bool
) -> None:
    """Keep a record of a failure for each delivery that it hit, and say it in the process's log with its context."""
    if not deliveries:
        return
    now = scope.clock.now()
    target = await scope.store.collection(TargetDocument).find(deliveries[0].target_id)
    records = scope.store.collection(ErrorRecordDocument)
    for delivery in deliveries:
        record = ErrorRecordDocument(
            at=now,
            delivery_id=delivery.id,
            release_id=delivery.release_id,
            target_id=delivery.target_id,
            platform=target.platform if target else None,
            transport=target.transport if target else "",
            attempt=len(delivery.attempts),
            category=error.category,
            sub_code=error.sub_code,
            severity=severity_of(error.category, error.sub_code),
            error_class=class_of(error.category, error.sub_code),
            code=error.code,
            message=error.message[:LONGEST_MESSAGE],
            final=final,
            expires_at=now + timedelta(seconds=scope.settings.error_lifetime),
        )
        await records.insert(record)
        context = record.model_dump(mode="json", include=LOGGED)
        log.warning("delivery_failed" if final else "attempt_failed", **context)


LOGGED = {
    "delivery_id",
    "release_id",
    "target_id",
    "platform",
    "transport",
    "attempt",
    "category",
    "sub_code",
    "severity",
    "code",
    "final",
}
"""What stands in the process's log beside the tenant (row ERP-01)."""
