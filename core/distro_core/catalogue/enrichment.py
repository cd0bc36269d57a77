"""Reads what enriches a release or a track (rows MEA-01 to MEA-27); faults are noted with their paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar

from distro_core.catalogue.enrichment_drafts import (
    AwardDraft,
    ChartPositionDraft,
    EnrichmentDraft,
    FocusTrackDraft,
    MarketingDescriptionDraft,
    PeriodDraft,
    TrackEnrichmentDraft,
)
from distro_core.catalogue.reading import FieldReader, Reading
from distro_core.catalogue.vocabulary import check_date, check_language, check_territory, check_word
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.base import Model
from distro_sdk.models.commerce import WORLDWIDE
from distro_sdk.models.enrichment import (
    FASTEST,
    LONGEST_LINE,
    LONGEST_NOTE,
    LONGEST_WORD,
    SLOWEST,
    Award,
    ChartPosition,
    Enrichment,
    FocusTrack,
    MarketingDescription,
    Period,
    TrackEnrichment,
    is_a_day,
    tempo_fits,
)
from distro_sdk.models.enrichment_words import (
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

W = TypeVar("W", bound=StrEnum)
T = TypeVar("T", bound=TrackEnrichment)

DECIMALS: Final = 3
HIGHEST_NUMBER: Final = 10_000
FLATS: Final = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#"}
"""Black keys by their other names."""

_PARTIAL_DATE = re.compile(r"[1-9][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?", re.ASCII)
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def read_enrichment(reading: Reading, draft: EnrichmentDraft, path: Path) -> Enrichment | None:
    """What enriches a release; None where nothing does."""
    return _read(reading, draft, path, Enrichment)


def read_track_enrichment(reading: Reading, draft: TrackEnrichmentDraft, path: Path) -> TrackEnrichment | None:
    """What enriches a track; None where nothing does."""
    return _read(reading, draft, path, TrackEnrichment)


def _read(reading: Reading, draft: TrackEnrichmentDraft, path: Path, model: type[T]) -> T | None:
    fields: dict[str, Any] = {}
    for name, reader in _READERS.items():
        given = getattr(draft, name, None)
        if given not in (None, "", ()):
            fields[name] = reader(reading, given, (*path, name))
    if not tempo_fits(fields.get("tempo"), fields.get("tempo_description")):
        message = f"{fields['tempo']} beats a minute are not {fields['tempo_description']}"
        reading.fault("TEMPO_CONTRADICTORY", message, (*path, "tempo_description"))
        del fields["tempo_description"]
    read = reading.build(model, path, **{name: value for name, value in fields.items() if value is not None})
    return read if read and read.says_something else None


def _words(words: type[StrEnum]) -> FieldReader:
    """Words of a closed list, each once."""

    def read(reading: Reading, given: tuple[str, ...], path: Path) -> tuple[StrEnum, ...]:
        found = [reading.take(_check_word(words), word, (*path, place)) for place, word in enumerate(given)]
        return tuple(dict.fromkeys(word for word in found if word))

    return read


def _checked(check: Callable[[Any, Path], Any]) -> FieldReader:
    return lambda reading, value, path: reading.take(check, value, path)


def _check_word(words: type[W]) -> Callable[[str, Path], W]:
    def check(value: str, path: Path) -> W:
        joined = _BETWEEN_WORDS.sub("", value)
        known = {member.value.casefold() for member in words}
        return check_word(joined if joined.casefold() in known else value, words, "ENRICHMENT_WORD_UNKNOWN", path)

    return check


def _check_signature(value: str, path: Path) -> TimeSignature:
    return check_word(value, TimeSignature, "ENRICHMENT_WORD_UNKNOWN", path)


def _check_key(value: str, path: Path) -> MusicalKey:
    """A key such as `A minor` or `Bb major`."""
    note, _, mode = value.strip().partition(" ")
    spelled = f"{FLATS.get(note[:1].upper() + note[1:], note)} {mode}"
    known = {key.value.casefold() for key in MusicalKey}
    return check_word(spelled if spelled.casefold() in known else value, MusicalKey, "ENRICHMENT_WORD_UNKNOWN", path)


def _check_tempo(value: Any, path: Path) -> Decimal:
    message = f"{value!r} is no number of beats a minute from {SLOWEST} to {FASTEST} with {DECIMALS} decimals at most"
    try:
        tempo = Decimal(str(value))
    except InvalidOperation as error:
        raise DomainError("TEMPO_INVALID", message, path) from error
    if not tempo.is_finite() or not SLOWEST <= tempo <= FASTEST or tempo != round(tempo, DECIMALS):
        raise DomainError("TEMPO_INVALID", message, path)
    return round(tempo, DECIMALS).normalize() + 0


def _text(limit: int) -> FieldReader:
    return lambda reading, value, path: reading.text(value, path, limit)


def _texts(limit: int) -> FieldReader:
    def read(reading: Reading, given: tuple[str, ...], path: Path) -> tuple[str, ...]:
        found = [reading.text(text, (*path, place), limit) for place, text in enumerate(given)]
        return tuple(dict.fromkeys(text for text in found if text))

    return read


def _marketing(reading: Reading, drafts: tuple[MarketingDescriptionDraft, ...], path: Path) -> tuple[Any, ...]:
    read = []
    for place, draft in enumerate(drafts):
        where = (*path, place)
        language = reading.take(check_language, draft.language, (*where, "language")) if draft.language else None
        text = reading.text(draft.text, (*where, "text"), LONGEST_NOTE)
        read.append(reading.build(MarketingDescription, where, text=text, language=language))
    return tuple(description for description in read if description)


def _period(reading: Reading, draft: PeriodDraft, path: Path) -> Period | None:
    start = reading.take(check_date, draft.start_date, (*path, "start_date"))
    end = reading.take(check_date, draft.end_date, (*path, "end_date")) if draft.end_date else None
    if start and end and end < start:
        reading.fault("PERIOD_ENDS_BEFORE_START", f"{end} is before {start}", (*path, "end_date"))
        return None
    return reading.build(Period, path, start_date=start, end_date=end)


def _focus_tracks(reading: Reading, drafts: tuple[FocusTrackDraft, ...], path: Path) -> tuple[FocusTrack, ...]:
    """Each track of the release once (row MEA-15)."""
    read: dict[str, FocusTrack] = {}
    for place, draft in enumerate(drafts):
        where = (*path, place)
        track_id = _track(reading, draft, where)
        fields = {
            "territories": _territories(reading, draft.territories, (*where, "territories")),
            "period": _period(reading, draft.period, (*where, "period")) if draft.period else None,
            "comment": reading.text(draft.comment, (*where, "comment"), LONGEST_NOTE) if draft.comment else None,
        }
        if track_id in read:
            reading.fault("FOCUS_TRACK_REPEATED", "this track is in focus already", where)
        elif track_id and (focus := reading.build(FocusTrack, where, track_id=track_id, **fields)):
            read[track_id] = focus
    return tuple(read.values())


def _track(reading: Reading, draft: FocusTrackDraft, path: Path) -> str | None:
    number, track_id = draft.track_number, draft.track_id
    if track_id is not None:
        if track_id not in reading.track_ids:
            reading.fault("NOT_FOUND", f"the release has no track with id {track_id}", (*path, "track_id"))
    elif number is None:
        reading.fault("FOCUS_TRACK_MISSING", "name a track by its id or by its number", (*path, "track_id"))
    elif 1 <= number <= len(reading.track_ids):
        return reading.track_ids[number - 1]
    else:
        reading.fault("TRACK_NUMBER_UNKNOWN", f"the release has no track number {number}", (*path, "track_number"))
    return track_id


def _territories(reading: Reading, given: tuple[str, ...], path: Path) -> tuple[str, ...]:
    found = [reading.take(check_territory, code, (*path, place)) for place, code in enumerate(given)]
    codes = tuple(dict.fromkeys(code for code in found if code))
    if WORLDWIDE in codes and len(codes) > 1:
        reading.fault("TERRITORIES_CONTRADICT", "Worldwide cannot be combined with single territories", path)
        return ()
    return codes


def _chart_positions(reading: Reading, drafts: tuple[ChartPositionDraft, ...], path: Path) -> tuple[Any, ...]:
    read = []
    for place, draft in enumerate(drafts):
        where = (*path, place)
        if not _is_complete(reading, draft, tuple(ChartPositionDraft.model_fields), where, "CHART_POSITION_INCOMPLETE"):
            continue
        if not 1 <= (draft.position or 0) <= HIGHEST_NUMBER:
            message = f"{draft.position} is not a position from 1 to {HIGHEST_NUMBER}"
            reading.fault("CHART_POSITION_INVALID", message, (*where, "position"))
        read.append(
            reading.build(
                ChartPosition,
                where,
                territory=reading.take(check_territory, draft.territory or "", (*where, "territory")),
                chart=reading.text(draft.chart or "", (*where, "chart"), LONGEST_LINE),
                position=draft.position,
                date=reading.take(check_date, draft.date or "", (*where, "date")),
            )
        )
    return tuple(position for position in read if position)


def _awards(reading: Reading, drafts: tuple[AwardDraft | str, ...], path: Path) -> tuple[Award, ...]:
    """Awards with all five things that MEAD asks for; free text is refused with what it lacks (row MEA-27)."""
    read = []
    for place, given in enumerate(drafts):
        where = (*path, place)
        draft = AwardDraft(name=given) if isinstance(given, str) else given
        needed = ("name", "awarding_body", "awarded_party", "date", "is_winner")
        if not _is_complete(reading, draft, needed, where, "AWARD_INCOMPLETE"):
            continue
        fields = {
            name: reading.text(getattr(draft, name) or "", (*where, name), LONGEST_LINE)
            for name in ("name", "awarding_body", "awarded_party")
        }
        day = reading.take(_check_partial_date, draft.date or "", (*where, "date"))
        comment = reading.text(draft.comment, (*where, "comment"), LONGEST_NOTE) if draft.comment else None
        read.append(reading.build(Award, where, **fields, date=day, is_winner=draft.is_winner, comment=comment))
    return tuple(award for award in read if award)


def _is_complete(reading: Reading, draft: Model, needed: tuple[str, ...], path: Path, code: str) -> bool:
    missing = [name for name in needed if getattr(draft, name) in (None, "")]
    for name in missing:
        reading.fault(code, f"the {name.replace('_', ' ')} is missing", (*path, name))
    return not missing


def _check_partial_date(value: str, path: Path) -> str:
    text = value.strip()
    try:
        if _PARTIAL_DATE.fullmatch(text):
            return is_a_day(text)
    except ValueError as error:
        raise DomainError("AWARD_DATE_INVALID", f"{value!r} is no day of the calendar", path) from error
    raise DomainError("AWARD_DATE_INVALID", f"{value!r} is not of the form YYYY, YYYY-MM or YYYY-MM-DD", path)


_READERS: Final[Mapping[str, FieldReader]] = {
    "moods": _words(Mood),
    "themes": _texts(LONGEST_WORD),
    "content_advisories": _words(ContentAdvisory),
    "tempo": _checked(_check_tempo),
    "tempo_description": _checked(_check_word(TempoDescription)),
    "time_signature": _checked(_check_signature),
    "key": _checked(_check_key),
    "vocal_registers": _words(VocalRegister),
    "vocal_characteristics": _words(VocalCharacteristic),
    "instrumentation": _words(Instrument),
    "instrumentation_details": _text(LONGEST_NOTE),
    "recording_techniques": _words(RecordingTechnique),
    "audio_characteristics": _words(AudioCharacteristic),
    "marketing_descriptions": _marketing,
    "target_audience": _texts(LONGEST_LINE),
    "playlist_suitability": _words(PlaylistSuitability),
    "seasonality": _words(Season),
    "priority_period": _period,
    "cultural_references": _texts(LONGEST_LINE),
    "influences": _texts(LONGEST_LINE),
    "chart_positions": _chart_positions,
    "awards": _awards,
    "focus_tracks": _focus_tracks,
}
