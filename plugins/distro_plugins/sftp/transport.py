"""The transport `sftp`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

from pydantic import BaseModel

from distro_plugins.sftp.digests import ALGORITHMS
from distro_plugins.sftp.private_key import KeyUnreadable, read_private_key
from distro_plugins.sftp.settings import SftpSettings
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import TransportCapabilities, TransportSession


class SftpTransport:
    """Delivers over SFTP: whole files only, continued after a break, to the server whose key was pinned."""

    key: str = "sftp"
    title: str = "SFTP"
    configuration: type[BaseModel] = SftpSettings
    capabilities = TransportCapabilities(
        resume=True, atomic_put=True, read=True, list=True, delete=True, remote_hash=ALGORITHMS
    )

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()

    async def find_forbidden(self, configuration: SftpSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden({"host": configuration.host})

    async def find_faults(self, configuration: SftpSettings) -> Mapping[str, str]:
        """Tell of a private key that cannot be read; see `ChecksSettings`."""
        if configuration.private_key is None:
            return {}
        try:
            await asyncio.to_thread(read_private_key, configuration)
        except KeyUnreadable as error:
            return {error.setting: error.message}
        return {}

    @asynccontextmanager
    async def connect(self, configuration: SftpSettings) -> AsyncIterator[TransportSession]:
        """Open a session; see `open_connection` for what `TransportError` says when it cannot be opened."""
        # asyncssh takes 20 MB and half a second: only those who use it have it, and nobody else waits.
        await asyncio.to_thread(import_module, "distro_plugins.sftp.opening")
        from distro_plugins.sftp.opening import open_session  # noqa: PLC0415

        async with open_session(configuration, self._addresses) as session:
            yield session
