"""Enrichment over GraphQL: what was told comes back as it was given, and what is wrong is told with its path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Staff

SHARED: dict[str, Any] = {
    "moods": ["Happy", "Melancholic"],
    "themes": ["Road trip"],
    "contentAdvisories": ["ExplicitLyrics"],
    "tempo": "96.5",
    "tempoDescription": "Moderate",
    "timeSignature": "6/8",
    "key": "A# minor",
    "vocalRegisters": ["MezzoSoprano"],
    "vocalCharacteristics": ["SpokenWord"],
    "instrumentation": ["Piano", "FrenchHorn"],
    "instrumentationDetails": "A <prepared> piano",
    "recordingTechniques": ["Live"],
    "audioCharacteristics": ["LoFi"],
    "marketingDescriptions": [{"text": "Ett album.", "language": "sv"}, {"text": "An album.", "language": None}],
    "targetAudience": ["Commuters"],
    "playlistSuitability": ["Driving"],
    "seasonality": ["SummerSolstice"],
    "priorityPeriod": {"startDate": "2026-06-01", "endDate": "2026-08-31"},
    "culturalReferences": ["Midsommar"],
    "influences": ["Somebody Else"],
    "chartPositions": [{"territory": "SE", "chart": "Topplistan", "position": 3, "date": "2026-02-20"}],
    "awards": [
        {
            "name": "Album of the Year",
            "awardingBody": "The Academy",
            "awardedParty": "The Somebodies",
            "date": "2026-03",
            "isWinner": False,
            "comment": "A nomination",
        }
    ],
}
FIELDS = """
  moods themes contentAdvisories tempo tempoDescription timeSignature key vocalRegisters vocalCharacteristics
  instrumentation instrumentationDetails recordingTechniques audioCharacteristics
  marketingDescriptions { text language } targetAudience playlistSuitability seasonality
  priorityPeriod { startDate endDate } culturalReferences influences
  chartPositions { territory chart position date }
  awards { name awardingBody awardedParty date isWinner comment }
"""
RELEASE = f"""
  id tracks {{ id enrichment {{ {FIELDS} }} }}
  enrichment {{ {FIELDS} focusTracks {{ trackId territories period {{ startDate endDate }} comment }} }}
"""
READ = f"query($id: ID!) {{ release(id: $id) {{ {RELEASE} }} }}"
TRACKS = [{"title": "One", "enrichment": SHARED}, {"title": "Two"}]


def codes(payload: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((error["code"], ".".join(error["path"])) for error in payload["errors"])


async def make(staff: Staff, **fields: Any) -> dict[str, Any]:
    """A release of two tracks."""
    payload = await staff.manager.mutate(
        "releaseCreate",
        f"release {{ {RELEASE} }}",
        title="Roads",
        displayArtist="The Somebodies",
        tracks=TRACKS,
        **fields,
    )
    assert payload["errors"] == []
    release: dict[str, Any] = payload["release"]
    return release


@pytest.mark.proves("MEA-28")
async def test_everything_that_was_told_comes_back(staff_a: Staff) -> None:
    focus = {"trackNumber": 2, "territories": ["SE"], "period": {"startDate": "2026-02-20"}, "comment": "First"}
    made = await make(staff_a, enrichment={**SHARED, "focusTracks": [focus]})
    read = (await staff_a.viewer.data(READ, id=made["id"]))["release"]
    first, second = read["tracks"]

    assert read == made
    assert first["enrichment"] == SHARED
    assert second["enrichment"] is None
    assert read["enrichment"] == {
        **SHARED,
        "focusTracks": [
            {
                "trackId": second["id"],
                "territories": ["SE"],
                "period": {"startDate": "2026-02-20", "endDate": None},
                "comment": "First",
            }
        ],
    }


@pytest.mark.proves("MEA-28")
async def test_an_update_replaces_the_enrichment_and_null_clears_it(staff_a: Staff) -> None:
    made = await make(staff_a, enrichment=SHARED)
    track_id = made["tracks"][1]["id"]

    changed = await staff_a.manager.mutate(
        "releaseUpdate",
        "release { title enrichment { moods themes key focusTracks { trackId } } }",
        id=made["id"],
        enrichment={"key": "bb major", "focusTracks": [{"trackId": track_id}]},
    )
    of_track = await staff_a.manager.mutate(
        "trackUpdate", "track { title enrichment { tempo } }", id=track_id, enrichment={"tempo": "71.25"}
    )
    cleared = await staff_a.manager.mutate(
        "releaseUpdate",
        "release { enrichment { key } tracks { enrichment { tempo } } }",
        id=made["id"],
        enrichment=None,
    )

    assert changed["release"] == {
        "title": "Roads",
        "enrichment": {"moods": [], "themes": [], "key": "A# major", "focusTracks": [{"trackId": track_id}]},
    }
    assert of_track["track"] == {"title": "Two", "enrichment": {"tempo": "71.25"}}
    assert cleared["release"]["enrichment"] is None
    assert [track["enrichment"]["tempo"] for track in cleared["release"]["tracks"]] == ["96.5", "71.25"]


@pytest.mark.proves("MEA-15")
async def test_a_track_that_is_removed_is_no_longer_in_focus(staff_a: Staff) -> None:
    made = await make(staff_a, enrichment={"focusTracks": [{"trackNumber": 1}, {"trackNumber": 2}]})
    one, two = [track["id"] for track in made["tracks"]]

    payload = await staff_a.manager.mutate("trackDelete", "release { enrichment { focusTracks { trackId } } }", id=one)

    assert payload["release"]["enrichment"] == {"focusTracks": [{"trackId": two}]}


@pytest.mark.proves("MEA-15", "MEA-27", "MEA-28")
async def test_every_fault_is_told_with_its_path_and_nothing_is_stored(staff_a: Staff) -> None:
    made = await make(staff_a)
    other = await make(staff_a)

    payload = await staff_a.manager.mutate(
        "releaseUpdate",
        "release { id }",
        id=made["id"],
        enrichment={
            "moods": ["Happy", "Purple"],
            "tempo": "128",
            "tempoDescription": "Slow",
            "awards": [{"name": "Grammy 2026"}],
            "chartPositions": [{"territory": "XX", "chart": "Top 40", "position": 0, "date": "2026-02-20"}],
            "focusTracks": [{"trackId": other["tracks"][0]["id"]}, {"trackNumber": 3}],
            "priorityPeriod": {"startDate": "2026-06-02", "endDate": "2026-06-01"},
        },
    )

    assert codes(payload) == [
        ("AWARD_INCOMPLETE", "enrichment.awards.0.awardedParty"),
        ("AWARD_INCOMPLETE", "enrichment.awards.0.awardingBody"),
        ("AWARD_INCOMPLETE", "enrichment.awards.0.date"),
        ("AWARD_INCOMPLETE", "enrichment.awards.0.isWinner"),
        ("CHART_POSITION_INVALID", "enrichment.chartPositions.0.position"),
        ("ENRICHMENT_WORD_UNKNOWN", "enrichment.moods.1"),
        ("NOT_FOUND", "enrichment.focusTracks.0.trackId"),
        ("PERIOD_ENDS_BEFORE_START", "enrichment.priorityPeriod.endDate"),
        ("TEMPO_CONTRADICTORY", "enrichment.tempoDescription"),
        ("TERRITORY_UNKNOWN", "enrichment.chartPositions.0.territory"),
        ("TRACK_NUMBER_UNKNOWN", "enrichment.focusTracks.1.trackNumber"),
    ]
    assert (await staff_a.viewer.data(READ, id=made["id"]))["release"]["enrichment"] is None


async def test_faults_of_a_new_release_s_tracks_have_their_path(staff_a: Staff) -> None:
    payload = await staff_a.manager.mutate(
        "releaseCreate",
        "release { id }",
        title="Roads",
        displayArtist="The Somebodies",
        tracks=[{"title": "One", "enrichment": {"key": "H major", "tempo": "0"}}],
    )

    assert payload["release"] is None
    assert codes(payload) == [
        ("ENRICHMENT_WORD_UNKNOWN", "tracks.0.enrichment.key"),
        ("TEMPO_INVALID", "tracks.0.enrichment.tempo"),
    ]


@pytest.mark.proves("MEA-03", "MEA-04")
async def test_explicit_lyrics_without_a_parental_warning_are_told_when_a_release_is_checked(staff_a: Staff) -> None:
    made = await make(staff_a)
    found = await staff_a.viewer.data("query($id: ID!) { releaseCheck(id: $id) { code severity path } }", id=made["id"])

    assert {"code": "ADVISORY_WITHOUT_WARNING", "severity": "warning", "path": "tracks.0.parental_warning"} in found[
        "releaseCheck"
    ]


async def test_another_tenant_sees_and_changes_nothing(staff_a: Staff, staff_b: Staff) -> None:
    ours = await make(staff_a, enrichment=SHARED)
    theirs = await make(staff_b, enrichment={"key": "C major"})

    assert await staff_b.manager.refused(READ, id=ours["id"]) == "NOT_FOUND"
    refused = await staff_b.manager.mutate(
        "releaseUpdate", "release { id }", id=ours["id"], enrichment={"key": "D major"}
    )
    borrowed = await staff_b.manager.mutate(
        "releaseUpdate",
        "release { id }",
        id=theirs["id"],
        enrichment={"focusTracks": [{"trackId": ours["tracks"][0]["id"]}]},
    )

    assert codes(refused) == [("NOT_FOUND", "id")]
    assert codes(borrowed) == [("NOT_FOUND", "enrichment.focusTracks.0.trackId")]
    assert (await staff_a.viewer.data(READ, id=ours["id"]))["release"]["enrichment"]["key"] == "A# minor"
    assert (await staff_b.viewer.data(READ, id=theirs["id"]))["release"]["enrichment"]["key"] == "C major"
