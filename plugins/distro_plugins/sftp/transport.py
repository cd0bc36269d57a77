"""The transport `sftp`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncssh
from pydantic import BaseModel

from distro_plugins.sftp.connection import open_connection
from distro_plugins.sftp.failures import classified
from distro_plugins.sftp.session import SftpSession
from distro_plugins.sftp.settings import SftpSettings
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import TransportCapabilities

GOODBYE_SECONDS = 5
"""How long a server may take to let go of a connection."""


class SftpTransport:
    """Delivers over SFTP: whole files only, continued after a break, to the server whose key was pinned."""

    key: str = "sftp"
    title: str = "SFTP"
    configuration: type[BaseModel] = SftpSettings
    capabilities = TransportCapabilities(resume=True, atomic_put=True, read=True, list=True, delete=True)

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()

    @asynccontextmanager
    async def connect(self, configuration: SftpSettings) -> AsyncIterator[SftpSession]:
        """Open a session; see `open_connection` for what `TransportError` says when it cannot be opened."""
        connection = await open_connection(configuration, self._addresses)
        try:
            with classified(f"start SFTP on {configuration.host}"):
                async with asyncio.timeout(configuration.timeout):
                    client = await connection.start_sftp_client()
            session = SftpSession(connection, client, configuration)
            try:
                yield session
            finally:
                session.stop()
                client.exit()
        finally:
            await _close(connection)


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await connection.wait_closed()
            return
    connection.abort()
    await connection.wait_closed()
