"""The catalogue: parties, releases, tracks and the assets that belong to them.

A release names its parties and assets by id. `CompleteRelease` carries all three together: it is what message
planning works on, and what a release file holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from distro_sdk.models.assets import Asset
from distro_sdk.models.base import Model
from distro_sdk.models.commerce import Rights, Territories, TerritoryGroup, Visibility
from distro_sdk.models.enrichment import Enrichment, TrackEnrichment
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.structure import Cue, MusicalWork, ReleaseComponent

Title = Annotated[str, Field(min_length=1, max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Identity = Annotated[str, Field(min_length=1, max_length=64)]
Extensions = Mapping[str, Mapping[str, Any]]
"""By plugin id, what plugins keep with a release or a track in fields of their own."""


class ReleaseType(StrEnum):
    """What kind of product a release is (row CAT-10)."""

    SINGLE = "Single"
    EP = "EP"
    ALBUM = "Album"
    COMPILATION = "Compilation"
    VIDEO = "Video"
    MIXED = "Mixed"


class ReleaseStatus(StrEnum):
    """Where a release stands in its life (rows CAT-11 and CAT-12)."""

    DRAFT = "draft"
    READY = "ready"
    DELIVERED = "delivered"
    ARCHIVED = "archived"
    TAKEN_DOWN = "taken_down"


class ResourceType(StrEnum):
    """What a track is (DDEX resource types)."""

    SOUND_RECORDING = "SoundRecording"
    VIDEO = "Video"


class VideoType(StrEnum):
    """What kind of video a track is (DDEX VideoType)."""

    SHORT_FORM = "ShortFormMusicalWorkVideo"
    LONG_FORM = "LongFormMusicalWorkVideo"


class ParentalWarning(StrEnum):
    """Advice for parents, in DDEX's allowed values (ParentalWarningType)."""

    EXPLICIT = "Explicit"
    EXPLICIT_CONTENT_EDITED = "ExplicitContentEdited"
    NOT_EXPLICIT = "NotExplicit"
    NO_ADVICE_AVAILABLE = "NoAdviceAvailable"
    UNKNOWN = "Unknown"


class ArtistRole(StrEnum):
    """How an artist is shown to the public (DisplayArtistRole)."""

    MAIN_ARTIST = "MainArtist"
    FEATURED_ARTIST = "FeaturedArtist"
    ARTIST = "Artist"


class ContributorRole(StrEnum):
    """What a contributor did; a builder says it in the words of its format."""

    ADAPTER = "Adapter"
    ARRANGER = "Arranger"
    ASSOCIATED_PERFORMER = "AssociatedPerformer"
    AUTHOR = "Author"
    BACKGROUND_VOCALIST = "BackgroundVocalist"
    BAND = "Band"
    CHOIR = "Choir"
    COMPOSER = "Composer"
    COMPOSER_LYRICIST = "ComposerLyricist"
    CONDUCTOR = "Conductor"
    ENSEMBLE = "Ensemble"
    LIBRETTIST = "Librettist"
    LYRICIST = "Lyricist"
    MASTERING_ENGINEER = "MasteringEngineer"
    MIXER = "Mixer"
    MIXING_ENGINEER = "MixingEngineer"
    MUSICIAN = "Musician"
    MUSIC_PUBLISHER = "MusicPublisher"
    ORCHESTRA = "Orchestra"
    PRODUCER = "Producer"
    PROGRAMMER = "Programmer"
    RECORDING_ENGINEER = "RecordingEngineer"
    REMIXER = "Remixer"
    SOLOIST = "Soloist"
    STUDIO_MUSICIAN = "StudioMusician"
    STUDIO_PRODUCER = "StudioProducer"
    TRANSLATOR = "Translator"
    VOCALIST = "Vocalist"


WRITER_ROLES = frozenset(
    {
        ContributorRole.ADAPTER,
        ContributorRole.ARRANGER,
        ContributorRole.AUTHOR,
        ContributorRole.COMPOSER,
        ContributorRole.COMPOSER_LYRICIST,
        ContributorRole.LIBRETTIST,
        ContributorRole.LYRICIST,
        ContributorRole.TRANSLATOR,
    }
)


class ImageType(StrEnum):
    """What an image of a release shows (row CAT-34)."""

    FRONT_COVER = "FrontCover"
    BACK_COVER = "BackCover"
    BOOKLET = "Booklet"
    ARTIST = "Artist"
    LABEL = "Label"
    SCREEN_CAPTURE = "ScreenCapture"


class ProprietaryId(Model):
    """An identifier that somebody gave: `namespace` is the giver's party id or a name such as `apple`."""

    namespace: Annotated[str, Field(min_length=1, max_length=100)]
    value: Annotated[str, Field(min_length=1, max_length=200)]


class Party(Model):
    """A person or an organisation: an artist, a writer, a publisher, a label.

    `isni`: 16 characters without spaces; `ipi`: IPI name number of 11 digits; `dpid`: DDEX party id `PADPIDA…`;
    `proprietary_ids`: what services call it, such as its artist id at Apple.
    """

    id: Identity
    name: Name
    name_indexed: Name | None = None
    isni: str | None = None
    ipi: str | None = None
    ipn: str | None = None
    dpid: str | None = None
    proprietary_ids: tuple[ProprietaryId, ...] = Field(default=(), max_length=20)


class DisplayArtist(Model):
    """An artist as shown on a release or track; the order in the list is the order of billing."""

    party_id: Identity
    role: ArtistRole = ArtistRole.MAIN_ARTIST


class Contributor(Model):
    """A party with all it did; one entry per party (DDEX RP 2.1, 5.3.1.4(6))."""

    party_id: Identity
    roles: tuple[ContributorRole, ...] = Field(min_length=1)
    instruments: tuple[str, ...] = ()


class Genre(Model):
    """A genre of Genre Truth with its optional subgenre (row GEN-11)."""

    name: Name
    code: str | None = None
    subgenre_name: str | None = None
    subgenre_code: str | None = None


class TitleTranslation(Model):
    """A title in a language or script other than the release's own. `language`: BCP 47."""

    language: Annotated[str, Field(min_length=2, max_length=35)]
    title: Title
    version: str | None = None


class ImmersiveEdition(Model):
    """The immersive twin of a sound recording: an ISRC and an audio file of its own."""

    isrc: str
    audio_asset_id: Identity


class Preview(Model):
    """The part of a track that may be played as a preview. `start_time`, `duration`: seconds."""

    start_time: Decimal = Field(ge=0)
    duration: Decimal = Field(gt=0, default=Decimal(30))


class Track(Model):
    """One recording on a release. Its place in `Release.tracks` is its sequence number, from 1.

    A video has `video_asset_id` in place of `audio_asset_id`, an image that stands for it, and, where it is long,
    `cues`. `instant_gratification_date`: from when it is given to those who have ordered the release in advance;
    `enrichment`: what is told of it beyond that; `extensions`: fields that plugins have added.
    """

    id: Identity
    revision: int = Field(default=1, ge=1)
    resource_type: ResourceType = ResourceType.SOUND_RECORDING
    title: Title
    version: str | None = None
    translations: tuple[TitleTranslation, ...] = Field(default=(), max_length=50)
    disc_number: int = Field(default=1, ge=1, le=99)
    isrc: str | None = None
    iswc: str | None = None
    display_artist: Name
    artists: tuple[DisplayArtist, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    genre: Genre | None = None
    language: str | None = None
    parental_warning: ParentalWarning = ParentalWarning.NOT_EXPLICIT
    instrumental: bool = False
    preview: Preview | None = None
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    first_publication_date: date | None = None
    instant_gratification_date: date | None = None
    audio_asset_id: str | None = None
    immersive: ImmersiveEdition | None = None
    video_type: VideoType = VideoType.SHORT_FORM
    video_asset_id: str | None = None
    screen_capture_asset_id: str | None = None
    cues: tuple[Cue, ...] = Field(default=(), max_length=500)
    enrichment: TrackEnrichment | None = None
    extensions: Extensions = Field(default_factory=dict, max_length=50)

    def asset_ids(self) -> set[str]:
        """Every asset that the track names."""
        twin = self.immersive.audio_asset_id if self.immersive else None
        named = (self.audio_asset_id, twin, self.video_asset_id, self.screen_capture_asset_id)
        return {asset_id for asset_id in named if asset_id}


class ReleaseImage(Model):
    """An image of the release and what it shows."""

    asset_id: Identity
    type: ImageType


class Release(Model):
    """A product of the catalogue with its tracks.

    `icpn`: the barcode (UPC or EAN) with its check digit; `language`: BCP 47; dates: local calendar dates of the label.
    A draft may lack almost everything; `ready` means that every rule of the catalogue holds. `territory_groups`: where
    given, they alone say where and when the release is offered; `pre_order_date`: the first day of advance orders;
    `visibility`: what is shown before the release date; `components`: the releases of a box set; `works`: works of
    several parts, whose presence makes the release a classical one; `enrichment`: what is told beyond that;
    `extensions`: fields that plugins have added.
    """

    id: Identity
    title: Title
    version: str | None = None
    translations: tuple[TitleTranslation, ...] = Field(default=(), max_length=50)
    type: ReleaseType = ReleaseType.ALBUM
    status: ReleaseStatus = ReleaseStatus.DRAFT
    display_artist: str = ""
    artists: tuple[DisplayArtist, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    label_party_id: str | None = None
    icpn: str | None = None
    grid: str | None = None
    catalog_number: str | None = None
    language: str | None = None
    genre: Genre | None = None
    parental_warning: ParentalWarning | None = None
    release_date: date | None = None
    original_release_date: date | None = None
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    territories: Territories = Territories()
    rights: Rights | None = None
    territory_groups: tuple[TerritoryGroup, ...] = Field(default=(), max_length=100)
    pre_order_date: date | None = None
    visibility: Visibility | None = None
    components: tuple[ReleaseComponent, ...] = Field(default=(), max_length=50)
    works: tuple[MusicalWork, ...] = Field(default=(), max_length=500)
    tracks: tuple[Track, ...] = Field(default=(), max_length=2000)
    images: tuple[ReleaseImage, ...] = Field(default=(), max_length=50)
    booklet_asset_id: str | None = None
    document_asset_ids: tuple[str, ...] = Field(default=(), max_length=50)
    enrichment: Enrichment | None = None
    extensions: Extensions = Field(default_factory=dict, max_length=50)

    def party_ids(self) -> set[str]:
        """Every party that the release or one of its tracks names."""
        holders: tuple[Release | Track, ...] = (self, *self.tracks)
        named = {artist.party_id for holder in holders for artist in holder.artists}
        named |= {contributor.party_id for holder in holders for contributor in holder.contributors}
        return named | ({self.label_party_id} if self.label_party_id else set())

    def asset_ids(self) -> set[str]:
        """Every asset that the release or one of its tracks names."""
        of_tracks = {asset_id for track in self.tracks for asset_id in track.asset_ids()}
        documents = {*self.document_asset_ids, *((self.booklet_asset_id,) if self.booklet_asset_id else ())}
        return of_tracks | {image.asset_id for image in self.images} | documents


class CompleteRelease(Model):
    """A release together with every party and asset it names: all that a message needs."""

    release: Release
    parties: tuple[Party, ...] = ()
    assets: tuple[Asset, ...] = ()

    def party(self, party_id: str) -> Party:
        """The party of that id; raises KeyError when the release names a party that is not here."""
        return {party.id: party for party in self.parties}[party_id]

    def asset(self, asset_id: str) -> Asset:
        """The asset of that id; raises KeyError when the release names an asset that is not here."""
        return {asset.id: asset for asset in self.assets}[asset_id]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for kind, ids in (("party", [p.id for p in self.parties]), ("asset", [a.id for a in self.assets])):
            if len(ids) != len(set(ids)):
                raise ValueError(f"two entries share one {kind} id")
        return self
