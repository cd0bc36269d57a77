"""Data connections with TLS: they belong to the control connection, cheaply, and hold nothing back."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from distro_plugins.ftp import FtpTransport, client
from distro_plugins.ftp.client import FtpClient
from distro_plugins.ftp.tls import Tls
from distro_sdk.testing.sources import BytesSource
from tests.ftp_servers import FtpServerUnderTest, make_certificate, open_folder, proftpd, program, vsftpd

SERVERS = {"vsftpd": vsftpd, "proftpd": proftpd}


@dataclass(frozen=True)
class Wrapped:
    """A data connection: the session that it showed, and how the server and the system took it."""

    session: ssl.SSLSession
    reused: bool | None
    held_back: bool


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[FtpServerUnderTest]:
    if program(request.param) is None:
        pytest.skip(f"{request.param} is not on this machine (make ftpd)")
    with open_folder() as folder, SERVERS[request.param](folder, make_certificate(folder / "certificate")) as running:
        yield running


@pytest.fixture
def wrapped(monkeypatch: pytest.MonkeyPatch) -> list[Wrapped]:
    """Every data connection of the test, as it was when its file had been sent."""
    shown: list[ssl.SSLSession] = []
    seen: list[Wrapped] = []
    wrap, end = Tls.wrap, FtpClient.end

    def watch(tls: Tls, plain: socket.socket, host: str, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        if session is not None:
            shown.append(session)
        return wrap(tls, plain, host, session)

    def look(watched: FtpClient) -> None:
        data = watched.data
        assert isinstance(data, ssl.SSLSocket)
        held_back = not data.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        seen.append(Wrapped(shown[-1], data.session_reused, held_back))
        end(watched)

    monkeypatch.setattr(Tls, "wrap", watch)
    monkeypatch.setattr(FtpClient, "end", look)
    return seen


async def send_three(server: FtpServerUnderTest, folder: str) -> list[bytes]:
    """What the server has of three files that went over one connection, one after the other."""

    async def ignore(_: int) -> None:
        await asyncio.sleep(0)

    async with FtpTransport().connect(server.settings(folder, connections=1)) as session:
        for number in range(3):
            await session.put(f"{number}.wav", BytesSource(bytes([number]) * 300_000), ignore)
    return [path.read_bytes() for path in sorted((server.folder / folder).iterdir())]


SENT = [bytes([number]) * 300_000 for number in range(3)]


async def test_every_file_resumes_the_session_of_the_control_connection_and_holds_nothing_back(
    server: FtpServerUnderTest, tmp_path: Path, wrapped: list[Wrapped]
) -> None:
    assert await send_three(server, tmp_path.name) == SENT
    assert [each.reused for each in wrapped] == [True, True, True]
    assert [each.held_back for each in wrapped] == [False, False, False]


async def test_the_session_is_copied_once_for_the_files_of_a_minute(
    server: FtpServerUnderTest, tmp_path: Path, wrapped: list[Wrapped]
) -> None:
    assert await send_three(server, tmp_path.name) == SENT
    assert [each.session is wrapped[0].session for each in wrapped] == [True, True, True]


async def test_after_a_minute_the_newest_session_of_the_control_connection_is_taken(
    server: FtpServerUnderTest, tmp_path: Path, wrapped: list[Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given that every file comes more than the time later, servers that renew their sessions see the new one."""
    monkeypatch.setattr(client, "SESSION_SECONDS", -1)

    assert await send_three(server, tmp_path.name) == SENT
    assert len({id(each.session) for each in wrapped}) == 3
    assert [each.reused for each in wrapped] == [True, True, True]
