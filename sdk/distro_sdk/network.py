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

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Its addresses lead to the IPv4 address in their last 32 bits (RFC 6052 section 2.1)."""

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
        """Raise `TransportError` ADDRESS_FORBIDDEN for an address that no target may have.

        Of an IPv6 address that leads to an IPv4 address, mapped, by NAT64 or by 6to4, the IPv4 address is judged, also
        by the networks that are allowed.
        """
        ip = _destination(ipaddress.ip_address(address.partition("%")[0]))
        if _is_public(ip):
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

    async def connect(self, host: str, port: int) -> socket.socket:
        """A socket that does not block, connected to the first address of a host that takes it.

        Each address is tried in turn, and what is wrong with the last is told: asyncio's own way hides it. Raises
        `OSError`, or `TransportError` ADDRESS_FORBIDDEN for the first address that is.
        """
        loop = asyncio.get_running_loop()
        failure: OSError = ConnectionError("the host has no address")
        for address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            candidate = self.open_socket(address)
            try:
                candidate.setblocking(False)
                await loop.sock_connect(candidate, address[4])
            except OSError as error:
                candidate.close()
                failure = error
            except BaseException:
                candidate.close()
                raise
            else:
                return candidate
        raise failure

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


def _destination(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address leads to, or the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it belongs to a host of the public network.

    `is_global` alone takes what IANA reserves for such: IPv4-compatible and translated addresses, NAT64 of a network's
    own (RFC 8215), and addresses of a site (RFC 3879).
    """
    if isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _host(destination: str) -> str:
    return (urlsplit(destination).hostname or "") if "://" in destination else destination
