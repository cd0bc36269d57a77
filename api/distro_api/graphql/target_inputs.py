"""What callers say of targets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from distro_core.delivery.requests.recurrence import Frequency
from distro_core.delivery.targets.times import TargetScheduleType
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioFormat, ImageFormat
from distro_sdk.models.commerce import CommercialModel, RightsClaimPolicy, UseType
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import HashAlgorithm, ReleaseProfile, TakedownForm


@strawberry.input(description="Sender or recipient of a message.")
class MessagingPartyInput:
    """Sender or recipient of a message."""

    dpid: str = strawberry.field(description="DDEX party id, `PADPIDA…`.")
    name: str = strawberry.field(description="Its name.")


@strawberry.input(description="An amount of money.")
class PriceInput:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="In the currency's major unit.")
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.input(description="A deal: a commercial model with its uses.")
class CommercialTermsInput:
    """A deal."""

    commercial_model: CommercialModel = strawberry.field(description="How the consumer pays.")
    use_types: list[UseType] = strawberry.field(description="What the consumer may do.")
    price: PriceInput | None = strawberry.field(
        default=UNSET, description="The price of a release, where the deal names one."
    )
    track_price: PriceInput | None = strawberry.field(
        default=UNSET, description="The price of a track that is sold alone."
    )
    claim_policy: RightsClaimPolicy | None = strawberry.field(
        default=UNSET, description="What is done with users' content; for rights claims only."
    )


@strawberry.input(description="What a partner wants otherwise than others; what is left out is as for others.")
class MessageOptionsInput:
    """What a partner wants otherwise than others."""

    takedown_form: TakedownForm = strawberry.field(
        default=TakedownForm.NO_DEALS, description="How a takedown is said; the format must know it."
    )
    update_indicator: bool = strawberry.field(
        default=False, description="Whether ERN 3.8.2 says OriginalMessage or UpdateMessage."
    )
    hash_algorithm: HashAlgorithm = strawberry.field(
        default=HashAlgorithm.MD5, description="By which hash files are told of."
    )
    channels: list[str] = strawberry.field(
        default_factory=list, description="Party ids of the services that alone may offer a release, at most 50."
    )
    excluded_channels: list[str] = strawberry.field(
        default_factory=list, description="Party ids of services that may not offer a release, at most 50."
    )
    immersive_audio: bool = strawberry.field(default=False, description="Whether to deliver immersive twins.")
    further_images: bool = strawberry.field(default=True, description="Whether to deliver images beside the cover.")
    booklet: bool = strawberry.field(default=True, description="Whether to deliver the booklet.")
    companions: list[str] = strawberry.field(
        default_factory=list, description="Formats of messages that travel beside, such as `mead/1.1`; at most 5."
    )


@strawberry.input(description="What front covers must be, beside their least pixels.")
class ImageRequirementsInput:
    """What front covers must be."""

    formats: list[ImageFormat] = strawberry.field(
        default_factory=lambda: [ImageFormat.JPEG, ImageFormat.PNG], description="Files that are taken."
    )
    largest_file: int = strawberry.field(default=10_000_000, description="Bytes of the largest file.")
    longest_side: int | None = strawberry.field(default=None, description="Most pixels of a side; null for any.")
    colour_modes: list[str] = strawberry.field(
        default_factory=lambda: ["RGB"], description="Colours as the file is encoded."
    )
    quality: int = strawberry.field(default=95, description="Of JPEG files that are made, from 1 to 95.")


@strawberry.input(description="How much a target takes.")
class TargetRateInput:
    """How much a target takes."""

    deliveries: int = strawberry.field(description="At most so many, 1 to 100000.")
    seconds: int = strawberry.field(description="In so many seconds, 1 to 86400.")


@strawberry.input(description="What a target is to be spared; what is left out is as for all.")
class TargetLimitsInput:
    """What a target is to be spared."""

    attempts: int | None = strawberry.field(default=None, description="Attempts of a delivery at most, 1 to 11.")
    circuit_failures: int | None = strawberry.field(
        default=None, description="Failures in a row after which it is left alone, 1 to 100."
    )
    circuit_reset: float | None = strawberry.field(
        default=None, description="Seconds until one request tries it again, 1 to 86400."
    )
    rate: TargetRateInput | None = strawberry.field(default=None, description="How much it takes.")
    max_connections: int | None = strawberry.field(
        default=None, description="Connections at once, of all workers together, 1 to 1000."
    )


@strawberry.input(description="A secret setting and its value; null removes it.")
class SecretInput:
    """A secret setting and its value."""

    name: str = strawberry.field(description="Name of the setting.")
    value: str | None = strawberry.field(description="Its value, which is sealed and never told again.")


def secrets_by_name(secrets: Sequence[SecretInput]) -> dict[str, str | None]:
    """Values by name; raises TARGET_SETTING_INVALID where a name has two, of which nobody knows the right one."""
    found: dict[str, str | None] = {}
    for secret in secrets:
        if secret.name in found:
            message = f"the secret {secret.name[:100]} is given twice"
            raise DomainError("TARGET_SETTING_INVALID", message, ("secrets", secret.name[:100]))
        found[secret.name] = secret.value
    return found


@strawberry.input(description="When deliveries to a target begin that say nothing else.")
class TargetScheduleInput:
    """When deliveries to a target begin that say nothing else."""

    type: TargetScheduleType = strawberry.field(description="How they are timed.")
    timezone: str = strawberry.field(default="UTC", description="IANA name of the place, such as `Europe/Berlin`.")
    time: str | None = strawberry.field(default=None, description="Time of the day there, such as `03:30`.")
    frequency: Frequency | None = strawberry.field(default=None, description="How often, where they are recurring.")
    starts_on: str | None = strawberry.field(
        default=None, description="The day from which a series counts; else Mondays, or the first of the month."
    )


@strawberry.input(description="The hours of a day at which a target may be delivered to.")
class OffPeakInput:
    """The hours of a day at which a target may be delivered to."""

    timezone: str = strawberry.field(default="UTC", description="IANA name of the place, such as `Europe/Berlin`.")
    begins: str = strawberry.field(description="When they begin there, such as `01:00`.")
    ends: str = strawberry.field(description="When they end; before `begins` for past midnight.")


@strawberry.input(description="Fields of a target.")
class TargetFields:
    """What a new target and changes of one have in common."""

    type: TargetType | None = strawberry.field(default=UNSET, description="What kind of receiver it is; a DSP.")
    platform: str | None = strawberry.field(default=UNSET, description="Key of a platform, see `platforms`.")
    active: bool | None = strawberry.field(default=UNSET, description="Whether it takes deliveries; it does.")
    test_mode: bool | None = strawberry.field(default=UNSET, description="Whether to send test messages; it does not.")
    format: str | None = strawberry.field(default=UNSET, description="Message format, such as `ern/4.3`.")
    profile: ReleaseProfile | None = strawberry.field(default=UNSET, description="Release profile; null: by release.")
    choreography: str | None = strawberry.field(default=UNSET, description="How a batch is laid out.")
    options: MessageOptionsInput | None = strawberry.field(
        default=UNSET, description="What the partner wants otherwise than others; replaced as a whole."
    )
    message_settings: JSON | None = strawberry.field(
        default=UNSET, description="Settings of the format alone, see `messageFormats`; replaced as a whole."
    )
    choreography_settings: JSON | None = strawberry.field(
        default=UNSET, description="Settings of the choreography alone, see `choreographies`; replaced as a whole."
    )
    settings: JSON | None = strawberry.field(
        default=UNSET, description="The protocol's settings without secrets, see `transports`; replaced as a whole."
    )
    secrets: list[SecretInput] | None = strawberry.field(
        default=UNSET, description="The protocol's secret settings that are to be set; others stay as they are."
    )
    sent_on_behalf_of: MessagingPartyInput | None = strawberry.field(default=UNSET, description="For whom it sends.")
    recipient: MessagingPartyInput | None = strawberry.field(
        default=UNSET, description="Who receives; taken from the platform where it has a DPID."
    )
    commercial_terms: list[CommercialTermsInput] | None = strawberry.field(
        default=UNSET, description="The deals that are offered; taken from the platform where left out."
    )
    genre_provider: str | None = strawberry.field(default=UNSET, description="Whose genre dictionary to use.")
    minimum_cover: int | None = strawberry.field(default=UNSET, description="Least pixels of the cover's sides.")
    audio_formats: list[AudioFormat] | None = strawberry.field(
        default=UNSET, description="Audio files that it takes, the best first; null for those of its platform."
    )
    images: ImageRequirementsInput | None = strawberry.field(
        default=UNSET, description="Front covers that it takes; null for those of its platform."
    )
    acknowledges: bool | None = strawberry.field(default=UNSET, description="Whether the platform answers; it does.")
    limits: TargetLimitsInput | None = strawberry.field(
        default=UNSET, description="What it is to be spared; replaced as a whole."
    )
    verify_after_upload: bool | None = strawberry.field(
        default=UNSET, description="Whether to have files hashed at the receiver and compare; it does not."
    )
    schedule: TargetScheduleInput | None = strawberry.field(
        default=UNSET, description="When deliveries begin that say nothing else; at once."
    )
    off_peak: OffPeakInput | None = strawberry.field(
        default=UNSET, description="The hours in which it may be delivered to; null for all."
    )


@strawberry.input(description="A new target. What is left out comes from the platform, where one is named.")
class TargetCreateInput(TargetFields):
    """A new target."""

    name: str = strawberry.field(description="Its name, for people.")
    transport: str = strawberry.field(description="Key of a transport, see `transports`.")
    sender: MessagingPartyInput = strawberry.field(description="Who sends.")


@strawberry.input(description="Changes of a target: what is left out stays.")
class TargetUpdateInput(TargetFields):
    """Changes of a target."""

    id: strawberry.ID = strawberry.field(description="The target.")
    revision: int | None = strawberry.field(
        default=None, description="The revision that the change is based on; a newer one refuses it."
    )
    name: str | None = strawberry.field(default=UNSET, description="Its name, for people.")
    transport: str | None = strawberry.field(
        default=UNSET, description="Key of a transport; with another one, all secrets go."
    )
    sender: MessagingPartyInput | None = strawberry.field(default=UNSET, description="Who sends.")
