"""Apple's packages from the command line, without a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.apple.material import judged

REPOSITORY = Path(__file__).resolve().parents[3]
SINGLE = REPOSITORY / "examples" / "releases" / "single.json"
FORMAT = ("--format", "apple/5.3", "--set", 'provider="NorthernLights"', "--set", "price_tier=3")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")}
    command = [sys.executable, "-m", "distro_api.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment | {"COLUMNS": "200", "NO_COLOR": "1"}
    )


@pytest.fixture
def release(tmp_path: Path, example_files: Path) -> Path:
    """The example single, with the files of the example catalogue."""
    told = json.loads(SINGLE.read_text("utf-8"))
    files = iter(sorted(example_files.glob("210000010019_*.wav")))
    told["assets"] = [
        {
            "id": asset["id"],
            "kind": asset["kind"],
            "file": (example_files / "210000010019.jpg" if asset["kind"] == "image" else next(files)).name,
        }
        for asset in told["assets"]
    ]
    path = tmp_path / "release.json"
    path.write_text(json.dumps(told), "utf-8")
    return path


@pytest.mark.slow
@pytest.mark.proves("APL-01", "APL-02")
def test_a_package_is_built_in_which_a_stranger_finds_nothing_wrong(
    tmp_path: Path, release: Path, example_files: Path
) -> None:
    out = tmp_path / "out"

    built = run(
        "package",
        "build",
        "--release",
        release,
        "--choreography",
        "itmsp",
        "--assets",
        example_files,
        "-o",
        out,
        *FORMAT,
    )

    assert built.returncode == 0, built.stderr
    package = judged(out / "0210000010019.itmsp")
    assert (package.faults, package.upc, package.title) == ([], "0210000010019", "Low Tide")
    assert package.products == {"WW": (True, True)}


@pytest.mark.slow
def test_the_message_is_judged_by_our_grammar_and_rules(tmp_path: Path) -> None:
    message = tmp_path / "metadata.xml"

    built = run("message", "build", "--release", SINGLE, "-o", message, *FORMAT)
    verdict = json.loads(run("message", "validate", message, "--json").stdout)

    assert built.returncode == 0, built.stderr
    assert (verdict["valid"], verdict["schema_judge"], verdict["business_rules_valid"]) == (
        True,
        "RELAX NG apple/5.3",
        True,
    )


@pytest.mark.slow
def test_a_message_without_a_provider_is_refused(tmp_path: Path) -> None:
    built = run("message", "build", "--release", SINGLE, "--format", "apple/5.3", "-o", tmp_path / "m.xml")

    assert built.returncode == 1
    assert "provider" in built.stdout + built.stderr
