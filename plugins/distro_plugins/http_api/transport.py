"""Delivery with PUT, to receivers that show what they have and to those that only take; or all in one POST."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import BaseModel

from distro_plugins.http_api.authorization import ClientCredentials, FixedAuthorization, TokenCache
from distro_plugins.http_api.client import Call, open_client
from distro_plugins.http_api.multipart_settings import HttpMultipartSettings
from distro_plugins.http_api.package_session import HttpMultipartSession
from distro_plugins.http_api.requests import HttpRequests
from distro_plugins.http_api.session import HttpSession
from distro_plugins.http_api.settings import HttpConnectionSettings, HttpSettings
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import TransportCapabilities

_NOT_NOW = frozenset({401, 407, 408, 425, 429, 502, 503, 504})
"""Answers to the first request that say nothing about its address, but that no other would fare better."""

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
        return await find_forbidden(configuration, self._addresses)

    @asynccontextmanager
    async def connect(self, configuration: HttpSettings) -> AsyncIterator[HttpSession]:
        """Open a session and ask the target's address once, so that what is wrong with it is told before files move.

        Raises `TransportError` with HOST_NOT_FOUND, ADDRESS_FORBIDDEN, CONNECTION_REFUSED, CERTIFICATE_REFUSED,
        LOGIN_REFUSED, TOKEN_REFUSED, RATE_LIMITED or HTTP_UNAVAILABLE, among others.
        """
        async with open_requests(configuration, self._addresses, self._tokens, f"{configuration.address}/") as requests:
            yield HttpSession(requests, configuration, readable=self.capabilities.read)


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
        return await find_forbidden(configuration, self._addresses)

    @asynccontextmanager
    async def connect(self, configuration: HttpMultipartSettings) -> AsyncIterator[HttpMultipartSession]:
        """Open a session and ask the target's address once; raises as `HttpPutTransport.connect` does."""
        async with open_requests(configuration, self._addresses, self._tokens, configuration.address) as requests:
            yield HttpMultipartSession(requests, configuration)


async def find_forbidden(settings: HttpConnectionSettings, addresses: AddressPolicy) -> Mapping[str, str]:
    """Which of a target's two addresses no connection may go to."""
    return await addresses.find_forbidden({"address": settings.address, "token_address": settings.token_address})


@asynccontextmanager
async def open_requests(
    settings: HttpConnectionSettings, addresses: AddressPolicy, tokens: TokenCache, address: str
) -> AsyncIterator[HttpRequests]:
    """Requests with the target's credentials, of which the first has been answered. `address`: what it asks for."""
    async with open_client(settings, addresses) as client:
        authorization = (
            ClientCredentials(settings, client, tokens)
            if settings.authentication == "oauth2"
            else FixedAuthorization(settings)
        )
        requests = HttpRequests(client, authorization, settings.headers)
        doing = "reach the target's address"
        answer = await requests.make(Call("HEAD", address, doing))
        if answer.status in _NOT_NOW:
            raise answer.error(doing)
        yield requests
