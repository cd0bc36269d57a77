"""How calls of platforms are remembered."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from distro_core.store.documents import Document, Index


class WebhookCallDocument(Document):
    """A call that was taken, so that the same one again changes nothing; its id holds target and call."""

    collection: ClassVar[str] = "webhook_calls"
    indexes: ClassVar[tuple[Index, ...]] = (Index("expiry", (("expires_at", 1),), expire_after=0),)

    target_id: str
    expires_at: datetime
