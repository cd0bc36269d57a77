"""How targets are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from distro_core.secrets.port import SealedSecret
from distro_core.store.documents import Document, Index
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import MessageOptions, MessagingParty, ReleaseProfile


class TargetDocument(Document):
    """A receiver. `settings`: the transport's settings without secrets; `sealed`: its secrets by field name.

    `options`: what the partner wants otherwise than others; `message_settings`, `choreography_settings`: what is set
    for the format and for the choreography alone.

    `acknowledges`: whether the platform answers; without answers a delivery ends as distributed.
    `verify_after_upload`: have files hashed at the receiver and compare, where the transport can (row MD5-03).
    `acknowledgements_due_at`: the next look for answers, unset while nothing waits for one.
    `archived_at`: since when it is deleted but kept, because deliveries name it.
    """

    collection: ClassVar[str] = "targets"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("name", (("name", 1), ("_id", 1))),
        Index("acknowledgements_due", (("acknowledgements_due_at", 1),)),
    )

    name: str
    type: TargetType = TargetType.DSP
    platform: str | None = None
    active: bool = True
    test_mode: bool = False
    format: str
    profile: ReleaseProfile | None = None
    choreography: str = "batch"
    options: MessageOptions = MessageOptions()
    message_settings: dict[str, Any] = Field(default_factory=dict)
    choreography_settings: dict[str, Any] = Field(default_factory=dict)
    transport: str
    settings: dict[str, Any] = Field(default_factory=dict)
    sealed: dict[str, SealedSecret] = Field(default_factory=dict)
    sender: MessagingParty
    sent_on_behalf_of: MessagingParty | None = None
    recipient: MessagingParty
    commercial_terms: tuple[CommercialTerms, ...] = Field(min_length=1)
    genre_provider: str | None = None
    minimum_cover: int = 3000
    acknowledges: bool = True
    verify_after_upload: bool = False
    last_delivery_at: datetime | None = None
    acknowledgements_due_at: datetime | None = None
    archived_at: datetime | None = None
