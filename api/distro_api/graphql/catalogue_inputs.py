"""Inputs for releases and tracks.

Words, dates and identifiers are plain text here, so that a wrong one comes back in the payload with its code and path.
"""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry import UNSET

from distro_api.graphql.enrichment_inputs import EnrichmentInput, NewEnrichmentInput, TrackEnrichmentInput
from distro_api.graphql.inputs import id_input
from distro_api.graphql.structure_inputs import (
    CueInput,
    ImmersiveEditionInput,
    MusicalWorkInput,
    ReleaseComponentInput,
    RightsLineInput,
    TranslationInput,
    VisibilityInput,
)

ROLES = "Any ContributorRole, or `Writer` and `Publisher` for what people call these"
DATE = "YYYY-MM-DD"


@strawberry.input(description="An artist as shown: a party by its id, or by its name, which is found or made.")
class ArtistInput:
    """An artist as shown."""

    party_id: strawberry.ID | None = id_input("Party", "The party.", default=UNSET)
    name: str | None = strawberry.field(default=UNSET, description="Its name, where no id is given.")
    isni: str | None = strawberry.field(default=UNSET, description="ISNI, by which a namesake is told apart.")
    ipi: str | None = strawberry.field(default=UNSET, description="IPI name number, by which a namesake is told apart.")
    role: str = strawberry.field(default="MainArtist", description="`MainArtist`, `FeaturedArtist` or `Artist`.")


@strawberry.input(description="A contributor: a party by its id, or by its name, which is found or made.")
class ContributorInput:
    """A contributor."""

    roles: list[str] = strawberry.field(description=f"What it did. {ROLES}.")
    party_id: strawberry.ID | None = id_input("Party", "The party.", default=UNSET)
    name: str | None = strawberry.field(default=UNSET, description="Its name, where no id is given.")
    isni: str | None = strawberry.field(default=UNSET, description="ISNI, by which a namesake is told apart.")
    ipi: str | None = strawberry.field(default=UNSET, description="IPI name number, by which a namesake is told apart.")
    instruments: list[str] = strawberry.field(default_factory=list, description="What it played.")


@strawberry.input(description="A genre of Genre Truth with its optional subgenre.")
class GenreInput:
    """A genre."""

    name: str = strawberry.field(description="Name of the genre.")
    code: str | None = strawberry.field(default=None, description="Code of the genre.")
    subgenre_name: str | None = strawberry.field(default=None, description="Name of the subgenre.")
    subgenre_code: str | None = strawberry.field(default=None, description="Code of the subgenre.")


@strawberry.input(description="Where a release may be used.")
class TerritoriesInput:
    """Where a release may be used."""

    included: list[str] = strawberry.field(
        default_factory=lambda: ["Worldwide"], description="ISO 3166-1 alpha-2 codes, or `Worldwide` alone."
    )
    excluded: list[str] = strawberry.field(default_factory=list, description="Codes that are taken out again.")


@strawberry.input(description="For how long the label holds the rights.")
class RightsInput:
    """For how long the label holds the rights."""

    start_date: str = strawberry.field(description=f"The first day, {DATE}.")
    end_date: str | None = strawberry.field(default=None, description=f"The last day, included, {DATE}.")
    price_code: str | None = strawberry.field(default=None, description="The price code of the whole release.")
    track_price_code: str | None = strawberry.field(
        default=None, description="The price code of each track where it is sold alone."
    )


@strawberry.input(description="Territories in which a release is offered at dates, or for a price, of their own.")
class TerritoryGroupInput:
    """Territories in which a release is offered at dates of their own."""

    territories: TerritoriesInput = strawberry.field(description="Which; none of them is in another group.")
    start_date: str = strawberry.field(description=f"The first day, {DATE}.")
    end_date: str | None = strawberry.field(default=None, description=f"The last day, included, {DATE}.")
    price_code: str | None = strawberry.field(default=None, description="The price code there.")


@strawberry.input(description="The part of a track that may be played as a preview.")
class PreviewInput:
    """The part of a track that may be played as a preview."""

    start_time: Decimal = strawberry.field(description="Seconds from the start of the track.")
    duration: Decimal = strawberry.field(default=Decimal(30), description="Seconds.")


@strawberry.input(description="An image of a release.")
class ImageInput:
    """An image of a release."""

    asset_id: strawberry.ID = id_input("Asset", "The image file.")
    type: str = strawberry.field(
        default="FrontCover", description="`FrontCover`, `BackCover`, `Booklet`, `Artist` or `Label`."
    )


@strawberry.input(description="Fields of a track.")
class TrackFields:
    """What a new track and changes of one have in common."""

    version: str | None = strawberry.field(default=UNSET, description="Version, such as `Radio Edit`.")
    disc_number: int | None = strawberry.field(default=UNSET, description="Disc, 1 to 99; 1 where it is left out.")
    isrc: str | None = strawberry.field(default=UNSET, description="ISRC, with or without hyphens; checked.")
    iswc: str | None = strawberry.field(default=UNSET, description="ISWC of the work; checked.")
    display_artist: str | None = strawberry.field(default=UNSET, description="The artists as they are printed.")
    artists: list[ArtistInput] | None = strawberry.field(default=UNSET, description="Artists in the order of billing.")
    contributors: list[ContributorInput] | None = strawberry.field(default=UNSET, description="Who else took part.")
    genre: GenreInput | None = strawberry.field(default=UNSET, description="Its genre, where it differs.")
    language: str | None = strawberry.field(default=UNSET, description="Language of the performance, BCP 47.")
    parental_warning: str | None = strawberry.field(default=UNSET, description="Any ParentalWarning.")
    instrumental: bool | None = strawberry.field(default=UNSET, description="Whether nobody sings.")
    preview: PreviewInput | None = strawberry.field(default=UNSET, description="The part that may be previewed.")
    p_line: RightsLineInput | None = strawberry.field(default=UNSET, description="P-line of the recording.")
    first_publication_date: str | None = strawberry.field(default=UNSET, description=f"First published, {DATE}.")
    c_line: RightsLineInput | None = strawberry.field(default=UNSET, description="C-line of a video.")
    instant_gratification_date: str | None = strawberry.field(
        default=UNSET, description=f"From when who has ordered the release in advance gets it, {DATE}."
    )
    translations: list[TranslationInput] | None = strawberry.field(
        default=UNSET, description="The title in other languages, at most 50."
    )
    resource_type: str | None = strawberry.field(
        default=UNSET, description="`SoundRecording` or `Video`; a sound recording where it is left out."
    )
    audio_asset_id: strawberry.ID | None = id_input("Asset", "The audio file of a sound recording.", default=UNSET)
    immersive: ImmersiveEditionInput | None = strawberry.field(default=UNSET, description="Its immersive twin.")
    video_type: str | None = strawberry.field(
        default=UNSET, description="`ShortFormMusicalWorkVideo` (where it is left out) or `LongFormMusicalWorkVideo`."
    )
    video_asset_id: strawberry.ID | None = id_input("Asset", "The file of a video.", default=UNSET)
    screen_capture_asset_id: strawberry.ID | None = id_input("Asset", "The image of a video.", default=UNSET)
    cues: list[CueInput] | None = strawberry.field(
        default=UNSET, description="What is heard in a long-form video, at most 500."
    )
    enrichment: TrackEnrichmentInput | None = strawberry.field(
        default=UNSET, description="What is told of it beyond that, by MEAD."
    )


@strawberry.input(description="A new track. Without artists of its own it takes those of the release.")
class TrackInput(TrackFields):
    """A new track."""

    title: str = strawberry.field(description="Title without version, at most 500 characters.")


@strawberry.input(description="A track to append to a release.")
class TrackCreateInput(TrackInput):
    """A track to append to a release."""

    release_id: strawberry.ID = strawberry.field(description="The release.")


@strawberry.input(description="Changes of a track: what is left out stays, null clears.")
class TrackUpdateInput(TrackFields):
    """Changes of a track."""

    id: strawberry.ID = strawberry.field(description="The track.")
    revision: int | None = strawberry.field(
        default=None, description="The track's revision that the change is based on; a newer one refuses it."
    )
    title: str | None = strawberry.field(default=UNSET, description="Title without version.")


@strawberry.input(description="Fields of a release.")
class ReleaseFields:
    """What a new release and changes of one have in common. A list that is given replaces the whole list."""

    version: str | None = strawberry.field(default=UNSET, description="Version, such as `Deluxe`.")
    type: str | None = strawberry.field(
        default=UNSET, description="Any ReleaseType; left out or null, the number of tracks decides it."
    )
    display_artist: str | None = strawberry.field(default=UNSET, description="The artists as they are printed.")
    artists: list[ArtistInput] | None = strawberry.field(default=UNSET, description="Artists in the order of billing.")
    contributors: list[ContributorInput] | None = strawberry.field(default=UNSET, description="Who else took part.")
    label: str | None = strawberry.field(default=UNSET, description="The label's name; the party is found or made.")
    label_party_id: strawberry.ID | None = id_input("Party", "The label, instead of its name.", default=UNSET)
    icpn: str | None = strawberry.field(default=UNSET, description="Barcode, UPC or EAN; its check digit is checked.")
    grid: str | None = strawberry.field(default=UNSET, description="GRid; checked.")
    catalog_number: str | None = strawberry.field(default=UNSET, description="The label's own number.")
    language: str | None = strawberry.field(default=UNSET, description="Language of the metadata, BCP 47.")
    genre: GenreInput | None = strawberry.field(default=UNSET, description="Its genre.")
    parental_warning: str | None = strawberry.field(default=UNSET, description="Any ParentalWarning.")
    release_date: str | None = strawberry.field(default=UNSET, description=f"The day of its release, {DATE}.")
    original_release_date: str | None = strawberry.field(default=UNSET, description=f"First released, {DATE}.")
    p_line: RightsLineInput | None = strawberry.field(default=UNSET, description="P-line.")
    c_line: RightsLineInput | None = strawberry.field(default=UNSET, description="C-line.")
    territories: TerritoriesInput | None = strawberry.field(default=UNSET, description="Where it may be used.")
    rights: RightsInput | None = strawberry.field(default=UNSET, description="For how long the label holds the rights.")
    territory_groups: list[TerritoryGroupInput] | None = strawberry.field(
        default=UNSET, description="Where given, they alone say where and when it is offered; at most 100."
    )
    pre_order_date: str | None = strawberry.field(default=UNSET, description=f"First day of advance orders, {DATE}.")
    visibility: VisibilityInput | None = strawberry.field(default=UNSET, description="What is shown before its date.")
    components: list[ReleaseComponentInput] | None = strawberry.field(
        default=UNSET, description="The releases of a box set, at most 50."
    )
    works: list[MusicalWorkInput] | None = strawberry.field(
        default=UNSET, description="Works of several parts, which make it a classical release; at most 500."
    )
    translations: list[TranslationInput] | None = strawberry.field(
        default=UNSET, description="The title in other languages, at most 50."
    )
    booklet_asset_id: strawberry.ID | None = id_input("Asset", "The booklet, a PDF file.", default=UNSET)
    images: list[ImageInput] | None = strawberry.field(default=UNSET, description="Cover and other images, at most 50.")
    document_asset_ids: list[strawberry.ID] | None = id_input("Asset", "Other files, at most 50.", default=UNSET)


@strawberry.input(description="A new release. All but the title may be missing as long as it is a draft.")
class ReleaseCreateInput(ReleaseFields):
    """A new release."""

    title: str = strawberry.field(description="Title without version, at most 500 characters.")
    tracks: list[TrackInput] = strawberry.field(default_factory=list, description="Its tracks in playing order.")
    enrichment: NewEnrichmentInput | None = strawberry.field(
        default=UNSET, description="What is told of it beyond that, by MEAD."
    )


@strawberry.input(
    description="Changes of a release: what is left out stays, null clears, a list replaces the whole list."
)
class ReleaseUpdateInput(ReleaseFields):
    """Changes of a release; its tracks have mutations of their own."""

    id: strawberry.ID = strawberry.field(description="The release.")
    revision: int | None = strawberry.field(
        default=None, description="The revision that the change is based on; a newer one refuses it."
    )
    title: str | None = strawberry.field(default=UNSET, description="Title without version.")
    enrichment: EnrichmentInput | None = strawberry.field(
        default=UNSET, description="What is told of it beyond that, by MEAD."
    )
