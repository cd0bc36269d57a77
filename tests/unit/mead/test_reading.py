"""What a label writes down is read into the closed lists, and every fault is told with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from distro_core.catalogue.drafts import ReleaseChanges, TrackChanges, read_draft
from distro_core.catalogue.enrichment_rules import find_advisory_gaps, find_enrichment_errors, without_focus
from distro_core.catalogue.lookup import Lookup
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.values import read_release, read_track
from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import ParentalWarning, Release, Track
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
    ContentAdvisory,
    Instrument,
    Mood,
    MusicalKey,
    TempoDescription,
    TimeSignature,
    VocalCharacteristic,
)
from distro_sdk.models.validation import Severity
from tests.unit.mead.examples import enrichments

TRACKS = ("track-1", "track-2")
AWARD = {"name": "Best", "awarding_body": "Academy", "awarded_party": "Norns", "date": "2026", "is_winner": True}
POSITION = {"territory": "SE", "chart": "Topplistan", "position": 3, "date": "2026-02-20"}


def read(**fields: Any) -> Any:
    """The enrichment of a release with two tracks, as it is stored."""
    reading = Reading(Lookup(), TRACKS)
    found = read_release(reading, read_draft(ReleaseChanges, {"enrichment": fields}))
    reading.finish()
    return found["enrichment"]


def refused(**fields: Any) -> list[tuple[str, str]]:
    """Codes and paths of everything that is wrong."""
    with pytest.raises(DomainErrors) as caught:
        read(**fields)
    return [(fault.code, ".".join(str(step) for step in fault.path)) for fault in caught.value.errors]


@pytest.mark.proves("MEA-28")
def test_everything_is_read_into_its_list() -> None:
    assert read(
        moods=["happy", "Melancholic", "HAPPY"],
        themes=["Road trip", " Road trip "],
        tempo="96.50",
        tempo_description="moderate",
        time_signature="6/8",
        key="bb Major",
        vocal_characteristics=["spoken word", "BACKING_VOCALS"],
        instrumentation=["Electric Guitar", "french-horn"],
        marketing_descriptions=[{"text": "Hej", "language": "swe"}],
        priority_period={"start_date": "2026-06-01"},
        chart_positions=[POSITION],
        awards=[AWARD],
        focus_tracks=[
            {"track_number": 2, "territories": ["se"], "period": {"start_date": "2026-02-20", "end_date": "2026-03-01"}}
        ],
    ) == Enrichment(
        moods=(Mood.HAPPY, Mood.MELANCHOLIC),
        themes=("Road trip",),
        tempo=Decimal("96.5"),
        tempo_description=TempoDescription.MODERATE,
        time_signature=TimeSignature.SIX_EIGHT,
        key=MusicalKey.A_SHARP_MAJOR,
        vocal_characteristics=(VocalCharacteristic.SPOKEN_WORD, VocalCharacteristic.BACKING_VOCALS),
        instrumentation=(Instrument.ELECTRIC_GUITAR, Instrument.FRENCH_HORN),
        marketing_descriptions=(MarketingDescription(text="Hej", language="sv"),),
        priority_period=Period(start_date=date(2026, 6, 1)),
        chart_positions=(ChartPosition(territory="SE", chart="Topplistan", position=3, date=date(2026, 2, 20)),),
        awards=(Award(name="Best", awarding_body="Academy", awarded_party="Norns", date="2026", is_winner=True),),
        focus_tracks=(
            FocusTrack(
                track_id="track-2",
                territories=("SE",),
                period=Period(start_date=date(2026, 2, 20), end_date=date(2026, 3, 1)),
            ),
        ),
    )


def test_a_track_has_an_enrichment_of_its_own() -> None:
    reading = Reading(Lookup())
    found = read_track(reading, read_draft(TrackChanges, {"enrichment": {"key": "A minor"}}))

    assert found == {"enrichment": TrackEnrichment(key=MusicalKey.A_MINOR)}


@pytest.mark.parametrize("nothing", [{}, {"moods": [], "tempo": None, "key": ""}])
def test_an_enrichment_that_says_nothing_is_none(nothing: dict[str, Any]) -> None:
    assert read(**nothing) is None


@pytest.mark.parametrize("given", [None, ""])
def test_an_enrichment_is_cleared(given: Any) -> None:
    reading = Reading(Lookup(), TRACKS)

    assert read_release(reading, ReleaseChanges.model_construct({"enrichment"}, enrichment=given)) == {
        "enrichment": None
    }


@pytest.mark.proves("MEA-27")
def test_an_award_in_free_text_is_refused_with_what_it_lacks() -> None:
    assert refused(awards=["Grammy 2026", {"name": "Best", "is_winner": False}]) == [
        ("AWARD_INCOMPLETE", "enrichment.awards.0.awarding_body"),
        ("AWARD_INCOMPLETE", "enrichment.awards.0.awarded_party"),
        ("AWARD_INCOMPLETE", "enrichment.awards.0.date"),
        ("AWARD_INCOMPLETE", "enrichment.awards.0.is_winner"),
        ("AWARD_INCOMPLETE", "enrichment.awards.1.awarding_body"),
        ("AWARD_INCOMPLETE", "enrichment.awards.1.awarded_party"),
        ("AWARD_INCOMPLETE", "enrichment.awards.1.date"),
    ]


@pytest.mark.proves("MEA-15")
def test_a_focus_track_that_is_not_on_the_release_is_refused() -> None:
    assert refused(
        focus_tracks=[
            {"track_id": "track-9"},
            {"track_number": 3},
            {},
            {"track_id": "track-1"},
            {"track_number": 1},
            {"track_number": 2, "territories": ["SE", "Worldwide"]},
        ]
    ) == [
        ("NOT_FOUND", "enrichment.focus_tracks.0.track_id"),
        ("TRACK_NUMBER_UNKNOWN", "enrichment.focus_tracks.1.track_number"),
        ("FOCUS_TRACK_MISSING", "enrichment.focus_tracks.2.track_id"),
        ("FOCUS_TRACK_REPEATED", "enrichment.focus_tracks.4"),
        ("TERRITORIES_CONTRADICT", "enrichment.focus_tracks.5.territories"),
    ]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"moods": ["Happy", "Purple"]}, [("ENRICHMENT_WORD_UNKNOWN", "moods.1")]),
        ({"key": "H minor"}, [("ENRICHMENT_WORD_UNKNOWN", "key")]),
        ({"time_signature": "5/16"}, [("ENRICHMENT_WORD_UNKNOWN", "time_signature")]),
        ({"tempo": "fast"}, [("TEMPO_INVALID", "tempo")]),
        ({"tempo": 0}, [("TEMPO_INVALID", "tempo")]),
        ({"tempo": "120.1234"}, [("TEMPO_INVALID", "tempo")]),
        ({"tempo": "NaN"}, [("TEMPO_INVALID", "tempo")]),
        ({"tempo": 128, "tempo_description": "Slow"}, [("TEMPO_CONTRADICTORY", "tempo_description")]),
        ({"themes": ["x" * 101]}, [("TEXT_TOO_LONG", "themes.0")]),
        ({"influences": ["bell \a"]}, [("CHARACTER_ILLEGAL", "influences.0")]),
        ({"themes": [str(n) for n in range(51)]}, [("VALUE_INVALID", "themes")]),
        (
            {"marketing_descriptions": [{"text": "a", "language": "xx"}]},
            [("LANGUAGE_UNKNOWN", "marketing_descriptions.0.language")],
        ),
        (
            {"priority_period": {"start_date": "2026-06-02", "end_date": "2026-06-01"}},
            [("PERIOD_ENDS_BEFORE_START", "priority_period.end_date")],
        ),
        ({"priority_period": {"start_date": "tomorrow"}}, [("DATE_INVALID", "priority_period.start_date")]),
        (
            {"chart_positions": [{"chart": "Top 40"}]},
            [
                ("CHART_POSITION_INCOMPLETE", "chart_positions.0.territory"),
                ("CHART_POSITION_INCOMPLETE", "chart_positions.0.position"),
                ("CHART_POSITION_INCOMPLETE", "chart_positions.0.date"),
            ],
        ),
        (
            {"chart_positions": [{**POSITION, "position": 0}]},
            [("CHART_POSITION_INVALID", "chart_positions.0.position")],
        ),
        (
            {"chart_positions": [{**POSITION, "territory": "XX"}]},
            [("TERRITORY_UNKNOWN", "chart_positions.0.territory")],
        ),
        ({"awards": [{**AWARD, "date": "2026-02-30"}]}, [("AWARD_DATE_INVALID", "awards.0.date")]),
        ({"awards": [{**AWARD, "date": "last year"}]}, [("AWARD_DATE_INVALID", "awards.0.date")]),
    ],
)
def test_a_fault_is_told_with_its_place(fields: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert refused(**fields) == [(code, f"enrichment.{path}") for code, path in faults]


@given(enrichments(TRACKS))
def test_what_is_stored_is_read_again_as_it_is(told: Enrichment) -> None:
    again = read(**told.model_dump())

    if not told.says_something:
        assert again is None
    else:
        # Words that were given twice are kept once.
        assert (again.tempo, again.awards, again.focus_tracks) == (told.tempo, told.awards, told.focus_tracks)
        assert set(again.moods) == set(told.moods)
        assert read(**again.model_dump()) == again


def test_a_focus_track_that_has_gone_keeps_a_release_from_being_ready() -> None:
    release = Release(id="r", title="R", enrichment=Enrichment(focus_tracks=(FocusTrack(track_id="gone"),)))

    assert [(issue.code, issue.path, issue.severity) for issue in find_enrichment_errors(release)] == [
        ("FOCUS_TRACK_UNKNOWN", "enrichment.focus_tracks.0.track_id", Severity.ERROR)
    ]


def test_a_release_that_loses_a_track_loses_the_focus_on_it() -> None:
    focus = (FocusTrack(track_id="track-1"), FocusTrack(track_id="track-2"))

    assert without_focus(Enrichment(focus_tracks=focus), "track-1") == Enrichment(focus_tracks=focus[1:])
    assert without_focus(Enrichment(focus_tracks=focus[:1]), "track-1") is None
    assert without_focus(None, "track-1") is None


@pytest.mark.proves("MEA-03", "MEA-04")
def test_explicit_lyrics_without_a_warning_are_told() -> None:
    explicit = Enrichment(content_advisories=(ContentAdvisory.EXPLICIT_LYRICS,))
    track = Track(id="t", title="T", display_artist="A", enrichment=explicit)
    release = Release(id="r", title="R", tracks=(track,), enrichment=explicit)
    warned = release.model_copy(
        update={"tracks": (track.model_copy(update={"parental_warning": ParentalWarning.EXPLICIT}),)}
    )

    assert [(issue.code, issue.path, issue.severity) for issue in find_advisory_gaps(release)] == [
        ("ADVISORY_WITHOUT_WARNING", "tracks.0.parental_warning", Severity.WARNING),
        ("ADVISORY_WITHOUT_WARNING", "parental_warning", Severity.WARNING),
    ]
    assert list(find_advisory_gaps(warned)) == []
