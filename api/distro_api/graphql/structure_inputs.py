"""Inputs for what a release holds beside its plain tracks: translations, box sets, works, immersive twins, cues."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry import UNSET

from distro_api.graphql.inputs import id_input

DATE = "YYYY-MM-DD"


@strawberry.input(description="A title in a language other than that of the metadata.")
class TranslationInput:
    """A title in another language."""

    language: str = strawberry.field(description="Language, BCP 47.")
    title: str = strawberry.field(description="The title without version.")
    version: str | None = strawberry.field(default=None, description="The version in that language.")


@strawberry.input(description="The immersive twin of a sound recording.")
class ImmersiveEditionInput:
    """The immersive twin of a sound recording."""

    isrc: str = strawberry.field(description="Its own ISRC; checked.")
    audio_asset_id: strawberry.ID = id_input("Asset", "Its audio file.")


@strawberry.input(description="A P-line or C-line; without a text it is made from year and company.")
class RightsLineInput:
    """A P-line or C-line."""

    year: int | None = strawberry.field(default=None, description="Year of the right, 1850 to 2200.")
    text: str | None = strawberry.field(default=None, description="The whole line.")
    company: str | None = strawberry.field(default=None, description="Who holds the right.")


@strawberry.input(description="A recording that is heard in a long-form video, identified by ISRC or ISWC.")
class CueInput:
    """A recording that is heard in a long-form video."""

    title: str = strawberry.field(description="Its title.")
    start_time: Decimal = strawberry.field(description="Seconds from the start of the video.")
    duration: Decimal = strawberry.field(description="Seconds.")
    isrc: str | None = strawberry.field(default=None, description="ISRC of the recording; checked.")
    iswc: str | None = strawberry.field(default=None, description="ISWC of the work; checked.")
    display_artist: str | None = strawberry.field(default=None, description="Who performs it, as printed.")
    p_line: RightsLineInput | None = strawberry.field(
        default=None, description="P-line of the recording; without it, messages tell that of the video."
    )
    c_line: RightsLineInput | None = strawberry.field(default=None, description="C-line of the recording.")


@strawberry.input(description="From when a release is shown before its release date; what is left out: with the rest.")
class VisibilityInput:
    """From when a release is shown before its release date."""

    display_start: str = strawberry.field(description=f"From when it is shown at all, {DATE}.")
    cover_art_start: str | None = strawberry.field(default=None, description=f"From when with its cover, {DATE}.")
    track_listing_start: str | None = strawberry.field(default=None, description=f"From when with its tracks, {DATE}.")
    clip_start: str | None = strawberry.field(default=None, description=f"From when with previews, {DATE}.")


@strawberry.input(description="A release within a box set, with an ICPN or a GRid of its own.")
class ReleaseComponentInput:
    """A release within a box set."""

    title: str = strawberry.field(description="Its title.")
    disc_numbers: list[int] = strawberry.field(description="Discs of the box that it consists of, in playing order.")
    icpn: str | None = strawberry.field(default=None, description="Its barcode; checked.")
    grid: str | None = strawberry.field(default=None, description="Its GRid; checked.")


@strawberry.input(description="A work of several parts, such as a symphony: its tracks follow each other on one disc.")
class MusicalWorkInput:
    """A work of several parts."""

    title: str = strawberry.field(description="Its title.")
    track_ids: list[strawberry.ID] | None = id_input("Track", "Its tracks, at least two.", default=UNSET)
    track_numbers: list[int] | None = strawberry.field(
        default=UNSET, description="Its tracks by their numbers in playing order, from 1; in place of their ids."
    )
    opus_number: str | None = strawberry.field(default=None, description="Such as `Op. 67`.")
    composer_catalog_number: str | None = strawberry.field(default=None, description="Such as `BWV 1007`.")


@strawberry.input(description="An identifier that somebody gave to a party.")
class ProprietaryIdInput:
    """An identifier that somebody gave to a party."""

    namespace: str = strawberry.field(description="Whose identifier it is: a party id, or a name such as `apple`.")
    value: str = strawberry.field(description="The identifier.")
