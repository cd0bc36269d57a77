"""Reads one address over HTTP: nothing of this machine is told, and only allowed networks are connected to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import aiohttp

from distro_plugins.registry_http.settings import RegistryHttpSettings
from distro_sdk.certificates import trust_beside
from distro_sdk.errors import TransportError
from distro_sdk.http import FAILURES, guarded_session
from distro_sdk.http_targets.failures import MISSING, REDIRECTED, REDIRECTIONS, TOO_LARGE, UNAVAILABLE
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import STALLED, network_error, raised

BLOCK = 1 << 16
MOST_REDIRECTIONS = 5


class AddressReader:
    """Reads addresses with GET."""

    def __init__(self, settings: RegistryHttpSettings) -> None:
        self._settings = settings
        self._addresses = AddressPolicy(settings.private_networks)

    async def read(self, address: str, most: int) -> AsyncGenerator[bytes, None]:
        """The bytes at an address, in blocks of at most `BLOCK`; raises `TransportError`."""
        try:
            async with self._session() as session, self._found(session, address) as response:
                if (response.content_length or 0) > most:
                    raise _too_large(address, most)
                count = 0
                async for block in response.content.iter_chunked(BLOCK):
                    count += len(block)
                    if count > most:
                        raise _too_large(address, most)
                    yield block
        except aiohttp.SocketTimeoutError as error:
            raise raised(STALLED, f"cannot read {_shown(address)}: nothing moved for a while") from error
        except FAILURES as error:
            raise network_error(error, f"read {_shown(address)}") from error

    @asynccontextmanager
    async def _found(self, session: aiohttp.ClientSession, address: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer at the end of the redirections."""
        where = address
        for _ in range(MOST_REDIRECTIONS + 1):
            self._check_scheme(where)
            async with session.get(where, allow_redirects=False) as response:
                if response.status == 200:
                    yield response
                    return
                if response.status not in REDIRECTIONS:
                    raise _refused(address, response.status)
                where = urljoin(where, response.headers.get("Location", ""))
        raise raised(REDIRECTED, f"cannot read {_shown(address)}: it redirects without end")

    def _check_scheme(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in self._settings.schemes or not parts.hostname or "@" in parts.netloc:
            raise raised(
                REDIRECTED, f"cannot read {_shown(address)}: it is no {'/'.join(self._settings.schemes)} address"
            )

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        trust = await asyncio.to_thread(trust_beside, self._settings.ca_certificates)
        stall = self._settings.stall_timeout
        timeout = aiohttp.ClientTimeout(total=None, connect=stall, sock_read=stall)
        async with guarded_session(self._addresses, trust, timeout=timeout) as session:
            yield session


def _refused(address: str, status: int) -> TransportError:
    verdict = MISSING if status in {404, 410} else UNAVAILABLE
    return raised(verdict, f"cannot read {_shown(address)}: the server says {status}")


def _too_large(address: str, most: int) -> TransportError:
    return raised(TOO_LARGE, f"{_shown(address)} has more than {most} bytes")


def _shown(address: str) -> str:
    """An address without its query, in which some stores put a token."""
    return address.partition("?")[0][:200]
