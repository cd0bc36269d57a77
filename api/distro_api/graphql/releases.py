"""Releases and tracks as they are shown."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from distro_api.graphql.assets import Asset
from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.enrichment import Enrichment, TrackEnrichment
from distro_api.graphql.fields import Info, derived, guarded, loaded
from distro_api.graphql.ids import global_id
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.parties import Party
from distro_api.graphql.structure import (
    Cue,
    ImmersiveEdition,
    MusicalWork,
    ReleaseComponent,
    RightsLine,
    TitleTranslation,
    Visibility,
)
from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.delivery.deliveries import DeliveryFilter, DeliveryService
from distro_core.identity.permissions import Permission
from distro_sdk.models import catalogue
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    ReleaseStatus,
    ReleaseType,
    ResourceType,
    VideoType,
)
from distro_sdk.models.validation import Severity

if TYPE_CHECKING:
    from distro_api.graphql.deliveries import Delivery
    from distro_api.graphql.distributions import Distribution


@strawberry.type(description="A genre of Genre Truth with its optional subgenre.")
class Genre:
    """A genre."""

    name: str = strawberry.field(description="Name of the genre.")
    code: str | None = strawberry.field(description="Code of the genre.")
    subgenre_name: str | None = strawberry.field(description="Name of the subgenre.")
    subgenre_code: str | None = strawberry.field(description="Code of the subgenre.")


@strawberry.type(description="Where a release may be used.")
class Territories:
    """Where a release may be used."""

    included: list[str] = strawberry.field(description="ISO 3166-1 alpha-2 codes, or `Worldwide` alone.")
    excluded: list[str] = strawberry.field(description="ISO 3166-1 alpha-2 codes that are taken out again.")


@strawberry.type(description="For how long the label holds the rights.")
class Rights:
    """For how long the label holds the rights."""

    start_date: date = strawberry.field(description="The first day.")
    end_date: date | None = strawberry.field(description="The last day, included; null for no end.")
    price_code: str | None = strawberry.field(description="The price code of the whole release.")
    track_price_code: str | None = strawberry.field(description="The price code of each track sold alone.")


@strawberry.type(description="Territories in which a release is offered at dates, or for a price, of their own.")
class TerritoryGroup:
    """Territories in which a release is offered at dates of their own."""

    territories: Territories = strawberry.field(description="Which.")
    start_date: date = strawberry.field(description="The first day.")
    end_date: date | None = strawberry.field(description="The last day, included; null for no end.")
    price_code: str | None = strawberry.field(description="The price code there.")


@strawberry.type(description="The part of a track that may be played as a preview.")
class Preview:
    """The part of a track that may be played as a preview."""

    start_time: Decimal = strawberry.field(description="Seconds from the start of the track.")
    duration: Decimal = strawberry.field(description="Seconds.")


def _party(root: Any, info: Info) -> Awaitable[PartyDocument | None]:
    return info.context.loaders.parties.load(root.party_id)


def _party_id(credit: catalogue.DisplayArtist | catalogue.Contributor) -> strawberry.ID:
    return global_id("Party", credit.party_id)


@strawberry.type(description="An artist as shown; the order of the list is the order of billing.")
class DisplayArtist:
    """An artist as shown."""

    role: ArtistRole = strawberry.field(description="How the artist is shown.")
    party_id: strawberry.ID = derived(_party_id, "Global id of the party.")
    party: Party | None = loaded(_party, "The artist.")


@strawberry.type(description="A party with all it did.")
class Contributor:
    """A party with all it did."""

    roles: list[ContributorRole] = strawberry.field(description="What it did.")
    instruments: list[str] = strawberry.field(description="What it played.")
    party_id: strawberry.ID = derived(_party_id, "Global id of the party.")
    party: Party | None = loaded(_party, "Who it was.")


def _image_asset(root: strawberry.Parent[catalogue.ReleaseImage], info: Info) -> Awaitable[AssetDocument | None]:
    return info.context.loaders.assets.load(root.asset_id)


@strawberry.type(description="An image of a release.")
class ReleaseImage:
    """An image of a release."""

    type: ImageType = strawberry.field(description="What it shows.")
    asset_id: strawberry.ID = derived(lambda image: global_id("Asset", image.asset_id), "Global id of the file.")
    asset: Asset | None = loaded(_image_asset, "The file.")


@strawberry.type(description="A finding about a release or a message.")
class ValidationIssue:
    """A finding."""

    code: str = strawberry.field(description="Stable code of the rule.")
    message: str = strawberry.field(description="One sentence for people.")
    severity: Severity = strawberry.field(description="Whether it stops a delivery.")
    path: str = strawberry.field(description="An XPath into the message, or a dotted path into the release.")
    line: int | None = strawberry.field(description="Line of the message, from 1.")


@strawberry.type(description="What the last generated message said of a release.")
class ReleaseValidation:
    """What the last generated message said of a release."""

    status: str = strawberry.field(description="`valid` or `invalid`.")
    errors: list[ValidationIssue] = strawberry.field(description="What stops a delivery.")
    warnings: list[ValidationIssue] = strawberry.field(description="What is only told.")
    last_generated: datetime = strawberry.field(description="When that message was made.")
    message_id: str = strawberry.field(description="Id of that message.")
    format: str = strawberry.field(description="Its format, such as `ern/4.3`.")


def _audio_id(track: catalogue.Track) -> strawberry.ID | None:
    return global_id("Asset", track.audio_asset_id) if track.audio_asset_id else None


async def _nothing() -> None:
    return None


def _audio(root: strawberry.Parent[catalogue.Track], info: Info) -> Awaitable[AssetDocument | None]:
    return info.context.loaders.assets.load(root.audio_asset_id) if root.audio_asset_id else _nothing()


def _video_id(track: catalogue.Track) -> strawberry.ID | None:
    return global_id("Asset", track.video_asset_id) if track.video_asset_id else None


def _video(root: strawberry.Parent[catalogue.Track], info: Info) -> Awaitable[AssetDocument | None]:
    return info.context.loaders.assets.load(root.video_asset_id) if root.video_asset_id else _nothing()


def _capture(root: strawberry.Parent[catalogue.Track], info: Info) -> Awaitable[AssetDocument | None]:
    asset_id = root.screen_capture_asset_id
    return info.context.loaders.assets.load(asset_id) if asset_id else _nothing()


@strawberry.type(description="One recording on a release.")
class Track(Node):
    """One recording on a release."""

    model: ClassVar[type] = catalogue.Track

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes of this track.")
    title: str = strawberry.field(description="Title without version.")
    version: str | None = strawberry.field(description="Version, such as `Radio Edit`.")
    disc_number: int = strawberry.field(description="Disc, from 1.")
    isrc: str | None = strawberry.field(description="ISRC, 12 characters.")
    iswc: str | None = strawberry.field(description="ISWC of the work.")
    display_artist: str = strawberry.field(description="The artists as they are printed.")
    artists: list[DisplayArtist] = strawberry.field(description="The artists in the order of billing.")
    contributors: list[Contributor] = strawberry.field(description="Who else took part.")
    genre: Genre | None = strawberry.field(description="Its genre, where it differs from the release's.")
    language: str | None = strawberry.field(description="Language of the performance, BCP 47.")
    parental_warning: ParentalWarning = strawberry.field(description="Advice for parents.")
    instrumental: bool = strawberry.field(description="Whether nobody sings.")
    preview: Preview | None = strawberry.field(description="The part that may be previewed.")
    p_line: RightsLine | None = strawberry.field(description="P-line of the recording.")
    first_publication_date: date | None = strawberry.field(description="When it was first published.")
    audio_asset_id: strawberry.ID | None = derived(_audio_id, "Global id of the audio file.")
    audio: Asset | None = loaded(_audio, "The audio file.")
    c_line: RightsLine | None = strawberry.field(description="C-line of a video.")
    instant_gratification_date: date | None = strawberry.field(
        description="From when who has ordered the release in advance gets it."
    )
    translations: list[TitleTranslation] = strawberry.field(description="The title in other languages.")
    resource_type: ResourceType = strawberry.field(description="What it is.")
    immersive: ImmersiveEdition | None = strawberry.field(description="Its immersive twin.")
    video_type: VideoType = strawberry.field(description="What kind of video it is, where it is one.")
    video_asset_id: strawberry.ID | None = derived(_video_id, "Global id of the video file.")
    video: Asset | None = loaded(_video, "The video file.")
    screen_capture: Asset | None = loaded(_capture, "The image that stands for a video.")
    cues: list[Cue] = strawberry.field(description="What is heard in a long-form video.")
    enrichment: TrackEnrichment | None = strawberry.field(description="What is told of it beyond that, by MEAD.")


def _label_id(release: catalogue.Release) -> strawberry.ID | None:
    return global_id("Party", release.label_party_id) if release.label_party_id else None


def _booklet(root: strawberry.Parent[ReleaseDocument], info: Info) -> Awaitable[AssetDocument | None]:
    return info.context.loaders.assets.load(root.booklet_asset_id) if root.booklet_asset_id else _nothing()


def _label(root: strawberry.Parent[ReleaseDocument], info: Info) -> Awaitable[PartyDocument | None]:
    return info.context.loaders.parties.load(root.label_party_id) if root.label_party_id else _nothing()


async def _documents(root: strawberry.Parent[ReleaseDocument], info: Info) -> list[AssetDocument]:
    found = await info.context.loaders.assets.load_many(root.document_asset_ids)
    return [asset for asset in found if asset is not None]


async def _deliveries(
    root: strawberry.Parent[ReleaseDocument], info: Info, first: First = DEFAULT_PAGE, after: After = None
) -> Connection[Any]:
    service = DeliveryService(await info.context.scope())
    return connection(await service.page(DeliveryFilter(release_id=root.id), first=first, after=after))


async def _distribution(root: strawberry.Parent[ReleaseDocument], info: Info) -> Any:
    return await info.context.loaders.distributions.load(root.id)


@strawberry.type(description="A product of the catalogue with its tracks.")
class Release(Node):
    """A product of the catalogue with its tracks."""

    model: ClassVar[type] = ReleaseDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes; give it to an update to refuse a stale one.")
    title: str = strawberry.field(description="Title without version.")
    version: str | None = strawberry.field(description="Version, such as `Deluxe`.")
    type: ReleaseType = strawberry.field(description="What kind of product it is.")
    status: ReleaseStatus = strawberry.field(description="Where it stands in its life.")
    display_artist: str = strawberry.field(description="The artists as they are printed.")
    artists: list[DisplayArtist] = strawberry.field(description="The artists in the order of billing.")
    contributors: list[Contributor] = strawberry.field(description="Who else took part in all of it.")
    label_party_id: strawberry.ID | None = derived(_label_id, "Global id of the label.")
    label: Party | None = loaded(_label, "The label.")
    icpn: str | None = strawberry.field(description="Barcode, UPC or EAN.")
    grid: str | None = strawberry.field(description="GRid.")
    catalog_number: str | None = strawberry.field(description="The label's own number.")
    language: str | None = strawberry.field(description="Language of the metadata, BCP 47.")
    genre: Genre | None = strawberry.field(description="Its genre.")
    parental_warning: ParentalWarning | None = strawberry.field(description="Advice for parents.")
    release_date: date | None = strawberry.field(description="The day of its release, local everywhere.")
    original_release_date: date | None = strawberry.field(description="When it was first released.")
    p_line: RightsLine | None = strawberry.field(description="P-line.")
    c_line: RightsLine | None = strawberry.field(description="C-line.")
    territories: Territories = strawberry.field(description="Where it may be used.")
    rights: Rights | None = strawberry.field(description="For how long the label holds the rights.")
    tracks: list[Track] = strawberry.field(description="The tracks in playing order, at most 2000.")
    images: list[ReleaseImage] = strawberry.field(description="Cover and other images, at most 50.")
    territory_groups: list[TerritoryGroup] = strawberry.field(
        description="Where there are any, they alone say where and when it is offered."
    )
    pre_order_date: date | None = strawberry.field(description="First day of advance orders.")
    visibility: Visibility | None = strawberry.field(description="What is shown before its release date.")
    components: list[ReleaseComponent] = strawberry.field(description="The releases of a box set.")
    works: list[MusicalWork] = strawberry.field(description="Works of several parts.")
    translations: list[TitleTranslation] = strawberry.field(description="The title in other languages.")
    booklet: Asset | None = loaded(_booklet, "The booklet.")
    documents: list[Asset] = loaded(_documents, "Other files, such as a booklet; at most 50.")
    enrichment: Enrichment | None = strawberry.field(description="What is told of it beyond that, by MEAD.")
    validation: ReleaseValidation | None = strawberry.field(description="What the last message said of it.")
    deliveries: Connection[Annotated[Delivery, strawberry.lazy("distro_api.graphql.deliveries")]] = guarded(
        Permission.DELIVERY_READ, _deliveries, "Its deliveries, the newest first."
    )
    distribution: Annotated[Distribution, strawberry.lazy("distro_api.graphql.distributions")] = guarded(
        Permission.DELIVERY_READ, _distribution, "Where it is on all its platforms."
    )
    created_at: datetime = strawberry.field(description="When it was stored.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    created_by: str | None = strawberry.field(description="Who stored it: a user, an API key or `system`.")
