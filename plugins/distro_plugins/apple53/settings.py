"""What a target may set for Apple's format. Marks: A seen in Apple's text, P in working programs, ? not confirmed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from distro_sdk.models.message import MessagePlan

Tier = Annotated[int, Field(ge=0, le=999)]
Storefront = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Isrc = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$")]
RoleName = Annotated[str, Field(min_length=1, max_length=50)]


class VendorIdForm(StrEnum):
    """From what the id of an album is made. It must never change once an album was delivered."""

    UPC_13 = "upc_13"
    UPC = "upc"
    GRID = "grid"
    CATALOG_NUMBER = "catalog_number"


class TrackVendorIdForm(StrEnum):
    """From what the id of a track is made: its ISRC, or the album's id and the track's place."""

    ISRC = "isrc"
    NUMBERED = "numbered"


class StereoForm(StrEnum):
    """In which element a stereo file stands where there is no immersive twin."""

    AUDIO_FILE = "audio_file"
    ASSETS = "assets"


class Omission(StrEnum):
    """What Apple's package has no confirmed place for, and what a target may agree to leave out."""

    END_DATES = "end_dates"
    BOOKLET = "booklet"
    FURTHER_IMAGES = "further_images"
    DISPLAY_DATES = "display_dates"


class AppleSettings(BaseModel):
    """Settings of the format `apple/5.3`; the description of each ends with its mark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(pattern=r"^[A-Za-z0-9_]{1,100}$", description="Provider short name that Apple has given. (P)")
    team_id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9-]{1,100}$", description="Team id, written after the provider. (P)"
    )
    vendor_id: VendorIdForm = Field(
        default=VendorIdForm.UPC_13,
        description="From what an album's vendor id, and so the package's name, is made; Apple recommends the UPC. (A)",
    )
    vendor_id_prefix: str = Field(
        default="", pattern=r"^[A-Za-z0-9_]{0,20}$", description="Stands before every album's vendor id. (P)"
    )
    track_vendor_id: TrackVendorIdForm = Field(
        default=TrackVendorIdForm.ISRC, description="From what a track's vendor id is made. (P)"
    )
    price_tiers: dict[str, Tier] = Field(
        default_factory=dict,
        max_length=200,
        description="Wholesale price tiers by the label's price code, or by a price such as `EUR 0.99`. (P)",
    )
    price_tier: Tier | None = Field(
        default=None, description="Wholesale price tier of downloads that have neither price code nor price. (P)"
    )
    stereo_form: StereoForm = Field(
        default=StereoForm.AUDIO_FILE,
        description="Element of a stereo file; beside an immersive twin it is always `assets`. (P)",
    )
    roles: dict[str, tuple[RoleName, ...]] = Field(
        default_factory=dict,
        max_length=100,
        description="Apple's roles by our role, in place of those of the built-in table; none leaves the role out. (P)",
    )
    storefronts: tuple[Storefront, ...] = Field(
        default=(),
        max_length=300,
        description="Territories that stand for the world where some are excluded; where empty, WW is open and the"
        " excluded ones are closed beside it. Whether that overrides WW is not confirmed. (?)",
    )
    close_other_territories: bool = Field(
        default=False,
        description="Whether an offer for single territories says that WW is closed: what Apple does with territories"
        " that an update leaves out is not confirmed. (?)",
    )
    audio_in_updates: bool = Field(
        default=False, description="Whether updates may carry audio; else an update that would is refused. (?)"
    )
    digital_masters: tuple[Isrc, ...] = Field(
        default=(),
        max_length=2000,
        description="Recordings, by ISRC, that are told as Apple Digital Masters. The element is not confirmed. (?)",
    )
    test_packages: bool = Field(
        default=False,
        description="Whether test messages are built: a package has no sign that it is one, so Apple would take it for"
        " real. (A)",
    )
    leave_out: frozenset[Omission] = Field(
        default=frozenset({Omission.FURTHER_IMAGES, Omission.DISPLAY_DATES}),
        description="What is left out in silence; a release that has anything else without a place is refused. (?)",
    )


def settings_of(plan: MessagePlan) -> AppleSettings:
    """The settings that a plan carries; raises `ValidationError` where they are not valid."""
    return AppleSettings.model_validate(dict(plan.settings))
