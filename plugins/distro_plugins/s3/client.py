"""The client of one target: only its own credentials, only addresses that are allowed, no hidden retries."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any

import aiohttp
from aiobotocore.config import AioConfig  # type: ignore[import-untyped]
from aiobotocore.httpsession import AIOHTTPSession  # type: ignore[import-untyped]
from aiobotocore.session import AioSession  # type: ignore[import-untyped]
from botocore.handlers import add_expect_header  # type: ignore[import-untyped]

from distro_plugins.s3.settings import S3Settings
from distro_sdk.certificates import trust_in
from distro_sdk.http import guarded_connector
from distro_sdk.network import AddressPolicy
from distro_sdk.object_storage.answers import BoundedAnswer

CONNECTIONS = 32

NOTHING_OF_THE_MACHINE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Where botocore's own sources are read: name in the file, variable, value, conversion."""


@asynccontextmanager
async def open_client(settings: S3Settings, addresses: AddressPolicy) -> AsyncIterator[Any]:
    """A client of botocore's with connections that live as long as the context.

    Nothing is taken from the machine: no `~/.aws`, no `AWS_…` variables, no instance role, no proxy.
    """
    token = settings.session_token
    trust = await asyncio.to_thread(trust_in, settings.ca_certificate)
    async with _session().create_client(
        "s3",
        region_name=settings.region,
        endpoint_url=settings.endpoint,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key.get_secret_value(),
        aws_session_token=None if token is None else token.get_secret_value(),
        config=_configuration(settings, addresses, trust),
    ) as client:
        # One round trip less for each part, and some compatible servers never answer it.
        client.meta.events.unregister("before-call.s3", add_expect_header)
        yield client


@cache
def _session() -> AioSession:
    """Holds botocore's description of S3, whose reading takes longer than connecting, and nothing of any target."""
    return AioSession(NOTHING_OF_THE_MACHINE)


def _configuration(settings: S3Settings, addresses: AddressPolicy, trust: ssl.SSLContext) -> AioConfig:
    path = settings.addressing == "path" or (settings.addressing == "auto" and settings.endpoint is not None)
    return AioConfig(
        # `repeated` retries instead: it honours Retry-After, which botocore does not.
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=settings.timeout,
        read_timeout=None,  # `Watch` waits, also for what is being sent
        max_pool_connections=CONNECTIONS,
        proxies={},
        ignore_configured_endpoint_urls=True,
        # Content-MD5 goes with every upload; many compatible servers refuse the checksums that botocore would add.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={
            "addressing_style": "path" if path else settings.addressing,
            "payload_signing_enabled": False,
        },
        http_session_cls=partial(_GuardedSession, trust, addresses),
    )


class _GuardedSession(AIOHTTPSession):  # type: ignore[misc]
    """Checks each address right before it is connected to, whichever name led there, and bounds what answers."""

    def __init__(self, trust: ssl.SSLContext, addresses: AddressPolicy, **options: Any) -> None:
        super().__init__(**options)
        self._trust = trust
        self._addresses = addresses

    def _create_connector(self, proxy_url: str | None) -> aiohttp.TCPConnector:
        return guarded_connector(self._addresses, self._trust, limit=self._max_pool_connections)

    async def _get_session(self, proxy_url: str | None) -> aiohttp.ClientSession:
        session: aiohttp.ClientSession | None = self._sessions.get(proxy_url)
        if session is None:
            session = self._sessions[proxy_url] = await self._exit_stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=self._create_connector(proxy_url),
                    timeout=self._timeout,
                    skip_auto_headers={"Content-Type"},
                    auto_decompress=False,
                    response_class=BoundedAnswer,
                )
            )
        return session
