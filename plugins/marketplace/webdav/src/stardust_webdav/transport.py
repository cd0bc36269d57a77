"""Delivery with the methods of WebDAV (RFC 4918)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import BaseModel

from distro_sdk.network import AddressPolicy
from distro_sdk.transports import TransportCapabilities
from stardust_webdav.client import open_webdav_client
from stardust_webdav.session import HASHES, WebDavSession
from stardust_webdav.settings import WebDavSettings


class WebDavTransport:
    """Each file is sent with PUT under a working name and shown with MOVE; folders are made, listed and read."""

    key: str = "webdav"
    title: str = "WebDAV"
    configuration: type[BaseModel] = WebDavSettings
    capabilities = TransportCapabilities(atomic_put=True, read=True, list=True, delete=True, remote_hash=HASHES)

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        """`addresses`: to which a session may connect, public ones unless said otherwise."""
        self._addresses = addresses or AddressPolicy()

    async def find_forbidden(self, configuration: WebDavSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden(configuration.destinations())

    @asynccontextmanager
    async def connect(self, configuration: WebDavSettings) -> AsyncIterator[WebDavSession]:
        """Open a session and ask for the target's collection, so that what is wrong is told before files move.

        Raises `TransportError` with HOST_NOT_FOUND, ADDRESS_FORBIDDEN, CONNECTION_REFUSED, CERTIFICATE_REFUSED,
        LOGIN_REFUSED, ENDPOINT_MISSING or HTTP_UNAVAILABLE, among others.
        """
        async with open_webdav_client(configuration, self._addresses) as client:
            session = WebDavSession(client, configuration.address)
            await session.check()
            yield session
