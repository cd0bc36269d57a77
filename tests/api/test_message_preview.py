"""Previews over GraphQL: what would be told in any format, with what travels beside, and nothing stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_api.graphql.ids import global_id
from distro_core.catalogue.drafts import ReleaseChanges
from distro_core.delivery.documents import DeliveryDocument
from distro_core.scope import Scope
from distro_sdk.models.message import MessageOptions
from tests.api.conftest import Staff
from tests.delivery.label import Label

PREVIEW = """query($release: ID!, $target: ID!) { messagePreview(releaseId: $release, targetId: $target) {
  subtype format content files companions { format name content }
  validation { valid schemaJudge } errors { code path } } }"""
VALIDATE = "query($content: String!) { messageValidate(content: $content) { valid xmlValid businessRulesValid } }"


@pytest.fixture
def label(label_a: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """The first label, whose targets lie in a folder that the operator allows."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return Label(label_a, tmp_path)


@pytest.mark.proves("ERN-09", "VAL-07")
@pytest.mark.parametrize("format", ["ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2"])
async def test_a_release_is_previewed_for_any_target_without_side_effects(
    staff_a: Staff, staff_b: Staff, label: Label, label_a: Scope, format: str
) -> None:
    release = await label.release()
    await label.releases.update(release.id, ReleaseChanges.model_validate({"enrichment": {"moods": ("Happy",)}}))
    target = await label.target(format=format, options=MessageOptions(companions=("mead/1.1",)))
    named = {"release": global_id("Release", release.id), "target": global_id("Target", target.id)}

    preview = (await staff_a.admin.data(PREVIEW, **named))["messagePreview"]
    judged = (await staff_a.admin.data(VALIDATE, content=preview["content"]))["messageValidate"]
    foreign = await staff_b.admin.run(PREVIEW, **named)

    assert (preview["errors"], preview["subtype"], preview["format"]) == ([], "initial", format)
    assert preview["validation"]["valid"] is True
    assert format in preview["validation"]["schemaJudge"]
    assert release.title in preview["content"]
    assert preview["files"] == [f"{release.icpn}_01_001.wav", f"{release.icpn}_01_002.wav", f"{release.icpn}.jpg"]
    assert [companion["format"] for companion in preview["companions"]] == ["mead/1.1"]
    assert "Happy" in preview["companions"][0]["content"]
    assert judged == {"valid": True, "xmlValid": True, "businessRulesValid": True}
    assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await label_a.store.collection(DeliveryDocument).count({}) == 0
    assert (await label.releases.get(release.id)).validation is None


@pytest.mark.proves("ERN-10")
async def test_the_message_that_can_be_downloaded_is_the_one_that_was_delivered(
    staff_a: Staff, staff_b: Staff, label: Label, tmp_path: Path
) -> None:
    release, target = await label.release(), await label.target()
    delivery = await label.deliver([release.id], target.id)
    read = "query($id: ID!) { delivery(id: $id) { messageId message } }"

    downloaded = (await staff_a.admin.data(read, id=global_id("Delivery", delivery.id)))["delivery"]
    foreign = await staff_b.admin.run(read, id=global_id("Delivery", delivery.id))

    (delivered,) = tmp_path.rglob(f"{downloaded['messageId']}.xml")
    assert downloaded["message"].encode() == delivered.read_bytes()
    assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"
