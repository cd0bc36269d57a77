"""A connection to a mail server: to an address that is allowed, encrypted and signed in as is set."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiosmtplib

from distro_plugins.smtp.failures import smtp_error
from distro_plugins.smtp.settings import MailServer, Security
from distro_sdk.certificates import trust_beside
from distro_sdk.network_failures import network_error


@asynccontextmanager
async def open_connection(server: MailServer) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection that mail can be handed to; raises `TransportError` where there is none to be had."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        use_tls=server.security is Security.TLS,
        start_tls=server.security is Security.STARTTLS,
        timeout=server.timeout,
        tls_context=await asyncio.to_thread(trust_beside, server.ca_certificates),
        sock=await _connect(server),
        local_hostname="stardust-distro",
    )
    try:
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise smtp_error(error, f"connect to {server.host}") from error
        if server.username is not None and server.password is not None:
            try:
                await client.login(server.username, server.password.get_secret_value())
            except (aiosmtplib.SMTPException, OSError) as error:
                raise smtp_error(error, f"sign in to {server.host}") from error
        yield client
    finally:
        await _hang_up(client)


async def _hang_up(client: aiosmtplib.SMTP) -> None:
    if client.is_connected:
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=1)
    client.close()


async def _connect(server: MailServer) -> socket.socket:
    try:
        async with asyncio.timeout(server.timeout):
            return await server.addresses.connect(server.host, server.port)
    except (OSError, TimeoutError) as error:
        raise network_error(error, f"connect to {server.host}") from error
