"""What is known of a platform, as data."""

from __future__ import annotations

from pydantic import Field

from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.base import Model
from distro_sdk.models.commerce import CommercialTerms


class PlatformProfile(Model):
    """Defaults and requirements of a platform; a target made from it may override each.

    `minimum_cover`: pixels of either side; `lead_time`: days between submission and release date.
    """

    key: str
    name: str
    dpid: str | None = None
    formats: tuple[str, ...] = Field(min_length=1)
    choreography: str = "batch"
    genre_provider: str | None = None
    commercial_terms: tuple[CommercialTerms, ...] = Field(min_length=1)
    audio_formats: tuple[AudioFormat, ...] = (AudioFormat.WAV, AudioFormat.FLAC)
    minimum_cover: int = 3000
    lead_time: int = 7
