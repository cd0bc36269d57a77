"""What was found in a message, in the same words for every version, before it is put together to releases.

References are those of the message; `node` is where it stands, for faults.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, auto

from distro_sdk.ern.reading.nodes import Node
from distro_sdk.messages import FileDetails
from distro_sdk.models.catalogue import Contributor, DisplayArtist, Genre, ParentalWarning, Preview, TitleTranslation
from distro_sdk.models.commerce import CommercialModel, Price, RightsClaimPolicy, Territories, UseType
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessageType
from distro_sdk.models.structure import Cue


@dataclass
class FoundHeader:
    """Who says it to whom, and when."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    created_at: datetime | None
    test: bool


@dataclass
class FoundTitles:
    """The title with its version, and the same in other languages."""

    title: str | None = None
    version: str | None = None
    translations: tuple[TitleTranslation, ...] = ()


@dataclass
class FoundCredits:
    """Who is shown and who contributed."""

    display_artist: str | None = None
    artists: tuple[DisplayArtist, ...] = ()
    contributors: tuple[Contributor, ...] = ()


@dataclass
class FoundFile:
    """A file of a resource. `uri`: None where it does not come along."""

    details: FileDetails
    uri: str | None = None


@dataclass
class FoundWork:
    """Identifiers of the recorded work."""

    iswc: str | None = None
    opus_number: str | None = None
    composer_catalog_number: str | None = None


class ResourceKind(Enum):
    """What a resource is."""

    SOUND_RECORDING = auto()
    VIDEO = auto()
    IMAGE = auto()
    TEXT = auto()


@dataclass
class FoundResource:
    """A resource with its file, and with that of its immersive twin.

    `type`: in DDEX's words; `citations`: formal and grouping titles; `supplemental`: whether it only goes into
    another one; `genre`: 3.8.2 tells it here.
    """

    node: Node
    kind: ResourceKind
    reference: str
    type: str
    file: FoundFile
    isrc: str | None = None
    work: FoundWork = field(default_factory=FoundWork)
    titles: FoundTitles = field(default_factory=FoundTitles)
    credits: FoundCredits = field(default_factory=FoundCredits)
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    genre: Genre | None = None
    parental_warning: ParentalWarning | None = None
    first_publication_date: date | None = None
    language: str | None = None
    instrumental: bool = False
    preview: Preview | None = None
    immersive: FoundFile | None = None
    immersive_isrc: str | None = None
    cues: tuple[Cue, ...] = ()
    citations: tuple[Node, ...] = ()
    supplemental: bool = False

    @property
    def primary(self) -> bool:
        """Whether a track can be made of it."""
        return self.kind in {ResourceKind.SOUND_RECORDING, ResourceKind.VIDEO} and not self.supplemental


class GroupKind(Enum):
    """What a resource group is to our model."""

    WHOLE = auto()
    DISC = auto()
    COMPONENT = auto()
    WORK = auto()


@dataclass
class FoundItem:
    """A resource in a group. `linked`: images shown with it, and what each is said to be."""

    node: Node
    reference: str
    sequence: int | None = None
    linked: tuple[tuple[str, str | None], ...] = ()
    instant_gratification: bool = False


@dataclass
class FoundGroup:
    """A group with its members, groups and items in their common order."""

    node: Node
    kind: GroupKind
    sequence: int | None = None
    title: str | None = None
    title_node: Node | None = None
    icpn: str | None = None
    grid: str | None = None
    members: tuple[FoundGroup | FoundItem, ...] = ()
    linked: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class FoundVisibility:
    """From when a release is shown, as far as it is told."""

    display_start: date | None = None
    cover_art_start: date | None = None
    track_listing_start: date | None = None
    clip_start: date | None = None


@dataclass
class FoundDeal:
    """One deal. `end_date`: included; `pre_order_date`: the first day of advance orders; `withdrawn`: it takes down."""

    node: Node
    releases: tuple[str, ...]
    territories: Territories | None
    start_date: date | None = None
    end_date: date | None = None
    models: tuple[CommercialModel, ...] = ()
    uses: tuple[UseType, ...] = ()
    price: Price | None = None
    price_code: str | None = None
    claim_policy: RightsClaimPolicy | None = None
    pre_order: bool = False
    pre_order_date: date | None = None
    gratification: tuple[str, ...] = ()
    visibility: FoundVisibility | None = None
    withdrawn: bool = False


@dataclass
class FoundTrackRelease:
    """A track that is a release of its own."""

    node: Node
    reference: str
    resource_reference: str | None
    genre: Genre | None = None


@dataclass
class TerritoryDay:
    """The release date in some territories. `codes`: as they are told."""

    node: Node
    codes: frozenset[str]
    day: date


@dataclass
class FoundRelease:
    """The main release. `types`: in DDEX's words, with where each stands; `purged`: it is to be forgotten."""

    node: Node
    reference: str
    types: tuple[Node, ...] = ()
    icpn: str | None = None
    grid: str | None = None
    isrc: str | None = None
    catalog_number: str | None = None
    titles: FoundTitles = field(default_factory=FoundTitles)
    credits: FoundCredits = field(default_factory=FoundCredits)
    label_party_id: str | None = None
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None
    genre: Genre | None = None
    parental_warning: ParentalWarning | None = None
    release_date: date | None = None
    original_release_date: date | None = None
    territory_dates: tuple[TerritoryDay, ...] = ()
    language: str | None = None
    compilation: bool = False
    group: FoundGroup | None = None
    visibility: FoundVisibility | None = None
    purged: bool = False


@dataclass
class FoundMessage:
    """A whole NewReleaseMessage: its main releases with what belongs to all of them."""

    header: FoundHeader
    type: MessageType
    profile: str | None
    resources: dict[str, FoundResource]
    releases: tuple[FoundRelease, ...]
    track_releases: tuple[FoundTrackRelease, ...] = ()
    deals: tuple[FoundDeal, ...] = ()
