"""What releases and recordings have in common: moods, themes, activities, notes, influences, charts and awards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml.etree import SubElement, _Element

from distro_sdk.mead.dialect import Dialect, Writing
from distro_sdk.mead.elements import USER_DEFINED, add, add_named, add_value
from distro_sdk.mead.words import ACTIVITIES, MOOD_ACTIVITIES, MOODS, SEASONS, spaced, theme_word
from distro_sdk.models.enrichment import Award, ChartPosition, TrackEnrichment

OWN_LANGUAGE = "en"
"""Of our closed lists."""


def add_descriptions(information: _Element, enrichment: TrackEnrichment, writing: Writing, theme_name: str) -> None:
    """Everything that stands at the end of both composites, in the order of the schema. `theme_name`: of a theme."""
    namespace, dialect = writing.namespace, writing.dialect
    for mood in dict.fromkeys(enrichment.moods):
        add_value(SubElement(information, "Mood"), "Value", mood, MOODS[mood], namespace)
    for theme, allowed in _themes(enrichment, dialect).items():
        add_value(SubElement(information, theme_name), "Value", theme, allowed, namespace)
    if dialect.has_activities:
        for activity, allowed in _activities(enrichment).items():
            add_value(SubElement(information, "Activity"), "Value", activity, allowed, namespace)
    for kind, text, language in _notes(enrichment, writing):
        _add_note(information, kind, text, language, namespace)
    for name in dict.fromkeys(enrichment.influences):
        influence = SubElement(information, "ArtisticInfluence")
        dialect.parties.add_party(influence, "Party", name, writing.party_of(name))
        add(influence, "IsInfluencer", "true")
    _add_charts(information, enrichment.chart_positions)
    for award in enrichment.awards:
        _add_award(information, award, writing)


def _themes(enrichment: TrackEnrichment, dialect: Dialect) -> dict[str, str | None]:
    """Themes, then seasons, each once: our word with that of MEAD, if it has one."""
    told: dict[str, str | None] = {}
    for theme in enrichment.themes:
        word = theme_word(theme, dialect.themes)
        told.setdefault(word or theme, word)
    for season in enrichment.seasonality:
        word = SEASONS[season]
        told.setdefault(word or season.value, word)
    return told


def _activities(enrichment: TrackEnrichment) -> dict[str, str | None]:
    """Activities of playlists, then those that some moods are, each once."""
    told: dict[str, str | None] = {}
    for playlist in enrichment.playlist_suitability:
        word = ACTIVITIES[playlist]
        told.setdefault(word or playlist.value, word)
    for mood in enrichment.moods:
        if word := MOOD_ACTIVITIES.get(mood):
            told.setdefault(word, word)
    return told


def _notes(enrichment: TrackEnrichment, writing: Writing) -> Iterator[tuple[str, str, str]]:
    """Type, text and language of what the version has no other place for; its notes have no types of DDEX's."""
    language = writing.plan.language
    yield from _displaced(enrichment, writing.dialect)
    for advisory in dict.fromkeys(enrichment.content_advisories):
        yield "ContentAdvisory", spaced(advisory), OWN_LANGUAGE
    for characteristic in dict.fromkeys(enrichment.vocal_characteristics):
        yield "VocalCharacteristic", spaced(characteristic), OWN_LANGUAGE
    if enrichment.instrumentation_details:
        yield "InstrumentationDetails", enrichment.instrumentation_details, language
    for technique in dict.fromkeys(enrichment.recording_techniques):
        yield "RecordingTechnique", spaced(technique), OWN_LANGUAGE
    for sound in dict.fromkeys(enrichment.audio_characteristics):
        yield "AudioCharacteristic", spaced(sound), OWN_LANGUAGE
    for description in enrichment.marketing_descriptions:
        yield "MarketingDescription", description.text, description.language or language
    for audience in dict.fromkeys(enrichment.target_audience):
        yield "TargetAudience", audience, language
    for reference in dict.fromkeys(enrichment.cultural_references):
        yield "CulturalReference", reference, language


def _displaced(enrichment: TrackEnrichment, dialect: Dialect) -> Iterator[tuple[str, str, str]]:
    """What other versions have a place for."""
    if not dialect.several_registers:
        for register in dict.fromkeys(enrichment.vocal_registers[1:]):
            yield "VocalRegister", spaced(register), OWN_LANGUAGE
    if not dialect.has_activities:
        for activity in _activities(enrichment):
            yield "Activity", spaced(activity), OWN_LANGUAGE


def _add_note(information: _Element, kind: str, text: str, language: str, namespace: str) -> None:
    note = SubElement(information, "CommentaryNote")
    add(note, "Text", text, {"LanguageAndScriptCode": language})
    add(note, "CommentaryNoteType", USER_DEFINED, {"Namespace": namespace, "UserDefinedValue": kind})


def _add_charts(information: _Element, positions: Sequence[ChartPosition]) -> None:
    """One composite for each chart, with its entries day by day."""
    charts: dict[tuple[str, str], list[ChartPosition]] = {}
    for position in positions:
        charts.setdefault((position.territory, position.chart), []).append(position)
    for (territory, chart), entries in charts.items():
        element = SubElement(information, "HistoricChartingInformation")
        add(element, "TerritoryCode", territory)
        add_named(element, "ChartName", chart)
        add(element, "TopPosition", str(min(entry.position for entry in entries)))
        for entry in sorted(entries, key=lambda entry: (entry.date, entry.position)):
            chart_entry = SubElement(element, "ChartEntry")
            add(chart_entry, "Position", str(entry.position))
            add(chart_entry, "Date", entry.date.isoformat())


def _add_award(information: _Element, award: Award, writing: Writing) -> None:
    element = SubElement(information, "Award")
    parties = writing.dialect.parties
    parties.add_awarding_body(element, award.awarding_body)
    parties.add_party(element, "AwardedParty", award.awarded_party, writing.party_of(award.awarded_party))
    add_named(element, "AwardName", award.name)
    add(element, "Date", award.date)
    add(element, "IsWinner", "true" if award.is_winner else "false")
    if award.comment:
        add(element, "Comment", award.comment, {"LanguageAndScriptCode": writing.plan.language})
