"""The guide from an empty target to a live delivery: every command of it is run as it stands, on real servers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "delivery-setup.md"
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
COMMANDS = re.compile(r"^(?P<indent> *)```bash\n(?P<commands>.*?)^ *```$", re.MULTILINE | re.DOTALL)
DELIVERED = {
    "FTP and FTPS": "distributed",
    "SFTP": "live",
    "HTTP API": "distributed",
    "HTTP API with one request": "distributed",
    "Files by one protocol, messages by another": "distributed",
    "Amazon S3 and compatible storages": "distributed",
    "Azure Blob Storage": "distributed",
    "Google Cloud Storage": "distributed",
}
PATIENCE = 240
"""Seconds for all of the guide on a busy machine."""


def sections(guide: str) -> dict[str, str]:
    """The commands of each section, by its title."""
    titles = list(SECTION.finditer(guide))
    ends = [title.start() for title in titles[1:]] + [len(guide)]
    return {
        title[1]: "".join(
            re.sub(f"^{block['indent']}", "", block["commands"], flags=re.MULTILINE)
            for block in COMMANDS.finditer(guide, title.end(), end)
        )
        for title, end in zip(titles, ends, strict=True)
    }


def script(parts: dict[str, str]) -> str:
    """All commands in one shell with job control, as in a terminal; a title is told before each section."""
    told = (f"printf '\\n## {title}\\n'\n{commands}" for title, commands in parts.items())
    return "set -m -e\n" + "".join(told)


def statuses(told: str) -> dict[str, str]:
    """The last status that a delivery had in each section."""
    last: dict[str, str] = {}
    for section in told.split("\n## ")[1:]:
        title, _, answers = section.partition("\n")
        if found := re.findall(r'"status":"(\w+)"', answers):
            last[title] = found[-1]
    return last


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_every_command_of_the_guide_leads_to_a_delivery() -> None:
    shell = subprocess.Popen(
        ["bash", "-c", script(sections(GUIDE.read_text()))],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        # A pipe, because `tee /dev/stderr` would empty a file.
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told, _ = shell.communicate(timeout=PATIENCE)
    finally:
        end_session(shell.pid)

    assert shell.returncode == 0, told[-2000:]
    assert statuses(told) == DELIVERED
    assert re.findall(r'"succeeded":(\w+)', told) == ["true", "true", "true"]
    assert not list(Path("/tmp").glob("delivery-setup*"))


def end_session(session: int) -> None:
    """End what a shell has left behind: with job control each command is a group of its own."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if os.getsid(int(folder.name)) == session:
                    os.kill(int(folder.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
