"""What aiohttp raises, and what it means."""

from __future__ import annotations

import aiohttp

from distro_plugins.http_api.failures import PROTOCOL
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import Verdict, network_error

FAILURES = (aiohttp.ClientError, OSError, ValueError)
"""What the client raises, timeouts included; a `TransportError` is none of them."""


def client_error(error: BaseException, doing: str) -> TransportError:
    """The error of a request that got no answer."""
    return network_error(error, doing, _protocol_verdict)


def _protocol_verdict(cause: BaseException) -> Verdict | None:
    """What the server broke that the client library complains of."""
    broken = (aiohttp.http.HttpProcessingError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError)
    return PROTOCOL if isinstance(cause, broken) else None
