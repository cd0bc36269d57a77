"""Connecting, and running the blocking client in a thread so that it can be given up at any moment."""

from __future__ import annotations

import asyncio
import ftplib
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from distro_plugins.ftp.client import FtpClient
from distro_plugins.ftp.failures import FAILURES, classify
from distro_plugins.ftp.settings import FtpSettings
from distro_plugins.ftp.tls import Tls
from distro_sdk.errors import TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import CONNECT_TIMEOUT

P = ParamSpec("P")
T = TypeVar("T")

IN_STEP = (ftplib.error_temp, ftplib.error_perm, ftplib.error_reply)
"""Refusals after which the connection can go on; after anything else nobody knows what the next reply belongs to."""

LAST_WORDS = ("421", "500 OOPS")
"""Replies after which the server hangs up; the second is vsftpd's."""

CHECK_AFTER_SECONDS = 10
"""Servers end idle connections: one that rested longer is asked before it is used again."""


class Connection:
    """One signed-in connection, for one task at a time."""

    def __init__(self, client: FtpClient, executor: Executor) -> None:
        self.client = client
        self.broken = False
        self._executor = executor
        self._rested_since = 0.0

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a method of the client in a thread. Who is cancelled cuts the connection and waits for the thread."""
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._executor, lambda: call(*args, **kwargs))
        try:
            return await asyncio.shield(running)
        except (*IN_STEP, TransportError) as error:
            self.broken = self.broken or self.client.out_of_step or str(error).startswith(LAST_WORDS)
            raise
        except BaseException:
            self.broken = True
            self.client.stop()
            await asyncio.wait({running})
            raise

    def rest(self) -> None:
        """Note since when nobody uses it."""
        self._rested_since = asyncio.get_running_loop().time()

    async def is_alive(self) -> bool:
        """Whether the server still answers."""
        if self.broken:
            return False
        if asyncio.get_running_loop().time() - self._rested_since > CHECK_AFTER_SECONDS:
            try:
                await self.run(self.client.voidcmd, "NOOP")
            except IN_STEP:
                return not self.broken
            except FAILURES:
                return False
        return True

    async def close(self) -> None:
        """Say goodbye where that makes sense, and let go of the sockets."""
        try:
            if not self.broken:
                await self.run(self.client.quit_politely)
        finally:
            self.client.stop()
            self.client.close()


async def open_connection(
    settings: FtpSettings, tls: Tls | None, policy: AddressPolicy, executor: Executor
) -> Connection:
    """Connect and sign in.

    Raises `TransportError` with HOST_NOT_FOUND, ADDRESS_FORBIDDEN, CONNECTION_REFUSED, HOST_UNREACHABLE,
    CONNECT_TIMEOUT, CERTIFICATE_REFUSED, TLS_UNAVAILABLE, TLS_FAILED, LOGIN_REFUSED, FTP_UNAVAILABLE or
    CONNECTION_LOST.
    """
    doing = f"connect to {settings.host} port {settings.port}"
    try:
        async with asyncio.timeout(settings.timeout):
            connected = await policy.connect(settings.host, settings.port)
            connection = Connection(FtpClient(connected, settings.host, settings.stall_timeout, tls), executor)
            try:
                await connection.run(connection.client.sign_in, settings.username, settings.password.get_secret_value())
            except BaseException:
                connection.client.stop()
                connection.client.close()
                raise
            connection.rest()
            return connection
    except TimeoutError as error:
        raise classify(error, doing, CONNECT_TIMEOUT) from error
    except FAILURES as error:
        raise classify(error, doing) from error
