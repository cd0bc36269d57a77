"""Adapters of targets over GraphQL."""

from __future__ import annotations

import json
from typing import Any

import pytest

from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.test_deliveries import TARGET, codes

ADAPTERS = """{ platformAdapters { key title connectionType actions settingsSchema metadata { name documentation }
  requirements { audioFormats minimumCover } } }"""
SETTINGS: dict[str, Any] = {"address": "https://api.dsp.example"}
SECRET = "swordfish-and-chips"


@pytest.mark.proves("CON-02", "CON-03", "ADI-07", "ADI-08")
async def test_adapters_say_how_a_platform_is_reached_and_what_they_can_do(admin_a: Client) -> None:
    found = {each["key"]: each for each in (await admin_a.data(ADAPTERS))["platformAdapters"]}

    assert {key: each["connectionType"] for key, each in found.items()} == {
        "json-api": "api",
        "ftp-with-json-api": "ftp",
        "manual": "manual",
    }
    assert "check_status" in found["json-api"]["actions"]
    assert found["manual"]["actions"] == []
    assert found["json-api"]["requirements"] == {"audioFormats": ["WAV", "FLAC"], "minimumCover": 1400}
    assert '"writeOnly": true' in json.dumps(found["json-api"]["settingsSchema"]["properties"]["token"])


@pytest.mark.proves("ADI-11", "TGT-09")
async def test_an_adapter_is_set_with_its_secrets_and_taken_away(
    label_a: Scope, label_b: Scope, staff_a: Staff, admin_b: Client
) -> None:
    admin = staff_a.admin
    target = (await admin.mutate("targetCreate", "target { id adapter }", **TARGET))["target"]
    given = {"id": target["id"], "adapter": "json-api", "settings": SETTINGS}
    secrets = [{"name": "token", "value": SECRET}]

    chosen = await admin.mutate("targetAdapterSet", "target { adapter }", **given, secrets=secrets)
    (stored,) = await label_a.store.collection(TargetDocument).list({})
    incomplete = await admin.mutate("targetAdapterSet", "target { adapter }", **given)
    no_object = await admin.mutate("targetAdapterSet", "target { adapter }", **{**given, "settings": []})
    unknown = await admin.mutate("targetAdapterSet", "target { adapter }", **{**given, "adapter": "pigeon"})
    foreign = await admin_b.mutate("targetAdapterSet", "target { adapter }", **given, secrets=secrets)
    cleared = await admin.mutate("targetAdapterClear", "target { adapter }", id=target["id"])
    document = "mutation($input: TargetAdapterClearInput!) { targetAdapterClear(input: $input) { target { id } } }"

    assert (target["adapter"], chosen["target"], cleared["target"]) == (
        None,
        {"adapter": "json-api"},
        {"adapter": None},
    )
    assert stored.adapter is not None
    assert (stored.adapter.settings, set(stored.adapter.sealed)) == (SETTINGS, {"token"})
    assert SECRET not in stored.model_dump_json()
    assert [code for code, _ in codes(incomplete)] == ["TARGET_SETTING_INVALID"]
    assert codes(no_object) == [("TARGET_SETTING_INVALID", ["settings"])]
    assert codes(unknown) == [("ADAPTER_UNKNOWN", ["adapter"])]
    assert codes(foreign) == [("NOT_FOUND", ["id"])]
    assert await label_b.store.collection(TargetDocument).count({}) == 0
    assert await staff_a.manager.refused(document, input={"id": target["id"]}) == "FORBIDDEN"
