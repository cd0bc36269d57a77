"""Targets: where deliveries go. Their secrets can be set and never read."""

from __future__ import annotations

from datetime import datetime
from datetime import time as clock_time
from decimal import Decimal
from typing import ClassVar

import strawberry
from strawberry.scalars import JSON

from distro_api.graphql.fields import Info, derived, loaded
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.requirements import ImageRequirements
from distro_core.delivery.requests.recurrence import Frequency
from distro_core.delivery.targets import drafts
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.service import TargetService
from distro_core.delivery.targets.times import TargetScheduleType
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.commerce import CommercialModel, RightsClaimPolicy, UseType
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import HashAlgorithm, ReleaseProfile, TakedownForm


@strawberry.type(description="Sender or recipient of a message.")
class MessagingParty:
    """Sender or recipient of a message."""

    dpid: str = strawberry.field(description="DDEX party id, `PADPIDA…`.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="An amount of money.")
class Price:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="In the currency's major unit.")
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.type(description="A deal that a target offers: a commercial model with its uses.")
class CommercialTerms:
    """A deal that a target offers."""

    commercial_model: CommercialModel = strawberry.field(description="How the consumer pays.")
    use_types: list[UseType] = strawberry.field(description="What the consumer may do.")
    price: Price | None = strawberry.field(description="The price of a release, where the deal names one.")
    track_price: Price | None = strawberry.field(description="The price of a track that is sold alone.")
    claim_policy: RightsClaimPolicy | None = strawberry.field(description="What is done with users' content.")


@strawberry.type(description="A secret setting of a target. Its value is never told.")
class SecretField:
    """A secret setting of a target."""

    name: str = strawberry.field(description="Name of the setting.")
    is_set: bool = strawberry.field(description="Whether it has a value.")


async def _secrets(root: strawberry.Parent[TargetDocument], info: Info) -> tuple[drafts.SecretField, ...]:
    return TargetService(await info.context.scope()).secret_fields(root)


@strawberry.type(description="What a partner wants otherwise than others, in every format.")
class MessageOptions:
    """What a partner wants otherwise than others."""

    takedown_form: TakedownForm = strawberry.field(description="How a takedown is said.")
    update_indicator: bool = strawberry.field(description="Whether ERN 3.8.2 says OriginalMessage or UpdateMessage.")
    hash_algorithm: HashAlgorithm = strawberry.field(description="By which hash files are told of.")
    channels: list[str] = strawberry.field(description="Party ids of the services that alone may offer a release.")
    excluded_channels: list[str] = strawberry.field(description="Party ids of services that may not offer it.")
    immersive_audio: bool = strawberry.field(description="Whether immersive twins of recordings are delivered.")
    further_images: bool = strawberry.field(description="Whether images beside the front cover are delivered.")
    booklet: bool = strawberry.field(description="Whether the booklet is delivered.")
    companions: list[str] = strawberry.field(description="Formats of messages that travel beside, such as `mead/1.1`.")


@strawberry.type(description="By what messages travel where files take another way.")
class MetadataConnection:
    """By what messages travel where files take another way."""

    transport: str = strawberry.field(description="The protocol of messages, manifest and completion marker.")
    settings: JSON = strawberry.field(description="Its settings without secrets.")
    secrets: list[str] = derived(lambda own: sorted(own.sealed), "Its secret settings that are set.")


@strawberry.type(description="How much a target takes.")
class TargetRate:
    """How much a target takes."""

    deliveries: int = strawberry.field(description="At most so many.")
    seconds: int = strawberry.field(description="In so many seconds.")


@strawberry.type(description="What a target is spared, where it is to be otherwise than for all; null is as for all.")
class TargetLimits:
    """What a target is spared."""

    attempts: int | None = strawberry.field(description="Attempts of a delivery at most.")
    circuit_failures: int | None = strawberry.field(description="Failures in a row after which it is left alone.")
    circuit_reset: float | None = strawberry.field(description="Seconds until one request tries it again.")
    rate: TargetRate | None = strawberry.field(description="How much it takes; null as its platform says.")
    max_connections: int | None = strawberry.field(description="Connections at once, of all workers together.")


@strawberry.type(description="When deliveries to a target begin that say nothing else.")
class TargetSchedule:
    """When deliveries to a target begin that say nothing else."""

    type: TargetScheduleType = strawberry.field(description="How they are timed.")
    timezone: str = strawberry.field(description="IANA name of the place whose clock is meant.")
    time: str | None = derived(lambda own: _clock(own.time), "At what time of the day.")
    frequency: Frequency | None = strawberry.field(description="How often, where they are recurring.")
    starts_on: str | None = derived(
        lambda own: own.starts_on.isoformat() if own.starts_on else None, "The day from which a series counts."
    )


@strawberry.type(description="The hours of a day at which a target may be delivered to.")
class OffPeak:
    """The hours of a day at which a target may be delivered to."""

    timezone: str = strawberry.field(description="IANA name of the place whose clock is meant.")
    begins: str = derived(lambda own: _clock(own.begins), "When they begin.")
    ends: str = derived(lambda own: _clock(own.ends), "When they end; before `begins` for past midnight.")


@strawberry.type(description="Why a target is held back.")
class Pause:
    """Why a target is held back."""

    reason: str = strawberry.field(description="Why.")
    by: str = strawberry.field(description="Who paused it: a user, an API key or `system`.")
    at: datetime = strawberry.field(description="Since when.")


def _clock(time: clock_time | None) -> str | None:
    return time.isoformat("minutes") if time is not None else None


@strawberry.type(description="A receiver of deliveries.")
class Target(Node):
    """A receiver of deliveries."""

    model: ClassVar[type] = TargetDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes; give it to an update to refuse a stale one.")
    name: str = strawberry.field(description="Its name, for people.")
    type: TargetType = strawberry.field(description="What kind of receiver it is.")
    platform: str | None = strawberry.field(description="Key of the platform's profile, where it was made from one.")
    active: bool = strawberry.field(description="Whether it takes deliveries.")
    test_mode: bool = strawberry.field(description="Whether its messages are test messages.")
    format: str = strawberry.field(description="Message format, such as `ern/4.3`.")
    profile: ReleaseProfile | None = strawberry.field(description="Release profile; null lets the release decide.")
    choreography: str = strawberry.field(description="How a batch is laid out.")
    transport: str = strawberry.field(description="The protocol by which files reach it.")
    options: MessageOptions = strawberry.field(description="What the partner wants otherwise than others.")
    message_settings: JSON = strawberry.field(description="What is set for the format alone.")
    choreography_settings: JSON = strawberry.field(description="What is set for the choreography alone.")
    settings: JSON = strawberry.field(description="The protocol's settings without secrets.")
    secrets: list[SecretField] = loaded(_secrets, "The protocol's secret settings, and which of them are set.")
    metadata_connection: MetadataConnection | None = strawberry.field(
        description="By what messages travel; null where they go with the files."
    )
    sender: MessagingParty = strawberry.field(description="Who sends.")
    sent_on_behalf_of: MessagingParty | None = strawberry.field(description="For whom the sender sends.")
    recipient: MessagingParty = strawberry.field(description="Who receives.")
    commercial_terms: list[CommercialTerms] = strawberry.field(description="The deals that are offered.")
    genre_provider: str | None = strawberry.field(description="Whose genre dictionary is used.")
    minimum_cover: int = strawberry.field(description="Least pixels of either side of the cover.")
    audio_formats: list[AudioFormat] | None = strawberry.field(
        description="Audio files that it takes; null for those of its platform."
    )
    images: ImageRequirements | None = strawberry.field(
        description="Front covers that it takes; null for those of its platform."
    )
    acknowledges: bool = strawberry.field(description="Whether the platform answers messages.")
    verify_after_upload: bool = strawberry.field(description="Whether files are hashed at the receiver and compared.")
    limits: TargetLimits = strawberry.field(description="What it is spared.")
    adapter: str | None = derived(
        lambda own: own.adapter.key if own.adapter else None,
        "Key of what speaks with its platform, where it names one.",
    )
    webhook_since: datetime | None = derived(
        lambda own: own.webhook.created_at if own.webhook else None, "Since when its platform may call back."
    )
    schedule: TargetSchedule = strawberry.field(description="When deliveries begin that say nothing else.")
    off_peak: OffPeak | None = strawberry.field(description="The hours in which it may be delivered to; null for all.")
    paused: Pause | None = strawberry.field(description="Why it is held back; null where it is not.")
    last_delivery_at: datetime | None = strawberry.field(description="When it was delivered to last.")
    created_at: datetime = strawberry.field(description="When it was stored.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
