"""Targets lie in public networks, and in private ones that the operator allows."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

import distro_sdk.network
from distro_plugins.sftp import SftpPlugin, SftpSettings
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy, ChecksDestination


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_public_addresses_are_allowed(address: str) -> None:
    AddressPolicy().check(address)

    assert AddressPolicy(["10.0.0.0/8"]).check(address) is None  # type: ignore[func-returns-value]


@pytest.mark.proves("SEC-17")
@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"),
        *("100.64.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "fe80::1%eth0", "::ffff:127.0.0.1", "fc00::1"),
        *("::", "ff02::1", "ff0e::1", "fec0::1", "2001:db8::1", "4000::1"),
        # IPv4 addresses within IPv6 ones: NAT64, that of a network's own, 6to4, Teredo, compatible and translated.
        *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "2002:e000:1::1"),
        *("2001:0:4136:e378:8000:63bf:5601:5601", "::127.0.0.1", "::ffff:0:7f00:1"),
    ],
)
def test_private_addresses_are_refused(address: str) -> None:
    with pytest.raises(TransportError) as refused:
        AddressPolicy().check(address)

    assert (refused.value.code, refused.value.category) == ("ADDRESS_FORBIDDEN", ErrorCategory.NETWORK_CONNECTIVITY)
    assert refused.value.retryable is False


def test_the_operator_may_allow_a_network_and_nothing_beside_it() -> None:
    policy = AddressPolicy(["10.20.0.0/16"])

    policy.check("10.20.3.4")
    with pytest.raises(TransportError):
        policy.check("10.21.3.4")


@pytest.mark.parametrize("within", ["::ffff:10.20.3.4", "64:ff9b::a14:304", "2002:a14:304::1"])
def test_a_network_that_is_allowed_may_be_reached_by_addresses_that_lead_to_it(within: str) -> None:
    AddressPolicy(["10.20.0.0/16"]).check(within)

    with pytest.raises(TransportError, match=r": 10\.20\.3\.4 is not a public address"):
        AddressPolicy(["10.21.0.0/16", "::/0"]).check(within)


@pytest.mark.parametrize(
    ("address", "network"),
    [("fec0::1", "fec0::/10"), ("64:ff9b:1::1", "64:ff9b:1::/48"), ("::127.0.0.1", "::/96"), ("::1", "::1/128")],
)
def test_any_network_may_be_allowed(address: str, network: str) -> None:
    AddressPolicy([network]).check(address)
    AddressPolicy.everywhere().check(address)

    with pytest.raises(TransportError, match="is not a public address"):
        AddressPolicy(["10.0.0.0/8"]).check(address)


def test_a_malformed_network_is_refused_when_the_plugin_is_built() -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        SftpPlugin({"private_networks": ["here"]}).register_transports()


async def test_an_sftp_target_on_this_machine_is_refused_before_anything_is_sent() -> None:
    (transport,) = SftpPlugin({}).register_transports()
    settings = SftpSettings.model_validate(
        {
            "host": "localhost",
            "port": 9,
            "username": "distro",
            "password": "secret",
            "host_key": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        }
    )

    with pytest.raises(TransportError) as refused:
        async with transport.connect(settings):
            raise AssertionError("connected")

    assert refused.value.code == "ADDRESS_FORBIDDEN"


def resolving(name: str, *addresses: str) -> Callable[..., Any]:
    """A resolver that knows one name, and else what this machine knows."""
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host != name:
            return real(host, port, *args, **options)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port or 0))
            for family, address in zip(families, addresses, strict=True)
        ]

    return resolve


@pytest.mark.proves("SEC-17")
async def test_settings_that_lead_to_a_private_address_are_found_before_anybody_connects() -> None:
    destinations = {
        "host": "localhost",
        "address": "https://[::1]:8443/in",
        "token_address": "http://10.1.2.3/token",
        "endpoint": "https://1.1.1.1/bucket",
        "missing": None,
        "short": "127.1",
    }

    found = await AddressPolicy().find_forbidden(destinations)

    assert sorted(found) == ["address", "host", "short", "token_address"]
    assert found["token_address"] == "10.1.2.3 is not a public address; the operator may allow its network"
    assert await AddressPolicy(["127.0.0.0/8", "::1/128", "10.1.0.0/16"]).find_forbidden(destinations) == {}
    assert await AddressPolicy.everywhere().find_forbidden(destinations) == {}


async def test_one_private_address_among_those_of_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving("dsp.example", "1.1.1.1", "fc00::1"))

    found = await AddressPolicy().find_forbidden({"address": "https://dsp.example/in"})

    assert found == {"address": "fc00::1 is not a public address; the operator may allow its network"}


@pytest.mark.parametrize("host", ["dsp.invalid", f"{'a' * 80}.example", "a..b", "https:///in"])
async def test_a_name_that_cannot_be_resolved_now_passes(host: str) -> None:
    assert await AddressPolicy().find_forbidden({"host": host}) == {}


async def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def resolve(*_: Any, **__: Any) -> Any:
        answer.wait(10)
        raise socket.gaierror("nobody knows")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(distro_sdk.network, "RESOLVING", 0.02)

    assert await AddressPolicy().find_forbidden({"host": "dsp.example"}) == {}
    answer.set()


def test_transports_say_by_a_method_of_their_own_that_they_can_tell() -> None:
    (transport,) = SftpPlugin({}).register_transports()

    assert isinstance(transport, ChecksDestination)
    assert not isinstance(object(), ChecksDestination)


def of_loopback(*ports: int) -> list[Any]:
    """What `getaddrinfo` tells of a name that leads to several addresses of this machine."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in ports]


async def test_each_address_of_a_host_is_tried_until_one_takes_the_connection(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: of_loopback(unused_tcp_port, port))

        with await AddressPolicy(["127.0.0.0/8"]).connect("dsp.example", 21) as connected:
            peer, blocking = connected.getpeername(), connected.getblocking()

    assert (peer, blocking) == (("127.0.0.1", port), False)


async def test_the_reason_is_told_when_no_address_takes_the_connection(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: of_loopback(unused_tcp_port, unused_tcp_port))
    with pytest.raises(ConnectionRefusedError):
        await AddressPolicy(["127.0.0.0/8"]).connect("dsp.example", 21)

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(ConnectionError, match="no address"):
        await AddressPolicy(["127.0.0.0/8"]).connect("dsp.example", 21)


@pytest.mark.proves("SEC-17")
async def test_nothing_is_connected_to_that_is_forbidden() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(TransportError) as refused:
            await AddressPolicy().connect("127.0.0.1", server.getsockname()[1])
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()

    assert refused.value.code == "ADDRESS_FORBIDDEN"
