"""The transport `azure-blob`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import BaseModel

from distro_plugins.azure_blob.settings import AzureBlobSettings
from distro_sdk.network import AddressPolicy
from distro_sdk.object_storage.parts import BUFFERED
from distro_sdk.transports import TransportCapabilities, TransportSession


class AzureBlobTransport:
    """Delivers into a container: a blob appears only when it is complete, a large one is continued after a break."""

    key: str = "azure-blob"
    title: str = "Azure Blob Storage"
    configuration: type[BaseModel] = AzureBlobSettings
    capabilities = TransportCapabilities(
        memory=BUFFERED,
        resume=True,
        atomic_put=True,
        read=True,
        list=True,
        delete=True,
        remote_hash=frozenset({"md5"}),
        labels=True,
    )

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()

    @asynccontextmanager
    async def connect(self, configuration: AzureBlobSettings) -> AsyncIterator[TransportSession]:
        """Open a session and list the prefix once.

        Raises `TransportError` with LOGIN_REFUSED, CREDENTIALS_EXPIRED, PERMISSION_DENIED or BUCKET_MISSING where the
        storage does not let us in, and with the codes of the network.
        """
        # The client takes half a second to import: only those who use it wait.
        from distro_plugins.azure_blob.client import open_client  # noqa: PLC0415
        from distro_plugins.azure_blob.session import AzureBlobSession  # noqa: PLC0415

        async with open_client(configuration, self._addresses) as client:
            session = AzureBlobSession(client, configuration)
            await session.greet()
            yield session
