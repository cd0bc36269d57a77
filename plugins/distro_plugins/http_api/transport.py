"""Delivery with PUT, to receivers that show what they have and to those that only take; or all in one POST."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import BaseModel

from distro_plugins.http_api.multipart_settings import HttpMultipartSettings
from distro_plugins.http_api.settings import HttpConnectionSettings, HttpSettings
from distro_plugins.http_api.token_cache import TokenCache
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import TransportCapabilities, TransportSession

if TYPE_CHECKING:
    from distro_plugins.http_api.package_session import HttpMultipartSession

_HASHES = frozenset({"md5", "sha1", "sha256"})


class HttpPutTransport:
    """Delivers each file with a PUT; the receiver answers HEAD, GET and DELETE as well."""

    key: str = "http-put"
    title: str = "HTTP API (PUT)"
    configuration: type[BaseModel] = HttpSettings
    capabilities = TransportCapabilities(atomic_put=True, read=True, delete=True, remote_hash=_HASHES)

    def __init__(self, addresses: AddressPolicy | None = None, tokens: TokenCache | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()
        self._tokens = tokens or TokenCache()

    async def find_forbidden(self, configuration: HttpConnectionSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden(configuration.destinations())

    @asynccontextmanager
    async def connect(self, configuration: HttpSettings) -> AsyncIterator[TransportSession]:
        """Open a session and ask the target's address once, so that what is wrong with it is told before files move.

        Raises `TransportError` with HOST_NOT_FOUND, ADDRESS_FORBIDDEN, CONNECTION_REFUSED, CERTIFICATE_REFUSED,
        LOGIN_REFUSED, TOKEN_REFUSED, RATE_LIMITED or HTTP_UNAVAILABLE, among others.
        """
        await _load()
        from distro_plugins.http_api.opening import open_session  # noqa: PLC0415

        readable = self.capabilities.read
        async with open_session(configuration, self._addresses, self._tokens, readable=readable) as session:
            yield session


class HttpWriteOnlyTransport(HttpPutTransport):
    """Delivers each file with a PUT to a receiver that lets nothing be read or deleted."""

    key = "http-write-only"
    title = "HTTP API (PUT, write only)"
    capabilities = TransportCapabilities(atomic_put=True, remote_hash=_HASHES)


class HttpMultipartTransport:
    """Delivers message and files together, in one POST of `multipart/form-data` (rows PRO-05, ECO-01)."""

    key = "http-multipart"
    title = "HTTP API (one multipart request)"
    configuration: type[BaseModel] = HttpMultipartSettings
    capabilities = TransportCapabilities(whole_package=True, atomic_put=True)

    def __init__(self, addresses: AddressPolicy | None = None, tokens: TokenCache | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()
        self._tokens = tokens or TokenCache()

    async def find_forbidden(self, configuration: HttpConnectionSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden(configuration.destinations())

    @asynccontextmanager
    async def connect(self, configuration: HttpMultipartSettings) -> AsyncIterator[HttpMultipartSession]:
        """Open a session and ask the target's address once; raises as `HttpPutTransport.connect` does."""
        await _load()
        from distro_plugins.http_api.opening import open_package_session  # noqa: PLC0415

        async with open_package_session(configuration, self._addresses, self._tokens) as session:
            yield session


async def _load() -> None:
    """Load what a session needs. aiohttp takes 8 MB: only those who use it have it."""
    await asyncio.to_thread(import_module, "distro_plugins.http_api.opening")
