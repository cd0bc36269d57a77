"""Options that `message build` and `package build` share: what they change, and where they are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_api.cli.message_options import MessageChoices
from distro_sdk.xml import parse_message

SINGLE = Path(__file__).resolve().parents[3] / "examples" / "releases" / "single.json"


def run(*arguments: object) -> Result:
    """Run a command in a wide terminal."""
    return CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": "220", "NO_COLOR": "1"})


def build(*options: object, release: Path = SINGLE) -> Result:
    return run("message", "build", "--release", release, *options)


def changed(folder: Path, **changes: Any) -> Path:
    """The single with other fields of its release."""
    given = json.loads(SINGLE.read_text("utf-8"))
    given["release"] |= changes
    file = folder / "release.json"
    file.write_text(json.dumps(given), "utf-8")
    return file


@pytest.mark.parametrize("command", ["message", "package"])
def test_both_commands_have_every_shared_option(command: str) -> None:
    told = run(command, "build", "--help").output

    spelled = {"kind": "type", "companions": "companion", "settings": "set", "plugins": "plugin"}
    names = [
        spelled.get(name, name).replace("_", "-") for name in MessageChoices.__dataclass_fields__ if name != "given"
    ]
    assert [name for name in names if f"--{name}" not in told] == []
    assert "--cover-only" in told
    assert "--no-booklet" in told


@pytest.mark.parametrize(
    ("options", "refused", "what"),
    [
        (("--format", "mead/1.1", "--hash-algorithm", "SHA1"), "--hash-algorithm", "a message of mead/1.1"),
        (("--format", "mead/1.0.1", "--no-booklet"), "--booklet/--no-booklet", "a message of mead/1.0.1"),
        (
            ("--format", "ern/3.8.2", "--type", "catalog-list", "--companion", "mead/1.1"),
            "--companion",
            "a list of a catalogue",
        ),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(options: tuple[str, ...], refused: str, what: str) -> None:
    result = build(*options)

    assert result.exit_code == 2
    said = " ".join(result.output.replace("│", " ").split())
    assert f"{refused}: it changes nothing in {what}" in said


def test_what_has_a_meaning_there_is_taken() -> None:
    listed = build("--format", "ern/3.8.2", "--type", "catalog-list", "--message-id", "M1", "--test")

    assert listed.exit_code == 0
    assert parse_message(listed.stdout_bytes).name == "CatalogListMessage"


def test_a_setting_of_the_format_reaches_the_message(tmp_path: Path) -> None:
    release = changed(tmp_path, rights={"start_date": "2020-01-01", "price_code": "TIER-1"})

    built = build("--set", "price_code_namespace=DSP", release=release)

    code = next(parse_message(built.stdout_bytes).root.iter("PriceCode"))
    assert (code.text, code.get("Namespace")) == ("TIER-1", "DSP")


def test_paths_lead_to_where_the_fault_stands_in_the_file(tmp_path: Path) -> None:
    given = json.loads(SINGLE.read_text("utf-8"))
    given["release"]["genre"] = None
    given["release"]["tracks"][0]["isrc"] = None
    file = tmp_path / "release.json"
    file.write_text(json.dumps(given), "utf-8")

    faulty = build(release=file)
    unknown = build("--format", "ern/3.8.2", "--immersive")

    assert faulty.exit_code == unknown.exit_code == 1
    assert " release.genre " in faulty.output
    assert " release.tracks.0.isrc " in faulty.output
    # What was asked for is no part of the release.
    assert " options.immersive_audio " in unknown.output


def test_each_release_of_a_list_has_its_own_faults(tmp_path: Path) -> None:
    nameless = changed(tmp_path, display_artist="")

    listed = build("--format", "ern/3.8.2", "--type", "catalog-list", "--release", nameless)

    assert listed.exit_code == 1
    # The title of the table is broken where the table is narrow.
    assert f"{nameless}:1error" in "".join(listed.output.split())
    assert " release.display_artist " in listed.output
    assert str(SINGLE) not in listed.output
