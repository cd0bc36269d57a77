"""What is known of a platform, as data."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.errors import ErrorCategory, ErrorSubCode
from distro_sdk.models.assets import AudioFormat, ImageFormat
from distro_sdk.models.base import Model
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Territories
from distro_sdk.platform_rules import PlatformRule

Key = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")]
FormatName = Annotated[str, Field(min_length=1, max_length=50)]


class PlatformCategory(StrEnum):
    """What kind of service a platform is (row WLK-20)."""

    STREAMING = "streaming"
    DOWNLOAD = "download"
    SOCIAL = "social"
    VIDEO = "video"


class DeliveryMethod(StrEnum):
    """How a platform wants to be delivered to (row TAP-07); `hybrid`: files by FTP, the rest by its interface."""

    API = "api"
    FTP = "ftp"
    HYBRID = "hybrid"
    MANUAL = "manual"


LinkTemplate = Annotated[str, Field(max_length=500, pattern=r"^https://[^\s{}]+\{id\}[^\s{}]*$")]
"""An address of a platform with `{id}` in the place of one of its ids."""


class AudioRequirements(Model):
    """What audio must be beyond its format (row WLK-01).

    `lowest_sample_rate`, `highest_sample_rate`: Hz; `bit_depths`: bits per sample of lossless files; `most_channels`:
    of a recording itself, immersive twins apart.
    """

    lowest_sample_rate: int = Field(default=44_100, ge=8000, le=768_000)
    highest_sample_rate: int = Field(default=192_000, ge=8000, le=768_000)
    bit_depths: tuple[Annotated[int, Field(ge=8, le=64)], ...] = Field(default=(16, 24), min_length=1, max_length=8)
    most_channels: int = Field(default=2, ge=1, le=64)

    @model_validator(mode="after")
    def _rates_are_in_order(self) -> Self:
        if self.highest_sample_rate < self.lowest_sample_rate:
            raise ValueError("the highest sample rate is below the lowest")
        return self


class ImageRequirements(Model):
    """What the front cover must be beyond its size in pixels (row WLK-08).

    `largest_file`: bytes; `longest_side`: pixels, None for any; `colour_modes`: as the file is encoded, such as `RGB`;
    `quality`: of JPEG files that are made of others, from 1 to 95.
    """

    formats: tuple[ImageFormat, ...] = Field(
        default=(ImageFormat.JPEG, ImageFormat.PNG), min_length=1, max_length=len(ImageFormat)
    )
    largest_file: int = Field(default=10_000_000, ge=1, le=1_000_000_000)
    longest_side: int | None = Field(default=None, ge=1, le=100_000)
    colour_modes: tuple[Annotated[str, Field(min_length=1, max_length=20)], ...] = Field(
        default=("RGB",), min_length=1, max_length=10
    )
    quality: int = Field(default=95, ge=1, le=95)


class RateLimit(Model):
    """How much a platform takes (row JOB-08). `deliveries`: at most so many in `seconds` seconds."""

    deliveries: int = Field(default=60, ge=1, le=100_000)
    seconds: int = Field(default=60, ge=1, le=86_400)


class ErrorWords(Model):
    """What a platform says when it refuses something, and what is meant by it (row ERP-04).

    `words`: a phrase that its message holds, compared without regard to case; `sub_code`: what it means
    more exactly, one of the category's.
    """

    words: Annotated[str, Field(min_length=2, max_length=200)]
    category: ErrorCategory
    sub_code: ErrorSubCode | None = None


class PlatformProfile(Model):
    """Defaults and requirements of a platform; a target made from it may override each.

    `formats`: the message formats that it takes, the preferred one first (row ERN-04); `minimum_cover`: pixels of
    either side; `lead_time`: the least days between submission and release date, `advised_lead_time`: the days that
    are better; `territories`: where it serves anybody; `rules`: what it asks for beyond all others; `error_words`: how
    its refusals are to be read, the first phrase that fits wins. `api_endpoint`: where
    its interface lies; `links`: where a release is found by its ids, by their namespace (row MAN-04).
    """

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=100)]
    category: PlatformCategory = PlatformCategory.STREAMING
    dpid: str | None = None
    formats: tuple[FormatName, ...] = Field(min_length=1, max_length=20)
    choreography: str = "batch"
    genre_provider: str | None = None
    commercial_terms: tuple[CommercialTerms, ...] = Field(min_length=1, max_length=20)
    audio_formats: tuple[AudioFormat, ...] = Field(default=(AudioFormat.WAV, AudioFormat.FLAC), max_length=10)
    audio: AudioRequirements = AudioRequirements()
    images: ImageRequirements = ImageRequirements()
    minimum_cover: int = Field(default=3000, ge=1, le=100_000)
    lead_time: int = Field(default=7, ge=0, le=365)
    advised_lead_time: int = Field(default=14, ge=0, le=365)
    territories: Territories = Territories()
    rate_limit: RateLimit = RateLimit()
    rules: tuple[PlatformRule, ...] = Field(default=(), max_length=50)
    delivery_method: DeliveryMethod | None = None
    api_endpoint: Annotated[str, Field(max_length=1000, pattern=r"^https://[^\s/]+[^\s]*$")] | None = None
    links: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")], LinkTemplate], Field(max_length=20)
    ] = Field(default_factory=dict)
    error_words: tuple[ErrorWords, ...] = Field(default=(), max_length=100)

    @property
    def commercial_models(self) -> tuple[CommercialModel, ...]:
        """The commercial models of its terms, each once, in their order."""
        return tuple(dict.fromkeys(terms.commercial_model for terms in self.commercial_terms))

    def takes(self, format: str) -> bool:
        """Whether it takes a format: one of its own, or one of a standard of which the profile says nothing at all.

        A platform may agree on a format of its own with a partner, but not on a version that it does not read.
        """
        standard = format.partition("/")[0]
        return format in self.formats or all(standard != taken.partition("/")[0] for taken in self.formats)

    @model_validator(mode="after")
    def _entries_are_unique(self) -> Self:
        for name, values in (("formats", self.formats), ("audio_formats", self.audio_formats)):
            if len(set(values)) != len(values):
                raise ValueError(f"{name} names one twice")
        return self
