"""The transports over HTTP on two different servers: one written for these tests, and rclone's WebDAV."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel

from distro_plugins.http_api import HttpPutTransport, HttpSettings, HttpWriteOnlyTransport
from distro_sdk.errors import ErrorCategory
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import Transport
from tests.exchange_servers import free_port, wait_for_port
from tests.http_receiver import HttpReceiver, http_receiver


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    async with http_receiver(tmp_path) as running:
        running.accepts = {"Bearer open-sesame"}
        yield running


def settings(address: str, **others: object) -> HttpSettings:
    given = {"address": address, "allow_plain": True, "authentication": "bearer", "token": "open-sesame"}
    return HttpSettings.model_validate(given | others)


def unreachable(address: str) -> list[Refusal]:
    """Ways in which no connection comes about, whatever the server."""
    return [
        Refusal(
            "nobody listens",
            settings(f"http://127.0.0.1:{free_port()}"),
            ErrorCategory.NETWORK_CONNECTIVITY,
            retryable=True,
        ),
        Refusal("no such host", settings("http://dsp.invalid"), ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
        Refusal("a wrong token", settings(address, token="guess"), ErrorCategory.AUTH_INVALID, retryable=False),
    ]


@pytest.mark.proves("PRO-07")
class TestHttpPut(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpPutTransport()

    @pytest.fixture
    def configuration(self, receiver: HttpReceiver) -> BaseModel:
        return settings(receiver.address)

    @pytest.fixture
    def refusals(self, receiver: HttpReceiver) -> Sequence[Refusal]:
        return unreachable(receiver.address)


@pytest.mark.proves("PRO-07")
class TestHttpWriteOnly(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpWriteOnlyTransport()

    @pytest.fixture
    def configuration(self, receiver: HttpReceiver) -> BaseModel:
        receiver.refuses = {"GET", "DELETE"}
        return settings(receiver.address)

    @pytest.fixture
    def refusals(self, receiver: HttpReceiver) -> Sequence[Refusal]:
        return unreachable(receiver.address)


@pytest.fixture
def webdav(tmp_path: Path) -> Iterator[str]:
    """The address of rclone's WebDAV server, which wants folders made and shows files while they are written."""
    beside = Path(sys.executable).with_name("rclone")
    program = str(beside) if beside.exists() else shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not on this machine")
    port = free_port()
    (tmp_path / "webdav").mkdir()
    command = [program, "serve", "webdav", str(tmp_path / "webdav"), "--config", str(tmp_path / "rclone.conf")]
    command += ["--addr", f"127.0.0.1:{port}", "--user", "label", "--pass", "open-sesame", "--etag-hash", "MD5"]
    with (tmp_path / "rclone.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.proves("PRO-07")
class TestHttpPutOnWebdav(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpPutTransport()

    @pytest.fixture
    def configuration(self, webdav: str) -> BaseModel:
        return webdav_settings(webdav)

    @pytest.fixture
    def refusals(self, webdav: str) -> Sequence[Refusal]:
        wrong = webdav_settings(webdav, password="guess")
        return [Refusal("a wrong password", wrong, ErrorCategory.AUTH_INVALID, retryable=False)]

    @pytest.mark.skip(reason="this server tells MD5 alone, as its ETag; the test of its own below compares that")
    async def test_hashes_are_those_it_declares(self, transport: Transport, configuration: BaseModel) -> None:
        raise AssertionError


def webdav_settings(address: str, **others: object) -> HttpSettings:
    given = {
        "address": address,
        "allow_plain": True,
        "authentication": "basic",
        "username": "label",
        "password": "open-sesame",
        "publish": "move",
        "etag_is_md5": True,
    }
    return HttpSettings.model_validate(given | others)
