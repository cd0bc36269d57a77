"""Inputs for what enriches releases and tracks: plain text, so that a wrong word comes back with its code and path."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry import UNSET

from distro_api.graphql.inputs import id_input

DATE = "YYYY-MM-DD"


def _words(description: str) -> list[str]:
    found: list[str] = strawberry.field(default_factory=list, description=description)
    return found


@strawberry.input(description="A marketing text.")
class MarketingDescriptionInput:
    """A marketing text."""

    text: str = strawberry.field(description="The text, at most 5000 characters.")
    language: str | None = strawberry.field(
        default=None, description="Its language, BCP 47; where it is left out, that of the release."
    )


@strawberry.input(description="A period; both days are included.")
class PeriodInput:
    """A period."""

    start_date: str = strawberry.field(description=f"The first day, {DATE}.")
    end_date: str | None = strawberry.field(default=None, description=f"The last day, {DATE}.")


@strawberry.input(description="Where and when a track is in focus.")
class FocusFields:
    """Where and when a track is in focus."""

    territories: list[str] = _words("ISO 3166-1 alpha-2 codes; none for everywhere.")
    period: PeriodInput | None = strawberry.field(default=None, description="When; without it, always.")
    comment: str | None = strawberry.field(default=None, description="What is said about it.")


@strawberry.input(description="A track that is to be played first, by its id or by its number.")
class FocusTrackInput(FocusFields):
    """A track that is to be played first."""

    track_id: strawberry.ID | None = id_input("Track", "The track.", default=UNSET)
    track_number: int | None = strawberry.field(
        default=UNSET, description="Its number in playing order, from 1; in place of its id."
    )


@strawberry.input(description="A track of a new release that is to be played first.")
class NewFocusTrackInput(FocusFields):
    """A track of a new release that is to be played first."""

    track_number: int = strawberry.field(description="Its number in playing order, from 1.")


@strawberry.input(description="A place in a chart on a day; all four are needed.")
class ChartPositionInput:
    """A place in a chart on a day."""

    territory: str | None = strawberry.field(
        default=None, description="ISO 3166-1 alpha-2 code of the chart's territory, or `Worldwide`."
    )
    chart: str | None = strawberry.field(default=None, description="The chart's name.")
    position: int | None = strawberry.field(default=None, description="The place, from 1.")
    date: str | None = strawberry.field(default=None, description=f"The day, {DATE}.")


@strawberry.input(description="An award or a nomination; all but the comment are needed.")
class AwardInput:
    """An award or a nomination."""

    name: str | None = strawberry.field(default=None, description="Name or category of the award.")
    awarding_body: str | None = strawberry.field(default=None, description="Who gives it.")
    awarded_party: str | None = strawberry.field(default=None, description="Who gets it.")
    date: str | None = strawberry.field(default=None, description="When: YYYY, YYYY-MM or YYYY-MM-DD.")
    is_winner: bool | None = strawberry.field(default=None, description="Whether it was won; false for a nomination.")
    comment: str | None = strawberry.field(default=None, description="What is said about it.")


@strawberry.input(description="What enriches a release or a track, told to platforms by MEAD.")
class EnrichmentFields:
    """What enriches a release or a track. Words of closed lists may be written in any case."""

    moods: list[str] = _words("Any Mood, each once.")
    themes: list[str] = _words("What it is about, in any words; at most 50 of 100 characters.")
    content_advisories: list[str] = _words(
        "Any ContentAdvisory: why there is a parental warning, which alone says that the content is explicit."
    )
    tempo: Decimal | None = strawberry.field(
        default=None, description="Beats a minute, 1 to 999, with three decimals at most."
    )
    tempo_description: str | None = strawberry.field(
        default=None, description="Any TempoDescription; it must fit the tempo."
    )
    time_signature: str | None = strawberry.field(
        default=None, description="2/2, 2/4, 3/4, 4/4, 5/4, 7/4, 3/8, 6/8, 7/8, 9/8 or 12/8."
    )
    key: str | None = strawberry.field(default=None, description="Such as `A minor`, `C# major` or `Bb major`.")
    vocal_registers: list[str] = _words("Any VocalRegister.")
    vocal_characteristics: list[str] = _words("Any VocalCharacteristic.")
    instrumentation: list[str] = _words("Any Instrument.")
    instrumentation_details: str | None = strawberry.field(default=None, description="More about the instruments.")
    recording_techniques: list[str] = _words("Any RecordingTechnique.")
    audio_characteristics: list[str] = _words("Any AudioCharacteristic.")
    marketing_descriptions: list[MarketingDescriptionInput] = strawberry.field(
        default_factory=list, description="Marketing texts, each with its language."
    )
    target_audience: list[str] = _words("For whom it is, in any words.")
    playlist_suitability: list[str] = _words("Any PlaylistSuitability.")
    seasonality: list[str] = _words("Any Season.")
    priority_period: PeriodInput | None = strawberry.field(default=None, description="When it matters most.")
    cultural_references: list[str] = _words("What it refers to, in any words.")
    influences: list[str] = _words("Names of artists that had an influence on it.")
    chart_positions: list[ChartPositionInput] = strawberry.field(
        default_factory=list, description="Places in charts, at most 500."
    )
    awards: list[AwardInput] = strawberry.field(default_factory=list, description="Awards, at most 50.")


@strawberry.input(description="What enriches a track. It replaces all that was told before.")
class TrackEnrichmentInput(EnrichmentFields):
    """What enriches a track."""


@strawberry.input(
    description="What enriches a release. It replaces all that was told before. Tempo, time signature, key, vocal "
    "registers and instruments hold for each of its tracks that says nothing else."
)
class EnrichmentInput(EnrichmentFields):
    """What enriches a release."""

    focus_tracks: list[FocusTrackInput] = strawberry.field(
        default_factory=list, description="Its tracks that are to be played first, the most important first."
    )


@strawberry.input(
    description="What enriches a new release. Tempo, time signature, key, vocal registers and instruments hold for "
    "each of its tracks that says nothing else."
)
class NewEnrichmentInput(EnrichmentFields):
    """What enriches a new release."""

    focus_tracks: list[NewFocusTrackInput] = strawberry.field(
        default_factory=list, description="Its tracks that are to be played first, the most important first."
    )
