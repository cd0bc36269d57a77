"""Targets lie in public networks, and in private ones that the operator allows."""

from __future__ import annotations

import pytest

from distro_plugins.sftp import SftpPlugin, SftpSettings
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111"])
def test_public_addresses_are_allowed(address: str) -> None:
    AddressPolicy().check(address)

    assert AddressPolicy(["10.0.0.0/8"]).check(address) is None  # type: ignore[func-returns-value]


@pytest.mark.proves("SEC-17")
@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "::ffff:127.0.0.1", "fc00::1"),
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
