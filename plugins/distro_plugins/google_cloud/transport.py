"""The transport `google-cloud`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

from pydantic import BaseModel

from distro_plugins.google_cloud.settings import GoogleCloudSettings
from distro_plugins.google_cloud.token_cache import TokenCache
from distro_plugins.google_cloud.unfinished import UnfinishedUploads
from distro_sdk.network import AddressPolicy
from distro_sdk.object_storage.targets import CAPABILITIES
from distro_sdk.transports import TransportSession


class GoogleCloudTransport:
    """Delivers into a bucket: an object appears only when it is complete, a large one is continued after a break."""

    key: str = "google-cloud"
    title: str = "Google Cloud Storage"
    configuration: type[BaseModel] = GoogleCloudSettings
    capabilities = CAPABILITIES

    def __init__(self, addresses: AddressPolicy | None = None, tokens: TokenCache | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()
        self._tokens = tokens or TokenCache()
        self._unfinished = UnfinishedUploads()

    async def find_forbidden(self, configuration: GoogleCloudSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        tokens = configuration.account.token_uri if configuration.account else None
        return await self._addresses.find_forbidden({"endpoint": configuration.endpoint, "service_account": tokens})

    @asynccontextmanager
    async def connect(self, configuration: GoogleCloudSettings) -> AsyncIterator[TransportSession]:
        """Open a session and list the prefix once.

        Raises `TransportError` with TOKEN_REFUSED, LOGIN_REFUSED, PERMISSION_DENIED or BUCKET_MISSING where the storage
        does not let us in, and with the codes of the network.
        """
        # aiohttp takes 8 MB: only those who use it have it.
        await asyncio.to_thread(import_module, "distro_plugins.google_cloud.opening")
        from distro_plugins.google_cloud.opening import open_session  # noqa: PLC0415

        async with open_session(configuration, self._addresses, self._tokens, self._unfinished) as session:
            yield session
