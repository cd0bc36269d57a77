"""Connecting and signing in, with the pinned host key and nothing taken from this machine's own SSH settings."""

from __future__ import annotations

import asyncio
import socket

import asyncssh

from distro_plugins.sftp.failures import FAILURES, classified, classify
from distro_plugins.sftp.host_key import PinnedHostKey, parse_host_key
from distro_plugins.sftp.private_key import KeyUnreadable, read_private_key
from distro_plugins.sftp.settings import SftpSettings
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy

ENCRYPTION = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""Fastest first (two to three times chacha20-poly1305 in Python); the rest of asyncssh's safe list follows."""

KEEP_ALIVE_SECONDS = 15
KEEP_ALIVE_MISSED = 4
"""A peer that misses this many keep-alives in a row is gone."""

NOBODY = asyncssh.import_known_hosts("")
"""No host is trusted by a file: each key is judged by `_PinnedClient`."""


async def open_connection(settings: SftpSettings, addresses: AddressPolicy) -> asyncssh.SSHClientConnection:
    """Connect and sign in.

    Raises `TransportError` with HOST_NOT_FOUND, ADDRESS_FORBIDDEN, CONNECTION_REFUSED, HOST_UNREACHABLE,
    CONNECT_TIMEOUT, HOST_KEY_CHANGED, LOGIN_REFUSED, PRIVATE_KEY_INVALID, NO_COMMON_ALGORITHM or CONNECTION_LOST.
    """
    doing = f"connect to {settings.host} port {settings.port}"
    pin = parse_host_key(settings.host_key)
    keys = await _client_keys(settings)
    client = _PinnedClient(pin)
    with classified(doing):
        async with asyncio.timeout(settings.timeout):
            connected = await addresses.connect(settings.host, settings.port)
    try:
        return await _sign_in(settings, connected, keys, client)
    except FAILURES as error:
        connected.close()
        refused_key = isinstance(error, asyncssh.HostKeyNotVerifiable)
        raise classify(error, doing, f"the server showed {client.shown}" if refused_key else "") from error


class _PinnedClient(asyncssh.SSHClient):
    """Trusts the pinned host key and no other, and remembers what it was shown."""

    def __init__(self, pin: PinnedHostKey) -> None:
        self._pin = pin
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.shown = f"{key.get_algorithm()} {key.get_fingerprint()}"
        return self._pin.matches(key)


async def _sign_in(
    settings: SftpSettings, connected: socket.socket, keys: list[asyncssh.SSHKey], client: _PinnedClient
) -> asyncssh.SSHClientConnection:
    password = settings.password.get_secret_value() if settings.password else None
    return await asyncssh.connect(
        settings.host,
        settings.port,
        sock=connected,
        client_factory=lambda: client,
        username=settings.username,
        password=password,
        client_keys=keys or None,
        known_hosts=NOBODY,
        server_host_key_algs=list(parse_host_key(settings.host_key).algorithms),
        encryption_algs=ENCRYPTION,
        compression_algs=["none", "zlib@openssh.com"],
        keepalive_interval=KEEP_ALIVE_SECONDS,
        keepalive_count_max=KEEP_ALIVE_MISSED,
        connect_timeout=settings.timeout,
        login_timeout=0,
        config=None,
        agent_path=None,
        gss_host=None,
        x509_trusted_certs=None,
    )


async def _client_keys(settings: SftpSettings) -> list[asyncssh.SSHKey]:
    try:
        key = await asyncio.to_thread(read_private_key, settings)
    except KeyUnreadable as error:
        message = error.message
        raise TransportError(ErrorCategory.AUTH_INVALID, "PRIVATE_KEY_INVALID", message, retryable=False) from error
    return [] if key is None else [key]
