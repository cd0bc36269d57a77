"""What SFTP reads back: hashes in bounded memory, slow servers that move, and servers that say too much."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from distro_plugins.sftp import SftpSettings, SftpTransport
from distro_plugins.sftp import session as session_module
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.testing.sources import BytesSource
from distro_sdk.transports import TransportSession
from tests.exchange_servers import OpenSsh, asyncssh_server, has_openssh, openssh

MEBIBYTE = 1024 * 1024
STALL_SECONDS = 0.5


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    if not has_openssh():
        pytest.skip("sshd is not on this machine (apt-get install openssh-server)")
    with openssh(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def at_openssh(server: OpenSsh, directory: Path) -> SftpSettings:
    return SftpSettings.model_validate(
        {
            "host": "127.0.0.1",
            "port": server.port,
            "username": server.user,
            "private_key": server.private_key,
            "host_key": server.host_key,
            "directory": str(directory),
        }
    )


def at(place: tuple[int, str], **others: object) -> SftpSettings:
    port, host_key = place
    return SftpSettings.model_validate(
        {"host": "127.0.0.1", "port": port, "username": "u", "password": "p", "host_key": host_key} | others
    )


def write_pattern(path: Path, size: int) -> str:
    """Make a file of which no two blocks are the same; returns its MD5."""
    digest = hashlib.md5()
    with path.open("wb") as file:
        for number in range(size // MEBIBYTE):
            block = number.to_bytes(8, "big") * (MEBIBYTE // 8)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


async def ignore(_: int) -> None:
    return


# Hashes.


@pytest.mark.proves("MD5-03")
@pytest.mark.parametrize(("files", "size"), [(1, 64 * MEBIBYTE), (4, 16 * MEBIBYTE)])
async def test_the_memory_of_hashing_does_not_grow_with_files(
    server: OpenSsh, tmp_path: Path, files: int, size: int
) -> None:
    expected = write_pattern(tmp_path / "track.wav", size)
    transport = SftpTransport()

    async with transport.connect(at_openssh(server, tmp_path)) as session:
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            told = await asyncio.gather(*(session.remote_hash("track.wav", "md5") for _ in range(files)))
            most = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    assert told == [expected] * files
    assert most <= transport.capabilities.memory, f"{most // MEBIBYTE} MiB in memory"


async def test_several_blocks_are_under_way_at_once(
    server: OpenSsh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the length of the line does not count for each block, and all files together have bounds."""
    under_way = most = 0
    read_one = asyncssh.SFTPClientFile.read

    async def counted(file: asyncssh.SFTPClientFile, size: int, offset: int) -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            return await read_one(file, size, offset)
        finally:
            under_way -= 1

    monkeypatch.setattr(asyncssh.SFTPClientFile, "read", counted)
    expected = write_pattern(tmp_path / "track.wav", 8 * MEBIBYTE)
    async with SftpTransport().connect(at_openssh(server, tmp_path)) as session:
        assert await session.remote_hash("track.wav", "md5") == expected
        alone = most
        told = await asyncio.gather(*(session.remote_hash("track.wav", "sha1") for _ in range(4)))

    assert len(set(told)) == 1
    assert (alone, most) == (10, 10), "2.5 MB, in blocks of 255 KB"


async def test_a_server_that_answers_with_less_than_was_asked_for(tmp_path: Path) -> None:
    class Sparing(asyncssh.SFTPServer):
        def read(self, file_obj: object, offset: int, size: int) -> bytes:
            content = super().read(file_obj, offset, min(size, 60_000))
            assert isinstance(content, bytes)
            return content

    expected = write_pattern(tmp_path / "track.wav", MEBIBYTE)
    async with asyncssh_server(tmp_path, Sparing) as place, SftpTransport().connect(at(place)) as session:
        assert await session.remote_hash("track.wav", "md5") == expected
        assert await session.read("track.wav", max_size=MEBIBYTE) == (tmp_path / "track.wav").read_bytes()


async def test_nothing_is_hashed_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.wav").touch()
    async with asyncssh_server(tmp_path) as place, SftpTransport().connect(at(place)) as session:
        for path in ("missing.wav", "no/such/folder/track.wav", "folder"):
            with pytest.raises(TransportError) as caught:
                await session.remote_hash(path, "md5")
            assert caught.value.code == "REMOTE_FILE_MISSING"

        assert await session.remote_hash("empty.wav", "md5") == hashlib.md5(b"").hexdigest()
        assert await session.remote_hash("empty.wav", "crc32") is None


async def test_hashing_stops_where_more_comes_than_the_file_has(tmp_path: Path) -> None:
    given = 0

    class Endless(asyncssh.SFTPServer):
        def read(self, file_obj: object, offset: int, size: int) -> bytes:
            nonlocal given
            given += size
            return b"x" * size

    (tmp_path / "track.wav").write_bytes(b"x" * MEBIBYTE)
    async with asyncssh_server(tmp_path, Endless) as place, SftpTransport().connect(at(place)) as session:
        with pytest.raises(TransportError) as caught:
            await session.remote_hash("track.wav", "md5")

    assert (caught.value.category, caught.value.code, caught.value.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "REMOTE_SIZE_WRONG",
        True,
    )
    assert given <= MEBIBYTE + 1


async def test_a_server_that_answers_with_more_than_was_asked_for(tmp_path: Path) -> None:
    class Generous(asyncssh.SFTPServer):
        def read(self, file_obj: object, offset: int, size: int) -> bytes:
            return b"x" * (size + 1)

    (tmp_path / "track.wav").write_bytes(b"x" * 100)
    async with asyncssh_server(tmp_path, Generous) as place, SftpTransport().connect(at(place)) as session:
        with pytest.raises(TransportError) as hashed:
            await session.remote_hash("track.wav", "md5")
        with pytest.raises(TransportError) as read:
            await session.read("track.wav", max_size=1000)

    assert (hashed.value.code, read.value.code) == ("PROTOCOL_ERROR", "PROTOCOL_ERROR")


async def test_who_cancels_hashing_while_the_server_stalls_is_free_at_once(tmp_path: Path) -> None:
    stalled = asyncio.Event()

    class Stalling(asyncssh.SFTPServer):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            stalled.set()
            await self.channel.get_connection().wait_closed()
            raise asyncssh.SFTPConnectionLost("nobody is there any more")

    (tmp_path / "track.wav").write_bytes(b"x" * 100)
    async with (
        asyncssh_server(tmp_path, Stalling) as place,
        SftpTransport().connect(at(place, stall_timeout=60)) as session,
    ):
        hashing = asyncio.ensure_future(session.remote_hash("track.wav", "md5"))
        await stalled.wait()
        hashing.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await hashing


# Slow servers.


def slow_reader() -> type[asyncssh.SFTPServer]:
    """One answer of at most 64 KB each 50 ms: 256 KB take longer than `STALL_SECONDS` allow without any answer."""
    turn = asyncio.Lock()

    class Slow(asyncssh.SFTPServer):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            async with turn:
                await asyncio.sleep(0.05)
            content = super().read(file_obj, offset, min(size, 64 * 1024))
            assert isinstance(content, bytes)
            return content

    return Slow


async def test_a_file_that_comes_slowly_is_read_whole(tmp_path: Path) -> None:
    expected = write_pattern(tmp_path / "answer.xml", MEBIBYTE)
    async with (
        asyncssh_server(tmp_path, slow_reader()) as place,
        SftpTransport().connect(at(place, stall_timeout=STALL_SECONDS)) as session,
    ):
        loop = asyncio.get_running_loop()
        started = loop.time()
        content = await session.read("answer.xml", max_size=MEBIBYTE)
        took = loop.time() - started

    assert hashlib.md5(content).hexdigest() == expected
    assert took > STALL_SECONDS


async def read_whole(session: TransportSession) -> object:
    return await session.read("answer.xml", max_size=MEBIBYTE)


async def hash_whole(session: TransportSession) -> object:
    return await session.remote_hash("answer.xml", "md5")


@pytest.mark.parametrize("doing", [read_whole, hash_whole])
async def test_a_server_that_stops_in_mid_file_is_given_up(
    tmp_path: Path, doing: Callable[[TransportSession], Awaitable[object]]
) -> None:
    class Stopping(asyncssh.SFTPServer):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            if offset:
                await self.channel.get_connection().wait_closed()
                raise asyncssh.SFTPConnectionLost("nobody is there any more")
            return b"x" * 1000

    (tmp_path / "answer.xml").write_bytes(b"x" * MEBIBYTE)
    async with (
        asyncssh_server(tmp_path, Stopping) as place,
        SftpTransport().connect(at(place, stall_timeout=STALL_SECONDS)) as session,
    ):
        with pytest.raises(TransportError) as caught:
            await doing(session)

    assert (caught.value.category, caught.value.code, caught.value.retryable) == (
        ErrorCategory.NETWORK_TIMEOUT,
        "TRANSFER_STALLED",
        True,
    )


def folder_of(names: AsyncIterator[bytes]) -> type[asyncssh.SFTPServer]:
    """A server whose folders all hold these names."""

    class Folder(asyncssh.SFTPServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            async for name in names:
                yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=1, permissions=0o100644))

    return Folder


async def test_a_folder_that_comes_slowly_is_listed_whole(tmp_path: Path) -> None:
    async def names() -> AsyncIterator[bytes]:
        for number in range(1000):
            if number % 128 == 0:
                await asyncio.sleep(0.1)
            yield f"{number:04}.xml".encode()

    async with (
        asyncssh_server(tmp_path, folder_of(names())) as place,
        SftpTransport().connect(at(place, stall_timeout=STALL_SECONDS)) as session,
    ):
        listed = await session.list("acknowledgements")

    assert [file.path for file in listed] == [f"acknowledgements/{number:04}.xml" for number in range(1000)]


@pytest.mark.parametrize(("bound", "length"), [("MOST_LISTED", 8), ("LARGEST_LISTING", 200)])
async def test_a_folder_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, length: int
) -> None:
    given = 0

    async def names() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield f"{given:0{length}}".encode()

    monkeypatch.setattr(session_module, bound, 1000 if bound == "MOST_LISTED" else 100_000)
    async with asyncssh_server(tmp_path, folder_of(names())) as place, SftpTransport().connect(at(place)) as session:
        async with asyncio.timeout(10):
            with pytest.raises(TransportError) as caught:
                await session.list("acknowledgements")

        assert (caught.value.code, caught.value.retryable) == ("REMOTE_FILE_TOO_LARGE", False)
        assert given <= 1280


# What a server says.


LONG = "no\x1b[2J\n" + "never " * 500_000


def assert_is_short(error: TransportError) -> None:
    assert len(error.message) < 500
    assert error.message.isprintable()
    assert "no [2J never never" in error.message


async def test_a_refusal_of_three_megabytes_is_cut(tmp_path: Path) -> None:
    class Wordy(asyncssh.SFTPServer):
        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            raise asyncssh.SFTPFailure(LONG)

    async with asyncssh_server(tmp_path, Wordy) as place, SftpTransport().connect(at(place)) as session:
        with pytest.raises(TransportError) as written:
            await session.put("message.xml", BytesSource(b"content"), ignore)
        with pytest.raises(TransportError) as read:
            await session.read("message.xml", max_size=100)

    assert_is_short(written.value)
    assert_is_short(read.value)
    assert written.value.code == "REMOTE_FAILURE"


async def test_a_refused_rename_of_three_megabytes_is_cut(tmp_path: Path) -> None:
    class Wordy(asyncssh.SFTPServer):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPPermissionDenied(LONG)

    async with asyncssh_server(tmp_path, Wordy) as place, SftpTransport().connect(at(place)) as session:
        with pytest.raises(TransportError) as caught:
            await session.put("message.xml", BytesSource(b"content"), ignore)

    assert caught.value.code == "RENAME_REFUSED"
    assert_is_short(caught.value)


async def test_a_long_reason_to_hang_up_is_cut() -> None:
    class Wordy(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn

        def begin_auth(self, username: str) -> bool:
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, LONG[:30_000])
            return True

    key = asyncssh.generate_private_key("ssh-ed25519")
    async with await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_factory=Wordy) as acceptor:
        settings = at((acceptor.get_port(), key.export_public_key().decode().strip()))
        with pytest.raises(TransportError) as caught:
            async with SftpTransport().connect(settings):
                raise AssertionError("it connected")

    assert_is_short(caught.value)


async def test_a_long_name_of_a_file_does_not_make_a_long_message(tmp_path: Path) -> None:
    async with asyncssh_server(tmp_path) as place, SftpTransport().connect(at(place)) as session:
        with pytest.raises(TransportError) as caught:
            await session.read("a\nb" * 1_000_000, max_size=100)

    assert len(caught.value.message) <= 5000
    assert caught.value.message.isprintable()
