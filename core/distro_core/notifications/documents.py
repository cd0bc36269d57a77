"""How notifications are stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.notifiers import NotificationSeverity


class NotificationType(StrEnum):
    """What a notification is about."""

    DELIVERY = "delivery"
    DELIVERY_STALE = "delivery-stale"
    CIRCUIT_BREAKER = "circuit-breaker"
    TARGET_PAUSED = "target-paused"
    SCHEDULE = "schedule"
    PLUGIN = "plugin"


class NotificationDocument(Document):
    """What the tenant is told: of a delivery that came to a status (row STT-04), or of a target (row NOT-02).

    `delivery_id`, `release_id`, `target_id`, `status`: where it is about one; `plugin_id`: of the plugin that
    told it; `action`: what to do about it, empty where nothing; `addresses`: who is told by channels, in place of the
    tenant's people; `pending`: whether it is still to be found out who is told by which channel.

    `event_id`: of the event that it tells of, so that an event that is told twice makes one notification;
    `read_at`: since when it counts as read, for everybody in the tenant; `expires_at`: when the store drops it.
    """

    collection: ClassVar[str] = "notifications"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("event", (("event_id", 1),), unique=True),
        Index("unread", (("read_at", 1), ("_id", -1))),
        Index("pending", (("pending", 1),), only_if={"pending": True}),
        Index("expiry", (("expires_at", 1),), expire_after=0),
    )

    event_id: str
    type: NotificationType = NotificationType.DELIVERY
    delivery_id: str | None = None
    release_id: str | None = None
    target_id: str | None = None
    plugin_id: str | None = None
    status: DeliveryStatus | None = None
    severity: NotificationSeverity
    title: str
    message: str
    action: str = ""
    addresses: tuple[str, ...] = ()
    pending: bool = False
    read_at: datetime | None = None
    expires_at: datetime
