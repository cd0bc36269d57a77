"""What a label says of who worked on its recordings beyond what its catalogue holds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import ContributorRole

Name = Annotated[str, Field(min_length=1, max_length=255)]
Isrc = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$")]
Icpn = Annotated[str, Field(pattern=r"^[0-9]{12,14}$")]

MOST_CREDITS = 2000


class CreditKind(StrEnum):
    """What somebody did, in a studio's own words."""

    SESSION_MUSICIAN = "session_musician"
    BACKGROUND_VOCALIST = "background_vocalist"
    PROGRAMMER = "programmer"
    RECORDING_ENGINEER = "recording_engineer"
    MIXING_ENGINEER = "mixing_engineer"
    MASTERING_ENGINEER = "mastering_engineer"
    STUDIO_PRODUCER = "studio_producer"
    RECORDING_STUDIO = "recording_studio"
    MIXING_STUDIO = "mixing_studio"
    MASTERING_STUDIO = "mastering_studio"


ROLES = {
    CreditKind.SESSION_MUSICIAN: ContributorRole.STUDIO_MUSICIAN,
    CreditKind.BACKGROUND_VOCALIST: ContributorRole.BACKGROUND_VOCALIST,
    CreditKind.PROGRAMMER: ContributorRole.PROGRAMMER,
    CreditKind.RECORDING_ENGINEER: ContributorRole.RECORDING_ENGINEER,
    CreditKind.MIXING_ENGINEER: ContributorRole.MIXING_ENGINEER,
    CreditKind.MASTERING_ENGINEER: ContributorRole.MASTERING_ENGINEER,
    CreditKind.STUDIO_PRODUCER: ContributorRole.STUDIO_PRODUCER,
    # ERN has no place for rooms: a studio is told as the organisation that did the work.
    CreditKind.RECORDING_STUDIO: ContributorRole.RECORDING_ENGINEER,
    CreditKind.MIXING_STUDIO: ContributorRole.MIXING_ENGINEER,
    CreditKind.MASTERING_STUDIO: ContributorRole.MASTERING_ENGINEER,
}
"""The role of each; a builder says it in the words of its format."""


class Credit(Model):
    """One line. `isrcs`: the recordings it is about; `icpn`: or the release, all of whose recordings it is about;
    `instruments`: what a musician played; `isni`: 16 characters without spaces.
    """

    kind: CreditKind
    name: Name
    isrcs: Annotated[tuple[Isrc, ...], Field(max_length=500)] = ()
    icpn: Icpn | None = None
    instruments: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    isni: Annotated[str, Field(pattern=r"^[0-9]{15}[0-9X]$")] | None = None

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if bool(self.isrcs) == bool(self.icpn):
            raise ValueError("say either isrcs or icpn")
        if self.instruments and self.kind is not CreditKind.SESSION_MUSICIAN:
            raise ValueError("only a session musician has instruments")
        return self


class AdvancedCredits(Model):
    """What a tenant configures."""

    credits: Annotated[tuple[Credit, ...], Field(max_length=MOST_CREDITS)] = ()
