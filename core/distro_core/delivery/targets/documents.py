"""How targets are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from distro_core.delivery.documents import OUTBOX
from distro_core.delivery.status.aftermath import TargetAdapter, TargetWebhook
from distro_core.delivery.targets.times import OffPeak, TargetSchedule
from distro_core.secrets.port import SealedSecret
from distro_core.store.documents import Document, Index
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.base import Model
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import MessageOptions, MessagingParty, ReleaseProfile
from distro_sdk.platforms import ImageRequirements, RateLimit


class Pause(Model):
    """Why, by whom and since when a target is held back."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    by: str
    at: datetime


class TargetLimits(Model):
    """What a target is spared, where it is to be otherwise than for all.

    `attempts`: how often a delivery is tried at most; `circuit_failures`: failures in a row that open its circuit,
    `circuit_reset`: seconds until the next trial (row CIR-06); `rate`: how much it takes, instead of what its
    platform's profile says (row JOB-08); `max_connections`: at once, of all workers together (row PRO-10).
    """

    attempts: int | None = Field(default=None, ge=1, le=11)
    circuit_failures: int | None = Field(default=None, ge=1, le=100)
    circuit_reset: float | None = Field(default=None, ge=1, le=86_400)
    rate: RateLimit | None = None
    max_connections: int | None = Field(default=None, ge=1, le=1000)


class MetadataConnection(Model):
    """By what messages travel where files take another way (row ADP-06).

    `transport`: its key; `settings`: those that are no secrets; `sealed`: its secrets by field name.
    """

    transport: str
    settings: dict[str, Any] = Field(default_factory=dict)
    sealed: dict[str, SealedSecret] = Field(default_factory=dict)


class TargetDocument(Document):
    """A receiver. `settings`: the transport's settings without secrets; `sealed`: its secrets by field name.

    `options`: what the partner wants otherwise than others; `message_settings`, `choreography_settings`: what is set
    for the format and for the choreography alone.

    `audio_formats`, `images`: which files it takes, None where its platform says it (row TGT-03).
    `metadata_connection`: by what messages travel, None where they go with the files.
    `acknowledges`: whether the platform answers; without answers a delivery ends as distributed.
    `verify_after_upload`: have files hashed at the receiver and compare, where the transport can (row MD5-03).
    `acknowledgements_due_at`: the next look for answers, unset while nothing waits for one.
    `schedule`: when deliveries begin that say nothing else (row TGT-04); `off_peak`: the hours in which it may be
    delivered to, None for all; `paused`: set while nothing may begin.
    `limits`: what it is spared.
    `adapter`: what speaks with the platform beside the transport; `webhook`: where the platform calls back;
    `statuses_due_at`: when the platform is asked next how deliveries stand, unset while none waits.
    `has_circuit`: whether a circuit may stand for it: from its first failure on, and for all older than this field.
    `archived_at`: since when it is deleted but kept, because deliveries name it.
    """

    collection: ClassVar[str] = "targets"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("name", (("name", 1), ("_id", 1))),
        Index("acknowledgements_due", (("acknowledgements_due_at", 1),)),
        OUTBOX,
        Index("statuses_due", (("statuses_due_at", 1),)),
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
    metadata_connection: MetadataConnection | None = None
    sender: MessagingParty
    sent_on_behalf_of: MessagingParty | None = None
    recipient: MessagingParty
    commercial_terms: tuple[CommercialTerms, ...] = Field(min_length=1)
    genre_provider: str | None = None
    minimum_cover: int = 3000
    audio_formats: tuple[AudioFormat, ...] | None = None
    images: ImageRequirements | None = None
    acknowledges: bool = True
    verify_after_upload: bool = False
    schedule: TargetSchedule = TargetSchedule()
    off_peak: OffPeak | None = None
    paused: Pause | None = None
    limits: TargetLimits = TargetLimits()
    last_delivery_at: datetime | None = None
    acknowledgements_due_at: datetime | None = None
    adapter: TargetAdapter | None = None
    webhook: TargetWebhook | None = None
    statuses_due_at: datetime | None = None
    has_circuit: bool = True
    archived_at: datetime | None = None
