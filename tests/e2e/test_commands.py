"""The commands of an operator: tenants, users, imports and settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]


def command(*arguments: str, data: Path, input: str = "") -> subprocess.CompletedProcess[str]:
    """Run one command on a data folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "distro_api.cli", *arguments],
        env={**os.environ, "DISTRO_DATA_DIR": str(data), "COLUMNS": "200"},
        input=input,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one tenant."""
    folder = tmp_path_factory.mktemp("data")
    created = command("tenant", "create", "northlight", "Northlight Records", data=folder)
    assert created.returncode == 0, created.stderr
    return folder


def test_a_tenant_key_is_taken_once_and_must_be_well_formed(data: Path) -> None:
    again = command("tenant", "create", "northlight", "Another", data=data)
    wrong = command("tenant", "create", "North Light", "Another", data=data)

    assert (again.returncode, again.stderr.split(":")[0]) == (1, "TENANT_KEY_TAKEN")
    assert (wrong.returncode, wrong.stderr.split(":")[0]) == (1, "TENANT_KEY_INVALID")


def test_the_first_admin_is_made_on_the_command_line(data: Path) -> None:
    creating = ("user", "create", "admin@northlight.example", "--tenant", "northlight", "--role", "admin")

    weak = command(*creating, "--password-stdin", data=data, input="short\n")
    made = command(*creating, "--password-stdin", data=data, input="a long Enough passw0rd\n")

    assert (weak.returncode, "PASSWORD_TOO_SHORT" in weak.stderr) == (1, True)
    assert (made.returncode, made.stderr) == (0, "")
    assert "created as admin of northlight" in made.stdout


def test_a_user_needs_a_tenant_that_exists(data: Path) -> None:
    stray = command("user", "create", "a@b.example", "--tenant", "nobody", "--password-stdin", data=data, input="x\n")

    assert (stray.returncode, stray.stderr.split(":")[0]) == (1, "NOT_FOUND")


@pytest.mark.proves("CLI-23")
def test_a_folder_becomes_releases_that_are_ready(data: Path, example_files: Path) -> None:
    table = REPOSITORY / "examples" / "catalogue" / "catalogue.csv"

    first = command("import", str(example_files), "--csv", str(table), "--tenant", "northlight", data=data)
    second = command("import", str(example_files), "--csv", str(table), "--tenant", "northlight", data=data)

    assert first.returncode == 0, first.stdout + first.stderr
    assert "3 of 3 releases are ready, 0 rows failed." in first.stdout
    assert "unchanged" in second.stdout, "the same import again changes nothing"


def test_a_file_that_is_not_what_it_says_is_named_and_the_others_are_taken(data: Path, tmp_path: Path) -> None:
    (tmp_path / "210000010019_01_001.wav").write_bytes(b"not audio at all")
    table = REPOSITORY / "examples" / "catalogue" / "catalogue.csv"

    imported = command("import", str(tmp_path), "--csv", str(table), "--tenant", "northlight", data=data)

    assert imported.returncode == 1
    assert "210000010019_01_001.wav: FILE_TYPE_UNKNOWN" in imported.stdout


def test_settings_are_shown_with_their_secrets_masked(data: Path) -> None:
    environment = {**os.environ, "DISTRO_S3_SECRET_KEY": "do-not-show", "COLUMNS": "200"}

    shown = subprocess.run(
        [sys.executable, "-m", "distro_api.cli", "settings"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "DISTRO_S3_SECRET_KEY" in shown
    assert "do-not-show" not in shown
