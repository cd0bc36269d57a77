"""What the SDK gives to transports over HTTP: settings, addresses, and connections without what this machine has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientTimeout, web
from pydantic import BaseModel, ValidationError

from distro_sdk.certificates import CertificateText, trust_beside, trust_in
from distro_sdk.errors import TransportError
from distro_sdk.http import FAILURES, client_error, guarded_session
from distro_sdk.http_targets.addresses import checked_address, file_address, folders_of
from distro_sdk.http_targets.client import Call, open_client
from distro_sdk.http_targets.failures import status_error
from distro_sdk.http_targets.settings import HttpAddress, HttpTarget
from distro_sdk.network import AddressPolicy
from distro_sdk.network_settings import PrivateNetworks, StallTimeout, Timeout
from tests.exchange_servers import free_port
from tests.http_receiver import make_certificate

LOOPBACK = AddressPolicy(["127.0.0.0/8"])


class Shop(HttpTarget):
    """Settings of a transport that a stranger writes."""

    stock_address: HttpAddress | None = None
    ca_certificates: CertificateText | None = None
    timeout: Timeout = 5
    stall_timeout: StallTimeout = 5

    def destinations(self) -> Mapping[str, str | None]:
        return {"address": self.address, "stock_address": self.stock_address}


class Operator(BaseModel):
    """What an operator sets."""

    private_networks: PrivateNetworks = ()


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, list[Mapping[str, str]]]]:
    """A server that sets a cookie and answers compressed where that is asked for; its address, and what it was told."""
    seen: list[Mapping[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        response = web.Response(text="stock " * 100)
        response.enable_compression()
        response.set_cookie("who", "you")
        return response

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}", seen
    finally:
        await runner.cleanup()


async def test_a_session_takes_nothing_from_the_machine_and_keeps_no_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    timeout = ClientTimeout(total=5)
    async with serving() as (address, seen):
        async with guarded_session(LOOPBACK, trust_in(None), timeout=timeout, headers={"X-Shop": "7"}) as session:
            texts = [await (await session.get(address)).text() for _ in range(2)]
        async with guarded_session(LOOPBACK, trust_in(None), timeout=timeout, unpacks=True) as session:
            packed = await session.get(address)
            unpacked = await packed.text()

    first, second, third = seen
    assert texts == ["stock " * 100] * 2
    assert (first["Accept-Encoding"], first["User-Agent"], first["X-Shop"]) == ("identity", "stardust-distro", "7")
    assert "Cookie" not in second
    assert "gzip" in third["Accept-Encoding"]
    assert (packed.headers["Content-Encoding"], unpacked) == ("deflate", "stock " * 100)


async def test_a_session_connects_to_no_address_that_is_forbidden() -> None:
    async with guarded_session(AddressPolicy(), trust_in(None), timeout=ClientTimeout(total=5)) as session:
        with pytest.raises((*FAILURES, TransportError)) as refused:
            await session.get("http://127.0.0.1:1/")

    assert client_error(refused.value, "read stock").code == "ADDRESS_FORBIDDEN"


async def test_a_client_of_a_strangers_settings_sends_requests() -> None:
    async with serving() as (address, _):
        shop = Shop(address=address, allow_plain=True)
        async with open_client(shop, LOOPBACK) as client:
            answer = await client.send(Call("GET", f"{shop.address}/stock", "read stock", most=1000))
            with pytest.raises(TransportError) as refused:
                await client.send(Call("GET", f"{shop.address}/stock", "read stock", most=10))

    assert (answer.succeeded, answer.content) == (True, b"stock " * 100)
    assert refused.value.code == "REMOTE_FILE_TOO_LARGE"


async def test_each_address_of_a_target_is_judged() -> None:
    shop = Shop(address="https://127.0.0.1/", stock_address="https://10.0.0.1/stock")

    forbidden = await AddressPolicy().find_forbidden(shop.destinations())

    assert (shop.address, set(forbidden)) == ("https://127.0.0.1", {"address", "stock_address"})


@pytest.mark.parametrize("setting", ["address", "stock_address"])
def test_an_address_that_is_readable_to_all_has_to_be_allowed(setting: str) -> None:
    given = {"address": "https://shop.example", setting: "http://shop.example"}

    with pytest.raises(ValidationError, match="needs allow_plain"):
        Shop.model_validate(given)

    assert Shop.model_validate({**given, "allow_plain": True}).allow_plain


@pytest.mark.parametrize(
    "address",
    [
        "ftp://shop.example",
        "https://",
        "https://user:secret@shop.example",
        "https://shop.example/?q=1",
        "https://shop.example/#end",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shop.example:0/",
        "https://shop.example/a/../b",
        "https://shop.example/a/%2e%2E/b",
        "https://shop.example/a%2F..%2Fb",
    ],
)
def test_an_address_that_leads_astray_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"must|port 0"):
        checked_address(address)


def test_files_lie_below_their_target() -> None:
    assert file_address("https://shop.example/in", "a b/ü#1.wav") == "https://shop.example/in/a%20b/%C3%BC%231.wav"
    assert folders_of("a/b/c.wav") == ["a", "a/b"]
    assert folders_of("c.wav") == []


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../a", "a/./b", "a\r\nb", "a\x7f", "\ud800"])
def test_a_path_that_would_leave_its_target_is_refused(path: str) -> None:
    with pytest.raises(TransportError) as refused:
        file_address("https://shop.example/in", path)

    assert (refused.value.code, refused.value.retryable) == ("PATH_UNSAFE", False)


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (302, "REDIRECT_REFUSED", False),
        (304, "PROTOCOL_ERROR", True),
        (401, "LOGIN_REFUSED", False),
        (418, "REQUEST_REFUSED", False),
        (503, "HTTP_UNAVAILABLE", True),
        (507, "REMOTE_DISK_FULL", True),
    ],
)
def test_a_status_is_told_without_the_answers_text(status: int, code: str, *, retryable: bool) -> None:
    error = status_error(status, "No\x00pe " + "x" * 200, {"Retry-After": "7"}, "write a.wav")

    assert (error.code, error.retryable, error.retry_after) == (code, retryable, 7)
    assert error.message == f"cannot write a.wav: the server says {status} Nope {'x' * 95}"


def test_malformed_networks_are_refused() -> None:
    assert Operator(private_networks=("10.0.0.0/8",)).private_networks == ("10.0.0.0/8",)
    with pytest.raises(ValidationError, match=r"10\.0\.0\.0/99"):
        Operator(private_networks=("10.0.0.0/99",))


def test_authorities_beside_those_of_the_machine_are_trusted_as_well(tmp_path: Path) -> None:
    text = make_certificate(tmp_path).text

    own, beside, machine = trust_in(text), trust_beside(text), trust_beside(None)

    assert len(own.get_ca_certs()) <= 1
    assert beside.cert_store_stats()["x509"] == machine.cert_store_stats()["x509"] + 1
    assert beside.check_hostname
