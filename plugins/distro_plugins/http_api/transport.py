"""Delivery with PUT, to receivers that show what they have and to those that only take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import BaseModel

from distro_plugins.http_api.authorization import ClientCredentials, FixedAuthorization, TokenCache
from distro_plugins.http_api.client import Call, open_client
from distro_plugins.http_api.requests import HttpRequests
from distro_plugins.http_api.session import HttpSession
from distro_plugins.http_api.settings import HttpSettings
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

    @asynccontextmanager
    async def connect(self, configuration: HttpSettings) -> AsyncIterator[HttpSession]:
        """Open a session and ask the target's address once, so that what is wrong with it is told before files move.

        Raises `TransportError` with HOST_NOT_FOUND, ADDRESS_FORBIDDEN, CONNECTION_REFUSED, CERTIFICATE_REFUSED,
        LOGIN_REFUSED, TOKEN_REFUSED, RATE_LIMITED or HTTP_UNAVAILABLE, among others.
        """
        async with open_client(configuration, self._addresses) as client:
            authorization = (
                ClientCredentials(configuration, client, self._tokens)
                if configuration.authentication == "oauth2"
                else FixedAuthorization(configuration)
            )
            requests = HttpRequests(client, authorization, configuration.headers)
            doing = "reach the target's address"
            answer = await requests.make(Call("HEAD", f"{configuration.address}/", doing))
            if answer.status in _NOT_NOW:
                raise answer.error(doing)
            yield HttpSession(requests, configuration, readable=self.capabilities.read)


class HttpWriteOnlyTransport(HttpPutTransport):
    """Delivers each file with a PUT to a receiver that lets nothing be read or deleted."""

    key = "http-write-only"
    title = "HTTP API (PUT, write only)"
    capabilities = TransportCapabilities(atomic_put=True, remote_hash=_HASHES)
