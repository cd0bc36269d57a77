"""Opening a session, and letting go of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncssh

from distro_plugins.sftp.connection import open_connection
from distro_plugins.sftp.failures import classified
from distro_plugins.sftp.session import SftpSession
from distro_plugins.sftp.settings import SftpSettings
from distro_sdk.network import AddressPolicy

GOODBYE_SECONDS = 5
"""How long a server may take to let go of a connection."""


@asynccontextmanager
async def open_session(settings: SftpSettings, addresses: AddressPolicy) -> AsyncIterator[SftpSession]:
    """A session over a connection of its own; see `open_connection` for what `TransportError` says."""
    connection = await open_connection(settings, addresses)
    try:
        with classified(f"start SFTP on {settings.host}"):
            async with asyncio.timeout(settings.timeout):
                client = await connection.start_sftp_client()
        session = SftpSession(connection, client, settings)
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
