"""Every field of an enrichment stands in its legal place of a MEAD 1.1 message."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from distro_plugins.mead11 import Mead11Builder
from distro_sdk.errors import DomainErrors
from distro_sdk.models.enrichment import TrackEnrichment
from distro_sdk.models.enrichment_words import ContentAdvisory, Mood
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.testing.plans import ICPN, ISRCS, example_plan
from distro_sdk.xml import ParsedMessage
from tests.unit.mead.conftest import OwnGrammar
from tests.unit.mead.examples import FOCUS, FULL, enriched_plan, release_with, resource_with, written

RELEASE = "ReleaseInformationList/ReleaseInformation"
RESOURCE = "ResourceInformationList/ResourceInformation"
SENDER = "PADPIDA2014120301U"


def values(message: ParsedMessage, path: str) -> list[str]:
    """The texts at a path; values of the sender's own as `own:…`."""
    found: list[str] = []
    for element in message.root.findall(path):
        if element.text == "UserDefined":
            assert element.get("Namespace") == SENDER
            found.append(f"own:{element.get('UserDefinedValue')}")
        else:
            found.append(element.text or "")
    return found


def notes(message: ParsedMessage, kind: str, of: str = RELEASE) -> list[tuple[str | None, str | None]]:
    """Text and language of the commentary notes of a type."""
    wanted = f"{of}/CommentaryNote[CommentaryNoteType='UserDefined']"
    return [
        (text.text, text.get("LanguageAndScriptCode"))
        for note in message.root.findall(wanted)
        if [each.get("UserDefinedValue") for each in note.findall("CommentaryNoteType")] == [kind]
        for text in note.findall("Text")
    ]


def test_a_message_with_everything_is_valid_by_schema_and_grammar(
    official_schema: etree.XMLSchema, grammar: OwnGrammar
) -> None:
    message = written(enriched_plan(FULL, FULL, FOCUS))

    assert official_schema.validate(message.root), [e.message[:200] for e in official_schema.error_log]
    assert grammar.validate(message.root), [e.message[:200] for e in grammar.error_log]
    assert (message.name, message.namespace) == ("MeadMessage", "http://ddex.net/xml/mead/11")


def test_the_header_is_that_of_the_release_s_message_with_an_id_of_its_own() -> None:
    plan = enriched_plan(FULL)
    header = written(plan).root.find("MessageHeader")

    assert header is not None
    assert header.findtext("MessageThreadId") == plan.thread_id
    assert header.findtext("MessageId") == f"{plan.message_id}-MEAD"
    assert header.findtext("MessageFileName") == Mead11Builder().file_name(plan)
    assert header.findtext("MessageSender/PartyId") == SENDER
    assert header.findtext("MessageCreatedDateTime") == "2026-01-15T12:00:00.000+00:00"
    assert header.findtext("MessageControlType") == "TestMessage"


def test_the_file_is_named_by_the_release_and_the_moment() -> None:
    plan = example_plan()
    identified = plan.model_copy(update={"release": plan.release.model_copy(update={"grid": "A12425GABC1234002M"})})

    assert Mead11Builder().file_name(plan) == f"MEAD_{ICPN}_20260115120000000.xml"
    assert Mead11Builder().file_name(identified) == "MEAD_A12425GABC1234002M_20260115120000000.xml"


def test_summaries_are_keyed_by_the_ids_of_release_and_resources() -> None:
    message = written(enriched_plan(FULL, FULL))

    assert values(message, f"{RELEASE}/ReleaseSummary/ReleaseId/ICPN") == [ICPN]
    assert values(message, f"{RELEASE}/ReleaseSummary/ReleaseId/CatalogNumber") == ["SÖD-001"]
    assert values(message, f"{RELEASE}/ReleaseSummary/DisplayTitle/TitleText/Title") == ["Ænima & <Fjörd>"]
    assert values(message, f"{RELEASE}/ReleaseSummary/DisplayArtistName/Name") == ["Åsa & the <Norns>"]
    assert values(message, f"{RELEASE}/ReleaseSummary/DisplayArtist/PartyId/ISNI") == ["0000000121354578"]
    assert values(message, f"{RESOURCE}/ResourceSummary/ResourceId/ISRC") == [ISRCS[0]]


def test_a_message_speaks_of_nothing_that_is_not_in_the_plan() -> None:
    plan = enriched_plan(FULL, FULL, FOCUS)
    isrcs = values(written(plan), f"{RESOURCE}/ResourceSummary/ResourceId/ISRC")

    assert set(isrcs) <= {recording.isrc for recording in plan.recordings}


def test_the_same_plan_gives_the_same_bytes() -> None:
    plan = enriched_plan(FULL, FULL, FOCUS)

    assert Mead11Builder().build(plan) == Mead11Builder().build(type(plan).model_validate(plan.model_dump()))


def test_nothing_is_written_where_nothing_is_told() -> None:
    assert Mead11Builder().build(example_plan()) is None
    assert Mead11Builder().build(enriched_plan(TrackEnrichment(), TrackEnrichment())) is None
    assert Mead11Builder().build(enriched_plan(FULL, FULL, subtype=MessageSubtype.TAKEDOWN)) is None


def test_an_update_speaks_of_everything_so_that_what_is_no_longer_told_is_withdrawn(
    official_schema: etree.XMLSchema, grammar: OwnGrammar
) -> None:
    message = written(enriched_plan(subtype=MessageSubtype.UPDATE))

    assert values(message, f"{RESOURCE}/ResourceSummary/ResourceId/ISRC") == list(ISRCS)
    assert [child.tag for child in message.root.findall(f"{RELEASE}/*")] == ["ReleaseSummary"]
    assert official_schema.validate(message.root)
    assert grammar.validate(message.root)


def test_a_character_that_xml_cannot_carry_is_refused_with_its_place() -> None:
    plan = enriched_plan(track=TrackEnrichment(themes=("bell \a",)))

    with pytest.raises(DomainErrors) as refused:
        Mead11Builder().build(plan)

    assert [(e.code, e.path) for e in refused.value.errors] == [
        ("CHARACTER_ILLEGAL", ("sound_recordings", 0, "enrichment", "themes", 0))
    ]


@pytest.mark.proves("MEA-01")
def test_moods_of_a_release() -> None:
    message = release_with(moods=["Happy", "Energetic", "Mysterious", "Happy"])

    assert values(message, f"{RELEASE}/Mood/Value") == ["Happy", "Energized", "own:Mysterious"]


@pytest.mark.proves("MEA-23")
def test_moods_of_a_track() -> None:
    assert values(resource_with(moods=["Sad"]), f"{RESOURCE}/Mood/Value") == ["Sad"]


def test_moods_that_are_activities_are_told_as_activities_too() -> None:
    message = release_with(moods=["Running", "Cooking"], playlist_suitability=["Running"])

    assert values(message, f"{RELEASE}/Mood/Value") == ["own:Running", "own:Cooking"]
    assert values(message, f"{RELEASE}/Activity/Value") == ["Run"]


@pytest.mark.proves("MEA-02")
def test_themes_are_told_in_the_words_of_mead_where_it_has_them() -> None:
    message = release_with(themes=["Road trip", "love", "LOVE", "Gardening in space"])

    assert values(message, f"{RELEASE}/Theme/Value") == ["RoadTrip", "Love", "own:Gardening in space"]


@pytest.mark.proves("MEA-04")
def test_reasons_for_advice_are_notes() -> None:
    message = release_with(content_advisories=list(ContentAdvisory))

    assert notes(message, "ContentAdvisory") == [
        ("Explicit Lyrics", "en"),
        ("Sexual Content", "en"),
        ("Violence", "en"),
        ("Drug References", "en"),
        ("Gambling", "en"),
        ("Hate Speech", "en"),
    ]


@pytest.mark.proves("MEA-05", "MEA-21")
@pytest.mark.parametrize(
    ("tempo", "told"), [("96.5", "96.5"), ("128.125", "128.125"), ("120.000", "120"), ("90", "90")]
)
def test_tempo_keeps_its_decimals(tempo: str, told: str) -> None:
    message = resource_with(tempo=Decimal(tempo))

    assert values(message, f"{RESOURCE}/BeatsPerMinute/Value") == [told]


@pytest.mark.proves("MEA-06")
@pytest.mark.parametrize(
    ("description", "term"),
    [("VerySlow", "Largo"), ("Slow", "Adagio"), ("Moderate", "Moderato"), ("Fast", "Allegro"), ("VeryFast", "Presto")],
)
def test_each_band_of_tempo_has_its_term(description: str, term: str) -> None:
    assert values(resource_with(tempo_description=description), f"{RESOURCE}/Tempo") == [term]


@pytest.mark.proves("MEA-07")
@pytest.mark.parametrize(("signature", "beats", "note"), [("6/8", "6", "8"), ("4/4", "4", "4"), ("12/8", "12", "8")])
def test_time_signatures_are_meters(signature: str, beats: str, note: str) -> None:
    message = resource_with(time_signature=signature)

    assert values(message, f"{RESOURCE}/TimeSignature/Meter/NumberOfBeatsInBar") == [beats]
    assert values(message, f"{RESOURCE}/TimeSignature/Meter/NoteEquivalentToBeat") == [note]


@pytest.mark.proves("MEA-08", "MEA-22")
@pytest.mark.parametrize(
    ("key", "root", "mode"),
    [
        ("A minor", "A", "Minor"),
        ("C major", "C", "Major"),
        ("G# minor", "Ab/G#", "Minor"),
        ("C# major", "C#/Db", "Major"),
    ],
)
def test_keys_have_a_root_and_a_mode(key: str, root: str, mode: str) -> None:
    message = resource_with(key=key)

    assert values(message, f"{RESOURCE}/Harmony/RootChordNote") == [root]
    assert values(message, f"{RESOURCE}/Harmony/RootChordQuality") == [f"{mode}Triad"]
    assert values(message, f"{RESOURCE}/Harmony/Mode") == [f"own:{mode}"]


@pytest.mark.proves("MEA-09")
def test_vocal_registers() -> None:
    message = resource_with(vocal_registers=["MezzoSoprano", "HighMale"])

    assert values(message, f"{RESOURCE}/VocalRegister/Value") == ["MezzoSoprano", "own:HighMale"]


@pytest.mark.proves("MEA-10", "MEA-25")
@pytest.mark.parametrize(("made", "of"), [(release_with, RELEASE), (resource_with, RESOURCE)])
def test_vocal_characteristics_are_notes(made: Any, of: str) -> None:
    message = made(vocal_characteristics=["SpokenWord", "Whisper"])

    assert notes(message, "VocalCharacteristic", of) == [("Spoken Word", "en"), ("Whisper", "en")]


@pytest.mark.proves("MEA-11", "MEA-24")
def test_instruments_are_told_once_each() -> None:
    message = resource_with(instrumentation=["Piano", "Drums", "DrumKit", "BassGuitar", "Theremin"])

    assert values(message, f"{RESOURCE}/InstrumentUsed/Value") == [
        "Piano",
        "DrumKit",
        "ElectricBassGuitar",
        "own:Theremin",
    ]


@pytest.mark.proves("MEA-12", "MEA-13", "MEA-14", "MEA-17")
@pytest.mark.parametrize(
    ("field", "given", "kind", "told"),
    [
        ("instrumentation_details", "Two <pianos>", "InstrumentationDetails", [("Two <pianos>", "sv")]),
        ("recording_techniques", ["Live", "Analog"], "RecordingTechnique", [("Live", "en"), ("Analog", "en")]),
        ("audio_characteristics", ["ReverbHeavy"], "AudioCharacteristic", [("Reverb Heavy", "en")]),
        ("target_audience", ["18-24", "Commuters"], "TargetAudience", [("18-24", "sv"), ("Commuters", "sv")]),
    ],
)
def test_what_has_no_place_of_its_own_is_a_note(field: str, given: Any, kind: str, told: list[tuple[str, str]]) -> None:
    assert notes(release_with(**{field: given}), kind) == told
    assert notes(resource_with(**{field: given}), kind, RESOURCE) == told


@pytest.mark.proves("MEA-15")
def test_a_focus_track_is_marked_with_its_period_and_territories() -> None:
    message = written(enriched_plan(focus=FOCUS))
    focus = message.root.find(f"{RESOURCE}/Focus")

    assert focus is not None
    assert focus.get("IsDefault") is None
    assert focus.findtext("DisplayArtistName/Name") == "Åsa & the <Norns>"
    assert focus.findtext("SequenceNumber") == "1"
    assert focus.findtext("PeriodOfBeingFocus/StartDateTime") == "2026-02-20T00:00:00"
    assert focus.findtext("PeriodOfBeingFocus/EndDateTime") == "2026-03-19T23:59:59"
    assert [t.text for t in focus.findall("TerritoryOfBeingFocusTrackDescription")] == ["SE", "NO"]
    assert focus.findtext("Comment") == "Play this first"
    assert values(message, f"{RESOURCE}/ResourceSummary/ResourceId/ISRC") == [ISRCS[0]]


def test_a_focus_for_everywhere_is_the_default() -> None:
    focus = written(enriched_plan(focus=PlannedFocus())).root.find(f"{RESOURCE}/Focus")

    assert focus is not None
    assert focus.get("IsDefault") == "true"
    assert [child.tag for child in focus] == ["DisplayArtistName"]


@pytest.mark.proves("MEA-16")
def test_marketing_descriptions_say_their_language() -> None:
    message = release_with(
        marketing_descriptions=[{"text": "Ett album."}, {"text": "Un álbum & más.", "language": "es-MX"}]
    )

    assert notes(message, "MarketingDescription") == [("Ett album.", "sv"), ("Un álbum & más.", "es-MX")]


@pytest.mark.proves("MEA-18")
def test_playlists_are_activities() -> None:
    message = release_with(playlist_suitability=["Workout", "Chill", "Study"])

    assert values(message, f"{RELEASE}/Activity/Value") == ["Workout", "Relax", "own:Study"]


@pytest.mark.proves("MEA-19")
def test_seasons_are_themes_and_a_priority_period_is_told_by_its_attributes() -> None:
    message = release_with(
        themes=["summer"],
        seasonality=["Summer", "Christmas", "SummerSolstice"],
        priority_period={"start_date": "2026-11-20", "end_date": "2026-12-26"},
    )
    information = message.root.find(RELEASE)

    assert values(message, f"{RELEASE}/Theme/Value") == ["Summer", "Christmas", "own:SummerSolstice"]
    assert information is not None
    assert information.get("PriorityPeriodStartDate") == "2026-11-20"
    assert information.get("PriorityPeriodEndDate") == "2026-12-26"


@pytest.mark.proves("MEA-20")
def test_cultural_references_are_notes_and_influences_are_artists() -> None:
    message = release_with(cultural_references=["Midsommar"], influences=["Łukasz Ćwik", "Somebody Else"])
    names = values(message, f"{RELEASE}/ArtisticInfluence/Party/PartyName/FullName/Name")

    assert notes(message, "CulturalReference") == [("Midsommar", "sv")]
    assert names == ["Łukasz Ćwik", "Somebody Else"]
    assert values(message, f"{RELEASE}/ArtisticInfluence/IsInfluencer") == ["true", "true"]
    # Who has a part in the release is told with the identifiers that the release's message gives.
    assert values(message, f"{RELEASE}/ArtisticInfluence/Party/PartyId/IpiNameNumber") == ["00014107338"]


@pytest.mark.proves("MEA-26")
def test_charts_hold_their_entries_day_by_day_and_the_best_of_them() -> None:
    message = written(enriched_plan(FULL))
    charts = [
        (
            chart.findtext("TerritoryCode"),
            chart.findtext("ChartName/Name"),
            chart.findtext("TopPosition"),
            [(entry.findtext("Position"), entry.findtext("Date")) for entry in chart.findall("ChartEntry")],
        )
        for chart in message.root.findall(f"{RELEASE}/HistoricChartingInformation")
    ]

    assert charts == [
        ("SE", "Topplistan", "3", [("3", "2026-02-20"), ("7", "2026-02-27")]),
        ("NO", "VG-lista", "12", [("12", "2026-02-20")]),
    ]


@pytest.mark.proves("MEA-27")
def test_an_award_says_who_gave_what_to_whom_and_whether_it_was_won() -> None:
    award = written(enriched_plan(FULL)).root.find(f"{RELEASE}/Award")

    assert award is not None
    assert award.findtext("AwardingBody/PartyName/FullName/Name") == "The Academy <of> Sound"
    assert award.findtext("AwardedParty/PartyName/FullName/Name") == "Åsa & the <Norns>"
    assert award.findtext("AwardedParty/PartyId/ISNI") == "0000000121354578"
    assert award.findtext("AwardName/Name") == "Album of the Year"
    assert award.findtext("Date") == "2026-03"
    assert award.findtext("IsWinner") == "false"
    assert award.findtext("Comment") == "A nomination"


def test_every_mood_stands_in_a_message(official_schema: etree.XMLSchema, grammar: OwnGrammar) -> None:
    message = release_with(moods=list(Mood))

    assert len(message.root.findall(f"{RELEASE}/Mood")) == len(Mood)
    assert official_schema.validate(message.root)
    assert grammar.validate(message.root)
