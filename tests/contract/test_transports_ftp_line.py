"""FTP over lines that break and stall, to servers that stop, and what is left in our own process."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from distro_plugins.ftp import FtpSettings, FtpTransport, client, connection, remote, session
from distro_plugins.ftp.client import FtpClient
from distro_plugins.ftp.facts import Facts
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.testing.sources import BytesSource, InterruptedSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import wait_until
from tests.ftp_faults import FtpLine, untrue_server
from tests.ftp_servers import (
    Certificate,
    FTPHandler,
    FtpServerUnderTest,
    make_certificate,
    open_folder,
    proftpd,
    program,
    pyftpdlib,
    vsftpd,
)

MEBIBYTE = 1024 * 1024
SERVERS = {"pyftpdlib": pyftpdlib, "vsftpd": vsftpd, "proftpd": proftpd}
Start = Callable[..., AbstractContextManager[FtpServerUnderTest]]


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    local_path: Path

    @property
    def size(self) -> int:
        return self.local_path.stat().st_size

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        content = self.local_path.read_bytes()
        for start in range(offset, len(content), block_size):
            yield content[start : start + block_size]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def start(name: str) -> Start:
    if name != "pyftpdlib" and program(name) is None:
        pytest.skip(f"{name} is not on this machine (make ftpd)")
    return SERVERS[name]


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[FtpServerUnderTest]:
    with open_folder() as folder, start(request.param)(folder) as running:
        yield running


@pytest.fixture(scope="module", params=SERVERS)
def secure(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[FtpServerUnderTest]:
    with open_folder() as folder, start(request.param)(folder, certificate) as running:
        yield running


@pytest.fixture(params=["vsftpd", "proftpd"])
def debian(request: pytest.FixtureRequest) -> Start:
    return start(request.param)


async def ignore(_: int) -> None:
    await asyncio.sleep(0)


async def put(settings: FtpSettings, path: str, source: FileSource) -> list[int]:
    told: list[int] = []

    async def progress(sent: int) -> None:
        told.append(sent)

    async with FtpTransport().connect(settings) as session:
        await session.put(path, source, progress)
    return told


async def failure(settings: FtpSettings, path: str, source: FileSource) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, path, source)
    return caught.value


def verdict(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def assert_same(file: Path, source: PatternSource) -> None:
    assert hashlib.sha256(file.read_bytes()).hexdigest() == await source.hash("sha256")


def working_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ftp")]


# The line.


@pytest.mark.proves("PRO-12")
async def test_a_connection_that_is_cut_in_mid_file_is_continued_by_the_next_attempt(
    server: FtpServerUnderTest, tmp_path: Path
) -> None:
    source = PatternSource(24 * MEBIBYTE)
    settings = server.settings(tmp_path.name)
    async with FtpLine(server.port, 16 * MEBIBYTE, "cut") as line:
        lost = await failure(settings.model_copy(update={"port": line.port}), "batch/track.wav", source)

    assert verdict(lost) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", True)
    folder = server.folder / tmp_path.name / "batch"
    assert names_in(folder) == [".track.wav.part"]

    await wait_until(
        lambda: (folder / ".track.wav.part").stat().st_size > 4 * MEBIBYTE
    )  # the rest was lost with the line
    told = await put(settings, "batch/track.wav", source)

    assert told[0] > 4 * MEBIBYTE, "it started again from the beginning"
    assert told[-1] == source.size
    assert names_in(folder) == ["track.wav"]
    await assert_same(folder / "track.wav", source)


async def test_a_line_that_stays_open_but_passes_nothing_on(server: FtpServerUnderTest, tmp_path: Path) -> None:
    async with FtpLine(server.port, 8 * MEBIBYTE, "stall") as line:
        settings = server.settings(tmp_path.name, stall_timeout=0.5).model_copy(update={"port": line.port})
        stalled = await failure(settings, "batch/track.wav", PatternSource(24 * MEBIBYTE))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)
    assert working_threads() == []


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_server_that_is_killed_in_mid_file_and_comes_back(
    debian: Start, certificate: Certificate, tls: bool
) -> None:
    source = PatternSource(24 * MEBIBYTE)
    with open_folder() as folder:
        with debian(folder, certificate if tls else None) as server:

            async def kill() -> None:
                part = server.folder / "batch" / ".track.wav.part"
                await wait_until(lambda: part.stat().st_size > 4 * MEBIBYTE)
                server.kill()

            lost = await failure(server.settings(), "batch/track.wav", InterruptedSource(source, kill))

        with debian(folder, certificate if tls else None) as server:
            told = await put(server.settings(), "batch/track.wav", source)

            assert verdict(lost) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", True)
            assert told[0] > 4 * MEBIBYTE
            await assert_same(server.folder / "batch" / "track.wav", source)


async def test_what_is_left_of_another_file_is_not_continued(server: FtpServerUnderTest, tmp_path: Path) -> None:
    """The same path, another content: the sample before the point of resumption differs."""
    source = PatternSource(24 * MEBIBYTE)
    settings = server.settings(tmp_path.name)
    async with FtpLine(server.port, 16 * MEBIBYTE, "cut") as line:
        other = BytesSource(b"x" * source.size)
        await failure(settings.model_copy(update={"port": line.port}), "track.wav", other)

    told = await put(settings, "track.wav", source)

    assert told[0] < 4 * MEBIBYTE
    await assert_same(server.folder / tmp_path.name / "track.wav", source)


async def test_a_rest_that_grows_while_it_is_looked_at_is_continued(
    server: FtpServerUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has not read everything yet that came before the line was cut."""
    settings = server.settings(tmp_path.name)
    source = PatternSource(16 * MEBIBYTE)
    part = server.folder / tmp_path.name / ".track.wav.part"
    await put(settings, part.name, PatternSource(8 * MEBIBYTE))

    def look_early(client: FtpClient, path: str, *, dated: bool = True) -> Facts | None:
        facts = remote.facts_of(client, path, dated=dated)
        return Facts(6 * MEBIBYTE, None) if path.endswith(".part") and facts else facts

    monkeypatch.setattr(session, "facts_of", look_early)
    async with FtpTransport().connect(settings.model_copy(update={"connections": 1})) as running:
        offsets: list[int] = []

        async def progress(sent: int) -> None:
            offsets.append(sent)
            monkeypatch.undo()

        await running.put("track.wav", source, progress)

    assert offsets[0] > 6 * MEBIBYTE
    await assert_same(server.folder / tmp_path.name / "track.wav", source)


async def test_a_longer_rest_of_an_earlier_attempt_is_not_kept(server: FtpServerUnderTest, tmp_path: Path) -> None:
    settings = server.settings(tmp_path.name)
    source = PatternSource(8 * MEBIBYTE)
    await put(settings, ".track.wav.part", PatternSource(16 * MEBIBYTE))

    await put(settings, "track.wav", source)

    await assert_same(server.folder / tmp_path.name / "track.wav", source)


async def test_a_rest_that_is_the_whole_file_is_only_renamed(server: FtpServerUnderTest, tmp_path: Path) -> None:
    """The answer to the last block was lost, not the file."""
    settings = server.settings(tmp_path.name)
    source = PatternSource(8 * MEBIBYTE)
    await put(settings, ".track.wav.part", source)

    told = await put(settings, "track.wav", source)

    assert told == [source.size]
    assert names_in(server.folder / tmp_path.name) == ["track.wav"]


@pytest.mark.parametrize("size", [1, MEBIBYTE + 1, 9 * MEBIBYTE + 7])
async def test_a_file_of_this_machine_arrives_whole_with_tls(
    secure: FtpServerUnderTest, tmp_path: Path, size: int
) -> None:
    source = PatternSource(size)
    (tmp_path / "track.wav").write_bytes(b"".join([block async for block in source.blocks()]))

    told = await put(secure.settings(tmp_path.name), f"{size}.wav", LocalFile(tmp_path / "track.wav"))

    assert told[-1] == size
    await assert_same(secure.folder / tmp_path.name / f"{size}.wav", source)


async def test_a_file_of_this_machine_arrives_whole_and_is_continued(
    server: FtpServerUnderTest, tmp_path: Path
) -> None:
    source = PatternSource(24 * MEBIBYTE)
    (tmp_path / "track.wav").write_bytes(b"".join([block async for block in source.blocks()]))
    local = LocalFile(tmp_path / "track.wav")
    settings = server.settings(tmp_path.name)
    async with FtpLine(server.port, 16 * MEBIBYTE, "cut") as line:
        lost = await failure(settings.model_copy(update={"port": line.port}), "track.wav", local)
    part = server.folder / tmp_path.name / ".track.wav.part"
    await wait_until(lambda: part.stat().st_size > 4 * MEBIBYTE)  # the rest was lost with the line

    told = await put(settings, "track.wav", local)

    assert lost.code == "CONNECTION_LOST"
    assert told[0] > 4 * MEBIBYTE
    await assert_same(server.folder / tmp_path.name / "track.wav", source)


# Several connections.


@pytest.mark.proves("PRO-10")
async def test_twenty_files_at_once_use_no_more_connections_than_set(tmp_path: Path) -> None:
    seen: set[str] = set()
    with pyftpdlib(tmp_path, on_login=lambda handler, _: seen.add(f"{handler.remote_port}")) as server:
        async with FtpTransport().connect(server.settings(connections=3)) as session:
            await asyncio.gather(*(session.put(f"{number}.xml", BytesSource(b"1"), ignore) for number in range(20)))

        assert len(names_in(server.folder)) == 20
        assert len(seen) == 3


@pytest.mark.parametrize(
    ("name", "more"), [("vsftpd", "max_per_ip=2\n"), ("proftpd", "MaxClientsPerUser 2\n")], ids=["vsftpd", "proftpd"]
)
async def test_a_server_that_allows_two_connections_gets_two(name: str, more: str) -> None:
    with open_folder() as folder, start(name)(folder, more=more) as server:
        async with FtpTransport().connect(server.settings("a", connections=4)) as session:
            source = PatternSource(4 * MEBIBYTE)
            await asyncio.gather(*(session.put(f"{number}.wav", source, ignore) for number in range(8)))

        assert len(names_in(server.folder / "a")) == 8


async def test_a_server_that_is_busy_from_the_first_connection_on() -> None:
    with open_folder() as folder, start("proftpd")(folder, more="MaxClientsPerUser 1\n") as server:
        async with FtpTransport().connect(server.settings()):
            busy = await failure(server.settings(), "a.xml", BytesSource(b"1"))

    assert verdict(busy) == (ErrorCategory.API_UNAVAILABLE, "FTP_UNAVAILABLE", True)


@pytest.mark.proves("PRO-12")
async def test_a_connection_that_the_server_ended_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CHECK_AFTER_SECONDS", 0)
    closed = threading.Event()
    hooks: dict[str, Any] = {
        "on_login": lambda handler, _: sessions.append(handler),
        "on_disconnect": lambda _: closed.set(),
    }
    sessions: list[FTPHandler] = []
    with pyftpdlib(tmp_path, **hooks) as server:
        async with FtpTransport().connect(server.settings()) as session:
            await session.put("first.xml", BytesSource(b"1"), ignore)
            (idle,) = sessions
            idle.ioloop.call_later(0, idle.handle_timeout)  # as if it had had enough of us
            await wait_until(closed.is_set)
            await session.put("second.xml", BytesSource(b"2"), ignore)

        assert names_in(server.folder) == ["first.xml", "second.xml"]


@pytest.mark.proves("PRO-11")
async def test_a_transfer_may_take_longer_than_the_servers_patience_with_idle_connections(debian: Start) -> None:
    class Slow(PatternSource):
        async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
            began = monotonic()
            async for block in super().blocks(offset=offset, block_size=block_size):
                await asyncio.sleep(0.6)
                yield block
            took.append(monotonic() - began)

    took: list[float] = []
    patience = 2
    more = f"idle_session_timeout={patience}\n" if debian is vsftpd else f"TimeoutIdle {patience}\n"
    source = Slow(5 * client.BLOCK)
    with open_folder() as folder, debian(folder, more=more) as server:
        await put(server.settings(), "track.wav", source)

        await assert_same(server.folder / "track.wav", PatternSource(source.size))

    assert [seconds > patience for seconds in took] == [True]


@pytest.mark.parametrize("sent", [None, 101, 99], ids=["endless", "more", "less"])
async def test_a_file_that_is_not_as_long_as_its_server_told_is_not_hashed(sent: int | None) -> None:
    async with untrue_server(100, sent) as port, asyncio.timeout(10):
        asked = {"host": "127.0.0.1", "port": port, "username": "label", "password": "p", "encryption": "none"}
        async with FtpTransport().connect(FtpSettings.model_validate(asked)) as session:
            with pytest.raises(TransportError) as wrong:
                await session.remote_hash("track.wav", "md5")

    assert verdict(wrong.value) == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_SIZE_WRONG", True)


# What is left in our own process.


async def test_who_cancels_in_mid_file_leaves_no_thread_and_no_connection(tmp_path: Path) -> None:
    gone = threading.Event()
    with pyftpdlib(tmp_path, on_disconnect=lambda _: gone.set()) as server:
        half_way = asyncio.Event()

        async def wait_for_ever() -> None:
            half_way.set()
            await asyncio.Event().wait()

        putting = asyncio.ensure_future(
            put(server.settings(), "track.wav", InterruptedSource(PatternSource(8 * MEBIBYTE), wait_for_ever))
        )
        await half_way.wait()
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting

        await wait_until(gone.is_set)
        await wait_until(lambda: working_threads() == [])
        assert names_in(server.folder) == [".track.wav.part"]


async def test_who_cancels_while_the_network_takes_nothing_is_free_at_once(tmp_path: Path) -> None:
    """The thread sits in `send`; only cutting the socket gets it out before the stall would be noticed."""
    with pyftpdlib(tmp_path) as server:
        async with FtpLine(server.port, 4 * MEBIBYTE, "stall") as line:
            settings = server.settings(stall_timeout=60).model_copy(update={"port": line.port})
            putting = asyncio.ensure_future(put(settings, "track.wav", PatternSource(32 * MEBIBYTE)))
            await wait_until(lambda: line.passed >= 4 * MEBIBYTE)
            await asyncio.sleep(0.2)
            putting.cancel()
            async with asyncio.timeout(50):  # less than the stall
                with pytest.raises(asyncio.CancelledError):
                    await putting

    await wait_until(lambda: working_threads() == [])
    assert working_threads() == []


async def test_a_file_that_was_cancelled_does_not_disturb_the_next_one(tmp_path: Path) -> None:
    with pyftpdlib(tmp_path) as server:
        async with FtpTransport().connect(server.settings(connections=1)) as session:
            started = asyncio.Event()

            async def tell(_: int) -> None:
                started.set()

            putting = asyncio.ensure_future(session.put("track.wav", PatternSource(64 * MEBIBYTE), tell))
            await started.wait()
            putting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await putting
            await session.put("message.xml", BytesSource(b"content"), ignore)

        assert (server.folder / "message.xml").read_bytes() == b"content"


async def test_no_password_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with pyftpdlib(tmp_path) as server:
        settings = server.settings()
        await put(settings, "message.xml", BytesSource(b"content"))
        await failure(server.settings(password="battery staple"), "message.xml", BytesSource(b"content"))

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("pyftpdlib")]
    assert not [line for line in ours if "battery" in line or "horse" in line]
