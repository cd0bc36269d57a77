"""The plugin in a running platform: usable by the tenant that has it, and by no other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hello_plugin import HelloPlugin
from hello_plugin.api import JournalNote, JournalSearch
from hello_plugin.outbox import OutboxSettings

from distro_sdk.errors import TransportError
from distro_sdk.models.assets import Asset, AssetKind, FileHashes
from distro_sdk.models.events import Event
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.testing.sources import BytesSource

BOOKLET = Asset(
    id="a1",
    kind=AssetKind.DOCUMENT,
    file_name="booklet.pdf",
    size=3,
    hashes=FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64),
)


@pytest.fixture
def journal_file(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "journal.jsonl"


@pytest.fixture
def plugin_settings(tmp_path: Path, journal_file: Path) -> Mapping[str, Any]:
    return {"folder": str(tmp_path / "outboxes"), "journal": str(journal_file)}


def lines(journal_file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal_file.read_text("utf-8").splitlines()]


class TestHelloPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return HelloPlugin


@pytest.mark.hook("register_transports")
async def test_a_tenant_delivers_into_its_outbox(running_platform: RunningPlatform, tmp_path: Path) -> None:
    plugins = await running_platform.plugins(running_platform.tenant_id)

    async def told(_: int) -> None:
        return

    async with plugins.transports["hello-outbox"].connect(OutboxSettings(mailbox="label")) as outbox:
        await outbox.put("message.xml", BytesSource(b"<a/>"), told)

    assert (tmp_path / "outboxes" / "label" / "new" / "message.xml").read_bytes() == b"<a/>"


@pytest.mark.hook("startup", "tenant_enabled", "after_release", "on_event")
async def test_the_journal_tells_what_happened(
    running_platform: RunningPlatform, captured_events: Sequence[Event], journal_file: Path
) -> None:
    release_id = await running_platform.add_release(running_platform.tenant_id, "Super Trouper")

    await running_platform.settle()

    told = lines(journal_file)
    assert [line["what"] for line in told] == [
        "startup",
        "tenant_enabled",
        "plugin.enablement_changed",
        "release",
        "release.changed",
    ]
    assert {line["tenant_id"] for line in told[1:]} == {running_platform.tenant_id}
    assert (told[3]["title"], told[3]["release_id"]) == ("Super Trouper", release_id)
    assert told[4]["event"] == captured_events[-1].model_dump(mode="json")
    assert told[4]["greeting"] == "Hello, release.changed"


async def test_a_tenant_without_the_plugin_has_nothing_of_it(
    running_platform: RunningPlatform, journal_file: Path
) -> None:
    before = lines(journal_file)

    await running_platform.add_release(running_platform.other_tenant_id, "Waterloo")
    await running_platform.settle()

    plugins = await running_platform.plugins(running_platform.other_tenant_id)
    assert "hello-outbox" not in plugins.transports
    assert lines(journal_file) == before


@pytest.mark.hook("register_graphql")
async def test_a_tenant_reads_its_own_lines_and_writes_notes(journal_file: Path) -> None:
    plugin = HelloPlugin({"journal": str(journal_file)})
    ours, theirs = PluginContext("label-a", plugin.id), PluginContext("label-b", plugin.id)
    (api,) = plugin.register_graphql()
    (entries,), (note,) = api.queries, api.mutations
    await plugin.after_asset_process(theirs, BOOKLET)

    written = await note.resolve(ours, JournalNote(text="masters checked"))

    assert await entries.resolve(ours, JournalSearch()) == [written]
    assert await entries.resolve(ours, JournalSearch(what="asset")) == []
    assert [entry.what for entry in await entries.resolve(theirs, JournalSearch())] == ["asset"]
    assert (api.namespace, entries.permission, note.permission) == ("hello", "catalogue:read", "catalogue:write")


@pytest.mark.hook("tenant_disabled", "after_asset_process", "shutdown")
async def test_each_hook_writes_its_line_with_the_tenants_greeting(journal_file: Path) -> None:
    plugin = HelloPlugin({"journal": str(journal_file)})
    context = PluginContext("label-a", plugin.id, {"greeting": "Hej"})

    await plugin.after_asset_process(context, BOOKLET)
    await plugin.tenant_disabled(context)
    await plugin.shutdown()

    assert [(line["what"], line.get("greeting")) for line in lines(journal_file)] == [
        ("asset", "Hej, asset"),
        ("tenant_disabled", "Hej, tenant_disabled"),
        ("shutdown", None),
    ]


@pytest.mark.hook("startup")
async def test_a_journal_that_cannot_be_written_keeps_the_plugin_out(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")

    with pytest.raises(OSError, match="taken"):
        await HelloPlugin({"journal": str(tmp_path / "taken" / "journal.jsonl")}).startup()


async def test_an_operator_who_sets_no_folder_gets_no_outbox() -> None:
    (transport,) = HelloPlugin().register_transports()

    with pytest.raises(TransportError) as caught:
        async with transport.connect(OutboxSettings(mailbox="label")):
            pytest.fail("it connected")

    assert caught.value.code == "OUTBOX_NOT_SET_UP"


def test_settings_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="folders"):
        HelloPlugin({"folders": "/srv"})
