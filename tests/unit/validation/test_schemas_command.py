"""`schemas install` and `schemas list`: nothing without the licence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_core.settings import Settings
from distro_core.validation.schemas import SchemaLibrary
from tests.unit.validation.schema_files import message, write_set
from tests.unit.validation.test_schema_download import ddex_server

ACCEPT = "--accept-licence"
JUDGE = ["message", "validate", "message.xml", "--json"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISTRO_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str | Path, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["schemas", *map(str, arguments)], input=answer)


@pytest.mark.parametrize("answer", [None, "", "n\n", "\n"])
def test_without_the_licence_nothing_is_installed(answer: str | None, data: Path, tmp_path: Path) -> None:
    result = run("install", write_set(tmp_path / "given"), answer=answer)

    assert result.exit_code == 1
    assert "Implementation Licence" in result.stderr
    assert "https://kb.ddex.net/display/HBK/Evaluation+Licence+for+DDEX+Standards" in result.stderr
    assert not data.exists()


@pytest.mark.parametrize(("arguments", "answer"), [((ACCEPT,), None), ((), "y\n")])
def test_with_the_licence_a_folder_is_installed_and_found(
    arguments: tuple[str, ...], answer: str | None, data: Path, tmp_path: Path
) -> None:
    result = run("install", write_set(tmp_path / "given"), *arguments, answer=answer)

    assert result.exit_code == 0
    assert "ern/4.3 installed (2 files)" in result.stdout
    assert SchemaLibrary(*Settings(data_dir=data).schema_folders).find("ern/4.3") is not None
    listed = run("list")
    assert listed.exit_code == 0
    assert listed.stdout.startswith("ern/4.3 ")
    assert "(allowed-value-sets.xsd, release-notification.xsd)" in listed.stdout


def test_the_command_that_judges_messages_finds_what_was_installed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISTRO_DDEX_SCHEMAS", raising=False)
    (tmp_path / "message.xml").write_bytes(message("Album"))
    before = json.loads(CliRunner().invoke(app, JUDGE).stdout)

    run("install", write_set(tmp_path / "given"), ACCEPT)

    after = json.loads(CliRunner().invoke(app, JUDGE).stdout)
    assert (before["schema_judge"], before["schema_valid"]) == ("RELAX NG ern/4.3", False)
    assert (after["schema_judge"], after["schema_valid"]) == ("XSD ern/4.3", True)


def test_the_command_asks_the_validators_that_the_operator_has_set_up(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules" / "NewReleaseMessage_ReleaseProfile_Audio_21.sch"
    rules.parent.mkdir()
    rules.write_text(
        '<s:schema xmlns:s="http://purl.oclc.org/dsdl/schematron"><s:pattern id="Kinds"><s:rule context="//Kind">'
        '<s:assert test="false()" role="Fatal Error">There is no such kind.</s:assert>'
        "</s:rule></s:pattern></s:schema>"
    )
    monkeypatch.setenv("DISTRO_PLUGINS", json.dumps({"ddex-schematron": {"folder": str(rules.parent)}}))
    told = message("Album").replace(b"Message ", b'Message ReleaseProfileVersionId="Audio" ')
    (tmp_path / "message.xml").write_bytes(told)

    verdict = json.loads(CliRunner().invoke(app, JUDGE).stdout)

    assert "SCHEMATRON_FATAL_ERROR" in {error["code"] for error in verdict["errors"]}


def test_schemas_are_downloaded_from_the_address_that_is_set(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ddex_server() as server:
        monkeypatch.setenv("DISTRO_DDEX_SCHEMA_ADDRESS", f"{server.address}/xml")
        result = run("install", "--download", ACCEPT)

    assert result.exit_code == 1  # because the server has two sets only
    assert "ern/4.2 installed (2 files)\nern/4.3 installed (2 files)\n" in result.stdout
    assert f"mead/1.1 left out: {server.address}/xml/mead/11/" in result.stderr
    assert f"  {server.address}/xml  " in run("list").stdout


def test_a_server_without_any_schema_leaves_everything_as_it_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ddex_server() as server:
        monkeypatch.setenv("DISTRO_DDEX_SCHEMA_ADDRESS", f"{server.address}/nothing")
        result = run("install", "--download", ACCEPT)

    assert result.exit_code == 1
    assert result.stderr.count("left out") == 5
    assert run("list").stdout == "no schema of DDEX is installed: messages are judged by our own grammars\n"


def test_a_folder_without_schemas_is_told(data: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    result = run("install", tmp_path / "empty", ACCEPT)

    assert result.exit_code == 1
    assert "SCHEMAS_ABSENT: there is no schema of DDEX in" in result.stderr


def test_a_store_that_cannot_be_read_is_told(data: Path) -> None:
    (data / "schemas").mkdir(parents=True)
    (data / "schemas" / "installed.json").write_text("{")

    result = run("list")

    assert result.exit_code == 1
    assert "SCHEMA_STORE_UNREADABLE" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("--download", ".")])
def test_either_a_folder_or_a_download_is_asked_for(arguments: tuple[str, ...], data: Path) -> None:
    result = run("install", *arguments, ACCEPT)

    assert result.exit_code == 2
    assert "name either a folder or --download" in result.stderr
