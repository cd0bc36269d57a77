"""The guide from an empty target to a live delivery: every command of it is run as it stands, on real servers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
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
PORT = re.compile(r"(?<![\d.])(?:2121|2122|2223|8400|8480|849\d)(?!\d)")
"""A port of the guide: below those that any program may be given."""
FOLDER = "/tmp/delivery-setup"
"""How all folders of the guide begin."""
PATIENCE = 480
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


def on_this_machine(commands: str, folder: str) -> str:
    """The commands as they stand, but in a folder of their own, and past ports that somebody else listens on."""
    instead: dict[str, str] = {}
    free = (str(port) for port in range(10_000, 20_000, 7) if is_free(port))
    for port in sorted(set(PORT.findall(commands))):
        instead[port] = port if is_free(int(port)) else next(free)
    return PORT.sub(lambda found: instead[found[0]], commands).replace(FOLDER, f"{folder}/delivery-setup")


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine, at whatever address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder with a short name: sockets of databases lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="guide-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def statuses(told: str) -> dict[str, str]:
    """The last status that a delivery had in each section."""
    last: dict[str, str] = {}
    for section in told.split("\n## ")[1:]:
        title, _, answers = section.partition("\n")
        if found := re.findall(r'"status":"(\w+)"', answers):
            last[title] = found[-1]
    return last


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_every_command_of_the_guide_leads_to_a_delivery(own_folder: Path) -> None:
    commands = script(sections(GUIDE.read_text()))
    assert FOLDER in commands
    assert not re.search(r"/tmp/(?!delivery-setup)", commands), "it would leave something behind"
    shell = subprocess.Popen(
        ["bash", "-c", on_this_machine(commands, str(own_folder))],
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
    assert list(own_folder.iterdir()) == []


def test_the_guide_goes_past_a_port_that_is_taken() -> None:
    guide = "--port 8499 --folder /tmp/delivery-setup-x; reached 8499; curl 127.0.0.1:8499/28499/84990"

    with ExitStack() as taken:
        if is_free(8499):
            taken.enter_context(socket.create_server(("127.0.0.1", 8499)))
        told = on_this_machine(guide, "/tmp/a")
        instead = told.split()[1]
        usable = is_free(int(instead))

    assert usable
    assert told == (
        f"--port {instead} --folder /tmp/a/delivery-setup-x; reached {instead}; curl 127.0.0.1:{instead}/28499/84990"
    )
    assert 10_000 <= int(instead) < 20_000


def test_ports_of_the_guide_are_given_to_no_other_program() -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    commands = script(sections(GUIDE.read_text()))
    addressed = set(re.findall(r"127\.0\.0\.1:(\d+)|[pP]ort[=: ]+(\d+)|reached (\d+)", commands))

    ports = {port for found in addressed for port in found if port}
    assert ports == set(PORT.findall(commands))
    assert [port for port in ports if first <= int(port) <= last] == []


def end_session(session: int) -> None:
    """End what a shell has left behind: with job control each command is a group of its own."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if os.getsid(int(folder.name)) == session:
                    os.kill(int(folder.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
