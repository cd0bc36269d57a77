"""What a release holds beside its plain tracks, as it is shown."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date
from decimal import Decimal

import strawberry

from distro_api.graphql.assets import Asset
from distro_api.graphql.fields import Info, derived, loaded
from distro_api.graphql.ids import global_id
from distro_core.assets.documents import AssetDocument
from distro_sdk.models import catalogue, structure


@strawberry.type(description="A title in a language other than that of the metadata.")
class TitleTranslation:
    """A title in another language."""

    language: str = strawberry.field(description="Language, BCP 47.")
    title: str = strawberry.field(description="The title without version.")
    version: str | None = strawberry.field(description="The version in that language.")


def _twin(root: strawberry.Parent[catalogue.ImmersiveEdition], info: Info) -> Awaitable[AssetDocument | None]:
    return info.context.loaders.assets.load(root.audio_asset_id)


@strawberry.type(description="The immersive twin of a sound recording.")
class ImmersiveEdition:
    """The immersive twin of a sound recording."""

    isrc: str = strawberry.field(description="Its own ISRC.")
    audio_asset_id: strawberry.ID = derived(lambda twin: global_id("Asset", twin.audio_asset_id), "Id of its audio.")
    audio: Asset | None = loaded(_twin, "Its audio file.")


@strawberry.type(description="A P-line or C-line as it is printed.")
class RightsLine:
    """A P-line or C-line."""

    year: int = strawberry.field(description="Year of the right.")
    text: str = strawberry.field(description="The whole line.")
    company: str | None = strawberry.field(description="Who holds the right.")


@strawberry.type(description="A recording that is heard in a long-form video.")
class Cue:
    """A recording that is heard in a long-form video."""

    title: str = strawberry.field(description="Its title.")
    start_time: Decimal = strawberry.field(description="Seconds from the start of the video.")
    duration: Decimal = strawberry.field(description="Seconds.")
    isrc: str | None = strawberry.field(description="ISRC of the recording.")
    iswc: str | None = strawberry.field(description="ISWC of the work.")
    display_artist: str | None = strawberry.field(description="Who performs it, as printed.")
    p_line: RightsLine | None = strawberry.field(description="P-line of the recording.")
    c_line: RightsLine | None = strawberry.field(description="C-line of the recording.")


@strawberry.type(description="From when a release is shown before its release date.")
class Visibility:
    """From when a release is shown before its release date."""

    display_start: date = strawberry.field(description="From when it is shown at all.")
    cover_art_start: date | None = strawberry.field(description="From when with its cover; null: with the rest.")
    track_listing_start: date | None = strawberry.field(description="From when with its tracks; null: with the rest.")
    clip_start: date | None = strawberry.field(description="From when with previews; null: with the rest.")


@strawberry.type(description="A release within a box set.")
class ReleaseComponent:
    """A release within a box set."""

    title: str = strawberry.field(description="Its title.")
    icpn: str | None = strawberry.field(description="Its barcode.")
    grid: str | None = strawberry.field(description="Its GRid.")
    disc_numbers: list[int] = strawberry.field(description="Discs of the box that it consists of, in playing order.")


def _track_ids(work: structure.MusicalWork) -> list[strawberry.ID]:
    return [global_id("Track", track_id) for track_id in work.track_ids]


@strawberry.type(description="A work of several parts, such as a symphony.")
class MusicalWork:
    """A work of several parts."""

    title: str = strawberry.field(description="Its title.")
    track_ids: list[strawberry.ID] = derived(_track_ids, "Global ids of its tracks, in playing order.")
    opus_number: str | None = strawberry.field(description="Such as `Op. 67`.")
    composer_catalog_number: str | None = strawberry.field(description="Such as `BWV 1007`.")


@strawberry.type(description="An identifier that somebody gave to a party.")
class ProprietaryId:
    """An identifier that somebody gave to a party."""

    namespace: str = strawberry.field(description="Whose identifier it is: a party id, or a name such as `apple`.")
    value: str = strawberry.field(description="The identifier.")
