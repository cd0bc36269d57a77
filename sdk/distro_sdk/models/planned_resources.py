"""Resources of a message plan: recordings, videos, images and texts, each with its file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from distro_sdk.models.assets import AudioProperties, FileHashes, ImageProperties, VideoProperties
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    Extensions,
    ImageType,
    ParentalWarning,
    Preview,
    ProprietaryId,
    TitleTranslation,
    VideoType,
)
from distro_sdk.models.enrichment import TrackEnrichment
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.models.structure import Cue


class PlannedParty(Model):
    """A party of the message; `reference` is unique in the message (`P…`)."""

    reference: str
    name: str
    name_indexed: str | None = None
    isni: str | None = None
    ipi: str | None = None
    ipn: str | None = None
    dpid: str | None = None
    proprietary_ids: tuple[ProprietaryId, ...] = ()


class PlannedArtist(Model):
    """A displayed artist. `sequence` counts from 1."""

    party_reference: str
    role: ArtistRole
    sequence: int


class PlannedContributor(Model):
    """A contributor with all its roles. `sequence` counts from 1."""

    party_reference: str
    roles: tuple[ContributorRole, ...]
    instruments: tuple[str, ...] = ()
    sequence: int


class PlannedFile(Model):
    """A file of a resource. `uri`: relative to the message; `size`: bytes; `provided`: whether it comes along."""

    uri: str
    name: str
    asset_id: str
    size: int
    hashes: FileHashes
    provided: bool = True


class PlannedWork(Model):
    """The musical work that is recorded, as far as it is identified."""

    iswc: str | None = None
    opus_number: str | None = None
    composer_catalog_number: str | None = None


class PlannedImmersiveEdition(Model):
    """The immersive twin of a sound recording, with an ISRC and a file of its own."""

    technical_reference: str
    isrc: str
    audio: AudioProperties
    file: PlannedFile


class PlannedRecording(Model):
    """What sound recordings and videos have in common. `duration`: seconds; `technical_reference`: anchor `T…`.

    `translations`: the title in other languages; `language`: of the performance; `formal_title`: how a classical
    recording is cited, composer and work first; `enrichment`: its own, and what the release tells of all its tracks;
    `extensions`: the fields of the track that plugins have added, which a message tells where a plugin makes it so.
    """

    reference: str
    technical_reference: str
    track_id: str
    isrc: str
    work: PlannedWork | None = None
    title: str
    version: str | None = None
    formal_title: str | None = None
    translations: tuple[TitleTranslation, ...] = ()
    display_artist: str
    artists: tuple[PlannedArtist, ...]
    contributors: tuple[PlannedContributor, ...] = ()
    p_line: RightsLine | None = None
    duration: Decimal
    parental_warning: ParentalWarning
    language: str | None = None
    first_publication_date: date | None = None
    preview: Preview | None = None
    enrichment: TrackEnrichment | None = None
    focus: PlannedFocus | None = None
    extensions: Extensions = Field(default_factory=dict)
    file: PlannedFile

    @property
    def iswc(self) -> str | None:
        """The ISWC of the recorded work."""
        return self.work.iswc if self.work else None


class PlannedSoundRecording(PlannedRecording):
    """A sound recording, with the immersive twin where the target takes one.

    `classical`: whether the rules of the Classical variant hold for it.
    """

    instrumental: bool = False
    classical: bool = False
    audio: AudioProperties
    immersive: PlannedImmersiveEdition | None = None


class PlannedVideo(PlannedRecording):
    """A video. `screen_capture_reference`: the image that stands for it, `A…`; `cues`: what is heard in a long one."""

    type: VideoType
    c_line: RightsLine | None = None
    video: VideoProperties
    screen_capture_reference: str | None = None
    cues: tuple[Cue, ...] = ()


class PlannedImage(Model):
    """An image of the release or of one of its videos, identified by `proprietary_id` in the sender's namespace."""

    reference: str
    technical_reference: str
    type: ImageType
    proprietary_id: str
    parental_warning: ParentalWarning
    image: ImageProperties
    file: PlannedFile


class PlannedText(Model):
    """A booklet to read, a bonus resource, identified by `proprietary_id` in the sender's namespace."""

    reference: str
    technical_reference: str
    proprietary_id: str
    title: str
    parental_warning: ParentalWarning
    file: PlannedFile
