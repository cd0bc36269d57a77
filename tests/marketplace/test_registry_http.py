"""Registries over HTTPS, read from a real server with a certificate of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from distro_core.marketplace.registry.sources import read_whole, resolve_address
from distro_plugins.registry_http import RegistryHttpPlugin
from distro_sdk.errors import DomainError
from tests.http_receiver import Certificate, HttpReceiver, http_receiver, make_certificate

LOOPBACK: dict[str, Any] = {"private_networks": ["127.0.0.0/8"]}


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture
async def server(tmp_path: Path, certificate: Certificate) -> AsyncIterator[HttpReceiver]:
    (tmp_path / "files").mkdir()
    async with http_receiver(tmp_path / "files", certificate) as running:
        (running.folder / "registry.json").write_bytes(b"owls" * 50_000)
        yield running


async def read(address: str, most: int = 1_000_000, **settings: Any) -> bytes:
    sources = RegistryHttpPlugin(settings).register_registry_sources()
    return await read_whole({source.key: source for source in sources}, address, most)


@pytest.mark.hook("register_registry_sources")
async def test_a_registry_is_read_over_https(server: HttpReceiver, certificate: Certificate) -> None:
    content = await read(f"{server.address}/registry.json", **LOOPBACK, ca_certificates=certificate.text)

    assert content == b"owls" * 50_000


async def test_a_server_that_is_not_who_it_says_is_refused(server: HttpReceiver) -> None:
    with pytest.raises(DomainError, match="certificate") as refused:
        await read(f"{server.address}/registry.json", **LOOPBACK)

    assert refused.value.code == "REGISTRY_UNREACHABLE"
    assert server.seen == []


async def test_an_address_of_the_operators_own_network_is_refused(
    server: HttpReceiver, certificate: Certificate
) -> None:
    with pytest.raises(DomainError, match=r"127\.0\.0\.1 is not a public address"):
        await read(f"{server.address}/registry.json", ca_certificates=certificate.text)

    assert server.seen == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/registry.json", "gopher://127.0.0.1/registry.json"])
async def test_only_https_is_read(address: str) -> None:
    with pytest.raises(DomainError, match=r"no plugin reads (http|gopher) addresses"):
        await read(address, **LOOPBACK)


async def test_more_than_asked_for_is_not_read(server: HttpReceiver, certificate: Certificate) -> None:
    with pytest.raises(DomainError) as told:
        await read(f"{server.address}/registry.json", 199_999, **LOOPBACK, ca_certificates=certificate.text)
    assert told.value.code == "REGISTRY_TOO_LARGE"


async def test_redirections_are_followed_but_not_to_other_schemes(
    server: HttpReceiver, certificate: Certificate
) -> None:
    there = Response(status_code=302, headers={"Location": "registry.json"})
    plain = Response(status_code=302, headers={"Location": "http://127.0.0.1:1/registry.json"})
    settings: dict[str, Any] = {**LOOPBACK, "ca_certificates": certificate.text}

    server.faults["GET"] = [there]
    assert len(await read(f"{server.address}/old.json", **settings)) == 200_000
    server.faults["GET"] = [plain]
    with pytest.raises(DomainError, match="it is no https address"):
        await read(f"{server.address}/old.json", **settings)
    server.faults["GET"] = [there] * 9
    with pytest.raises(DomainError, match="redirects without end"):
        await read(f"{server.address}/old.json", **settings)


async def test_what_the_server_says_is_told(server: HttpReceiver, certificate: Certificate) -> None:
    with pytest.raises(DomainError, match="the server says 404"):
        await read(f"{server.address}/gone.json?token=secret", **LOOPBACK, ca_certificates=certificate.text)


@pytest.mark.parametrize(
    ("registry", "url", "address"),
    [
        ("https://owls.example/a/registry.json", "owl.whl", "https://owls.example/a/owl.whl"),
        ("https://owls.example/registry.json", "https://cdn.example/owl.whl", "https://cdn.example/owl.whl"),
        ("/srv/registry.json", "wheels/owl.whl", "/srv/wheels/owl.whl"),
        ("file:///srv/registry.json", "owl.whl", "/srv/owl.whl"),
        ("/srv/registry.json", "https://cdn.example/owl.whl", "https://cdn.example/owl.whl"),
    ],
)
def test_addresses_of_plugins_are_relative_to_their_registry(registry: str, url: str, address: str) -> None:
    assert resolve_address(registry, url) == address


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://owls.example/owl.whl", "ftp://owls.example/owl.whl"])
def test_a_registry_of_the_network_names_nothing_of_this_machine(url: str) -> None:
    with pytest.raises(DomainError) as refused:
        resolve_address("https://owls.example/registry.json", url)

    assert refused.value.code == "REGISTRY_INVALID"
