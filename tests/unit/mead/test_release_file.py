"""A release file holds enrichment, checked as the catalogue checks it, and becomes a MEAD message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from distro_core.messages.planner import plan_message
from distro_core.messages.release_file import read_release_file
from distro_core.messages.release_file_schema import release_file_schema
from distro_sdk.errors import DomainErrors
from distro_sdk.models.enrichment import Enrichment, TrackEnrichment
from tests.catalogue_examples import example_order, example_release
from tests.unit.mead.examples import FULL, written


def release_file(enrichment: dict[str, Any] | None, of_first_track: dict[str, Any] | None = None) -> bytes:
    """The release file of the example release with these enrichments."""
    content = example_release().model_dump(mode="json")
    content["release"]["enrichment"] = enrichment
    content["release"]["tracks"][0]["enrichment"] = of_first_track
    return json.dumps(content).encode()


def test_a_release_file_becomes_a_message() -> None:
    told = {**FULL.model_dump(mode="json"), "focus_tracks": [{"track_id": "track-2"}]}
    complete = read_release_file(release_file(told, {"tempo": 128, "key": "C# major"}))
    message = written(plan_message(complete, example_order()))
    resources = message.root.findall("ResourceInformationList/ResourceInformation")

    assert complete.release.enrichment == Enrichment.model_validate(
        {**FULL.model_dump(), "focus_tracks": [{"track_id": "track-2"}]}
    )
    assert [resource.findtext("BeatsPerMinute/Value") for resource in resources] == ["128", "96.5"]
    assert [resource.findtext("Harmony/RootChordNote") for resource in resources] == ["C#/Db", "A"]
    assert [resource.find("Focus") is not None for resource in resources] == [False, True]


def test_faults_are_told_with_their_place_in_the_file() -> None:
    faulty = {
        "focus_tracks": [{"track_id": "track-9"}],
        "chart_positions": [{"territory": "XX", "chart": "Top", "position": 1, "date": "2026-01-01"}],
    }
    with pytest.raises(DomainErrors) as caught:
        read_release_file(release_file(faulty, {"marketing_descriptions": [{"text": "a", "language": "xx"}]}))

    assert sorted((fault.code, fault.path) for fault in caught.value.errors) == [
        ("LANGUAGE_UNKNOWN", ("release", "tracks", 0, "enrichment", "marketing_descriptions", 0, "language")),
        ("NOT_FOUND", ("release", "enrichment", "focus_tracks", 0, "track_id")),
        ("TERRITORY_UNKNOWN", ("release", "enrichment", "chart_positions", 0, "territory")),
    ]


@pytest.mark.proves("MEA-27")
def test_an_award_in_free_text_is_refused() -> None:
    with pytest.raises(DomainErrors) as caught:
        read_release_file(release_file({"awards": ["Grammy 2026", {"name": "Best Album", "is_winner": True}]}))

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("VALUE_INVALID", ("release", "enrichment", "awards", 0)),
        ("FIELD_MISSING", ("release", "enrichment", "awards", 1, "awarding_body")),
        ("FIELD_MISSING", ("release", "enrichment", "awards", 1, "awarded_party")),
        ("FIELD_MISSING", ("release", "enrichment", "awards", 1, "date")),
    ]


@pytest.mark.proves("MEA-28")
def test_every_field_is_described() -> None:
    described = release_file_schema()["$defs"]

    for model in (Enrichment, TrackEnrichment):
        fields = described[model.__name__]["properties"]
        assert list(fields) == list(model.model_fields)
        assert all(field["description"] for field in fields.values())
