"""Every way in which WebDAV fails, by exception type and by status (RFC 9110, RFC 4918)."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised, seconds_to_wait

FAILURES = (aiohttp.ClientError, OSError, ValueError)
"""What the client raises, timeouts included; a `TransportError` is none of them."""

PROTOCOL = Verdict(ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", retryable=True)
MISSING = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
TOO_LARGE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", retryable=False)
UNSAFE = Verdict(ErrorCategory.UNKNOWN, "PATH_UNSAFE", retryable=False)
ENDPOINT = Verdict(ErrorCategory.UNKNOWN, "ENDPOINT_MISSING", retryable=False)
UNSUPPORTED = Verdict(ErrorCategory.UNKNOWN, "COMMAND_UNSUPPORTED", retryable=False)

_LOGIN = Verdict(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", retryable=False)
_PERMISSION = Verdict(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", retryable=False)
_CONFLICT = Verdict(ErrorCategory.UNKNOWN, "REMOTE_CONFLICT", retryable=False)
_REQUEST = Verdict(ErrorCategory.UNKNOWN, "REQUEST_REFUSED", retryable=False)
_REDIRECTED = Verdict(ErrorCategory.UNKNOWN, "REDIRECT_REFUSED", retryable=False)
_RATE = Verdict(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", retryable=True)
_LIMIT = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_SIZE_LIMIT", retryable=False)
_FULL = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", retryable=True)
_UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", retryable=True)
_LOCKED = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", retryable=True)

_BY_STATUS = {
    401: _LOGIN,
    403: _PERMISSION,
    404: ENDPOINT,
    405: UNSUPPORTED,
    407: _LOGIN,
    408: STALLED,
    409: _CONFLICT,
    410: ENDPOINT,
    413: _LIMIT,
    423: _LOCKED,
    425: _RATE,
    429: _RATE,
    501: UNSUPPORTED,
    507: _FULL,
}


def status_error(status: int, headers: Mapping[str, str], doing: str) -> TransportError:
    """The error of an answer that is no success; its text is left out, for it may repeat what we sent."""
    if status in _BY_STATUS:
        verdict = _BY_STATUS[status]
    elif 300 <= status < 400:
        verdict = _REDIRECTED
    elif 400 <= status < 500:
        verdict = _REQUEST
    else:
        verdict = _UNAVAILABLE if status >= 500 else PROTOCOL
    retry_after = seconds_to_wait(headers.get("Retry-After"))
    return raised(verdict, f"cannot {doing}: the server says {status}", retry_after=retry_after)


def client_error(error: BaseException, doing: str) -> TransportError:
    """The error of a request that got no answer."""
    return network_error(error, doing, _protocol_verdict)


def _protocol_verdict(cause: BaseException) -> Verdict | None:
    broken = (aiohttp.http.HttpProcessingError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError)
    return PROTOCOL if isinstance(cause, broken) else None
