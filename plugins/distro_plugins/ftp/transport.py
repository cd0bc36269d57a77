"""The transport `ftp`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from pydantic import BaseModel

from distro_plugins.ftp.connection import Connection, open_connection
from distro_plugins.ftp.facts import HASH_NAMES
from distro_plugins.ftp.pool import Pool
from distro_plugins.ftp.session import FtpSession
from distro_plugins.ftp.settings import FtpSettings
from distro_plugins.ftp.tls import make_tls
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import TransportCapabilities


class FtpTransport:
    """Delivers over FTP, with TLS unless a target says otherwise: whole files only, continued after a break."""

    key: str = "ftp"
    title: str = "FTP"
    configuration: type[BaseModel] = FtpSettings
    capabilities = TransportCapabilities(
        resume=True, atomic_put=True, read=True, list=True, delete=True, remote_hash=frozenset(HASH_NAMES)
    )

    def __init__(self, addresses: AddressPolicy | None = None) -> None:
        self._addresses = addresses or AddressPolicy.everywhere()

    async def find_forbidden(self, configuration: FtpSettings) -> Mapping[str, str]:
        """Tell the settings that lead where no connection may go; see `ChecksDestination`."""
        return await self._addresses.find_forbidden({"host": configuration.host})

    @asynccontextmanager
    async def connect(self, configuration: FtpSettings) -> AsyncIterator[FtpSession]:
        """Open a session; see `open_connection` for what `TransportError` says when it cannot be opened."""
        executor = ThreadPoolExecutor(configuration.connections, thread_name_prefix="ftp")
        try:
            tls = None
            if configuration.encryption == "tls":
                tls = await asyncio.to_thread(
                    make_tls, configuration.ca_certificates, configuration.certificate_fingerprint
                )

            async def open_one() -> Connection:
                return await open_connection(configuration, tls, self._addresses, executor)

            pool = Pool(open_one, configuration.connections)
            try:
                async with pool.connection() as first:
                    home = first.client.home
                yield FtpSession(pool, home, configuration.directory)
            finally:
                await pool.close()
        finally:
            await asyncio.to_thread(executor.shutdown)  # every call has ended: nothing is waited for but threads
