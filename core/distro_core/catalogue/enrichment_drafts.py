"""What a caller gives to enrich a release or a track, as it was written down (row MEA-28)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from distro_sdk.models.base import Model


class MarketingDescriptionDraft(Model):
    """A marketing text. `language`: BCP 47."""

    text: str
    language: str | None = None


class PeriodDraft(Model):
    """A period. Dates: YYYY-MM-DD, both included."""

    start_date: dt.date | str
    end_date: dt.date | str | None = None


class FocusTrackDraft(Model):
    """A track in focus, given by id or by its number in playing order, from 1."""

    track_id: str | None = None
    track_number: int | None = None
    territories: tuple[str, ...] = ()
    period: PeriodDraft | None = None
    comment: str | None = None


class ChartPositionDraft(Model):
    """A place in a chart on a day. `date`: YYYY-MM-DD."""

    territory: str | None = None
    chart: str | None = None
    position: int | None = None
    date: dt.date | str | None = None


class AwardDraft(Model):
    """An award or a nomination; what lacks is told field by field. `date`: YYYY, YYYY-MM or YYYY-MM-DD."""

    name: str | None = None
    awarding_body: str | None = None
    awarded_party: str | None = None
    date: str | None = None
    is_winner: bool | None = None
    comment: str | None = None


class TrackEnrichmentDraft(Model):
    """Words of closed lists may be written in any case, with blanks or hyphens; an award may be given as free text,
    which is refused with what it lacks.
    """

    moods: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    content_advisories: tuple[str, ...] = ()
    tempo: Decimal | int | float | str | None = None
    tempo_description: str | None = None
    time_signature: str | None = None
    key: str | None = None
    vocal_registers: tuple[str, ...] = ()
    vocal_characteristics: tuple[str, ...] = ()
    instrumentation: tuple[str, ...] = ()
    instrumentation_details: str | None = None
    recording_techniques: tuple[str, ...] = ()
    audio_characteristics: tuple[str, ...] = ()
    marketing_descriptions: tuple[MarketingDescriptionDraft, ...] = ()
    target_audience: tuple[str, ...] = ()
    playlist_suitability: tuple[str, ...] = ()
    seasonality: tuple[str, ...] = ()
    priority_period: PeriodDraft | None = None
    cultural_references: tuple[str, ...] = ()
    influences: tuple[str, ...] = ()
    chart_positions: tuple[ChartPositionDraft, ...] = ()
    awards: tuple[AwardDraft | str, ...] = ()


class EnrichmentDraft(TrackEnrichmentDraft):
    """The same of a release, with its tracks in focus."""

    focus_tracks: tuple[FocusTrackDraft, ...] = ()
