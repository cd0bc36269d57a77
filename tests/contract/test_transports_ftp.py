"""The FTP transport on three servers, each with TLS and without."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from pydantic import BaseModel

from distro_plugins.ftp import FtpSettings, FtpTransport
from distro_sdk.errors import ErrorCategory
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import Transport
from tests.exchange_servers import free_port
from tests.ftp_servers import (
    Certificate,
    FtpServerUnderTest,
    make_certificate,
    open_folder,
    proftpd,
    program,
    pyftpdlib,
    vsftpd,
)

SERVERS = {"pyftpdlib": pyftpdlib, "vsftpd": vsftpd, "proftpd": proftpd}
EVERY_SERVER = [f"{name}{tls}" for name in SERVERS for tls in ("", "+tls")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=EVERY_SERVER)
def server(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[FtpServerUnderTest]:
    name, _, tls = request.param.partition("+")
    with open_folder() as folder, run(name, folder, certificate if tls else None) as running:
        yield running


def run(name: str, folder: Path, certificate: Certificate | None) -> AbstractContextManager[FtpServerUnderTest]:
    if name != "pyftpdlib" and program(name) is None:
        pytest.skip(f"{name} is not on this machine (make ftpd)")
    return SERVERS[name](folder, certificate)


@pytest.fixture
def settings(server: FtpServerUnderTest, tmp_path: Path) -> FtpSettings:
    return server.settings(directory=tmp_path.name)


@pytest.mark.proves("PRO-01", "PRO-07")
class TestFtp(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return FtpTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return FtpTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, settings: FtpSettings) -> BaseModel:
        return settings

    @pytest.fixture
    def refusals(self, server: FtpServerUnderTest) -> Sequence[Refusal]:
        nobody = server.settings(port=free_port())
        unknown = server.settings(host="dsp.invalid")
        wrong = server.settings(password="battery staple")
        return [
            Refusal("nobody listens", nobody, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
            Refusal("no such host", unknown, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
            Refusal("a wrong password", wrong, ErrorCategory.AUTH_INVALID, retryable=False),
        ]


async def test_sixteen_files_at_once_share_four_connections(
    server: FtpServerUnderTest, settings: FtpSettings, tmp_path: Path
) -> None:
    contents = {f"Release1/audio/{number:03}.wav": bytes([number]) * 700_000 for number in range(16)}

    async def ignore(_: int) -> None:
        return

    async with FtpTransport().connect(settings) as session:
        await asyncio.gather(*(session.put(path, BytesSource(content), ignore) for path, content in contents.items()))

    folder = server.folder / tmp_path.name
    assert {path: (folder / path).read_bytes() for path in contents} == contents
    assert list(folder.rglob(".*")) == []
