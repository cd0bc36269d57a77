"""The plugin in a running platform: usable by the tenant that has it, and by no other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hello_plugin import HelloPlugin
from hello_plugin.outbox import OutboxSettings

from distro_sdk.errors import TransportError
from distro_sdk.models.events import Event
from distro_sdk.plugin import Plugin
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.testing.sources import BytesSource


@pytest.fixture
def plugin_settings(tmp_path: Path) -> Mapping[str, Any]:
    return {"folder": str(tmp_path / "outboxes"), "journal": str(tmp_path / "journal.jsonl")}


class TestHelloPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return HelloPlugin


async def test_a_tenant_delivers_into_its_outbox(running_platform: RunningPlatform, tmp_path: Path) -> None:
    plugins = await running_platform.plugins(running_platform.tenant_id)

    async def told(_: int) -> None:
        return

    async with plugins.transports["hello-outbox"].connect(OutboxSettings(mailbox="label")) as outbox:
        await outbox.put("message.xml", BytesSource(b"<a/>"), told)

    assert (tmp_path / "outboxes" / "label" / "new" / "message.xml").read_bytes() == b"<a/>"


async def test_the_journal_names_what_happened(
    running_platform: RunningPlatform, captured_events: Sequence[Event], tmp_path: Path
) -> None:
    release_id = await running_platform.add_release(running_platform.tenant_id, "Super Trouper")

    await running_platform.settle()

    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()]
    written = [line for line in lines if line["type"] == "release.changed"]
    assert [(line["greeting"], line["release_id"]) for line in written] == [("Hello, release.changed", release_id)]
    assert written[0]["tenant_id"] == running_platform.tenant_id
    assert [event.type for event in captured_events] == ["release.changed"]


async def test_a_tenant_without_the_plugin_has_nothing_of_it(running_platform: RunningPlatform, tmp_path: Path) -> None:
    await running_platform.settle()
    before = (tmp_path / "journal.jsonl").read_text("utf-8")

    await running_platform.add_release(running_platform.other_tenant_id, "Waterloo")
    await running_platform.settle()

    plugins = await running_platform.plugins(running_platform.other_tenant_id)
    assert "hello-outbox" not in plugins.transports
    assert (tmp_path / "journal.jsonl").read_text("utf-8") == before


async def test_an_operator_who_sets_no_folder_gets_no_outbox() -> None:
    (transport,) = HelloPlugin().register_transports()

    with pytest.raises(TransportError) as caught:
        async with transport.connect(OutboxSettings(mailbox="label")):
            pytest.fail("it connected")

    assert caught.value.code == "OUTBOX_NOT_SET_UP"


def test_settings_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="folders"):
        HelloPlugin({"folders": "/srv"})
