"""What the fields of an enrichment mean in the release file (see `release_file_schema`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SHARED: Final[Mapping[str, str]] = {
    "moods": "Its moods.",
    "themes": "What it is about, in any words.",
    "content_advisories": "Why there is a parental warning, which alone says that the content is explicit.",
    "tempo": "Beats a minute, with three decimals at most.",
    "tempo_description": "How fast it is; it must fit the tempo.",
    "time_signature": "Beats in a bar over the note that is a beat.",
    "key": "Its key; black keys are written as sharps.",
    "vocal_registers": "How high or low is sung.",
    "vocal_characteristics": "How is sung.",
    "instrumentation": "What is played.",
    "instrumentation_details": "More about the instruments.",
    "recording_techniques": "How was recorded.",
    "audio_characteristics": "How the recording sounds.",
    "marketing_descriptions": "Marketing texts, each with its language.",
    "target_audience": "For whom it is, in any words.",
    "playlist_suitability": "For which playlists it is made.",
    "seasonality": "The time of the year that it is for.",
    "priority_period": "When it matters most.",
    "cultural_references": "What it refers to, in any words.",
    "influences": "Names of artists that had an influence on it.",
    "chart_positions": "Places in charts.",
    "awards": "Awards and nominations.",
}

ENRICHMENT_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Enrichment": {
        **_SHARED,
        "focus_tracks": "Its tracks that are to be played first, the most important first.",
    },
    "TrackEnrichment": _SHARED,
    "MarketingDescription": {
        "text": "The text.",
        "language": "Its language as a BCP 47 tag; without it, that of the release.",
    },
    "FocusTrack": {
        "track_id": "The id of the track, which stands on the release.",
        "territories": "Where, as ISO 3166-1 alpha-2 codes; none for everywhere.",
        "period": "When; without it, always.",
        "comment": "What is said about it.",
    },
    "Period": {
        "start_date": "The first day, `YYYY-MM-DD`.",
        "end_date": "The last day, where it ends.",
    },
    "ChartPosition": {
        "territory": "The chart's territory, an ISO 3166-1 alpha-2 code or `Worldwide`.",
        "chart": "The chart's name.",
        "position": "The place, from 1.",
        "date": "The day, `YYYY-MM-DD`.",
    },
    "Award": {
        "name": "Name or category of the award.",
        "awarding_body": "Who gives it.",
        "awarded_party": "Who gets it.",
        "date": "When, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.",
        "is_winner": "Whether it was won; false for a nomination.",
        "comment": "What is said about it.",
    },
}
