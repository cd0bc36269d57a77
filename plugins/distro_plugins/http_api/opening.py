"""Opening sessions, with the target's address asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from distro_plugins.http_api.authorization import ClientCredentials, FixedAuthorization
from distro_plugins.http_api.multipart_settings import HttpMultipartSettings
from distro_plugins.http_api.package_session import HttpMultipartSession
from distro_plugins.http_api.requests import HttpRequests
from distro_plugins.http_api.session import HttpSession
from distro_plugins.http_api.settings import HttpConnectionSettings, HttpSettings
from distro_plugins.http_api.token_cache import TokenCache
from distro_sdk.http_targets.client import Call, open_client
from distro_sdk.network import AddressPolicy

_NOT_NOW = frozenset({401, 407, 408, 425, 429, 502, 503, 504})
"""Answers to the first request that say nothing about its address, but that no other would fare better."""


@asynccontextmanager
async def open_session(
    settings: HttpSettings, addresses: AddressPolicy, tokens: TokenCache, *, readable: bool
) -> AsyncIterator[HttpSession]:
    """A session that sends each file with a PUT; see `HttpPutTransport.connect` for what it raises."""
    async with _open_requests(settings, addresses, tokens, f"{settings.address}/") as requests:
        yield HttpSession(requests, settings, readable=readable)


@asynccontextmanager
async def open_package_session(
    settings: HttpMultipartSettings, addresses: AddressPolicy, tokens: TokenCache
) -> AsyncIterator[HttpMultipartSession]:
    """A session that sends all in one request; raises as the other does."""
    async with _open_requests(settings, addresses, tokens, settings.address) as requests:
        yield HttpMultipartSession(requests, settings)


@asynccontextmanager
async def _open_requests(
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
