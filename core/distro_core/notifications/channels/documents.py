"""How it is stored what is told to whom, by which channel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index


class DispatchStatus(StrEnum):
    """`waiting`: it is tried, or will be; `sent`: the channel has it; `failed`: it is not tried any more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class DispatchDocument(Document):
    """A notification on its way to one recipient by one channel.

    `recipient`: a user's id, an address, or empty for a channel that is not personal; `email`: set for an address
    alone, for that of a user is looked up when it is told; `next_attempt_at`: before which it is not tried; `holder`,
    `claimed_until`: who tries it; `reason`: why the last attempt failed.
    """

    collection: ClassVar[str] = "notification_dispatches"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("dispatch", (("notification_id", 1), ("channel", 1), ("recipient", 1)), unique=True),
        Index("waiting", (("next_attempt_at", 1),), only_if={"status": DispatchStatus.WAITING.value}),
        Index("expiry", (("expires_at", 1),), expire_after=0),
    )

    notification_id: str
    channel: str
    recipient: str
    email: str | None = None
    status: DispatchStatus = DispatchStatus.WAITING
    attempts: int = 0
    next_attempt_at: datetime
    holder: str | None = None
    claimed_until: datetime | None = None
    code: str | None = None
    reason: str = ""
    sent_at: datetime | None = None
    expires_at: datetime
