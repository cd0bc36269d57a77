"""Which addresses a transport may connect to (row SEC-17).

A tenant names hosts; without a check it could make the platform talk to the operator's own network. A transport checks
each address that a name resolved to, right before it connects to that very address, so that a name cannot change its
mind in between.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Self

from distro_sdk.errors import ErrorCategory, TransportError

PRIVATE_NETWORKS = "private_networks"
"""The plugin setting in which an operator lists the private networks that targets may lie in."""


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
