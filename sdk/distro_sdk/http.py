"""Connections of aiohttp's clients, and what they raise; needs the extra `http`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence

import aiohttp

from distro_sdk.errors import TransportError
from distro_sdk.http_targets.failures import PROTOCOL
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import Verdict, network_error

FAILURES = (aiohttp.ClientError, OSError, ValueError)
"""What aiohttp's client raises, timeouts included; a `TransportError` is none of them."""

_PLAIN: Mapping[str, str] = {"Accept-Encoding": "identity"}
_NAMED: Mapping[str, str] = {"User-Agent": "stardust-distro"}


def guarded_connector(addresses: AddressPolicy, context: ssl.SSLContext, *, limit: int) -> aiohttp.TCPConnector:
    """Connects only to addresses that are allowed, whichever name led there. `limit`: connections, 0 for any number."""
    return aiohttp.TCPConnector(
        limit=limit,
        ssl=context,
        # One address after the other: happy eyeballs would swallow the refusal of an address.
        happy_eyeballs_delay=None,
        socket_factory=addresses.open_socket,
    )


def guarded_session(
    addresses: AddressPolicy,
    context: ssl.SSLContext,
    *,
    timeout: aiohttp.ClientTimeout,
    limit: int = 0,
    headers: Mapping[str, str] | None = None,
    unpacks: bool = False,
    answers: type[aiohttp.ClientResponse] = aiohttp.ClientResponse,
    tracing: Sequence[aiohttp.TraceConfig] = (),
) -> aiohttp.ClientSession:
    """A session that takes nothing from this machine: no proxy, no cookies, no `.netrc`. Use it with `async with`.

    `addresses`: to which it connects, checked for each connection; `context`: see `distro_sdk.certificates`; `limit`:
    connections, 0 for any number; `headers`: sent with each request; `unpacks`: whether answers may come compressed,
    and are unpacked; `answers`: class of its answers; `tracing`: who is told of each request.
    """
    return aiohttp.ClientSession(
        connector=guarded_connector(addresses, context, limit=limit),
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={**_NAMED, **({} if unpacks else _PLAIN), **(headers or {})},
        auto_decompress=unpacks,
        trust_env=False,
        response_class=answers,
        trace_configs=list(tracing),
    )


def client_error(error: BaseException, doing: str) -> TransportError:
    """The error of a request that got no answer. `doing`: what it was for, such as ``write a/b.wav``."""
    return network_error(error, doing, _protocol_verdict)


def _protocol_verdict(cause: BaseException) -> Verdict | None:
    """What the server broke that the client library complains of."""
    broken = (aiohttp.http.HttpProcessingError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError)
    return PROTOCOL if isinstance(cause, broken) else None
