"""What plugins make of a delivery, as it is shown: files that they add, and why and until when it waits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from distro_api.graphql.ids import global_id
from distro_core.scope import Scope
from tests.api.client import Client
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.test_postponements import PAUSE, Gate, gated

SHOWN = """query($id: ID!) { delivery(id: $id) {
  status statusDetails scheduledAt postponedSince waiting { reason message until }
  files { kind } sidecars { name plugin size hashes { sha256 } }
  receipt { totalFiles files { name kind } } attempts { number files { path kind status } } } }"""
CANCEL = (
    "mutation($id: ID!) { deliveryCancel(input: {id: $id}) { delivery { status waiting { reason } } errors { code } } }"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "receiver"
    made.mkdir()
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return made


@pytest.mark.proves("PLG-09")
async def test_a_delivery_shows_why_it_waits_and_then_what_plugins_added(
    label_a: Scope, admin_a: Client, admin_b: Client, folder: Path
) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(Label(label_a, folder), gate, clock)
    release, target = await label.release(), await label.target()
    delivery = await label.deliver([release.id], target.id)
    asked = {"id": global_id("Delivery", delivery.id)}

    waiting = (await admin_a.data(SHOWN, **asked))["delivery"]
    foreign = await admin_b.refused(SHOWN, **asked)
    gate.open = True
    clock.advance(PAUSE.total_seconds())
    await label.work(delivery)
    gone = (await admin_a.data(SHOWN, **asked))["delivery"]

    assert waiting["status"] == "scheduled"
    assert waiting["statusDetails"] == waiting["waiting"]["message"] == "gate: the label copy is not signed"
    assert waiting["waiting"]["reason"] == "plugin"
    assert datetime.fromisoformat(waiting["waiting"]["until"]) == START + PAUSE
    assert datetime.fromisoformat(waiting["postponedSince"]) == START
    assert (waiting["attempts"], waiting["sidecars"], foreign) == ([], [], "NOT_FOUND")
    name = f"{release.icpn}_pass.txt"
    assert [(each["name"], each["plugin"], int(each["size"])) for each in gone["sidecars"]] == [(name, "gate", 2)]
    assert {each["kind"] for each in gone["files"]} == {"audio", "image"}
    assert [each["name"] for each in gone["receipt"]["files"] if each["kind"] == "sidecar"] == [name]
    (attempt,) = gone["attempts"]
    assert [
        (each["path"].rpartition("/")[2], each["status"]) for each in attempt["files"] if each["kind"] == "sidecar"
    ] == [(name, "completed")]


async def test_a_delivery_that_waits_for_a_plugin_is_cancelled_by_its_own_tenant(
    label_a: Scope, admin_a: Client, admin_b: Client, folder: Path
) -> None:
    label = gated(Label(label_a, folder), Gate(), FixedClock())
    release, target = await label.release(), await label.target()
    delivery = await label.deliver([release.id], target.id)
    asked = {"id": global_id("Delivery", delivery.id)}

    foreign = (await admin_b.data(CANCEL, **asked))["deliveryCancel"]
    own = (await admin_a.data(CANCEL, **asked))["deliveryCancel"]

    assert [error["code"] for error in foreign["errors"]] == ["NOT_FOUND"]
    assert own == {"delivery": {"status": "cancelled", "waiting": None}, "errors": []}
