"""The version-neutral plan of a message: everything decided, nothing written down yet.

Who is a party, which resource stands in which group, which deal is offered: the core decides these once. A message
builder only writes the plan in the words of its format, so a new format needs no new decision.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import AwareDatetime, Field

from distro_sdk.models.assets import AudioProperties, FileHashes, ImageProperties
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    Preview,
    ReleaseType,
    RightsLine,
)
from distro_sdk.models.commerce import CommercialTerms, Territories


class MessageSubtype(StrEnum):
    """Why a release is told about (rows MSG-01 to MSG-03)."""

    INITIAL = "initial"
    UPDATE = "update"
    TAKEDOWN = "takedown"


class ReleaseProfile(StrEnum):
    """The DDEX release profile a message follows; the value is its ReleaseProfileVersionId in ERN 4."""

    AUDIO = "Audio"
    SIMPLE_AUDIO_SINGLE = "SimpleAudioSingle"


class MessagingParty(Model):
    """Sender or recipient of a message. `dpid`: DDEX party id (`PADPIDA…`)."""

    dpid: str = Field(pattern=r"^PADPIDA[a-zA-Z0-9]+$")
    name: str


class PlannedParty(Model):
    """A party of the message; `reference` is unique in the message (`P…`)."""

    reference: str
    name: str
    name_indexed: str | None = None
    isni: str | None = None
    ipi: str | None = None
    ipn: str | None = None
    dpid: str | None = None


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


class PlannedGenre(Model):
    """A genre in the words of the recipient."""

    name: str
    subgenre: str | None = None


class PlannedFile(Model):
    """A file of a resource. `uri`: relative to the message; `size`: bytes; `provided`: whether it comes along."""

    uri: str
    name: str
    asset_id: str
    size: int
    hashes: FileHashes
    provided: bool = True


class PlannedSoundRecording(Model):
    """A sound recording. `duration`: seconds; `technical_reference`: anchor `T…`."""

    reference: str
    technical_reference: str
    track_id: str
    isrc: str
    iswc: str | None = None
    title: str
    version: str | None = None
    display_artist: str
    artists: tuple[PlannedArtist, ...]
    contributors: tuple[PlannedContributor, ...] = ()
    p_line: RightsLine | None = None
    duration: Decimal
    parental_warning: ParentalWarning
    language: str | None = None
    instrumental: bool = False
    first_publication_date: date | None = None
    preview: Preview | None = None
    audio: AudioProperties
    file: PlannedFile


class PlannedImage(Model):
    """An image of the release, identified by `proprietary_id` in the sender's namespace."""

    reference: str
    technical_reference: str
    type: ImageType
    proprietary_id: str
    parental_warning: ParentalWarning
    image: ImageProperties
    file: PlannedFile


class PlannedGroup(Model):
    """One disc: its number and the recordings on it, in playing order."""

    disc_number: int
    resource_references: tuple[str, ...]


class PlannedTrackRelease(Model):
    """A track that is also a release of its own. `proprietary_id`: unique per main release (RP 2.3.1)."""

    reference: str
    proprietary_id: str
    resource_reference: str
    label_reference: str
    genre: PlannedGenre


class PlannedRelease(Model):
    """The main release, always anchored `R0`. `several_artists`: whether its recordings have different main artists."""

    reference: str
    type: ReleaseType
    icpn: str
    grid: str | None = None
    catalog_number: str | None = None
    title: str
    version: str | None = None
    display_artist: str
    artists: tuple[PlannedArtist, ...]
    label_reference: str
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    duration: Decimal
    genre: PlannedGenre
    release_date: date
    original_release_date: date | None = None
    parental_warning: ParentalWarning
    several_artists: bool = False
    groups: tuple[PlannedGroup, ...]


class PlannedDeal(Model):
    """One deal for one or more releases of the message. Dates: local calendar dates, end date included.

    `territories`: only `Worldwide` carries exclusions; `price_code` takes the place of the price of the terms.
    """

    release_references: tuple[str, ...]
    terms: CommercialTerms
    territories: Territories
    start_date: date
    end_date: date | None = None
    price_code: str | None = None


class MessagePlan(Model):
    """A whole message, decided. `created_at` carries a zone; `namespace`: the sender's DPID for proprietary ids."""

    message_id: str
    thread_id: str
    subtype: MessageSubtype
    test: bool
    created_at: AwareDatetime
    sender: MessagingParty
    sent_on_behalf_of: MessagingParty | None = None
    recipients: tuple[MessagingParty, ...] = Field(min_length=1)
    profile: ReleaseProfile
    language: str
    parties: tuple[PlannedParty, ...]
    sound_recordings: tuple[PlannedSoundRecording, ...]
    images: tuple[PlannedImage, ...]
    release: PlannedRelease
    track_releases: tuple[PlannedTrackRelease, ...]
    deals: tuple[PlannedDeal, ...]

    @property
    def namespace(self) -> str:
        """The namespace of the sender's proprietary ids."""
        return self.sender.dpid

    def files(self) -> tuple[PlannedFile, ...]:
        """Every file that the message names, recordings first."""
        audio = tuple(recording.file for recording in self.sound_recordings)
        return audio + tuple(image.file for image in self.images)
