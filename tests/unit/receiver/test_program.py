"""`stardust-distro receiver` as a program: what it prints, what it takes, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from distro_api.receiver.command import receiver
from distro_plugins.sftp import SftpSettings, SftpTransport
from distro_sdk.testing.sources import BytesSource
from tests.receiver_packages import BATCH, ICPN, HandMadeRelease, hand_made_package

PROGRAM = "import typer; from distro_api.receiver.command import receiver; typer.run(receiver)"

app = Typer()
app.command()(receiver)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The program in a process of its own, with what it says of itself."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--folder", str(folder), "--port", "0", "--json", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def settings(said: dict[str, Any]) -> SftpSettings:
    facts = {"host": said["host"], "port": said["port"], "username": said["user"], "password": said["password"]}
    return SftpSettings.model_validate(facts | {"host_key": said["fingerprint"]})


async def send(said: dict[str, Any]) -> None:
    async def ignore(_: int) -> None:
        return

    package = hand_made_package([HandMadeRelease("M1"), HandMadeRelease("M2", icpn="4006381333948")])
    async with SftpTransport().connect(settings(said)) as session:
        for path, content in package.files.items():
            await session.put(f"{package.batch}/{path}", BytesSource(content), ignore)


async def test_it_says_how_to_connect_and_then_each_verdict(tmp_path: Path) -> None:
    with running(tmp_path, "--reject", f"{ICPN}=not for us") as (process, said):
        assert said["event"] == "listening"
        assert said["folder"] == str(tmp_path / "users" / "distro")
        await send(said)
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())

    assert (report["event"], report["batch_id"]) == ("report", BATCH)
    assert [(message["message_id"], message["accepted"], message["reason"]) for message in report["messages"]] == [
        ("M1", False, "not for us"),
        ("M2", True, ""),
    ]
    assert (tmp_path / "users" / "distro" / "acknowledgements" / f"ACK_{BATCH}.xml").is_file()


async def test_it_answers_with_the_status_and_in_the_version_that_is_wished_for(tmp_path: Path) -> None:
    options = ("--answer", f"{ICPN}=ResourceMissing", "--answer", "FileOK", "--answer-version", "1.6")
    with running(tmp_path, *options) as (process, said):
        await send(said)
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())

    assert [(message["message_id"], message["accepted"]) for message in report["messages"]] == [
        ("M1", False),
        ("M2", True),
    ]
    answers = sorted((tmp_path / "users" / "distro" / "acknowledgements").iterdir())
    assert ["<FileStatus>ResourceMissing</FileStatus>" in answer.read_text() for answer in answers] == [True, False]
    assert all("FtpAcknowledgementMessage" in answer.read_text() for answer in answers)


def test_the_password_it_made_and_its_key_stay_the_same(tmp_path: Path) -> None:
    with running(tmp_path) as (_, first):
        pass
    with running(tmp_path) as (_, second):
        pass

    assert len(first["password"]) >= 20
    assert (first["password"], first["host_key"]) == (second["password"], second["host_key"])
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600


def test_a_given_password_is_not_kept(tmp_path: Path) -> None:
    with running(tmp_path, "--password", "correct horse") as (_, said):
        assert said["password"] == "correct horse"

    assert not (tmp_path / "password").exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--quota", "much"], "not a size"),
        (["--schemas", "no-such-folder"], "does not exist"),
        (["--user", "../other"], "not a user name"),
        (["--port", "70000"], "--port"),
        (["--answer", "Perfect"], "neither a file status nor a release status"),
        (["--answer", "me=FileOK"], "not an ICPN"),
        (["--answer-version", "1.7"], "--answer-version"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(tmp_path: Path, options: list[str], complaint: str) -> None:
    result = CliRunner().invoke(app, ["--folder", str(tmp_path), *options], env={"COLUMNS": "200"})

    assert result.exit_code == 2
    assert complaint in result.output


def test_every_option_has_a_help_text() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})

    assert result.exit_code == 0
    assert "Run a DSP of your own" in result.output
    for option in ("--folder", "--host", "--port", "--user", "--password", "--public-key", "--schemas", "--delay"):
        assert option in result.output
