"""Enrichments to test with: one with everything in it, and any that hypothesis makes up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from distro_plugins.mead11 import Mead11Builder
from distro_sdk.models.enrichment import (
    Award,
    ChartPosition,
    Enrichment,
    FocusTrack,
    MarketingDescription,
    Period,
    TrackEnrichment,
)
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
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import ParsedMessage, parse_message
from tests.any_release import CODES, LANGUAGES, words

FULL = TrackEnrichment(
    moods=(Mood.HAPPY, Mood.MYSTERIOUS, Mood.RUNNING),
    themes=("road trip", "Quiet <evenings>"),
    content_advisories=(ContentAdvisory.EXPLICIT_LYRICS, ContentAdvisory.DRUG_REFERENCES),
    tempo=Decimal("96.500"),
    tempo_description=TempoDescription.MODERATE,
    time_signature=TimeSignature.SIX_EIGHT,
    key=MusicalKey.A_MINOR,
    vocal_registers=(VocalRegister.TENOR, VocalRegister.HIGH_MALE),
    vocal_characteristics=(VocalCharacteristic.SPOKEN_WORD, VocalCharacteristic.RAP),
    instrumentation=(Instrument.PIANO, Instrument.THEREMIN, Instrument.DRUMS),
    instrumentation_details="A prepared piano & two microphones",
    recording_techniques=(RecordingTechnique.LIVE,),
    audio_characteristics=(AudioCharacteristic.LO_FI,),
    marketing_descriptions=(
        MarketingDescription(text="Ett album om vägen."),
        MarketingDescription(text="An album about the road.", language="en"),
    ),
    target_audience=("Commuters", "18-24"),
    playlist_suitability=(PlaylistSuitability.DRIVING, PlaylistSuitability.COOKING),
    seasonality=(Season.SUMMER, Season.SUMMER_SOLSTICE),
    priority_period=Period(start_date=date(2026, 6, 1), end_date=date(2026, 8, 31)),
    cultural_references=("Midsommar",),
    influences=("Łukasz Ćwik", "Somebody Else"),
    chart_positions=(
        ChartPosition(territory="SE", chart="Topplistan", position=7, date=date(2026, 2, 27)),
        ChartPosition(territory="SE", chart="Topplistan", position=3, date=date(2026, 2, 20)),
        ChartPosition(territory="NO", chart="VG-lista", position=12, date=date(2026, 2, 20)),
    ),
    awards=(
        Award(
            name="Album of the Year",
            awarding_body="The Academy <of> Sound",
            awarded_party="Åsa & the <Norns>",
            date="2026-03",
            is_winner=False,
            comment="A nomination",
        ),
    ),
)
FOCUS = PlannedFocus(
    sequence=1,
    territories=("SE", "NO"),
    period=Period(start_date=date(2026, 2, 20), end_date=date(2026, 3, 19)),
    comment="Play this first",
)


def enriched_plan(
    release: TrackEnrichment | None = None,
    track: TrackEnrichment | None = None,
    focus: PlannedFocus | None = None,
    subtype: MessageSubtype = MessageSubtype.INITIAL,
) -> MessagePlan:
    """The example plan, whose release and first recording are enriched."""
    plan = example_plan(subtype)
    first, *others = plan.sound_recordings
    told = Enrichment.model_validate(release.model_dump()) if release else None
    return plan.model_copy(
        update={
            "release": plan.release.model_copy(update={"enrichment": told}),
            "sound_recordings": (first.model_copy(update={"enrichment": track, "focus": focus}), *others),
        }
    )


def written(plan: MessagePlan) -> ParsedMessage:
    """The MEAD message of a plan that has something to say."""
    content = Mead11Builder().build(plan)
    assert content is not None
    return parse_message(content)


def resource_with(**fields: object) -> ParsedMessage:
    """The message of a recording of which this is told."""
    return written(enriched_plan(track=TrackEnrichment.model_validate(fields)))


def release_with(**fields: object) -> ParsedMessage:
    """The message of a release of which this is told."""
    return written(enriched_plan(release=TrackEnrichment.model_validate(fields)))


dates = st.dates(date(1950, 1, 1), date(2090, 12, 31))
texts = st.lists(words, max_size=4).map(tuple)
territories = st.sampled_from((*CODES, "Worldwide"))
periods = st.tuples(dates, st.none() | dates).map(
    lambda given: Period(start_date=min(given[0], given[1] or given[0]), end_date=given[1] and max(given[0], given[1]))
)
partial_dates = st.tuples(dates, st.sampled_from((4, 7, 10))).map(lambda given: given[0].isoformat()[: given[1]])
tempi = st.none() | st.sampled_from(tuple(TempoDescription))


@st.composite
def track_enrichments(draw: st.DrawFn) -> TrackEnrichment:
    """Any enrichment of a track."""
    band = draw(tempi)
    slowest, fastest = TEMPO_LIMITS[band] if band else (Decimal(1), Decimal(999))
    return TrackEnrichment(
        moods=draw(st.lists(st.sampled_from(tuple(Mood)), max_size=8).map(tuple)),
        themes=draw(st.lists(words.map(lambda text: text[:100].strip() or "x"), max_size=4).map(tuple)),
        content_advisories=draw(st.lists(st.sampled_from(tuple(ContentAdvisory)), max_size=3).map(tuple)),
        tempo=draw(st.none() | st.decimals(max(slowest, Decimal(1)), fastest, places=3)),
        tempo_description=band,
        time_signature=draw(st.none() | st.sampled_from(tuple(TimeSignature))),
        key=draw(st.none() | st.sampled_from(tuple(MusicalKey))),
        vocal_registers=draw(st.lists(st.sampled_from(tuple(VocalRegister)), max_size=3).map(tuple)),
        vocal_characteristics=draw(st.lists(st.sampled_from(tuple(VocalCharacteristic)), max_size=3).map(tuple)),
        instrumentation=draw(st.lists(st.sampled_from(tuple(Instrument)), max_size=9).map(tuple)),
        instrumentation_details=draw(st.none() | words),
        recording_techniques=draw(st.lists(st.sampled_from(tuple(RecordingTechnique)), max_size=2).map(tuple)),
        audio_characteristics=draw(st.lists(st.sampled_from(tuple(AudioCharacteristic)), max_size=2).map(tuple)),
        marketing_descriptions=draw(st.lists(descriptions, max_size=2).map(tuple)),
        target_audience=draw(texts),
        playlist_suitability=draw(st.lists(st.sampled_from(tuple(PlaylistSuitability)), max_size=4).map(tuple)),
        seasonality=draw(st.lists(st.sampled_from(tuple(Season)), max_size=3).map(tuple)),
        priority_period=draw(st.none() | periods),
        cultural_references=draw(texts),
        influences=draw(texts),
        chart_positions=draw(st.lists(positions, max_size=4).map(tuple)),
        awards=draw(st.lists(awards, max_size=2).map(tuple)),
    )


descriptions = st.builds(MarketingDescription, text=words, language=st.none() | st.sampled_from(LANGUAGES))
positions = st.builds(
    ChartPosition,
    territory=territories,
    chart=st.sampled_from(("Top 40", "Dance <Chart>")),
    position=st.integers(1, 10_000),
    date=dates,
)
awards = st.builds(
    Award,
    name=words,
    awarding_body=words,
    awarded_party=words | st.just("Łukasz Ćwik"),
    date=partial_dates,
    is_winner=st.booleans(),
    comment=st.none() | words,
)
focus_places = st.builds(
    FocusTrack,
    track_id=st.just("track"),
    territories=st.lists(st.sampled_from(CODES), unique=True, max_size=3).map(tuple),
    period=st.none() | periods,
    comment=st.none() | words,
)


@st.composite
def enrichments(draw: st.DrawFn, track_ids: tuple[str, ...]) -> Enrichment:
    """Any enrichment of a release with these tracks."""
    chosen = draw(st.lists(st.sampled_from(track_ids), unique=True, max_size=3))
    focus = tuple(draw(focus_places).model_copy(update={"track_id": track_id}) for track_id in chosen)
    return Enrichment.model_validate({**draw(track_enrichments()).model_dump(), "focus_tracks": focus})
