"""What a label tells of its music beyond what a message must say: moods, tempo, instruments, charts, awards (MEAD).

The closed lists are data of the catalogue, in its own words; a builder says them in the words of its format.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.commerce import WORLDWIDE, TerritoryCode
from distro_sdk.models.enrichment_words import (
    TEMPO_LIMITS,
    AudioCharacteristic,
    ContentAdvisory,
    Instrument,
    Mood,
    MusicalKey,
    PlaylistSuitability,
    RecordingTechnique,
    Season,
    TempoDescription,
    TimeSignature,
    VocalCharacteristic,
    VocalRegister,
)

LONGEST_WORD = 100
LONGEST_LINE = 255
LONGEST_NOTE = 5000
MOST_ENTRIES = 50
SLOWEST, FASTEST = Decimal(1), Decimal(999)

Word = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD)]
Line = Annotated[str, Field(min_length=1, max_length=LONGEST_LINE)]
Note = Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE)]
LanguageTag = Annotated[
    str,
    Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z][A-Za-z0-9]{4,7})?$"),
]


def is_a_day(text: str) -> str:
    """The text, where it is a year, a month or a day of the calendar; raises ValueError."""
    date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    return text


PartialDate = Annotated[str, Field(pattern=r"^[1-9][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(is_a_day)]


class MarketingDescription(Model):
    """What the label says of its music to whom it may interest. `language`: BCP 47, None for that of the message."""

    text: Note
    language: LanguageTag | None = None


class ChartPosition(Model):
    """A place in a chart on a day (row MEA-26). `territory`: ISO 3166-1 alpha-2 or `Worldwide`."""

    territory: TerritoryCode
    chart: Line
    position: int = Field(ge=1, le=10_000)
    date: date


class Award(Model):
    """An award, or the nomination for one (row MEA-27): all five things that MEAD asks for.

    `date`: YYYY, YYYY-MM or YYYY-MM-DD.
    """

    name: Line
    awarding_body: Line
    awarded_party: Line
    date: PartialDate
    is_winner: bool
    comment: Note | None = None


class Period(Model):
    """Local calendar dates, both included."""

    start_date: date
    end_date: date | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end_date is not None and self.end_date < self.start_date:
            raise ValueError("the period ends before it starts")
        return self


class FocusTrack(Model):
    """A track that the label wants to be played first (row MEA-15). `territories`: empty for everywhere."""

    track_id: Annotated[str, Field(min_length=1, max_length=64)]
    territories: tuple[TerritoryCode, ...] = Field(default=(), max_length=300)
    period: Period | None = None
    comment: Note | None = None

    @model_validator(mode="after")
    def _worldwide_stands_alone(self) -> Self:
        if WORLDWIDE in self.territories and len(self.territories) > 1:
            raise ValueError("Worldwide cannot be combined with single territories")
        return self


class TrackEnrichment(Model):
    """What is told of a track. `tempo`: beats a minute; `themes`, `target_audience`, `influences`: in any words.

    `influences`: names of artists that had an influence on it; `priority_period`: when it matters most.
    """

    moods: tuple[Mood, ...] = Field(default=(), max_length=len(Mood))
    themes: tuple[Word, ...] = Field(default=(), max_length=MOST_ENTRIES)
    content_advisories: tuple[ContentAdvisory, ...] = Field(default=(), max_length=MOST_ENTRIES)
    tempo: Decimal | None = Field(default=None, ge=SLOWEST, le=FASTEST, decimal_places=3)
    tempo_description: TempoDescription | None = None
    time_signature: TimeSignature | None = None
    key: MusicalKey | None = None
    vocal_registers: tuple[VocalRegister, ...] = Field(default=(), max_length=MOST_ENTRIES)
    vocal_characteristics: tuple[VocalCharacteristic, ...] = Field(default=(), max_length=MOST_ENTRIES)
    instrumentation: tuple[Instrument, ...] = Field(default=(), max_length=len(Instrument))
    instrumentation_details: Note | None = None
    recording_techniques: tuple[RecordingTechnique, ...] = Field(default=(), max_length=MOST_ENTRIES)
    audio_characteristics: tuple[AudioCharacteristic, ...] = Field(default=(), max_length=MOST_ENTRIES)
    marketing_descriptions: tuple[MarketingDescription, ...] = Field(default=(), max_length=MOST_ENTRIES)
    target_audience: tuple[Line, ...] = Field(default=(), max_length=MOST_ENTRIES)
    playlist_suitability: tuple[PlaylistSuitability, ...] = Field(default=(), max_length=MOST_ENTRIES)
    seasonality: tuple[Season, ...] = Field(default=(), max_length=MOST_ENTRIES)
    priority_period: Period | None = None
    cultural_references: tuple[Line, ...] = Field(default=(), max_length=MOST_ENTRIES)
    influences: tuple[Line, ...] = Field(default=(), max_length=MOST_ENTRIES)
    chart_positions: tuple[ChartPosition, ...] = Field(default=(), max_length=500)
    awards: tuple[Award, ...] = Field(default=(), max_length=MOST_ENTRIES)

    @property
    def says_something(self) -> bool:
        """Whether anything is told at all."""
        return bool(self.model_dump(exclude_defaults=True))

    @model_validator(mode="after")
    def _tempo_fits_its_description(self) -> Self:
        if not tempo_fits(self.tempo, self.tempo_description):
            raise ValueError(f"{self.tempo} beats a minute are not {self.tempo_description}")
        return self


class Enrichment(TrackEnrichment):
    """What is told of a release, and which of its tracks are in focus.

    What only a recording can have (tempo, time signature, key, vocal registers, instruments) holds for each of its
    tracks that says nothing else. `focus_tracks`: each track once, in the order of importance.
    """

    focus_tracks: tuple[FocusTrack, ...] = Field(default=(), max_length=MOST_ENTRIES)

    @model_validator(mode="after")
    def _focus_tracks_are_named_once(self) -> Self:
        if len({focus.track_id for focus in self.focus_tracks}) < len(self.focus_tracks):
            raise ValueError("a track is in focus twice")
        return self


def tempo_fits(tempo: Decimal | None, description: TempoDescription | None) -> bool:
    """Whether a number of beats a minute lies in the band that describes it; neighbouring bands share their limit."""
    if tempo is None or description is None:
        return True
    slowest, fastest = TEMPO_LIMITS[description]
    return slowest <= tempo <= fastest
