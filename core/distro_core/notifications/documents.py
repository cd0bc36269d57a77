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


class NotificationDocument(Document):
    """What the tenant is told of one delivery that came to a status it wants to hear of (row STT-04).

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
    delivery_id: str
    release_id: str
    target_id: str
    status: DeliveryStatus
    severity: NotificationSeverity
    title: str
    message: str
    read_at: datetime | None = None
    expires_at: datetime
