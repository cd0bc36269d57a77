"""The transport `azure-blob`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

from pydantic import BaseModel

from distro_plugins.azure_blob.settings import AzureBlobSettings
from distro_sdk.network import AddressPolicy
from distro_sdk.object_storage.targets import CAPABILITIES
from distro_sdk.transports import TransportSession


class AzureBlobTransport:
    """Delivers into a container: a blob appears only when it is complete, a large one is continued after a break."""

    key: str = "azure-blob"
    title: str = "Azure Blob Storage"
    configuration: type[BaseModel] = AzureBlobSettings
    capabilities = CAPABILITIES

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()

    async def find_forbidden(self, configuration: AzureBlobSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden({"endpoint": configuration.endpoint})

    @asynccontextmanager
    async def connect(self, configuration: AzureBlobSettings) -> AsyncIterator[TransportSession]:
        """Open a session and list the prefix once.

        Raises `TransportError` with LOGIN_REFUSED, CREDENTIALS_EXPIRED, PERMISSION_DENIED or BUCKET_MISSING where the
        storage does not let us in, and with the codes of the network.
        """
        # The client takes half a second to import: only those who use it wait, and nobody else.
        await asyncio.to_thread(import_module, "distro_plugins.azure_blob.session")
        from distro_plugins.azure_blob.client import open_client  # noqa: PLC0415
        from distro_plugins.azure_blob.session import AzureBlobSession  # noqa: PLC0415

        async with open_client(configuration, self._addresses) as client:
            session = AzureBlobSession(client, configuration)
            await session.greet()
            yield session
