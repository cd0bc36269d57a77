"""Every way in which FTP is refused, with the exact code that says so."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from distro_plugins.ftp import FtpSettings, FtpTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import SilentServer, free_port, small_disk
from tests.ftp_faults import scripted_server
from tests.ftp_servers import (
    EVERYTHING,
    Certificate,
    DTPHandler,
    FTPHandler,
    FtpServerUnderTest,
    LocalFilesystem,
    make_certificate,
    open_folder,
    proftpd,
    program,
    pyftpdlib,
    vsftpd,
)

MEBIBYTE = 1024 * 1024
Start = Callable[..., AbstractContextManager[FtpServerUnderTest]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServerUnderTest]:
    with pyftpdlib(tmp_path_factory.mktemp("ftp")) as running:
        yield running


@pytest.fixture(scope="module")
def secure(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServerUnderTest]:
    with pyftpdlib(tmp_path_factory.mktemp("ftps"), certificate) as running:
        yield running


@pytest.fixture(params=["vsftpd", "proftpd"])
def debian(request: pytest.FixtureRequest) -> Start:
    if program(request.param) is None:
        pytest.skip(f"{request.param} is not on this machine (make ftpd)")
    return {"vsftpd": vsftpd, "proftpd": proftpd}[request.param]


def at(port: int, **others: object) -> FtpSettings:
    return FtpSettings.model_validate(
        {"host": "127.0.0.1", "port": port, "username": "label", "password": "p", "encryption": "none"} | others
    )


async def put(settings: FtpSettings, path: str, source: FileSource) -> list[int]:
    told: list[int] = []

    async def progress(sent: int) -> None:
        told.append(sent)

    async with FtpTransport().connect(settings) as session:
        await session.put(path, source, progress)
    return told


async def failure(
    settings: FtpSettings, path: str = "batch/message.xml", source: FileSource | None = None
) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, path, source or BytesSource(b"content"))
    return caught.value


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def verdict(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


# Connecting and signing in.


@pytest.mark.proves("PRO-01")
async def test_a_wrong_password_is_refused_and_not_tried_again(server: FtpServerUnderTest) -> None:
    refused = await failure(server.settings(password="battery staple"))

    assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False)
    assert "battery staple" not in str(refused)


async def test_a_server_that_repeats_the_password_does_not_get_it_into_our_messages() -> None:
    async with scripted_server({"PASS": "530 no user has the password battery-staple"}) as port:
        refused = await failure(at(port, password="battery-staple"))

    assert refused.code == "LOGIN_REFUSED"
    assert "battery-staple" not in refused.message


async def test_a_port_where_nobody_listens_on_a_host_with_two_addresses() -> None:
    refused = await failure(at(free_port(), host="localhost"))

    assert verdict(refused) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_REFUSED", True)


async def test_a_host_that_does_not_exist() -> None:
    unknown = await failure(at(21, host="dsp.invalid"))

    assert verdict(unknown) == (ErrorCategory.NETWORK_CONNECTIVITY, "HOST_NOT_FOUND", True)


async def test_a_host_that_cannot_be_reached() -> None:
    """A multicast address: the kernel has no way there for TCP."""
    unreachable = await failure(at(21, host="224.0.0.1"))

    assert verdict(unreachable) == (ErrorCategory.NETWORK_CONNECTIVITY, "HOST_UNREACHABLE", True)


async def test_a_private_address_is_refused_unless_the_operator_allows_it(server: FtpServerUnderTest) -> None:
    allowed = FtpTransport(AddressPolicy(["127.0.0.0/8"]))
    with pytest.raises(TransportError) as caught:
        async with FtpTransport(AddressPolicy()).connect(server.settings()):
            raise AssertionError("it connected")
    async with allowed.connect(server.settings()) as session:
        found = await session.stat("nothing.xml")

    assert verdict(caught.value) == (ErrorCategory.NETWORK_CONNECTIVITY, "ADDRESS_FORBIDDEN", False)
    assert found is None


async def test_a_server_that_never_says_a_word() -> None:
    with SilentServer() as silent:
        timed_out = await failure(at(silent.port, timeout=0.3))

    assert verdict(timed_out) == (ErrorCategory.NETWORK_TIMEOUT, "CONNECT_TIMEOUT", True)


@pytest.mark.parametrize(
    ("greeting", "code", "retryable"),
    [
        ("HTTP/1.1 400 Bad Request\r\n", "PROTOCOL_ERROR", True),
        ("421 Too many users\r\n", "FTP_UNAVAILABLE", True),
        ("220-" + "x" * 9000 + "\r\n", "PROTOCOL_ERROR", True),
        ("220-hello\r\n" * 2000, "PROTOCOL_ERROR", True),
    ],
    ids=["HTTP", "busy", "long", "endless"],
)
async def test_a_server_that_does_not_let_us_in(greeting: str, code: str, retryable: bool) -> None:
    async with scripted_server({}, greeting) as port:
        refused = await failure(at(port))

    assert (refused.code, refused.retryable) == (code, retryable)


# TLS.


@pytest.mark.proves("PRO-01")
async def test_a_server_without_tls_never_gets_the_password(server: FtpServerUnderTest) -> None:
    asked: list[str] = []
    async with scripted_server({"AUTH": "502 no"}, asked=asked) as port:
        refused = await failure(at(port, encryption="tls"))

    assert verdict(refused) == (ErrorCategory.NETWORK_CONNECTIVITY, "TLS_UNAVAILABLE", False)
    assert asked == ["AUTH TLS"]


async def test_a_certificate_of_nobody_we_trust(secure: FtpServerUnderTest) -> None:
    refused = await failure(secure.settings(ca_certificates=None))

    assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "CERTIFICATE_REFUSED", False)


async def test_a_certificate_of_another_name(tmp_path: Path) -> None:
    foreign = make_certificate(tmp_path / "certificate", "ftp.dsp.example")
    with pyftpdlib(tmp_path, foreign) as server:
        refused = await failure(server.settings())

    assert refused.code == "CERTIFICATE_REFUSED"


async def test_a_pinned_certificate_is_trusted_and_no_other_one(
    secure: FtpServerUnderTest, certificate: Certificate, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path)

    await put(secure.settings(certificate_fingerprint=certificate.fingerprint), "pinned.xml", BytesSource(b"content"))
    refused = await failure(secure.settings(certificate_fingerprint=other.fingerprint))

    assert (secure.folder / "pinned.xml").read_bytes() == b"content"
    assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "CERTIFICATE_REFUSED", False)
    assert certificate.fingerprint.rpartition("=")[2] in refused.message


async def test_a_server_that_babbles_instead_of_tls() -> None:
    async with scripted_server({"AUTH": "234 go on\r\n" * 2}) as port:
        refused = await failure(at(port, encryption="tls"))

    assert verdict(refused) == (ErrorCategory.NETWORK_CONNECTIVITY, "TLS_FAILED", False)


async def test_words_slipped_in_before_tls_are_not_taken_for_replies_within_it(
    certificate: Certificate, tmp_path: Path
) -> None:
    """Someone in between answers the later commands in advance, in the clear (CVE-2011-0411)."""

    def answer_in_advance(handler: Any, _: str) -> None:
        handler.push("234 AUTH TLS successful.\r\n331 And the password?\r\n230 You are in.\r\n")
        handler.secure_connection(handler.get_ssl_context())

    with pyftpdlib(tmp_path, certificate, ftp_AUTH=answer_in_advance) as server:
        refused = await failure(server.settings(password="battery staple"))

    assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False)


# Where data go.


async def test_an_address_that_the_server_names_is_not_followed(tmp_path: Path) -> None:
    """PASV may name any host: we stay with the one that was checked."""
    with pyftpdlib(tmp_path, masquerade_address="203.0.113.5", proto_cmds=without("EPSV")) as server:
        await put(server.settings(), "message.xml", BytesSource(b"content"))

        assert (server.folder / "message.xml").read_bytes() == b"content"


async def test_a_data_port_that_is_closed() -> None:
    async with scripted_server({"EPSV": f"229 here (|||{free_port()}|)", "CWD": "250 ok"}) as port:
        refused = await failure(at(port), "message.xml")

    assert verdict(refused) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_REFUSED", True)


async def test_a_server_that_does_not_open_data_connections() -> None:
    async with scripted_server({"EPSV": "425 Cannot open passive connection", "CWD": "250 ok"}) as port:
        refused = await failure(at(port), "message.xml")

    assert verdict(refused) == (ErrorCategory.NETWORK_CONNECTIVITY, "DATA_CONNECTION_FAILED", True)


async def test_a_server_that_cannot_even_tell_sizes() -> None:
    async with scripted_server({}) as port, FtpTransport().connect(at(port)) as session:
        with pytest.raises(TransportError) as caught:
            await session.stat("message.xml")

    assert verdict(caught.value) == (ErrorCategory.API_UNAVAILABLE, "COMMAND_UNSUPPORTED", False)


# Permission and room.


async def test_a_folder_in_which_nothing_may_be_written(tmp_path: Path) -> None:
    with pyftpdlib(tmp_path, permissions="elr") as server:
        refused = await failure(server.settings(), "message.xml")

    assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False)


async def test_a_folder_of_somebody_else(debian: Start) -> None:
    with open_folder() as folder, debian(folder) as server:
        (server.folder / "theirs").mkdir(mode=0o555)
        refused = await failure(server.settings(), "theirs/message.xml")

    assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False)


async def test_a_server_that_lets_nothing_be_renamed(tmp_path: Path) -> None:
    with pyftpdlib(tmp_path, permissions=EVERYTHING.replace("f", "")) as server:
        refused = await failure(server.settings())

        assert verdict(refused) == (ErrorCategory.AUTH_INVALID, "RENAME_REFUSED", False)
        assert files_in(server.folder) == []


async def test_a_server_that_renames_over_no_file_replaces_files_too(tmp_path: Path) -> None:
    class Careful(LocalFilesystem):  # type: ignore[misc]
        def rename(self, src: str, dst: str) -> None:
            if Path(dst).exists():
                raise OSError(errno.EEXIST, "File exists")
            super().rename(src, dst)

    with pyftpdlib(tmp_path, abstracted_fs=Careful) as server:
        await put(server.settings(), "message.xml", BytesSource(b"first version"))
        await put(server.settings(), "message.xml", BytesSource(b"second"))

        assert files_in(server.folder) == ["message.xml"]
        assert (server.folder / "message.xml").read_bytes() == b"second"


async def test_a_full_disk(debian: Start) -> None:
    with open_folder() as folder, ExitStack() as mounted:
        try:
            mounted.enter_context(small_disk(folder / ("root/up" if debian is vsftpd else "root"), 2 * MEBIBYTE))
        except OSError as error:
            pytest.skip(f"no file system can be mounted here: {error}")
        with debian(folder) as server:
            full = await failure(server.settings(), "batch/large.wav", PatternSource(5 * MEBIBYTE))
            await put(server.settings(), "batch/small.wav", PatternSource(MEBIBYTE))

            assert verdict(full) == (ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", True)
            assert files_in(server.folder) == ["small.wav"]


async def test_a_quota_that_is_used_up(tmp_path: Path) -> None:
    class Quota(DTPHandler):  # type: ignore[misc]
        def handle_read(self) -> None:
            super().handle_read()
            if self.get_transmitted_bytes() > 2 * MEBIBYTE and not self._closed:
                self._resp = ("552 Quota exceeded.", print)
                self.close()

        handle_read_event = handle_read

    with pyftpdlib(tmp_path, dtp_handler=Quota) as server:
        async with FtpTransport().connect(server.settings(connections=1)) as session:
            with pytest.raises(TransportError) as caught:
                await session.put("batch/large.wav", PatternSource(9 * MEBIBYTE), ignore)
            await session.put("batch/small.wav", PatternSource(MEBIBYTE), ignore)

        assert verdict(caught.value) == (ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", True)
        assert files_in(server.folder) == ["small.wav"]


async def test_a_server_that_confirms_what_it_did_not_keep(tmp_path: Path) -> None:
    class Short(LocalFilesystem):  # type: ignore[misc]
        def lstat(self, path: str) -> os.stat_result:
            told = super().lstat(path)
            return os.stat_result([*told[:6], told.st_size // 2, *told[7:10]])

        stat = lstat

    with pyftpdlib(tmp_path, abstracted_fs=Short) as server:
        truncated = await failure(server.settings(), "large.wav", PatternSource(3 * MEBIBYTE))

        assert verdict(truncated) == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_SIZE_WRONG", True)
        assert files_in(server.folder) == []


async def test_an_answer_that_is_not_there_or_too_large(server: FtpServerUnderTest) -> None:
    async with FtpTransport().connect(server.settings()) as session:
        await session.put("acknowledgements/a.xml", BytesSource(b"0123456789"), ignore)

        with pytest.raises(TransportError) as missing:
            await session.read("acknowledgements/b.xml", max_size=100)
        with pytest.raises(TransportError) as large:
            await session.read("acknowledgements/a.xml", max_size=9)
        with pytest.raises(TransportError) as unhashed:
            await session.remote_hash("acknowledgements/b.xml", "md5")

    assert (missing.value.code, large.value.code) == ("REMOTE_FILE_MISSING", "REMOTE_FILE_TOO_LARGE")
    assert unhashed.value.code == "REMOTE_FILE_MISSING"


# Our own file.


async def test_a_file_that_shrank_since_it_was_announced(server: FtpServerUnderTest) -> None:
    class Shrunk(BytesSource):
        @property
        def size(self) -> int:
            return len(self.content) + 1

    changed = await failure(server.settings("shrunk"), source=Shrunk(b"content"))

    assert (changed.code, changed.retryable) == ("SOURCE_CHANGED", False)
    assert files_in(server.folder / "shrunk") == []


async def test_our_own_file_that_cannot_be_read_is_not_blamed_on_the_server(
    server: FtpServerUnderTest, tmp_path: Path
) -> None:
    class Gone(BytesSource):
        local_path = tmp_path / "gone.wav"

    async with FtpTransport().connect(server.settings("gone", connections=1)) as session:
        with pytest.raises(TransportError) as caught:
            await session.put("batch/gone.wav", Gone(b"content"), ignore)
        await session.put("batch/next.wav", BytesSource(b"content"), ignore)

    assert verdict(caught.value) == (ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", True)
    assert files_in(server.folder / "gone") == ["next.wav"]


@pytest.mark.parametrize(
    "path", ["../a.xml", "a/../../b.xml", "/etc/passwd", "a//b.xml", "a/./b.xml", "a\r\nDELE b", "\ud800.xml"]
)
async def test_no_path_leaves_the_directory_or_ends_a_command(server: FtpServerUnderTest, path: str) -> None:
    refused = await failure(server.settings(), path)

    assert verdict(refused) == (ErrorCategory.UNKNOWN, "PATH_UNSAFE", False)


async def ignore(_: int) -> None:
    await asyncio.sleep(0)


def without(command: str) -> dict[str, Any]:
    return {name: how for name, how in FTPHandler.proto_cmds.items() if name != command}
