"""What enriches releases and tracks, as it is shown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import strawberry

from distro_api.graphql.fields import derived
from distro_api.graphql.ids import global_id
from distro_sdk.models.enrichment_words import (
    AudioCharacteristic,
    ContentAdvisory,
    Instrument,
    Mood,
    PlaylistSuitability,
    RecordingTechnique,
    Season,
    TempoDescription,
    VocalCharacteristic,
    VocalRegister,
)


@strawberry.type(description="A marketing text.")
class MarketingDescription:
    """A marketing text."""

    text: str = strawberry.field(description="The text.")
    language: str | None = strawberry.field(description="Its language, BCP 47; null for that of the release.")


@strawberry.type(description="A period; both days are included.")
class Period:
    """A period."""

    start_date: dt.date = strawberry.field(description="The first day.")
    end_date: dt.date | None = strawberry.field(description="The last day; null for no end.")


@strawberry.type(description="A track that is to be played first.")
class FocusTrack:
    """A track that is to be played first."""

    track_id: strawberry.ID = derived(lambda focus: global_id("Track", focus.track_id), "Global id of the track.")
    territories: list[str] = strawberry.field(description="ISO 3166-1 alpha-2 codes; none for everywhere.")
    period: Period | None = strawberry.field(description="When; null for always.")
    comment: str | None = strawberry.field(description="What is said about it.")


@strawberry.type(description="A place in a chart on a day.")
class ChartPosition:
    """A place in a chart on a day."""

    territory: str = strawberry.field(description="ISO 3166-1 alpha-2 code of the chart's territory, or `Worldwide`.")
    chart: str = strawberry.field(description="The chart's name.")
    position: int = strawberry.field(description="The place, from 1.")
    date: dt.date = strawberry.field(description="The day.")


@strawberry.type(description="An award or a nomination.")
class Award:
    """An award or a nomination."""

    name: str = strawberry.field(description="Name or category of the award.")
    awarding_body: str = strawberry.field(description="Who gives it.")
    awarded_party: str = strawberry.field(description="Who gets it.")
    date: str = strawberry.field(description="When: YYYY, YYYY-MM or YYYY-MM-DD.")
    is_winner: bool = strawberry.field(description="Whether it was won; false for a nomination.")
    comment: str | None = strawberry.field(description="What is said about it.")


@strawberry.type
class _Enrichment:
    """What enriches a release or a track."""

    moods: list[Mood] = strawberry.field(description="Its moods.")
    themes: list[str] = strawberry.field(description="What it is about.")
    content_advisories: list[ContentAdvisory] = strawberry.field(description="Why there is a parental warning.")
    tempo: Decimal | None = strawberry.field(description="Beats a minute.")
    tempo_description: TempoDescription | None = strawberry.field(description="How fast it is.")
    time_signature: str | None = strawberry.field(description="Such as `6/8`.")
    key: str | None = strawberry.field(description="Such as `A minor` or `C# major`.")
    vocal_registers: list[VocalRegister] = strawberry.field(description="How high or low is sung.")
    vocal_characteristics: list[VocalCharacteristic] = strawberry.field(description="How is sung.")
    instrumentation: list[Instrument] = strawberry.field(description="What is played.")
    instrumentation_details: str | None = strawberry.field(description="More about the instruments.")
    recording_techniques: list[RecordingTechnique] = strawberry.field(description="How was recorded.")
    audio_characteristics: list[AudioCharacteristic] = strawberry.field(description="How it sounds.")
    marketing_descriptions: list[MarketingDescription] = strawberry.field(description="Marketing texts.")
    target_audience: list[str] = strawberry.field(description="For whom it is.")
    playlist_suitability: list[PlaylistSuitability] = strawberry.field(description="For which playlists it is made.")
    seasonality: list[Season] = strawberry.field(description="The time of the year that it is for.")
    priority_period: Period | None = strawberry.field(description="When it matters most.")
    cultural_references: list[str] = strawberry.field(description="What it refers to.")
    influences: list[str] = strawberry.field(description="Names of artists that had an influence on it.")
    chart_positions: list[ChartPosition] = strawberry.field(description="Places in charts.")
    awards: list[Award] = strawberry.field(description="Awards and nominations.")


@strawberry.type(description="What enriches a track, told to platforms by MEAD.")
class TrackEnrichment(_Enrichment):
    """What enriches a track."""


@strawberry.type(
    description="What enriches a release, told to platforms by MEAD. Tempo, time signature, key, vocal registers and "
    "instruments hold for each of its tracks that says nothing else."
)
class Enrichment(_Enrichment):
    """What enriches a release."""

    focus_tracks: list[FocusTrack] = strawberry.field(
        description="Its tracks that are to be played first, the most important first."
    )
