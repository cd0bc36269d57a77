"""Platforms: what their profiles say that targets are made from and judged by."""

from __future__ import annotations

import strawberry
from strawberry.scalars import JSON

from distro_api.graphql.releases import Territories
from distro_api.graphql.requirements import ImageRequirements
from distro_api.graphql.targets import CommercialTerms
from distro_sdk.errors import ErrorCategory, ErrorSubCode
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.commerce import CommercialModel
from distro_sdk.models.validation import Severity
from distro_sdk.platform_rules import RuleKind
from distro_sdk.platforms import DeliveryMethod, PlatformCategory


@strawberry.type(description="What a platform asks of audio beyond its format.")
class AudioRequirements:
    """What a platform asks of audio."""

    lowest_sample_rate: int = strawberry.field(description="Hz.")
    highest_sample_rate: int = strawberry.field(description="Hz.")
    bit_depths: list[int] = strawberry.field(description="Bits a sample that lossless files may have.")
    most_channels: int = strawberry.field(description="Channels of a recording, immersive twins apart.")


@strawberry.type(description="How much a platform takes.")
class RateLimit:
    """How much a platform takes."""

    deliveries: int = strawberry.field(description="At most so many.")
    seconds: int = strawberry.field(description="In so many seconds.")


@strawberry.type(description="Something that a platform asks for beyond all others.")
class PlatformRule:
    """Something that a platform asks for beyond all others."""

    kind: RuleKind = strawberry.field(description="What it is about.")
    parameters: JSON = strawberry.field(description="What the kind is told beside, an object.")
    severity: Severity = strawberry.field(description="How it is meant: an error stops a delivery.")
    sentence: str = strawberry.field(description="What is asked and why, for people.")


@strawberry.type(description="What a platform says when it refuses something, and what is meant by it.")
class ErrorWords:
    """What a platform says when it refuses something."""

    words: str = strawberry.field(description="A phrase that its message holds.")
    category: ErrorCategory = strawberry.field(description="The kind of failure that is meant.")
    sub_code: ErrorSubCode | None = strawberry.field(description="What is meant more exactly.")


@strawberry.type(description="A platform's defaults and requirements; a target made from it may differ.")
class Platform:
    """A platform's defaults and requirements."""

    key: str = strawberry.field(description="Key, for targets.")
    name: str = strawberry.field(description="Name.")
    category: PlatformCategory = strawberry.field(description="What kind of service it is.")
    dpid: str | None = strawberry.field(description="Its DDEX party id, where it is known.")
    formats: list[str] = strawberry.field(description="Message formats that it takes, the preferred one first.")
    choreography: str = strawberry.field(description="How a batch is laid out.")
    genre_provider: str | None = strawberry.field(description="Whose genre dictionary it uses.")
    commercial_models: list[CommercialModel] = strawberry.field(description="The commercial models of its deals.")
    commercial_terms: list[CommercialTerms] = strawberry.field(description="The deals that it usually offers.")
    audio_formats: list[AudioFormat] = strawberry.field(description="Audio files that it takes.")
    audio: AudioRequirements = strawberry.field(description="What it asks of audio beyond the format.")
    images: ImageRequirements = strawberry.field(description="What it asks of the cover beyond its size in pixels.")
    minimum_cover: int = strawberry.field(description="Least pixels of either side of the cover.")
    lead_time: int = strawberry.field(description="Days it needs between submission and release.")
    advised_lead_time: int = strawberry.field(description="Days between submission and release that are better.")
    territories: Territories = strawberry.field(description="Where it serves anybody.")
    rate_limit: RateLimit = strawberry.field(description="How much it takes.")
    delivery_method: DeliveryMethod | None = strawberry.field(description="How it wants to be delivered to.")
    api_endpoint: str | None = strawberry.field(description="Where its interface lies.")
    links: JSON = strawberry.field(description="Where releases are found by the platform's ids, by their namespace.")
    rules: list[PlatformRule] = strawberry.field(description="What it asks for beyond all others.")
    error_words: list[ErrorWords] = strawberry.field(description="How its refusals are read.")
