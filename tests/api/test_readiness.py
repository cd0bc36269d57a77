"""The check before distribution, and what platforms ask for, over GraphQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_api.graphql.ids import global_id
from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.scope import Scope
from tests.api.conftest import Staff
from tests.delivery.label import Label

CHECK = """query($releases: [ID!]!, $targets: [ID!]!) {
  preDistributionCheck(releaseIds: $releases, targetIds: $targets) {
    ready omitted groups { group errors warnings }
    issues { group severity code message path releaseId targetId } } }"""
PLATFORMS = """{ platforms { key name category formats commercialModels audioFormats
  audio { lowestSampleRate highestSampleRate bitDepths mostChannels } images { formats largestFile colourModes }
  minimumCover leadTime advisedLeadTime territories { included } rateLimit { deliveries seconds }
  rules { kind parameters severity sentence } } }"""


@pytest.fixture
def label(label_a: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """A label that may deliver into a folder."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return Label(label_a, tmp_path)


@pytest.mark.proves("GDE-05", "GDE-18")
async def test_every_issue_is_listed_with_its_release_and_target(staff_a: Staff, label: Label) -> None:
    good = await label.release()
    bare = await label.releases.create(ReleaseDraft(title="Bare"))
    target = await label.target()
    spotify = await label.target(platform="spotify", active=False)
    named = {
        "releases": [global_id("Release", good.id), global_id("Release", bare.id)],
        "targets": [global_id("Target", target.id), global_id("Target", spotify.id)],
    }

    found = (await staff_a.admin.data(CHECK, **named))["preDistributionCheck"]

    assert found["ready"] is False
    assert [each["group"] for each in found["groups"]] == [
        "audio",
        "artwork",
        "metadata",
        "identifiers",
        "lead_time",
        "credits",
        "rights",
        "platform",
    ]
    assert found["omitted"] == 0
    by_code = {issue["code"]: issue for issue in found["issues"]}
    assert (by_code["ICPN_MISSING"]["releaseId"], by_code["ICPN_MISSING"]["targetId"]) == (named["releases"][1], None)
    assert by_code["ICPN_MISSING"] | {"message": ""} == {
        "group": "identifiers",
        "severity": "error",
        "code": "ICPN_MISSING",
        "message": "",
        "path": "icpn",
        "releaseId": named["releases"][1],
        "targetId": None,
    }
    inactive = by_code["TARGET_INACTIVE"]
    assert (inactive["releaseId"], inactive["targetId"]) == (None, named["targets"][1])
    artist = by_code["ARTIST_ID_MISSING"]
    assert (artist["releaseId"], artist["targetId"]) == (named["releases"][0], named["targets"][1])


async def test_a_release_without_faults_is_ready(staff_a: Staff, label: Label) -> None:
    release, target = await label.release(), await label.target()

    found = (
        await staff_a.manager.data(
            CHECK, releases=[global_id("Release", release.id)], targets=[global_id("Target", target.id)]
        )
    )["preDistributionCheck"]

    assert found["ready"] is True
    assert {issue["severity"] for issue in found["issues"]} <= {"warning"}


async def test_others_find_nothing_and_viewers_may_not_look(staff_a: Staff, staff_b: Staff, label: Label) -> None:
    release, target = await label.release(), await label.target()
    named = {"releases": [global_id("Release", release.id)], "targets": [global_id("Target", target.id)]}

    assert await staff_b.admin.refused(CHECK, **named) == "NOT_FOUND"
    assert await staff_a.viewer.refused(CHECK, **named) == "FORBIDDEN"


@pytest.mark.parametrize(("releases", "targets"), [(0, 1), (51, 1), (1, 0), (1, 21)])
async def test_one_call_has_limits(staff_a: Staff, releases: int, targets: int) -> None:
    code = "TARGETS_INVALID" if releases == 1 else "RELEASES_INVALID"
    named = {"releases": [global_id("Release", "r")] * releases, "targets": [global_id("Target", "t")] * targets}

    assert await staff_a.admin.refused(CHECK, **named) == code


async def test_platforms_tell_what_they_ask_for(staff_a: Staff) -> None:
    platforms = {each["key"]: each for each in (await staff_a.admin.data(PLATFORMS))["platforms"]}

    tiktok = platforms["tiktok"]
    assert tiktok["category"] == "social"
    assert tiktok["commercialModels"] == ["FreeOfChargeModel", "AdvertisementSupportedModel"]
    assert tiktok["audio"] == {
        "lowestSampleRate": 44100,
        "highestSampleRate": 192000,
        "bitDepths": [16, 24],
        "mostChannels": 2,
    }
    assert tiktok["images"] == {"formats": ["JPEG", "PNG"], "largestFile": 10000000, "colourModes": ["RGB"]}
    assert tiktok["rateLimit"] == {"deliveries": 60, "seconds": 60}
    assert tiktok["rules"][0] == {
        "kind": "preview",
        "parameters": {"shortest": 15, "longest": 60},
        "severity": "warning",
        "sentence": "TikTok plays parts of 15 to 60 seconds: each recording says which one.",
    }
    assert platforms["pandora"]["territories"] == {"included": ["US"]}
    assert platforms["spotify"]["leadTime"] == 3
