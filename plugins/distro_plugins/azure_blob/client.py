"""The client of one target: only its own credentials, only addresses that are allowed, no hidden retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import ContainerClient

from distro_plugins.azure_blob.settings import AzureBlobSettings
from distro_sdk.certificates import trust_in
from distro_sdk.http import guarded_session
from distro_sdk.network import AddressPolicy
from distro_sdk.object_storage.answers import BoundedAnswer
from distro_sdk.object_storage.parts import MEBIBYTE

CONNECTIONS = 32
BLOCK_SIZE = 4 * MEBIBYTE
"""Of what is sent, and of the client's own reading."""

NEVER = 86_400
"""Seconds after which the client gives up by itself; `Watch` does it long before, also for what is being sent."""


@asynccontextmanager
async def open_client(settings: AzureBlobSettings, addresses: AddressPolicy) -> AsyncIterator[ContainerClient]:
    """A client whose connections live as long as the context. Nothing is taken from the machine, no proxy either."""
    trust = await asyncio.to_thread(trust_in, settings.ca_certificate)
    # The client sets the times of each request. Answers are bounded also for a piece of a file: it is smaller.
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        guarded_session(addresses, trust, timeout=timeout, limit=CONNECTIONS, answers=BoundedAnswer) as session,
        ContainerClient(
            settings.account_url,
            settings.container_name,
            credential=_credential(settings),
            transport=AioHttpTransport(session=session, session_owner=False, use_env_settings=False),
            # `repeated` retries instead: it honours Retry-After of any length and says what failed.
            retry_total=0,
            permit_redirects=False,
            connection_timeout=settings.timeout,
            read_timeout=NEVER,
            max_single_put_size=BLOCK_SIZE,
            max_single_get_size=BLOCK_SIZE,
            max_chunk_get_size=BLOCK_SIZE,
            user_agent_overwrite=True,
            user_agent="stardust-distro",
        ) as client,
    ):
        yield client


def _credential(settings: AzureBlobSettings) -> AzureNamedKeyCredential | AzureSasCredential:
    if settings.account_key is not None:
        return AzureNamedKeyCredential(settings.account_name, settings.account_key.get_secret_value())
    assert settings.sas_token is not None
    return AzureSasCredential(settings.sas_token.get_secret_value())
