"""Which addresses a transport may connect to (row SEC-17).

A tenant names hosts; without a check it could make the platform talk to the operator's own network. A transport checks
each address that a name resolved to, right before it connects to that very address, so that a name cannot change its
mind in between. A transport that is a `ChecksDestination` is asked before, too, so that a target that could never be
reached is not stored.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol, Self, runtime_checkable
from urllib.parse import urlsplit

from distro_sdk.errors import ErrorCategory, TransportError

PRIVATE_NETWORKS = "private_networks"
"""The plugin setting in which an operator lists the private networks that targets may lie in."""

RESOLVING: Final = 2.0
"""Seconds that a name may take to be resolved when a target is stored."""


@runtime_checkable
class ChecksDestination(Protocol):
    """A transport or an adapter that can tell from settings alone whether it may connect to where they lead.

    It is asked when a target is stored, and nothing is stored where an answer names a setting.
    """

    async def find_forbidden(self, configuration: Any) -> Mapping[str, str]:
        """The settings that lead where no connection may go, and why: by the field's name in `configuration`.

        It judges as connecting does, `AddressPolicy.find_forbidden` for instance, and connects nowhere. A name that
        cannot be resolved now is not forbidden: a connection tells what is wrong with it.
        """
        ...


class AddressPolicy:
    """Public addresses, and the private networks that the operator allows.

    `private_networks`: such as ``10.20.0.0/16``; raises ValueError for one that is malformed.
    """

    def __init__(self, private_networks: Iterable[str] = ()) -> None:
        self._allowed = tuple(ipaddress.ip_network(network) for network in private_networks)

    @classmethod
    def everywhere(cls) -> Self:
        """A policy without limits, for who connects on nobody else's behalf."""
        return cls(("0.0.0.0/0", "::/0"))

    def check(self, address: str) -> None:
        """Raise `TransportError` ADDRESS_FORBIDDEN for an address that no target may have."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        if ip.is_global and not ip.is_multicast:
            return
        if not any(ip in network for network in self._allowed):
            raise TransportError(
                ErrorCategory.NETWORK_CONNECTIVITY,
                "ADDRESS_FORBIDDEN",
                f"{ip} is not a public address; the operator may allow its network",
                retryable=False,
            )

    def open_socket(self, address: Any) -> socket.socket:
        """A socket for one address as `getaddrinfo` tells it; raises `TransportError` ADDRESS_FORBIDDEN.

        Clients that make their sockets with it cannot reach what is forbidden, whichever name led there.
        """
        family, kind, protocol, _, where = address
        self.check(str(where[0]))
        return socket.socket(family, kind, protocol)

    async def find_forbidden(self, destinations: Mapping[str, str | None]) -> dict[str, str]:
        """Which settings lead to an address that no target may have, and why; see `ChecksDestination`.

        `destinations`: a host, or an address such as ``https://HOST/PATH``, by setting; None where there is none. One
        forbidden address among several of a name is enough. A name passes that is not resolved within `RESOLVING`.
        """
        hosts = {setting: _host(destination) for setting, destination in destinations.items() if destination}
        refusals = await asyncio.gather(*(self._find_refusal(host) for host in hosts.values()))
        return {setting: refusal for setting, refusal in zip(hosts, refusals, strict=True) if refusal is not None}

    async def _find_refusal(self, host: str) -> str | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVING):
                found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return None  # TimeoutError among them, and names that no resolver takes
        try:
            for _, _, _, _, where in found:
                self.check(str(where[0]))
        except TransportError as error:
            return error.message
        return None


def _host(destination: str) -> str:
    return (urlsplit(destination).hostname or "") if "://" in destination else destination
