"""`message build`, `message validate` and `message schema`: their options, what they print and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_core.messages.standalone import NOBODY
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.xml import parse_message
from tests.unit.assets.corpus import picture, sound

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((REPOSITORY / "examples" / "releases").glob("*.json"))
SINGLE = REPOSITORY / "examples" / "releases" / "single.json"
FIXED = ("--message-id", "MSG-1", "--created", "2026-01-31T12:00:00Z")

TECHNICAL = {"AudioCodecType": "FLAC", "NumberOfChannels": "2", "SamplingRate": "96000", "BitsPerSample": "24"}
UPDATE, TAKEDOWN = "update", "takedown"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The message of the single, built by the command into a file."""
    message = tmp_path_factory.mktemp("single") / "message.xml"
    built = _run("build", "--release", SINGLE, "-o", message, *FIXED)
    assert (built.exit_code, built.stdout) == (0, "")
    assert "ern/4.3 initial MSG-1" in built.stderr
    return message.read_bytes()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_becomes_a_message_that_the_official_schema_accepts(
    example: Path, tmp_path: Path, ddex_folder: Path
) -> None:
    message = tmp_path / "message.xml"

    assert _run("build", "--release", example, "-o", message).exit_code == 0

    verdict = _verdict(message, "--schemas", ddex_folder)
    assert (verdict["valid"], verdict["schema_valid"], verdict["business_rules_valid"]) == (True, True, True)
    assert verdict["schema_judge"] == "XSD ern/4.3"


@pytest.mark.parametrize("subtype", [UPDATE, TAKEDOWN])
def test_updates_and_takedowns_fit_the_official_schema_too(subtype: str, ddex_folder: Path) -> None:
    built = _run("build", "--release", SINGLE, "--type", subtype, *FIXED)

    schema = SchemaLibrary(ddex_folder).find("ern/4.3")
    assert schema is not None
    assert schema.judge(parse_message(built.stdout.encode()).root) == []


def test_the_same_order_gives_the_same_bytes_on_stdout_of_another_process(single: bytes) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")}
    command = [sys.executable, "-m", "distro_api.cli", "message", "build", "--release", str(SINGLE), *FIXED]

    printed = subprocess.run(command, capture_output=True, check=True, env=kept)

    assert printed.stdout == single


def test_an_order_says_who_tells_whom_and_when() -> None:
    built = _run(
        "build", "--release", SINGLE, "--sender", "PA-DPIDA-2014101501-3", "--recipient", NOBODY, "--test", *FIXED
    )  # fmt: skip

    header = etree.XPath("//*[local-name() = 'MessageHeader']")(parse_message(built.stdout.encode()).root)[0]
    assert header.findtext("{*}MessageId") == "MSG-1"
    created = datetime.fromisoformat(header.findtext("{*}MessageCreatedDateTime", ""))
    assert created == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert header.findtext("{*}MessageControlType") == "TestMessage"
    assert header.findtext("{*}MessageSender/{*}PartyId") == "PADPIDA20141015013"
    assert header.findtext("{*}MessageSender/{*}PartyName/{*}FullName") == "Northlight Records"
    assert header.findtext("{*}MessageRecipient/{*}PartyId") == NOBODY


def test_an_indented_message_says_the_same_line_by_line(single: bytes) -> None:
    pretty = _run("build", "--release", SINGLE, "--pretty", *FIXED).stdout.encode()

    assert len(pretty.splitlines()) > 200
    assert _canonical(pretty) == _canonical(single)


@pytest.mark.slow
@pytest.mark.proves("AST-16", "VAL-06")
def test_files_are_described_and_compared_with_the_message(tmp_path: Path) -> None:
    release = json.loads(SINGLE.read_bytes())
    release["release"]["tracks"] = release["release"]["tracks"][:1]
    release["release"]["tracks"][0].pop("preview")
    release["assets"] = [
        {"id": "audio-1-1", "kind": "audio", "file": "210000010019_01_001.flac"},
        {"id": "cover", "kind": "image", "file": "210000010019.jpg"},
    ]
    (tmp_path / "release.json").write_text(json.dumps(release))
    recording = tmp_path / "210000010019_01_001.flac"
    recording.write_bytes(sound("FLAC", "PCM_24", rate=96_000))
    (tmp_path / "210000010019.jpg").write_bytes(picture(size=(500, 500)))
    message = tmp_path / "message.xml"

    built = _run("build", "--release", tmp_path / "release.json", "--assets", tmp_path, "-o", message, *FIXED)
    assert built.exit_code == 0
    delivered = parse_message(message.read_bytes()).root.find(".//{*}DeliveryFile")
    assert delivered is not None
    assert {name: delivered.findtext(f"{{*}}{name}") for name in TECHNICAL} == TECHNICAL
    assert _verdict(message, "--assets", tmp_path)["content_valid"] is True

    recording.write_bytes(sound("FLAC", "PCM_24", rate=96_000, seconds=5))
    assert _codes(message, tmp_path) == ["CONTENT_SIZE_WRONG", "CONTENT_HASH_WRONG", "CONTENT_DURATION_WRONG"]
    recording.write_bytes(recording.read_bytes()[:-4])
    assert _codes(message, tmp_path) == ["CONTENT_FILE_BROKEN"]
    recording.unlink()
    assert _codes(message, tmp_path) == ["CONTENT_FILE_MISSING"]


def test_a_hash_that_cannot_be_compared_is_a_warning(tmp_path: Path, single: bytes) -> None:
    (tmp_path / "210000010019.jpg").write_bytes(picture())
    message = tmp_path / "message.xml"
    message.write_bytes(single.replace(b"<Algorithm>MD5<", b"<Algorithm>CRC32<"))

    verdict = _verdict(message, "--assets", tmp_path)

    assert "CONTENT_HASH_UNKNOWN" in {warning["code"] for warning in verdict["warnings"]}


def test_a_release_that_cannot_be_told_leaves_no_message_and_every_reason(tmp_path: Path) -> None:
    release = json.loads(SINGLE.read_bytes())
    del release["release"]["tracks"][0]["isrc"]
    del release["release"]["c_line"]
    (tmp_path / "release.json").write_text(json.dumps(release))
    message = tmp_path / "message.xml"

    built = _run("build", "--release", tmp_path / "release.json", "-o", message)

    assert (built.exit_code, built.stdout) == (1, "")
    assert "ISRC_MISSING" in built.stderr
    assert "release.tracks.0.isrc" in built.stderr
    assert "C_LINE_MISSING" in built.stderr
    assert not message.exists()


def test_a_release_file_with_faults_is_refused_with_their_paths(tmp_path: Path) -> None:
    (tmp_path / "release.json").write_bytes(SINGLE.read_bytes().replace(b"210000010019", b"210000010018"))

    built = _run("build", "--release", tmp_path / "release.json")

    assert built.exit_code == 1
    assert "ICPN_CHECK_DIGIT_WRONG" in built.stderr
    assert "release.icpn" in built.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (
            ("--format", "ern/9.9"),
            "FORMAT_UNKNOWN",
            "there is no format ern/9.9; there is apple/5.3, ern/3.8.2, ern/4.2, ern/4.3, ern/4.3.2",
        ),
        (("--platform", "nowhere"), "PLATFORM_UNKNOWN", "there is no platform nowhere"),
        (("--plugin", "not-installed"), "PLUGIN_UNUSABLE", "plugin not-installed: it is not installed"),
    ],
)
def test_what_no_plugin_offers_is_refused_with_what_there_is(
    arguments: tuple[str, ...], code: str, reason: str
) -> None:
    built = _run("build", "--release", SINGLE, *arguments)

    assert built.exit_code == 1
    assert code in built.stderr
    assert reason in " ".join(built.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("build",),
        ("build", "--release", SINGLE, "--type", "recall"),
        ("build", "--release", SINGLE, "--release", SINGLE),
        ("build", "--release", SINGLE, "--set", "no-value"),
        ("build", "--release", SINGLE, "--sender", "PADPIDA2014101501X"),
        ("build", "--release", SINGLE, "--created", "yesterday"),
        ("validate", "nowhere.xml"),
    ],
    ids=str,
)
def test_a_wrong_use_of_a_command_exits_with_2(arguments: tuple[str | Path, ...]) -> None:
    assert _run(*arguments).exit_code == 2


@pytest.mark.proves("VAL-03")
def test_text_that_is_no_xml_fails_in_the_first_stage_alone(tmp_path: Path) -> None:
    (tmp_path / "message.xml").write_text("<a><b></a>")

    verdict = _verdict(tmp_path / "message.xml")

    assert verdict["xml_valid"] is False
    assert (verdict["schema_valid"], verdict["business_rules_valid"], verdict["content_valid"]) == (None, None, None)
    assert [error["code"] for error in verdict["errors"]] == ["XML_NOT_WELL_FORMED"]


def test_a_message_of_an_unknown_format_says_so(tmp_path: Path) -> None:
    (tmp_path / "message.xml").write_text('<m:Message xmlns:m="urn:unknown"/>')

    verdict = _verdict(tmp_path / "message.xml")

    assert [error["code"] for error in verdict["errors"]] == ["FORMAT_UNKNOWN"]


@pytest.mark.proves("VAL-04")
def test_errors_of_several_stages_are_told_together_with_their_lines(tmp_path: Path, ddex_folder: Path) -> None:
    message = tmp_path / "message.xml"
    lines = _run("build", "--release", SINGLE, "--pretty").stdout.splitlines()
    number = next(place for place, line in enumerate(lines) if "<SequenceNumber>" in line or "<Duration>" in line)
    lines[number] = "<Duration>three minutes</Duration>"
    message.write_text("\n".join(lines).replace("<ReleaseResourceReference>A1<", "<ReleaseResourceReference>A99<"))

    verdict = _verdict(message, "--schemas", ddex_folder)

    assert (verdict["valid"], verdict["schema_valid"], verdict["business_rules_valid"]) == (False, False, False)
    of_the_schema = [error for error in verdict["errors"] if error["code"] == "SCHEMA_INVALID"]
    assert number + 1 in {error["line"] for error in of_the_schema}
    assert all(error["path"] and error["line"] for error in verdict["errors"])


def test_a_verdict_is_a_table_for_people(tmp_path: Path, single: bytes) -> None:
    message = tmp_path / "message.xml"
    message.write_bytes(single)

    valid = _run("validate", message)
    message.write_bytes(single.replace(b"ResourceReference>A1<", b"ResourceReference>A99<", 1))
    invalid = _run("validate", message)

    assert valid.exit_code == 0
    assert [line.split()[-1] for line in valid.stdout.splitlines()[:4]] == ["valid", "valid", "valid", "judged"]
    assert "RELAX NG ern/4.3" in valid.stdout
    assert invalid.exit_code == 1
    assert f"{message}: " in invalid.stdout
    assert " errors" in invalid.stdout


def test_the_schema_is_printed_as_json() -> None:
    printed = _run("schema")

    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["title"] == "ReleaseFile"


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["message", *map(str, arguments)], env=_environment())


def _environment() -> dict[str, str | None]:
    """A wide terminal without colours, and nothing of the platform's own settings."""
    unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith("DISTRO_")}
    return unset | {"COLUMNS": "200", "NO_COLOR": "1"}


def _verdict(message: Path, *arguments: str | Path) -> dict[str, Any]:
    judged = _run("validate", message, "--json", *arguments)
    verdict: dict[str, Any] = json.loads(judged.stdout)
    assert judged.exit_code == (0 if verdict["valid"] else 1)
    return verdict


def _codes(message: Path, folder: Path) -> list[str]:
    return [error["code"] for error in _verdict(message, "--assets", folder)["errors"]]


def _canonical(message: bytes) -> bytes:
    root = parse_message(message).root
    for element in root.iter():
        if len(element):
            element.text = None
        element.tail = None
    return etree.tostring(root, method="c14n")
