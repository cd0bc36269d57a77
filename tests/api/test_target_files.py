"""Which files a target takes, and by what its messages travel, over GraphQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from distro_api.graphql.ids import global_id
from distro_core.scope import Scope
from tests.api.conftest import Staff
from tests.delivery.label import Label

SHOWN = "target { id audioFormats images { formats longestSide quality } metadataConnection { transport secrets } }"
PREVIEW = """query($release: ID!, $target: ID!) { messagePreview(releaseId: $release, targetId: $target) {
  preparations { assetId description made } errors { code path } } }"""


@pytest.fixture(autouse=True)
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let targets lie in the test's folder."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))


async def test_a_target_says_which_files_it_takes_and_the_preview_what_is_made(
    staff_a: Staff, label_a: Scope, tmp_path: Path
) -> None:
    label = Label(label_a, tmp_path)
    release, target = await label.release(), await label.target()
    named = {"release": global_id("Release", release.id), "target": global_id("Target", target.id)}
    wanted = {"audioFormats": ["FLAC"], "images": {"formats": ["PNG"], "longestSide": 4000}}

    changed = await staff_a.admin.mutate("targetUpdate", SHOWN, id=named["target"], **wanted)
    preview = (await staff_a.admin.data(PREVIEW, **named))["messagePreview"]
    refused = await staff_a.admin.mutate("targetUpdate", SHOWN, id=named["target"], audioFormats=[])

    shown = changed["target"]
    assert (shown["audioFormats"], shown["images"]) == (
        ["FLAC"],
        {"formats": ["PNG"], "longestSide": 4000, "quality": 95},
    )
    assert [(each["description"], each["made"]) for each in preview["preparations"]] == [
        ("track 1 becomes FLAC for this target", False),
        ("track 2 becomes FLAC for this target", False),
        ("the cover becomes PNG in RGB of at most 4000 pixels a side for this target", False),
    ]
    assert preview["errors"] == []
    assert refused["errors"] != []


async def test_messages_get_a_transport_of_their_own_and_lose_it(
    staff_a: Staff, staff_b: Staff, label_a: Scope, tmp_path: Path
) -> None:
    target = await Label(label_a, tmp_path).target()
    given: dict[str, Any] = {
        "id": global_id("Target", target.id),
        "transport": "http-multipart",
        "settings": {"address": "https://dsp.example/api", "authentication": "bearer"},
        "secrets": [{"name": "token", "value": "open-sesame"}],
    }

    made = await staff_a.admin.mutate("targetMetadataConnectionSet", SHOWN, **given)
    wrong = await staff_a.admin.mutate("targetMetadataConnectionSet", SHOWN, **given | {"transport": "pigeon"})
    foreign = await staff_b.admin.mutate("targetMetadataConnectionSet", SHOWN, **given)
    cleared = await staff_a.admin.mutate("targetMetadataConnectionClear", SHOWN, id=given["id"])

    assert made["target"]["metadataConnection"] == {"transport": "http-multipart", "secrets": ["token"]}
    assert "open-sesame" not in str(made)
    assert [error["code"] for error in wrong["errors"]] == ["TRANSPORT_UNKNOWN"]
    assert [error["code"] for error in foreign["errors"]] == ["NOT_FOUND"]
    assert cleared["target"]["metadataConnection"] is None
