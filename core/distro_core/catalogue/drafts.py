"""What a caller gives to make or change something in the catalogue, as it was written down.

Drafts hold plain text: the services read it, and answer with every fault they find, each with its code and path. In a
draft everything but the title may be missing (row CAT-27). In changes, a field that was not given stays as it is and
one that was given as None or empty is cleared: `model_fields_set` tells the two apart (row CAT-16).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from distro_core.catalogue.enrichment_drafts import EnrichmentDraft, TrackEnrichmentDraft
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model

D = TypeVar("D", bound=BaseModel)


class PartyReference(Model):
    """A party by its id, or by its name: then it is found, or made where the catalogue has none of that name."""

    party_id: str | None = None
    name: str | None = None
    isni: str | None = None
    ipi: str | None = None


class ArtistDraft(PartyReference):
    """A displayed artist. `role`: MainArtist, FeaturedArtist or Artist."""

    role: str = "MainArtist"


class ContributorDraft(PartyReference):
    """A contributor with its roles; the same party given twice becomes one contributor with all roles."""

    roles: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


class RightsLineDraft(Model):
    """A P-line or C-line. Without `text` it is made from year and company, such as `℗ 2024 Polar Records`."""

    year: int | None = None
    text: str | None = None
    company: str | None = None


class GenreDraft(Model):
    """A genre of Genre Truth with its optional subgenre."""

    name: str
    code: str | None = None
    subgenre_name: str | None = None
    subgenre_code: str | None = None


class TerritoriesDraft(Model):
    """Where the release may be used: ISO 3166-1 alpha-2 codes or Worldwide (row TER-01)."""

    included: tuple[str, ...] = ("Worldwide",)
    excluded: tuple[str, ...] = ()


class RightsDraft(Model):
    """The period of the rights and the price codes (rows RGT-01 and RGT-02). Dates: YYYY-MM-DD."""

    start_date: date | str
    end_date: date | str | None = None
    price_code: str | None = None
    track_price_code: str | None = None


class PreviewDraft(Model):
    """The part of a track that may be previewed. `start_time`, `duration`: seconds."""

    start_time: Decimal | int | float | str
    duration: Decimal | int | float | str = 30


class ImageDraft(Model):
    """An image of the release. `type`: FrontCover, BackCover, Booklet, Artist, Label or ScreenCapture."""

    asset_id: str
    type: str = "FrontCover"


class TranslationDraft(Model):
    """A title in another language. `language`: BCP 47."""

    language: str
    title: str
    version: str | None = None


class ImmersiveDraft(Model):
    """The immersive twin of a recording."""

    isrc: str
    audio_asset_id: str


class CueDraft(Model):
    """What is heard in a long video. `start_time`, `duration`: seconds."""

    title: str
    start_time: Decimal | int | float | str
    duration: Decimal | int | float | str
    isrc: str | None = None
    iswc: str | None = None
    display_artist: str | None = None
    p_line: RightsLineDraft | None = None
    c_line: RightsLineDraft | None = None


class TerritoryGroupDraft(Model):
    """Territories with dates and a price code of their own. Dates: YYYY-MM-DD."""

    territories: TerritoriesDraft
    start_date: date | str
    end_date: date | str | None = None
    price_code: str | None = None


class VisibilityDraft(Model):
    """From when a release is shown before its release date. Dates: YYYY-MM-DD."""

    display_start: date | str
    cover_art_start: date | str | None = None
    track_listing_start: date | str | None = None
    clip_start: date | str | None = None


class ComponentDraft(Model):
    """A release within a box set. `disc_numbers`: discs of the box."""

    title: str
    icpn: str | None = None
    grid: str | None = None
    disc_numbers: tuple[int, ...] = ()


class WorkDraft(Model):
    """A work of several parts. Its tracks are given by id, or by their numbers in playing order, from 1."""

    title: str
    track_ids: tuple[str, ...] = ()
    track_numbers: tuple[int, ...] = ()
    opus_number: str | None = None
    composer_catalog_number: str | None = None


class TrackChanges(Model):
    """Fields of a track to change. `language`: BCP 47; `disc_number`: from 1; dates: YYYY-MM-DD."""

    title: str | None = None
    version: str | None = None
    disc_number: int | None = None
    isrc: str | None = None
    iswc: str | None = None
    display_artist: str | None = None
    artists: tuple[ArtistDraft, ...] | None = None
    contributors: tuple[ContributorDraft, ...] | None = None
    genre: GenreDraft | None = None
    language: str | None = None
    parental_warning: str | None = None
    instrumental: bool | None = None
    preview: PreviewDraft | None = None
    p_line: RightsLineDraft | None = None
    c_line: RightsLineDraft | None = None
    first_publication_date: date | str | None = None
    instant_gratification_date: date | str | None = None
    translations: tuple[TranslationDraft, ...] | None = None
    resource_type: str | None = None
    audio_asset_id: str | None = None
    immersive: ImmersiveDraft | None = None
    video_type: str | None = None
    video_asset_id: str | None = None
    screen_capture_asset_id: str | None = None
    cues: tuple[CueDraft, ...] | None = None
    enrichment: TrackEnrichmentDraft | None = None


class TrackDraft(TrackChanges):
    """A new track. Without artists of its own it takes those of the release."""

    title: str


class ReleaseChanges(Model):
    """Fields of a release to change. Clearing `type` lets the number of tracks decide it again (row CAT-36).

    The label is given by `label` (its name) or `label_party_id`; tracks are changed by `TrackService`.
    """

    title: str | None = None
    version: str | None = None
    type: str | None = None
    display_artist: str | None = None
    artists: tuple[ArtistDraft, ...] | None = None
    contributors: tuple[ContributorDraft, ...] | None = None
    label: str | None = None
    label_party_id: str | None = None
    icpn: str | None = None
    grid: str | None = None
    catalog_number: str | None = None
    language: str | None = None
    genre: GenreDraft | None = None
    parental_warning: str | None = None
    release_date: date | str | None = None
    original_release_date: date | str | None = None
    p_line: RightsLineDraft | None = None
    c_line: RightsLineDraft | None = None
    territories: TerritoriesDraft | None = None
    rights: RightsDraft | None = None
    territory_groups: tuple[TerritoryGroupDraft, ...] | None = None
    pre_order_date: date | str | None = None
    visibility: VisibilityDraft | None = None
    components: tuple[ComponentDraft, ...] | None = None
    works: tuple[WorkDraft, ...] | None = None
    translations: tuple[TranslationDraft, ...] | None = None
    images: tuple[ImageDraft, ...] | None = None
    booklet_asset_id: str | None = None
    document_asset_ids: tuple[str, ...] | None = None
    enrichment: EnrichmentDraft | None = None


class ReleaseDraft(ReleaseChanges):
    """A new release with its tracks in playing order."""

    title: str
    tracks: tuple[TrackDraft, ...] = ()


class ProprietaryIdDraft(Model):
    """What somebody calls a party. `namespace`: a party id, or a name such as `apple`."""

    namespace: str
    value: str


class PartyChanges(Model):
    """Fields of a party to change. `name_indexed`: the name as it is sorted, such as `Beatles, The`."""

    name: str | None = None
    name_indexed: str | None = None
    isni: str | None = None
    ipi: str | None = None
    ipn: str | None = None
    dpid: str | None = None
    proprietary_ids: tuple[ProprietaryIdDraft, ...] | None = None


class PartyDraft(PartyChanges):
    """A new party."""

    name: str


def read_draft(draft_type: type[D], fields: Mapping[str, Any]) -> D:
    """A draft of that type from fields by name; raises `DomainErrors` VALUE_INVALID with the path of each fault."""
    try:
        return draft_type.model_validate(dict(fields))
    except ValidationError as error:
        raise from_validation(error) from error


def from_validation(error: ValidationError) -> DomainErrors:
    """What pydantic found, as errors that may leave a service."""
    faults = [
        DomainError("VALUE_INVALID", str(fault["msg"]), tuple(fault["loc"]))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return DomainErrors(faults)
