"""Connections of aiohttp's clients; needs the extra `http`."""

from __future__ import annotations

import ssl

import aiohttp

from distro_sdk.network import AddressPolicy


def guarded_connector(addresses: AddressPolicy, context: ssl.SSLContext, *, limit: int) -> aiohttp.TCPConnector:
    """Connects only to addresses that are allowed, whichever name led there. `limit`: connections, 0 for any number."""
    return aiohttp.TCPConnector(
        limit=limit,
        ssl=context,
        # One address after the other: happy eyeballs would swallow the refusal of an address.
        happy_eyeballs_delay=None,
        socket_factory=addresses.open_socket,
    )
