"""Every way in which SFTP goes wrong, with the exact code that says so."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from distro_api.receiver import Receiver, ReceiverOptions, ReceiverUser
from distro_plugins.sftp import SftpSettings, SftpTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.testing.sources import BytesSource, InterruptedSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import (
    BadLine,
    OpenSsh,
    SilentServer,
    asyncssh_server,
    free_port,
    has_openssh,
    openssh,
    small_disk,
    wait_until,
)

MEBIBYTE = 1024 * 1024
PASSWORD = "correct horse"


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with Receiver(tmp_path / "receiver", [ReceiverUser("label", password=PASSWORD)]) as running:
        yield running


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not has_openssh():
        pytest.skip("sshd is not on this machine (apt-get install openssh-server)")
    return tmp_path_factory.mktemp("sshd")


def at_receiver(receiver: Receiver, **others: object) -> SftpSettings:
    return SftpSettings.model_validate(
        {
            "host": receiver.host,
            "port": receiver.port,
            "username": "label",
            "password": PASSWORD,
            "host_key": receiver.host_key,
        }
        | others
    )


def at_openssh(server: OpenSsh, **others: object) -> SftpSettings:
    return SftpSettings.model_validate(
        {
            "host": "127.0.0.1",
            "port": server.port,
            "username": server.user,
            "private_key": server.private_key,
            "host_key": server.host_key,
            "directory": str(server.directory),
        }
        | others
    )


def at(port: int, host_key: str, **others: object) -> SftpSettings:
    return SftpSettings.model_validate(
        {"host": "127.0.0.1", "port": port, "username": "u", "password": "p", "host_key": host_key} | others
    )


async def ignore(_: int) -> None:
    return


async def put(settings: SftpSettings, path: str, source: FileSource) -> list[int]:
    told: list[int] = []

    async def progress(confirmed: int) -> None:
        told.append(confirmed)

    async with SftpTransport().connect(settings) as session:
        await session.put(path, source, progress)
    return told


async def failure(
    settings: SftpSettings, path: str = "batch/message.xml", source: FileSource | None = None
) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, path, source or BytesSource(b"content"))
    return caught.value


# Connecting and signing in.


@pytest.mark.proves("PRO-02")
async def test_a_wrong_password_is_refused_and_not_tried_again(receiver: Receiver) -> None:
    refused = await failure(at_receiver(receiver, password="battery staple"))

    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.AUTH_INVALID,
        "LOGIN_REFUSED",
        False,
    )
    assert "battery staple" not in str(refused)


async def test_an_unknown_user_is_refused_like_a_wrong_password(receiver: Receiver) -> None:
    assert (await failure(at_receiver(receiver, username="somebody"))).code == "LOGIN_REFUSED"


@pytest.mark.proves("PRO-02")
async def test_a_key_signs_in_with_its_passphrase_and_not_with_another(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    locked = key.export_private_key(passphrase="open sesame", rounds=50).decode()
    user = ReceiverUser("label", public_keys=(key.export_public_key().decode(),))
    async with Receiver(tmp_path, [user]) as receiver:
        await put(
            at_receiver(receiver, password=None, private_key=locked, passphrase="open sesame"),
            "message.xml",
            BytesSource(b"content"),
        )
        refused = await failure(at_receiver(receiver, password=None, private_key=locked, passphrase="open barley"))

    assert (tmp_path / "users" / "label" / "message.xml").read_bytes() == b"content"
    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.AUTH_INVALID,
        "PRIVATE_KEY_INVALID",
        False,
    )


@pytest.mark.proves("PRO-02")
@pytest.mark.parametrize("pinned", ["line", "fingerprint", "known_hosts", "ssh-keygen"])
async def test_a_changed_host_key_is_refused_before_the_password_is_sent(tmp_path: Path, pinned: str) -> None:
    """The receiver's key is replaced between two deliveries, as an attacker's server would do."""
    user = ReceiverUser("label", password=PASSWORD)
    async with Receiver(tmp_path, [user]) as receiver:
        forms = {
            "line": receiver.host_key,
            "fingerprint": receiver.fingerprint,
            "known_hosts": f"[127.0.0.1]:{receiver.port} {receiver.host_key} dsp",
            "ssh-keygen": f"256 {receiver.fingerprint} dsp (ED25519)",
        }
        port = receiver.port
        settings = at_receiver(receiver, host_key=forms[pinned])
        await put(settings, "message.xml", BytesSource(b"content"))

    (tmp_path / "host_key").unlink()
    async with Receiver(tmp_path, [user], port=port) as receiver:
        refused = await failure(settings)

    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.AUTH_INVALID,
        "HOST_KEY_CHANGED",
        False,
    )
    assert receiver.fingerprint in refused.message


async def test_the_pinned_key_is_asked_for_where_a_server_has_several(keys: Path) -> None:
    second = keys / "rsa_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(second)], check=True)
    with openssh(keys, more=f"HostKey {second}") as server:
        await put(at_openssh(server), "ed25519.xml", BytesSource(b"1"))
        await put(
            at_openssh(server, host_key=second.with_name("rsa_key.pub").read_text()), "rsa.xml", BytesSource(b"2")
        )

        assert sorted(path.name for path in server.directory.iterdir()) == ["ed25519.xml", "rsa.xml"]


async def test_a_port_where_nobody_listens(receiver: Receiver) -> None:
    refused = await failure(at_receiver(receiver, port=free_port()))

    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "CONNECTION_REFUSED",
        True,
    )


async def test_a_port_where_nobody_listens_on_a_host_with_two_addresses(receiver: Receiver) -> None:
    assert (await failure(at_receiver(receiver, host="localhost", port=free_port()))).code == "CONNECTION_REFUSED"


async def test_a_host_that_does_not_exist(receiver: Receiver) -> None:
    unknown = await failure(at_receiver(receiver, host="dsp.invalid"))

    assert (unknown.category, unknown.code, unknown.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "HOST_NOT_FOUND",
        True,
    )


async def test_a_host_that_cannot_be_reached(receiver: Receiver) -> None:
    """A multicast address: the kernel has no way there for TCP."""
    unreachable = await failure(at_receiver(receiver, host="224.0.0.1"))

    assert (unreachable.category, unreachable.code, unreachable.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "HOST_UNREACHABLE",
        True,
    )


@pytest.mark.parametrize(
    ("words", "code", "retryable"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "CONNECTION_LOST", True),
        (b"SSH-1.5-old\r\n", "NO_COMMON_ALGORITHM", False),
        (b"SSH-2.0-odd\r\n" + b"\xff" * 4000, "PROTOCOL_ERROR", True),
    ],
)
async def test_a_server_that_speaks_something_else(
    receiver: Receiver, words: bytes, code: str, retryable: bool
) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        other = await failure(at_receiver(receiver, port=server.sockets[0].getsockname()[1]))

    assert (other.code, other.retryable) == (code, retryable)


async def test_a_server_that_never_says_a_word(receiver: Receiver) -> None:
    with SilentServer() as silent:
        timed_out = await failure(at_receiver(receiver, port=silent.port, timeout=0.3))

    assert (timed_out.category, timed_out.code, timed_out.retryable) == (
        ErrorCategory.NETWORK_TIMEOUT,
        "CONNECT_TIMEOUT",
        True,
    )


async def test_a_server_that_offers_no_algorithm_of_ours(tmp_path: Path) -> None:
    async with asyncssh_server(tmp_path, encryption_algs=["3des-cbc"]) as (port, host_key):
        refused = await failure(at(port, host_key))

    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "NO_COMMON_ALGORITHM",
        False,
    )


async def test_a_server_without_sftp(tmp_path: Path) -> None:
    async with asyncssh_server(tmp_path, sftp=False) as (port, host_key):
        refused = await failure(at(port, host_key))

    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.API_UNAVAILABLE,
        "SFTP_UNAVAILABLE",
        True,
    )


# What the server refuses.


async def test_a_directory_that_may_not_be_written(keys: Path) -> None:
    with openssh(keys, subsystem="internal-sftp -R") as server:
        refused = await failure(at_openssh(server))

    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.AUTH_INVALID,
        "PERMISSION_DENIED",
        False,
    )


async def test_a_server_that_lets_nothing_be_renamed(keys: Path) -> None:
    with openssh(keys, subsystem="internal-sftp -P rename,posix-rename") as server:
        refused = await failure(at_openssh(server))

        assert (refused.category, refused.code, refused.retryable) == (
            ErrorCategory.AUTH_INVALID,
            "RENAME_REFUSED",
            False,
        )
        assert [path for path in server.directory.rglob("*") if path.is_file()] == []


async def test_a_server_without_the_posix_rename_replaces_files_too(tmp_path: Path) -> None:
    class Plain(asyncssh.SFTPServer):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPOpUnsupported("not here")

    async with asyncssh_server(tmp_path, Plain) as (port, host_key):
        await put(at(port, host_key), "message.xml", BytesSource(b"first version"))
        await put(at(port, host_key), "message.xml", BytesSource(b"second"))

    assert [path.name for path in tmp_path.iterdir()] == ["message.xml"]
    assert (tmp_path / "message.xml").read_bytes() == b"second"


async def test_a_full_disk_behind_openssh_which_only_says_failure(keys: Path) -> None:
    try:
        disk = small_disk(keys / "directory", 2 * MEBIBYTE)
        folder = disk.__enter__()
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    try:
        with openssh(keys) as server:
            full = await failure(at_openssh(server), "batch/large.wav", PatternSource(5 * MEBIBYTE))
            await put(at_openssh(server), "batch/small.wav", PatternSource(MEBIBYTE))

        assert (full.category, full.code, full.retryable) == (
            ErrorCategory.API_UNAVAILABLE,
            "REMOTE_DISK_FULL",
            True,
        )
        assert [path.name for path in folder.rglob("*") if path.is_file()] == ["small.wav"]
    finally:
        disk.__exit__(None, None, None)


async def test_a_quota_that_is_used_up(tmp_path: Path) -> None:
    options = ReceiverOptions(quota=2 * MEBIBYTE)
    async with Receiver(tmp_path, [ReceiverUser("label", password=PASSWORD)], options=options) as receiver:
        full = await failure(at_receiver(receiver), "batch/large.wav", PatternSource(5 * MEBIBYTE))
        await put(at_receiver(receiver), "batch/small.wav", PatternSource(MEBIBYTE))

        assert (full.code, full.retryable) == ("REMOTE_DISK_FULL", True)
        assert [path.name for path in receiver.user_folder("label").rglob("*.*")] == ["small.wav"]


async def test_a_server_that_loses_the_end_of_a_file(tmp_path: Path) -> None:
    class Forgetful(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if offset < 2 * MEBIBYTE:
                super().write(file_obj, offset, data)
            return len(data)

    async with asyncssh_server(tmp_path, Forgetful) as (port, host_key):
        truncated = await failure(at(port, host_key), "large.wav", PatternSource(3 * MEBIBYTE))

    assert (truncated.category, truncated.code, truncated.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "REMOTE_SIZE_WRONG",
        True,
    )
    assert list(tmp_path.iterdir()) == []


async def test_a_failure_that_nobody_explains_is_tried_again(tmp_path: Path) -> None:
    class Moody(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            raise asyncssh.SFTPFailure("not today")

    async with asyncssh_server(tmp_path, Moody) as (port, host_key):
        unexplained = await failure(at(port, host_key), "message.xml")

    assert (unexplained.category, unexplained.code, unexplained.retryable) == (
        ErrorCategory.UNKNOWN,
        "REMOTE_FAILURE",
        True,
    )
    assert "not today" in unexplained.message
    assert list(tmp_path.iterdir()) == []


async def test_an_answer_that_is_not_there_or_too_large(receiver: Receiver) -> None:
    async with SftpTransport().connect(at_receiver(receiver)) as session:
        await session.put("acknowledgements/a.xml", BytesSource(b"0123456789"), ignore)

        with pytest.raises(TransportError) as missing:
            await session.read("acknowledgements/b.xml", max_size=100)
        with pytest.raises(TransportError) as large:
            await session.read("acknowledgements/a.xml", max_size=9)

    assert (missing.value.code, large.value.code) == ("REMOTE_FILE_MISSING", "REMOTE_FILE_TOO_LARGE")


# Our own file.


async def test_a_file_that_shrank_since_it_was_announced(receiver: Receiver) -> None:
    class Shrunk(BytesSource):
        @property
        def size(self) -> int:
            return len(self.content) + 1

    changed = await failure(at_receiver(receiver), source=Shrunk(b"content"))

    assert (changed.code, changed.retryable) == ("SOURCE_CHANGED", False)
    assert [path for path in receiver.user_folder("label").rglob("*") if path.is_file()] == []


async def test_our_own_file_that_cannot_be_read_is_not_blamed_on_the_server(receiver: Receiver, tmp_path: Path) -> None:
    class Gone(BytesSource):
        local_path = tmp_path / "gone.wav"

    unreadable = await failure(at_receiver(receiver), source=Gone(b"content"))

    assert (unreadable.category, unreadable.code, unreadable.retryable) == (
        ErrorCategory.UNKNOWN,
        "SOURCE_UNREADABLE",
        True,
    )


@pytest.mark.parametrize("path", ["../outside.xml", "a/../../b.xml", "/etc/passwd", "a//b.xml", "a/./b.xml"])
async def test_no_path_leaves_the_directory(receiver: Receiver, path: str) -> None:
    refused = await failure(at_receiver(receiver), path)

    assert (refused.code, refused.retryable) == ("PATH_UNSAFE", False)


# The line.


async def test_a_connection_that_is_cut_in_mid_file_is_continued_by_the_next_attempt(receiver: Receiver) -> None:
    source = PatternSource(32 * MEBIBYTE)
    async with BadLine(receiver.port, 24 * MEBIBYTE, "cut") as line:
        lost = await failure(at_receiver(receiver, port=line.port), "batch/track.wav", source)

    assert (lost.category, lost.code, lost.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "CONNECTION_LOST",
        True,
    )
    folder = receiver.user_folder("label") / "batch"
    await wait_until(lambda: [path.name for path in folder.iterdir()] == [".track.wav.part"])

    told = await put(at_receiver(receiver), "batch/track.wav", source)

    assert told[0] > 4 * MEBIBYTE, "it started again from the beginning"
    assert told[-1] == source.size
    assert [path.name for path in folder.iterdir()] == ["track.wav"]
    assert await hash_of(folder / "track.wav") == await source.hash("sha256")


async def test_a_server_that_is_killed_in_mid_file(keys: Path) -> None:
    with openssh(keys) as server:
        settings = at_openssh(server)

        async def kill() -> None:
            server.kill()

        lost = await failure(settings, "batch/track.wav", InterruptedSource(PatternSource(24 * MEBIBYTE), kill))

    assert (lost.code, lost.retryable) == ("CONNECTION_LOST", True)


async def test_what_is_left_of_another_file_is_not_continued(receiver: Receiver) -> None:
    """The same path, the same size, another content: the sample before the point of resumption differs."""
    folder = receiver.user_folder("label") / "batch"
    folder.mkdir()
    (folder / ".track.wav.part").write_bytes(b"x" * (16 * MEBIBYTE))
    source = PatternSource(24 * MEBIBYTE)

    told = await put(at_receiver(receiver), "batch/track.wav", source)

    assert told[0] < 4 * MEBIBYTE
    assert await hash_of(folder / "track.wav") == await source.hash("sha256")


async def test_a_longer_rest_of_an_earlier_attempt_is_not_kept(receiver: Receiver) -> None:
    folder = receiver.user_folder("label") / "batch"
    folder.mkdir()
    (folder / ".track.wav.part").write_bytes(b"x" * (16 * MEBIBYTE))
    source = PatternSource(8 * MEBIBYTE)

    await put(at_receiver(receiver), "batch/track.wav", source)

    assert (folder / "track.wav").stat().st_size == source.size
    assert await hash_of(folder / "track.wav") == await source.hash("sha256")


async def test_a_line_that_stays_open_but_passes_nothing_on(receiver: Receiver) -> None:
    async with BadLine(receiver.port, 8 * MEBIBYTE, "stall") as line:
        settings = at_receiver(receiver, port=line.port, stall_timeout=0.5)
        stalled = await failure(settings, "batch/track.wav", PatternSource(24 * MEBIBYTE))

    assert (stalled.category, stalled.code, stalled.retryable) == (
        ErrorCategory.NETWORK_TIMEOUT,
        "TRANSFER_STALLED",
        True,
    )


async def test_every_file_that_was_under_way_learns_of_the_lost_connection(receiver: Receiver) -> None:
    async with SftpTransport().connect(at_receiver(receiver)) as session:
        arrived = asyncio.Event()

        async def progress(_: int) -> None:
            arrived.set()

        putting = [
            asyncio.ensure_future(session.put(f"batch/{number}.wav", PatternSource(24 * MEBIBYTE), progress))
            for number in range(3)
        ]
        await arrived.wait()
        await receiver.cut()
        failures = await asyncio.gather(*putting, return_exceptions=True)

    codes = [each.code for each in failures if isinstance(each, TransportError)]
    assert codes == ["CONNECTION_LOST"] * 3


async def hash_of(path: Path) -> str:
    return await BytesFile(path).hash("sha256")


class BytesFile(PatternSource):
    """A file of this machine, hashed like a source."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.stat().st_size)
        self._content = path.read_bytes()

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        for start in range(offset, self.size, block_size):
            yield self._content[start : start + block_size]


async def test_who_cancels_while_the_server_stalls_is_free_at_once(tmp_path: Path) -> None:
    stalled, gone = asyncio.Event(), asyncio.Event()

    class Stalling(asyncssh.SFTPServer):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            stalled.set()
            await self.channel.get_connection().wait_closed()
            gone.set()
            raise asyncssh.SFTPConnectionLost("nobody is there any more")

    async with (
        asyncssh_server(tmp_path, Stalling) as (port, host_key),
        SftpTransport().connect(at(port, host_key, stall_timeout=60)) as session,
    ):
        putting = asyncio.ensure_future(session.put("track.wav", BytesSource(b"content"), ignore))
        await stalled.wait()
        putting.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await putting
            await gone.wait()

    assert [file.name for file in tmp_path.iterdir()] == [".track.wav.part"]
