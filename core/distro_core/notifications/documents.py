"""How notifications are stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.models.delivery import DeliveryStatus


class NotificationSeverity(StrEnum):
    """How a notification is meant."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class NotificationType(StrEnum):
    """What a notification is about."""

    DELIVERY = "delivery"
    DELIVERY_STALE = "delivery-stale"
    CIRCUIT_BREAKER = "circuit-breaker"
    TARGET_PAUSED = "target-paused"
    SCHEDULE = "schedule"


class NotificationDocument(Document):
    """What the tenant is told: of a delivery that came to a status (row STT-04), or of a target (row NOT-02).

    `delivery_id`, `release_id`, `status`: only of deliveries; `action`: what to do about it, empty where nothing.

    `event_id`: of the event that it tells of, so that an event that is told twice makes one notification;
    `read_at`: since when it counts as read, for everybody in the tenant; `expires_at`: when the store drops it.
    """

    collection: ClassVar[str] = "notifications"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("event", (("event_id", 1),), unique=True),
        Index("unread", (("read_at", 1), ("_id", -1))),
        Index("expiry", (("expires_at", 1),), expire_after=0),
    )

    event_id: str
    type: NotificationType = NotificationType.DELIVERY
    delivery_id: str | None = None
    release_id: str | None = None
    target_id: str
    status: DeliveryStatus | None = None
    severity: NotificationSeverity
    title: str
    message: str
    action: str = ""
    read_at: datetime | None = None
    expires_at: datetime
