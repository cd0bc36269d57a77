"""Releases of a message plan: how they are grouped, where they are offered, and when they are shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Extensions, ParentalWarning, ReleaseType, TitleTranslation
from distro_sdk.models.commerce import CommercialTerms, Territories
from distro_sdk.models.enrichment import Enrichment
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.planned_resources import PlannedArtist


class PlannedGenre(Model):
    """A genre in the words of the recipient. `code`, `subgenre_code`: its codes in that dictionary, if it has any."""

    name: str
    subgenre: str | None = None
    code: str | None = None
    subgenre_code: str | None = None


class GroupType(StrEnum):
    """What a resource group is (DDEX ResourceGroupType)."""

    COMPONENT = "Component"
    RELEASE_COMPONENT = "ReleaseComponent"
    MULTI_WORK_PART = "MultiWorkPart"


class PlannedItem(Model):
    """A resource in a group. `sequence`: from 1, None for bonus resources; `linked`: images shown with it.

    `instant_gratification`: whether who orders the release in advance gets it at once.
    """

    resource_reference: str
    sequence: int | None
    linked: tuple[str, ...] = ()
    bonus: bool = False
    instant_gratification: bool = False


class PlannedGroup(Model):
    """A group of resources: the whole release, a disc, a release within a box, or a work of several parts.

    `type` is None for the whole release alone; `sequence` counts groups and items of the parent together; `icpn` and
    `grid` identify a release within a box; `disc_number` is that of a disc.
    """

    type: GroupType | None = None
    sequence: int | None = None
    title: str | None = None
    disc_number: int | None = None
    icpn: str | None = None
    grid: str | None = None
    groups: tuple[PlannedGroup, ...] = ()
    items: tuple[PlannedItem, ...] = ()
    linked: tuple[str, ...] = ()

    def all_items(self) -> tuple[PlannedItem, ...]:
        """The items of this group and of all groups within it, in playing order."""
        return tuple(item for group in self.groups for item in group.all_items()) + self.items


class PlannedTrackRelease(Model):
    """A track that is also a release of its own. `proprietary_id`: unique per main release (RP 2.3.1).

    `visibility_reference`: when it is shown before it is sold, `V…`.
    """

    reference: str
    proprietary_id: str
    isrc: str
    resource_reference: str
    label_reference: str
    genre: PlannedGenre
    visibility_reference: str | None = None


class TerritoryDate(Model):
    """The release date in some territories, where it differs from the release's own."""

    territories: Territories
    release_date: date


class PlannedRelease(Model):
    """The main release, always anchored `R0`. `several_artists`: whether its recordings have different main artists.

    `group`: everything on it; `duration`: seconds; `territory_dates`: release dates that differ by territory;
    `extensions`: the fields that plugins have added.
    """

    reference: str
    type: ReleaseType
    icpn: str
    grid: str | None = None
    catalog_number: str | None = None
    title: str
    version: str | None = None
    translations: tuple[TitleTranslation, ...] = ()
    display_artist: str
    artists: tuple[PlannedArtist, ...]
    label_reference: str
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    duration: Decimal
    genre: PlannedGenre
    release_date: date
    original_release_date: date | None = None
    territory_dates: tuple[TerritoryDate, ...] = ()
    parental_warning: ParentalWarning
    several_artists: bool = False
    extensions: Extensions = Field(default_factory=dict)
    visibility_reference: str | None = None
    enrichment: Enrichment | None = None
    group: PlannedGroup


class PlannedVisibility(Model):
    """From when releases are shown before they can be used: local calendar dates. `reference`: `V…`, unique."""

    reference: str
    release_references: tuple[str, ...]
    track: bool = False
    display_start: date
    cover_art_start: date
    track_listing_start: date
    clip_start: date


class Withdrawal(StrEnum):
    """How a deal of ERN 3.8.2 says that a release is taken down."""

    TAKE_DOWN = "take_down"
    ALL_DEALS_CANCELLED = "all_deals_cancelled"


class PlannedDeal(Model):
    """One deal for one or more releases of the message. Dates: local calendar dates, end date included.

    `territories`: only `Worldwide` carries exclusions; `price_code` takes the place of the price of the terms.
    `pre_order`: whether it covers the period alone in which the release can be ordered and not yet used;
    `instant_gratification`: resources that who orders in advance gets at once, `A…`; `channels`, `excluded_channels`:
    party ids of services through which alone, or through which not, the recipient may offer it; `withdrawal`: set
    where the deal says that the release is taken down, in place of what may be done with it.
    """

    release_references: tuple[str, ...]
    terms: CommercialTerms
    territories: Territories
    start_date: date
    end_date: date | None = None
    price_code: str | None = None
    pre_order: bool = False
    instant_gratification: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    excluded_channels: tuple[str, ...] = ()
    withdrawal: Withdrawal | None = None
