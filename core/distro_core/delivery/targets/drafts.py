"""What a caller says to make or change a target."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SecretStr

from distro_core.delivery.targets.documents import TargetLimits
from distro_core.delivery.targets.times import OffPeak, TargetSchedule
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.base import Model
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import MessageOptions, MessagingParty, ReleaseProfile
from distro_sdk.platforms import ImageRequirements

TargetName = Annotated[str, Field(min_length=1, max_length=200)]
AudioFormats = Annotated[tuple[AudioFormat, ...], Field(min_length=1, max_length=len(AudioFormat))]


class TargetDraft(Model):
    """A new target. What is None comes from the platform's profile, where one is named.

    `settings`: the transport's settings without secrets; `secrets`: its secret settings by field name.
    """

    name: TargetName
    type: TargetType = TargetType.DSP
    platform: str | None = None
    active: bool = True
    test_mode: bool = False
    format: str | None = None
    profile: ReleaseProfile | None = None
    choreography: str | None = None
    options: MessageOptions = MessageOptions()
    message_settings: dict[str, Any] = Field(default_factory=dict)
    choreography_settings: dict[str, Any] = Field(default_factory=dict)
    transport: str
    settings: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[str, SecretStr] = Field(default_factory=dict)
    sender: MessagingParty
    sent_on_behalf_of: MessagingParty | None = None
    recipient: MessagingParty | None = None
    commercial_terms: tuple[CommercialTerms, ...] | None = None
    genre_provider: str | None = None
    minimum_cover: int | None = Field(default=None, ge=1, le=20_000)
    audio_formats: AudioFormats | None = None
    images: ImageRequirements | None = None
    acknowledges: bool = True
    verify_after_upload: bool = False
    limits: TargetLimits = TargetLimits()
    schedule: TargetSchedule = TargetSchedule()
    off_peak: OffPeak | None = None


class TargetChanges(Model):
    """Changes of a target: only the fields that were given are changed.

    `settings` replaces all settings that are no secrets; `secrets` changes those that it names, None removes one.
    """

    name: Annotated[str, Field(max_length=200)] = ""
    type: TargetType = TargetType.DSP
    platform: str | None = None
    active: bool = True
    test_mode: bool = False
    format: str = ""
    profile: ReleaseProfile | None = None
    choreography: str = ""
    options: MessageOptions = MessageOptions()
    message_settings: dict[str, Any] = Field(default_factory=dict)
    choreography_settings: dict[str, Any] = Field(default_factory=dict)
    transport: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[str, SecretStr | None] = Field(default_factory=dict)
    sender: MessagingParty | None = None
    sent_on_behalf_of: MessagingParty | None = None
    recipient: MessagingParty | None = None
    commercial_terms: tuple[CommercialTerms, ...] = ()
    genre_provider: str | None = None
    minimum_cover: int = Field(default=3000, ge=1, le=20_000)
    audio_formats: AudioFormats | None = None
    images: ImageRequirements | None = None
    acknowledges: bool = True
    verify_after_upload: bool = False
    limits: TargetLimits = TargetLimits()
    schedule: TargetSchedule = TargetSchedule()
    off_peak: OffPeak | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the caller gave, settings and secrets left out."""
        named = self.model_fields_set - {"settings", "secrets"}
        return {name: getattr(self, name) for name in sorted(named)}


class TargetFilter(Model):
    """Which targets a page shows; what is None does not narrow it."""

    platform: str | None = None
    type: TargetType | None = None
    active: bool | None = None
    test_mode: bool | None = None


class SecretField(Model):
    """A secret setting of a target's transport, and whether it has a value; the value itself is never told."""

    name: str
    is_set: bool
