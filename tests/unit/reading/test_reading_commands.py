"""`message read` and `message diff`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_core.messages.planner import plan_message
from distro_core.messages.release_file import read_release_file
from distro_sdk.models.catalogue import CompleteRelease
from tests.catalogue_examples import example_order, simple_single
from tests.unit.assets.corpus import picture, sound
from tests.unit.reading.test_round_trips import BUILDERS


@pytest.fixture(autouse=True)
def without_schemas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever schemas lie on this machine, the commands do not find them."""
    monkeypatch.delenv("DISTRO_DDEX_SCHEMAS", raising=False)
    monkeypatch.setenv("DISTRO_DATA_DIR", str(tmp_path / "data"))


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["message", *map(str, arguments)])


def _message(path: Path, format: str, complete: CompleteRelease | None = None) -> Path:
    path.write_bytes(BUILDERS[format].build(plan_message(complete or simple_single(), example_order())))
    return path


def test_a_message_becomes_a_release_file(tmp_path: Path) -> None:
    message = _message(tmp_path / "message.xml", "ern/4.3")

    done = _run("read", message)

    assert done.exit_code == 0
    given = json.loads(done.stdout)
    assert given["release"]["title"] == 'AC<DC> & "Co"'
    assert given["release"]["tracks"][0]["isrc"] == "QZNLR2600001"
    assert {asset["id"]: asset["kind"] for asset in given["assets"]} == {"audio-1": "audio", "image-1": "image"}
    assert {Path(asset["file"]).suffix for asset in given["assets"]} == {".flac", ".jpg"}
    assert {party["name"] for party in given["parties"]} >= {"Åsa & The <Tides>", "Northern Light"}


def test_a_release_file_that_was_read_is_a_release_file(tmp_path: Path) -> None:
    message, output = _message(tmp_path / "message.xml", "ern/4.2"), tmp_path / "release.json"
    assert _run("read", message, "-o", output).exit_code == 0
    for asset in json.loads(output.read_bytes())["assets"]:
        file = tmp_path / asset["file"]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(sound("FLAC") if asset["kind"] == "audio" else picture())

    complete = read_release_file(output.read_bytes(), tmp_path)

    assert complete.release.tracks[0].title == "Tide 1"
    assert complete.asset("audio-1").audio is not None


def test_what_has_no_place_is_counted_and_listed(tmp_path: Path) -> None:
    message = _message(tmp_path / "message.xml", "ern/4.3")
    text = message.read_text().replace("<IsInstrumental>", "<IsCover>true</IsCover><IsInstrumental>")
    message.write_text(text)

    told, listed = _run("read", message), _run("read", message, "--unread")

    assert "1 kinds of elements have no place in a release" in told.stderr
    assert listed.stderr.splitlines() == ["/ern:NewReleaseMessage/ResourceList/SoundRecording/IsCover"]


def test_a_message_that_cannot_be_read(tmp_path: Path) -> None:
    message = tmp_path / "message.xml"
    message.write_text('<m xmlns="http://ddex.net/xml/mead/11"/>')

    done = _run("read", message)

    assert done.exit_code == 1
    assert done.stdout == ""
    assert "NAMESPACE_UNKNOWN" in done.stderr


def test_files_beside_the_message_are_compared_with_it(tmp_path: Path) -> None:
    message = _message(tmp_path / "message.xml", "ern/4.3")

    done = _run("read", message, "--assets", tmp_path)

    assert done.exit_code == 1
    assert done.stderr.count("FILE_MISSING") == 2


def test_two_versions_that_say_the_same(tmp_path: Path) -> None:
    first, second = _message(tmp_path / "a.xml", "ern/4.2"), _message(tmp_path / "b.xml", "ern/4.3.2")

    done = _run("diff", first, second)

    assert (done.exit_code, done.stdout) == (0, "both say the same\n")


def test_wherein_two_messages_differ(tmp_path: Path) -> None:
    changed = simple_single()
    track = changed.release.tracks[0].model_copy(update={"title": "Neap", "isrc": "QZNLR2699999"})
    release = changed.release.model_copy(update={"tracks": (track,)})
    first = _message(tmp_path / "a.xml", "ern/4.3")
    second = _message(tmp_path / "b.xml", "ern/3.8.2", changed.model_copy(update={"release": release}))

    table, listed = _run("diff", first, second), _run("diff", first, second, "--json")

    assert table.exit_code == listed.exit_code == 1
    assert "tracks[0].isrc" in table.stdout
    verdict = json.loads(listed.stdout)
    differences = {one["path"]: (one["first"], one["second"]) for one in verdict["differences"]}
    assert verdict["same"] is False
    assert differences["tracks[0].title"] == ("Tide 1", "Neap")
    assert differences["tracks[0].isrc"] == ("QZNLR2600001", "QZNLR2699999")


def test_a_message_and_the_release_file_it_was_built_from(tmp_path: Path) -> None:
    release_file = tmp_path / "release.json"
    release_file.write_text(simple_single().model_dump_json())
    message = _message(tmp_path / "message.xml", "ern/3.8.2")

    done = _run("diff", message, release_file)

    assert (done.exit_code, done.stdout) == (0, "both say the same\n")


def test_a_list_of_several_releases_is_not_compared(tmp_path: Path) -> None:
    message = _message(tmp_path / "a.xml", "ern/3.8.2")
    text = message.read_text()
    start, end = text.index("<Release IsMainRelease"), text.index("</Release>") + len("</Release>")
    double = text[start:end].replace("<ReleaseReference>R0<", "<ReleaseReference>R77<")
    message.write_text(text[:end] + double + text[end:])

    done = _run("diff", message, message)

    assert done.exit_code == 1
    assert "a message of 2 releases cannot be compared" in done.stderr
    assert len(json.loads(_run("read", message).stdout)) == 2


@pytest.mark.parametrize("command", [("read",), ("diff",)])
def test_a_message_that_is_too_large_is_not_read_whole(command: tuple[str, ...], tmp_path: Path) -> None:
    large = _message(tmp_path / "large.xml", "ern/4.3")
    with large.open("r+b") as opened:
        opened.truncate(50 * 1024 * 1024)

    done = _run(*command, large, *([large] if command == ("diff",) else []))

    assert done.exit_code == 1
    assert "XML_TOO_LARGE" in done.stderr
