"""Videos, box sets, works and offers over GraphQL: stored, shown, and refused with their paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Staff

FIELDS = """
  translations { language title version } preOrderDate
  territoryGroups { territories { included excluded } startDate endDate priceCode }
  visibility { displayStart coverArtStart trackListingStart clipStart }
  components { title icpn grid discNumbers } works { title trackIds opusNumber composerCatalogNumber }
  booklet { id }
  tracks { id resourceType videoType discNumber instantGratificationDate translations { language title }
    immersive { isrc } cues { title startTime duration isrc iswc displayArtist
      pLine { year text company } cLine { year text } } videoAssetId screenCapture { id } }
"""
RICH: dict[str, Any] = {
    "title": "Tides",
    "displayArtist": "The Somebodies",
    "releaseDate": "2030-02-01",
    "preOrderDate": "2030-01-01",
    "visibility": {"displayStart": "2029-12-01", "clipStart": "2029-12-24"},
    "translations": [{"language": "de", "title": "Gezeiten", "version": "Luxusausgabe"}],
    "territoryGroups": [
        {"territories": {"included": ["DE", "AT"]}, "startDate": "2030-02-01", "priceCode": "Top"},
        {"territories": {"excluded": ["DE", "AT"]}, "startDate": "2030-02-08", "endDate": "2035-01-31"},
    ],
    "components": [
        {"title": "High", "icpn": "4006381333931", "discNumbers": [1]},
        {"title": "Low", "grid": "A12425GABC1234002M", "discNumbers": [2]},
    ],
    "works": [{"title": "Symphony", "trackNumbers": [1, 2], "opusNumber": "Op. 67"}],
    "tracks": [
        {"title": "One", "instantGratificationDate": "2030-01-01"},
        {"title": "Two", "translations": [{"language": "fr", "title": "Deux"}]},
        {
            "title": "Film",
            "discNumber": 2,
            "resourceType": "Video",
            "videoType": "LongFormMusicalWorkVideo",
            "cues": [
                {
                    "title": "Song",
                    "startTime": "1.5",
                    "duration": "60",
                    "isrc": "US-RC1-76-07839",
                    "pLine": {"year": 1999, "company": "Another Label"},
                    "cLine": {"year": 1998, "text": "© 1998 Somebody"},
                }
            ],
        },
    ],
}
READ = f"query($id: ID!) {{ release(id: $id) {{ {FIELDS} }} }}"


async def test_the_structure_of_a_release_comes_back_as_it_was_given(staff_a: Staff, staff_b: Staff) -> None:
    made = await staff_a.manager.mutate("releaseCreate", f"release {{ id {FIELDS} }}", **RICH)
    release = made["release"]
    read = (await staff_a.viewer.data(READ, id=release["id"]))["release"]
    foreign = await staff_b.manager.run(READ, id=release["id"])

    assert made["errors"] == []
    assert read == {name: value for name, value in release.items() if name != "id"}
    assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert read["translations"] == RICH["translations"]
    assert read["territoryGroups"][1] == {
        "territories": {"included": ["Worldwide"], "excluded": ["DE", "AT"]},
        "startDate": "2030-02-08",
        "endDate": "2035-01-31",
        "priceCode": None,
    }
    assert read["visibility"] == {
        "displayStart": "2029-12-01",
        "coverArtStart": None,
        "trackListingStart": None,
        "clipStart": "2029-12-24",
    }
    assert [component["discNumbers"] for component in read["components"]] == [[1], [2]]
    one, two, film = read["tracks"]
    assert read["works"] == [
        {
            "title": "Symphony",
            "trackIds": [one["id"], two["id"]],
            "opusNumber": "Op. 67",
            "composerCatalogNumber": None,
        }
    ]
    assert (one["resourceType"], one["instantGratificationDate"]) == ("SoundRecording", "2030-01-01")
    assert (film["resourceType"], film["videoType"]) == ("Video", "LongFormMusicalWorkVideo")
    (cue,) = film["cues"]
    assert cue["isrc"] == "USRC17607839"
    assert cue["pLine"] == {"year": 1999, "text": "℗ 1999 Another Label", "company": "Another Label"}
    assert cue["cLine"] == {"year": 1998, "text": "© 1998 Somebody"}


async def test_the_structure_can_be_changed_and_cleared(staff_a: Staff) -> None:
    made = (await staff_a.manager.mutate("releaseCreate", f"release {{ id {FIELDS} }}", **RICH))["release"]
    tracks = [track["id"] for track in made["tracks"]]

    works = [{"title": "Other", "trackIds": tracks[:2], "composerCatalogNumber": "BWV 1007"}]
    changed = await staff_a.manager.mutate(
        "releaseUpdate",
        f"release {{ {FIELDS} }}",
        id=made["id"],
        works=works,
        components=[],
        visibility=None,
        preOrderDate=None,
    )

    release = changed["release"]
    assert [(work["title"], work["trackIds"]) for work in release["works"]] == [("Other", tracks[:2])]
    assert (release["components"], release["visibility"], release["preOrderDate"]) == ([], None, None)
    assert release["translations"] == RICH["translations"]


WRONG: list[tuple[dict[str, Any], tuple[str, list[str]]]] = [
    (
        {"works": [{"title": "W", "trackNumbers": [1, 9]}]},
        ("TRACK_NUMBER_UNKNOWN", ["works", "0", "trackNumbers", "1"]),
    ),
    (
        {"translations": [{"language": "de", "title": "A"}, {"language": "de", "title": "B"}]},
        ("LANGUAGE_REPEATED", ["translations", "1", "language"]),
    ),
    (
        {
            "territoryGroups": [
                {"territories": {"included": ["DE"]}, "startDate": "2030-01-01"},
                {"territories": {"included": ["AT", "DE"]}, "startDate": "2030-01-01"},
            ]
        },
        ("TERRITORY_REPEATED", ["territoryGroups", "1", "territories"]),
    ),
    ({"components": [{"title": "C", "icpn": "1", "discNumbers": [1]}]}, ("ICPN_INVALID", ["components", "0", "icpn"])),
    ({"preOrderDate": "soon"}, ("DATE_INVALID", ["preOrderDate"])),
    (
        {"tracks": [{"title": "T", "resourceType": "Hologram"}]},
        ("RESOURCE_TYPE_UNKNOWN", ["tracks", "0", "resourceType"]),
    ),
    ({"tracks": [{"title": "T", "videoType": "Reel"}]}, ("VIDEO_TYPE_UNKNOWN", ["tracks", "0", "videoType"])),
]


@pytest.mark.parametrize(("wrong", "expected"), WRONG)
async def test_what_is_wrong_is_told_with_its_path(
    staff_a: Staff, wrong: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    given = {"title": "Tides", "displayArtist": "The Somebodies", "tracks": [{"title": "One"}]} | wrong

    payload = await staff_a.manager.mutate("releaseCreate", "release { id }", **given)

    assert payload["release"] is None
    assert expected in [(error["code"], error["path"]) for error in payload["errors"]]


async def test_a_party_keeps_what_services_call_it(staff_a: Staff) -> None:
    ids = [{"namespace": "apple", "value": "12345"}]

    made = await staff_a.manager.mutate(
        "partyCreate", "party { id proprietaryIds { namespace value } }", name="Ann", proprietaryIds=ids
    )
    empty = await staff_a.manager.mutate(
        "partyUpdate", "party { id }", id=made["party"]["id"], proprietaryIds=[{"namespace": "", "value": "1"}]
    )
    cleared = await staff_a.manager.mutate(
        "partyUpdate", "party { proprietaryIds { value } }", id=made["party"]["id"], proprietaryIds=[]
    )

    assert made["party"]["proprietaryIds"] == ids
    assert [(error["code"], error["path"]) for error in empty["errors"]] == [("VALUE_INVALID", ["proprietaryIds", "0"])]
    assert cleared["party"]["proprietaryIds"] == []


async def test_targets_say_what_their_partner_wants(
    staff_a: Staff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    offered = await staff_a.admin.data(
        """{ messageFormats { format profiles takedownForms settingsSchema }
             choreographies { key settingsSchema } companionFormats genreProviders { provider version } }"""
    )
    party = {"dpid": "PADPIDA2014120301A", "name": "Northern Lights"}

    made = await staff_a.admin.mutate(
        "targetCreate",
        "target { options { takedownForm hashAlgorithm updateIndicator companions } choreographySettings }",
        name="Old DSP",
        platform="generic",
        transport="local-folder",
        settings={"directory": str(tmp_path)},
        sender=party,
        recipient=party,
        format="ern/3.8.2",
        options={"takedownForm": "take_down_element", "updateIndicator": True, "hashAlgorithm": "SHA1"},
    )

    formats = {one["format"]: one for one in offered["messageFormats"]}
    assert {"ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2", "apple/5.3"} <= formats.keys()
    assert "take_down_element" not in formats["ern/4.3"]["takedownForms"]
    assert "mead/1.1" in offered["companionFormats"]
    assert {"provider": "beatport", "version": "2025-05"} in offered["genreProviders"]
    assert {"batch", "ddex-sftp", "flat"} <= {one["key"] for one in offered["choreographies"]}
    assert made["errors"] == []
    assert made["target"]["options"] == {
        "takedownForm": "take_down_element",
        "hashAlgorithm": "SHA1",
        "updateIndicator": True,
        "companions": [],
    }
