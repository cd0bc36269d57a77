"""A large file over a long line travels on two channels of one connection, and arrives as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from structlog.testing import capture_logs

from distro_plugins.sftp import SftpSettings, SftpTransport, lanes
from distro_sdk.errors import TransportError
from distro_sdk.testing.sources import InterruptedSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import OpenSsh, asyncssh_server, has_openssh, openssh

MEBIBYTE = 1 << 20
CHANNEL = "Starting session: subsystem 'sftp'"

pytestmark = pytest.mark.skipif(not has_openssh(), reason="openssh-server is not on this machine")


@pytest.fixture(autouse=True)
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every server counts as far away."""
    monkeypatch.setattr(lanes, "FAR", 0.0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSsh]:
    with openssh(tmp_path / "sshd", more="LogLevel VERBOSE") as running:
        yield running


def at(server: OpenSsh) -> SftpSettings:
    return SftpSettings.model_validate(
        {
            "host": "127.0.0.1",
            "port": server.port,
            "username": server.user,
            "private_key": server.private_key,
            "host_key": server.host_key,
            "directory": str(server.directory),
        }
    )


async def put(settings: SftpSettings, *sources: FileSource) -> list[int]:
    """Send files one after the other through one session; what was told of all of them."""
    told: list[int] = []

    async def progress(confirmed: int) -> None:
        told.append(confirmed)

    async with SftpTransport().connect(settings) as session:
        for number, source in enumerate(sources):
            await session.put(f"{number}.wav", source, progress)
    return told


async def content_of(source: FileSource) -> bytes:
    return b"".join([block async for block in source.blocks()])


async def test_large_files_share_a_second_channel(server: OpenSsh) -> None:
    first, second = PatternSource(24 * MEBIBYTE + 5), PatternSource(17 * MEBIBYTE)

    told = await put(at(server), first, second)

    assert told.count(first.size) == 1
    assert told[: told.index(first.size)] == sorted(told[: told.index(first.size)])
    for number, source in enumerate((first, second)):
        sent = (server.directory / f"{number}.wav").read_bytes()
        assert hashlib.sha256(sent).hexdigest() == await source.hash("sha256")
    assert (server.folder / "sshd.log").read_text().count(CHANNEL) == 2


async def test_a_small_file_needs_no_second_channel(server: OpenSsh) -> None:
    await put(at(server), PatternSource(7 * MEBIBYTE))

    assert (server.folder / "sshd.log").read_text().count(CHANNEL) == 1


async def test_a_server_that_is_near_gets_no_second_channel(server: OpenSsh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FAR", 5.0)

    await put(at(server), PatternSource(12 * MEBIBYTE))

    assert (server.folder / "sshd.log").read_text().count(CHANNEL) == 1


async def test_a_server_that_allows_one_channel_gets_the_file_over_it(tmp_path: Path) -> None:
    source = PatternSource(12 * MEBIBYTE)
    with openssh(tmp_path / "sshd", more="MaxSessions 1") as server, capture_logs() as logs:
        await put(at(server), source)

        assert hashlib.sha256((server.directory / "0.wav").read_bytes()).hexdigest() == await source.hash("sha256")
    assert [line["event"] for line in logs] == ["second_channel_refused"]


async def test_a_server_of_another_make_gets_the_file_over_one_channel(tmp_path: Path) -> None:
    """A gateway to an object storage may give each handle a file of its own."""
    opened: list[bytes] = []

    class Counting(asyncssh.SFTPServer):
        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags & asyncssh.FXF_WRITE:
                opened.append(path)
            return super().open(path, pflags, attrs)

    async with asyncssh_server(tmp_path, Counting) as (port, host_key):
        known = {"host": "127.0.0.1", "port": port, "username": "u", "password": "p", "host_key": host_key}
        await put(SftpSettings.model_validate(known), PatternSource(12 * MEBIBYTE))

    assert len(opened) == 1


async def test_what_two_channels_left_behind_is_continued_without_a_hole(tmp_path: Path) -> None:
    source = PatternSource(48 * MEBIBYTE)
    expected = await content_of(source)
    with openssh(tmp_path / "sshd", more="LogLevel VERBOSE") as server:

        async def kill() -> None:
            server.kill()

        with pytest.raises(TransportError) as lost:
            await put(at(server), InterruptedSource(source, kill))
        left = (server.directory / ".0.wav.part").read_bytes()
    with openssh(tmp_path / "sshd") as server:
        told = await put(at(server), source)
        sent = (server.directory / "0.wav").read_bytes()

    assert (lost.value.code, lost.value.retryable) == ("CONNECTION_LOST", True)
    assert len(left) > 12 * MEBIBYTE
    assert left[: len(left) - 10 * MEBIBYTE] == expected[: len(left) - 10 * MEBIBYTE]
    assert told[0] > 1 * MEBIBYTE, "it started again from the beginning"
    assert sent == expected
