"""The SFTP transport on two different servers: Debian's OpenSSH and asyncssh's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import asyncssh
import pytest
from pydantic import BaseModel

from distro_api.receiver import Receiver, ReceiverUser
from distro_plugins.sftp import SftpSettings, SftpTransport
from distro_sdk.errors import ErrorCategory
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import Transport
from tests.exchange_servers import OpenSsh, free_port, has_openssh, openssh

OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def unreachable(working: SftpSettings) -> list[Refusal]:
    """Ways in which no connection comes about, whatever the server."""
    return [
        Refusal(
            "nobody listens",
            working.model_copy(update={"port": free_port()}),
            ErrorCategory.NETWORK_CONNECTIVITY,
            retryable=True,
        ),
        Refusal(
            "no such host",
            working.model_copy(update={"host": "dsp.invalid"}),
            ErrorCategory.NETWORK_CONNECTIVITY,
            retryable=True,
        ),
        Refusal(
            "another host key",
            working.model_copy(update={"host_key": OTHER_KEY}),
            ErrorCategory.AUTH_INVALID,
            retryable=False,
        ),
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    if not has_openssh():
        pytest.skip("sshd is not on this machine (apt-get install openssh-server)")
    with openssh(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def openssh_settings(server: OpenSsh, directory: Path, **others: object) -> SftpSettings:
    settings = {
        "host": "127.0.0.1",
        "port": server.port,
        "username": server.user,
        "private_key": server.private_key,
        "host_key": server.host_key,
        "directory": str(directory),
    }
    return SftpSettings.model_validate(settings | others)


@pytest.mark.proves("PRO-02", "PRO-07")
class TestSftpOnOpenSsh(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return SftpTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return SftpTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, server: OpenSsh, tmp_path: Path) -> BaseModel:
        return openssh_settings(server, tmp_path / "incoming")

    @pytest.fixture
    def refusals(self, server: OpenSsh, tmp_path: Path) -> Sequence[Refusal]:
        stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        working = openssh_settings(server, tmp_path)
        wrong_key = openssh_settings(server, tmp_path, private_key=stranger)
        return [
            *unreachable(working),
            Refusal("a stranger's key", wrong_key, ErrorCategory.AUTH_INVALID, retryable=False),
        ]


@pytest.mark.proves("PRO-02", "PRO-07")
class TestSftpOnAsyncssh(TransportConformance):
    @pytest.fixture
    async def receiver(self, tmp_path: Path) -> AsyncIterator[Receiver]:
        async with Receiver(tmp_path, [ReceiverUser("label", password="correct horse")]) as running:
            yield running

    @pytest.fixture
    def transport(self) -> Transport:
        return SftpTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return SftpTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, receiver: Receiver) -> BaseModel:
        return receiver_settings(receiver)

    @pytest.fixture
    def refusals(self, receiver: Receiver) -> Sequence[Refusal]:
        wrong = receiver_settings(receiver, password="battery staple")
        return [
            *unreachable(receiver_settings(receiver)),
            Refusal("a wrong password", wrong, ErrorCategory.AUTH_INVALID, retryable=False),
        ]


def receiver_settings(receiver: Receiver, **others: object) -> SftpSettings:
    settings = {
        "host": receiver.host,
        "port": receiver.port,
        "username": "label",
        "password": "correct horse",
        "host_key": receiver.host_key,
    }
    return SftpSettings.model_validate(settings | others)


async def test_sixteen_files_at_once_share_one_session(server: OpenSsh, tmp_path: Path) -> None:
    contents = {f"Release1/audio/{number:03}.wav": bytes([number]) * 700_000 for number in range(16)}

    async def ignore(_: int) -> None:
        return

    async with SftpTransport().connect(openssh_settings(server, tmp_path)) as session:
        await asyncio.gather(*(session.put(path, BytesSource(content), ignore) for path, content in contents.items()))

    assert {path: (tmp_path / path).read_bytes() for path in contents} == contents
    assert list(tmp_path.rglob(".*")) == []
