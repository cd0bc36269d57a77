"""The version-neutral plan of a message: everything decided, nothing written down yet.

Who is a party, which resource stands in which group, which deal is offered: the core decides these once. A message
builder only writes the plan in the words of its format, so a new format needs no new decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.planned_releases import (
    PlannedDeal,
    PlannedRelease,
    PlannedTrackRelease,
    PlannedVisibility,
)
from distro_sdk.models.planned_resources import (
    PlannedFile,
    PlannedImage,
    PlannedParty,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
)

DdexPartyId = Annotated[str, Field(pattern=r"^PADPIDA[a-zA-Z0-9]+$")]


class MessageSubtype(StrEnum):
    """Why a release is told about (rows MSG-01 to MSG-03)."""

    INITIAL = "initial"
    UPDATE = "update"
    TAKEDOWN = "takedown"


class MessageType(StrEnum):
    """Which message of the ERN standard tells it (rows MSG-04 to MSG-06)."""

    NEW_RELEASE = "NewReleaseMessage"
    PURGE_RELEASE = "PurgeReleaseMessage"
    CATALOG_LIST = "CatalogListMessage"


class ReleaseProfile(StrEnum):
    """The DDEX release profile a message follows; the value is its ReleaseProfileVersionId in ERN 4."""

    AUDIO = "Audio"
    SIMPLE_AUDIO_SINGLE = "SimpleAudioSingle"
    VIDEO = "Video"
    SIMPLE_VIDEO_SINGLE = "SimpleVideoSingle"
    MIXED_MEDIA = "MixedMedia"
    LONG_FORM_VIDEO = "LongFormMusicalWorkVideo"


class ProfileVariant(StrEnum):
    """A variant of a release profile; the value is its ReleaseProfileVariantVersionId in ERN 4."""

    BOXED_SET = "BoxedSet"
    CLASSICAL = "Classical"


class TakedownForm(StrEnum):
    """The legal ways to say that a release is withdrawn (row ERN-15).

    No deals: the message without any; end date: deals that have ended; take down element and all deals cancelled: ERN
    3.8.2 only; purge: a PurgeReleaseMessage.
    """

    NO_DEALS = "no_deals"
    END_DATE = "end_date"
    TAKE_DOWN_ELEMENT = "take_down_element"
    ALL_DEALS_CANCELLED = "all_deals_cancelled"
    PURGE = "purge"


class HashAlgorithm(StrEnum):
    """By which hash a message tells of its files; every partner knows MD5."""

    MD5 = "MD5"
    SHA1 = "SHA1"
    SHA256 = "SHA-256"


class MessageOptions(Model):
    """What a partner wants otherwise than others, in every format.

    `takedown_form`: how a takedown is said; `update_indicator`: whether ERN 3.8.2 says OriginalMessage or
    UpdateMessage; `hash_algorithm`: of the files; `channels`, `excluded_channels`: party ids of the services through
    which alone, or through which not, the recipient may offer a release; `immersive_audio`: whether the immersive
    twins of recordings are delivered; `further_images`: whether images beside the front cover are; `booklet`: whether
    the booklet is; `companions`: formats of messages that travel beside, such as ``mead/1.1``.
    """

    takedown_form: TakedownForm = TakedownForm.NO_DEALS
    update_indicator: bool = False
    hash_algorithm: HashAlgorithm = HashAlgorithm.MD5
    channels: tuple[DdexPartyId, ...] = Field(default=(), max_length=50)
    excluded_channels: tuple[DdexPartyId, ...] = Field(default=(), max_length=50)
    immersive_audio: bool = False
    further_images: bool = True
    booklet: bool = True
    companions: tuple[str, ...] = Field(default=(), max_length=5)


class MessagingParty(Model):
    """Sender or recipient of a message. `dpid`: DDEX party id (`PADPIDA…`)."""

    dpid: DdexPartyId
    name: str


class CompanionFile(Model):
    """A message that travels beside this one and is named in it. `format` such as ``mead/1.1``; `uri` as of a file."""

    format: str
    uri: str
    file: PlannedFile


class MessagePlan(Model):
    """A whole message, decided. `created_at` carries a zone; `namespace`: the sender's DPID for proprietary ids.

    `settings`: those of the builder's own `configuration`, valid; `variants` in the order in which ERN 4 names them.
    """

    message_id: str
    thread_id: str
    type: MessageType = MessageType.NEW_RELEASE
    subtype: MessageSubtype
    test: bool
    created_at: AwareDatetime
    sender: MessagingParty
    sent_on_behalf_of: MessagingParty | None = None
    recipients: tuple[MessagingParty, ...] = Field(min_length=1)
    options: MessageOptions = MessageOptions()
    settings: Mapping[str, Any] = Field(default_factory=dict)
    profile: ReleaseProfile
    variants: tuple[ProfileVariant, ...] = ()
    language: str
    parties: tuple[PlannedParty, ...]
    sound_recordings: tuple[PlannedSoundRecording, ...]
    videos: tuple[PlannedVideo, ...] = ()
    images: tuple[PlannedImage, ...]
    texts: tuple[PlannedText, ...] = ()
    companions: tuple[CompanionFile, ...] = ()
    release: PlannedRelease
    track_releases: tuple[PlannedTrackRelease, ...]
    deals: tuple[PlannedDeal, ...]
    visibilities: tuple[PlannedVisibility, ...] = ()

    @property
    def namespace(self) -> str:
        """The namespace of the sender's proprietary ids."""
        return self.sender.dpid

    @property
    def recordings(self) -> tuple[PlannedRecording, ...]:
        """Every primary resource, sound recordings first."""
        return (*self.sound_recordings, *self.videos)

    def party(self, reference: str) -> PlannedParty:
        """The party of that reference; raises KeyError."""
        return {party.reference: party for party in self.parties}[reference]

    def files(self) -> tuple[PlannedFile, ...]:
        """Every file that the message names, in the order in which it names them."""
        recorded: list[PlannedFile] = []
        for recording in self.sound_recordings:
            recorded.append(recording.file)
            if recording.immersive:
                recorded.append(recording.immersive.file)
        recorded += [video.file for video in self.videos]
        recorded += [image.file for image in self.images]
        return (*recorded, *(text.file for text in self.texts))


class CatalogEntry(Model):
    """One release in a list of a catalogue."""

    type: ReleaseType
    icpn: str
    grid: str | None = None
    catalog_number: str | None = None
    title: str
    version: str | None = None
    display_artist: str
    label_name: str
    release_date: date | None = None
    duration: Decimal | None = None


class CatalogListPlan(Model):
    """A CatalogListMessage, decided: which releases a label has (row MSG-05)."""

    message_id: str
    thread_id: str
    test: bool
    created_at: AwareDatetime
    sender: MessagingParty
    sent_on_behalf_of: MessagingParty | None = None
    recipients: tuple[MessagingParty, ...] = Field(min_length=1)
    language: str
    entries: tuple[CatalogEntry, ...] = Field(min_length=1, max_length=10_000)
