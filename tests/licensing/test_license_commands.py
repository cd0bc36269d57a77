"""`license issue` and `license inspect`: from a key file to a licence that a platform accepts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from distro_api.cli.main import app
from distro_core.marketplace.trust import sign_artefact
from distro_plugins.offline_license.verifier import OfflineLicenseVerifier
from distro_sdk.licensing import LicenseKey
from distro_sdk.projects.signing import make_key, read_key
from tests.licensing.licences import question

RUNNER = CliRunner()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "owls.jwk"
    make_key(path, "owls-2026")
    return path


def issue(key: Path, *options: str) -> str:
    done = RUNNER.invoke(app, ["license", "issue", "stems", "--key", str(key), "--days", "30", *options])
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def inspect(key: Path, text: str, *options: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["license", "inspect", "-", "--key", str(key), *options], input=text)
    return done.exit_code, done.output


@pytest.mark.proves("LIC-02")
async def test_an_issued_licence_is_good_and_says_what_was_asked_for(key: Path) -> None:
    text = issue(key, "--tenant", "label-a", "--feature", "split", "--feature", "merge", "--id", "L-9")

    code, output = inspect(key, text, "--plugin", "stems", "--tenant", "label-a")

    told = json.loads(output)
    assert code == 0
    assert (told["claims"]["jti"], told["claims"]["sub"], told["claims"]["plugin"]) == ("L-9", "label-a", "stems")
    assert told["claims"]["grace"] == 14 * 86_400
    assert (told["verdict"]["valid"], sorted(told["verdict"]["features"])) == (True, ["merge", "split"])
    # What a platform's verifier says of it is the same.
    public = read_key(key).as_dict(private=False)
    asked = question(now=datetime.now(UTC), keys=(LicenseKey(kid=str(public["kid"]), x=str(public["x"])),))
    assert (await OfflineLicenseVerifier(()).verify(asked, text)).valid


def test_a_licence_that_is_not_good_is_told_with_its_reason(key: Path) -> None:
    text = issue(key, "--installation", "here")

    for options, reason in (
        (("--plugin", "drums", "--installation", "here"), "it is for another plugin"),
        (("--plugin", "stems", "--installation", "there"), "it is for another installation"),
    ):
        code, output = inspect(key, text, *options)
        assert (code, json.loads(output)["verdict"]["reason"]) == (1, reason)


def test_what_the_key_has_not_signed_as_a_licence_is_refused(key: Path, tmp_path: Path) -> None:
    make_key(tmp_path / "other.jwk", "other")
    foreign = issue(tmp_path / "other.jwk", "--tenant", "label-a")

    for text in (foreign, "nonsense", sign_artefact("stems", "1.0.0", "0" * 64, 1, read_key(key))):
        code, output = inspect(key, text, "--plugin", "stems", "--tenant", "label-a")
        assert code == 1
        assert "LICENSE_INVALID" in output


@pytest.mark.parametrize("options", [(), ("--tenant", "label-a", "--feature", "no spaces"), ("--tenant", "")])
def test_a_licence_for_nobody_or_with_odd_features_is_not_issued(key: Path, options: tuple[str, ...]) -> None:
    done = RUNNER.invoke(app, ["license", "issue", "stems", "--key", str(key), "--days", "30", *options])

    assert done.exit_code == 1
    assert "LICENSE_CLAIMS_INVALID" in done.output


def test_a_file_that_holds_no_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "no.jwk"
    path.write_text('{"secret": "do-not-show"}')

    done = RUNNER.invoke(app, ["license", "issue", "stems", "--key", str(path), "--days", "30", "--tenant", "x"])

    assert done.exit_code == 1
    assert "SIGNING_KEY_INVALID" in done.output
    assert "do-not-show" not in done.output
