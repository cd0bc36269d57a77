"""The transport `s3`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

from pydantic import BaseModel

from distro_plugins.s3.settings import S3Settings
from distro_sdk.network import AddressPolicy
from distro_sdk.object_storage.targets import CAPABILITIES
from distro_sdk.transports import TransportSession


class S3Transport:
    """Delivers into a bucket: an object appears only when it is complete, a large one is continued after a break."""

    key: str = "s3"
    title: str = "Amazon S3 and compatible storages"
    configuration: type[BaseModel] = S3Settings
    capabilities = CAPABILITIES

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()

    async def find_forbidden(self, configuration: S3Settings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden({"endpoint": configuration.endpoint})

    @asynccontextmanager
    async def connect(self, configuration: S3Settings) -> AsyncIterator[TransportSession]:
        """Open a session and list the prefix once.

        Raises `TransportError` with LOGIN_REFUSED, CREDENTIALS_EXPIRED, PERMISSION_DENIED, BUCKET_MISSING, REGION_WRONG
        or CLOCK_WRONG where the storage does not let us in, and with the codes of the network.
        """
        # The client takes a second to import: only those who use it wait, and nobody else.
        await asyncio.to_thread(import_module, "distro_plugins.s3.session")
        from distro_plugins.s3.client import open_client  # noqa: PLC0415
        from distro_plugins.s3.session import S3Session  # noqa: PLC0415

        async with open_client(configuration, self._addresses) as client:
            session = S3Session(client, configuration)
            await session.greet()
            yield session
