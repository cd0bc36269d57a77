"""Opening a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from distro_plugins.google_cloud.client import open_client
from distro_plugins.google_cloud.requests import GoogleRequests
from distro_plugins.google_cloud.session import GoogleCloudSession
from distro_plugins.google_cloud.settings import GoogleCloudSettings
from distro_plugins.google_cloud.token_cache import TokenCache
from distro_plugins.google_cloud.tokens import Authorization
from distro_plugins.google_cloud.unfinished import UnfinishedUploads
from distro_sdk.network import AddressPolicy


@asynccontextmanager
async def open_session(
    settings: GoogleCloudSettings, addresses: AddressPolicy, tokens: TokenCache, unfinished: UnfinishedUploads
) -> AsyncIterator[GoogleCloudSession]:
    """A session that has listed its prefix once; see `GoogleCloudTransport.connect` for what it raises."""
    async with open_client(settings, addresses) as client:
        requests = GoogleRequests(client, Authorization(settings, client, tokens), settings)
        session = GoogleCloudSession(requests, settings, unfinished)
        await session.greet()
        yield session
