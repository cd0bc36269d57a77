"""Every way in which HTTP fails, by exception type and by status."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from distro_sdk.errors import ErrorCategory, TransportError

FAILURES = (aiohttp.ClientError, OSError, ValueError)
"""What the client raises, timeouts included; a `TransportError` is none of them."""


@dataclass(frozen=True)
class Verdict:
    """What a failure is called and whether trying again may help."""

    category: ErrorCategory
    code: str
    retryable: bool


_HOST_NOT_FOUND = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "HOST_NOT_FOUND", retryable=True)
_REFUSED = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_REFUSED", retryable=True)
_UNREACHABLE = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "HOST_UNREACHABLE", retryable=True)
_TIMEOUT = Verdict(ErrorCategory.NETWORK_TIMEOUT, "CONNECT_TIMEOUT", retryable=True)
_LOST = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", retryable=True)
_CERTIFICATE = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "CERTIFICATE_REFUSED", retryable=False)
_TLS = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "TLS_FAILED", retryable=True)
STALLED = Verdict(ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", retryable=True)
PROTOCOL = Verdict(ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", retryable=True)

_LOGIN = Verdict(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", retryable=False)
TOKEN_REFUSED = Verdict(ErrorCategory.AUTH_INVALID, "TOKEN_REFUSED", retryable=False)
_PERMISSION = Verdict(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", retryable=False)
_ENDPOINT = Verdict(ErrorCategory.UNKNOWN, "ENDPOINT_MISSING", retryable=False)
UNSUPPORTED = Verdict(ErrorCategory.UNKNOWN, "COMMAND_UNSUPPORTED", retryable=False)
_CONFLICT = Verdict(ErrorCategory.UNKNOWN, "REMOTE_CONFLICT", retryable=False)
_REQUEST = Verdict(ErrorCategory.UNKNOWN, "REQUEST_REFUSED", retryable=False)
REDIRECTED = Verdict(ErrorCategory.UNKNOWN, "REDIRECT_REFUSED", retryable=False)
_RATE = Verdict(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", retryable=True)
_LIMIT = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_SIZE_LIMIT", retryable=False)
_FULL = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", retryable=True)
_UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", retryable=True)
_LOCKED = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", retryable=True)
MISSING = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
TOO_LARGE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", retryable=False)
WRONG_HASH = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", retryable=True)
UNSAFE = Verdict(ErrorCategory.UNKNOWN, "PATH_UNSAFE", retryable=False)
SOURCE_UNREADABLE = Verdict(ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", retryable=True)
SOURCE_CHANGED = Verdict(ErrorCategory.UNKNOWN, "SOURCE_CHANGED", retryable=False)

_BY_STATUS = {
    401: _LOGIN,
    403: _PERMISSION,
    404: _ENDPOINT,
    405: UNSUPPORTED,
    407: _LOGIN,
    408: STALLED,
    409: _CONFLICT,
    410: _ENDPOINT,
    413: _LIMIT,
    423: _LOCKED,
    425: _RATE,
    429: _RATE,
    501: UNSUPPORTED,
    507: _FULL,
}

_BY_ERRNO = {
    errno.EHOSTUNREACH: _UNREACHABLE,
    errno.ENETUNREACH: _UNREACHABLE,
    errno.EHOSTDOWN: _UNREACHABLE,
    errno.ENETDOWN: _UNREACHABLE,
    errno.ETIMEDOUT: _TIMEOUT,
    errno.ECONNREFUSED: _REFUSED,
}

LONGEST_REASON = 100


def transport_error(verdict: Verdict, message: str, *, retry_after: float | None = None) -> TransportError:
    """A verdict as the error that is raised. `retry_after`: seconds the server asked for."""
    return TransportError(verdict.category, verdict.code, message, retryable=verdict.retryable, retry_after=retry_after)


def status_error(status: int, reason: str, headers: Mapping[str, str], doing: str) -> TransportError:
    """The error of an answer that is no success. The answer's text is left out: it may repeat what we sent."""
    if status in _BY_STATUS:
        verdict = _BY_STATUS[status]
    elif 400 <= status < 500:
        verdict = _REQUEST
    else:
        verdict = _UNAVAILABLE if status >= 500 else PROTOCOL
    words = "".join(sign for sign in reason if sign.isprintable())[:LONGEST_REASON]
    retry_after = seconds_to_wait(headers.get("Retry-After"))
    return transport_error(
        verdict, f"cannot {doing}: the server says {status} {words}".rstrip(), retry_after=retry_after
    )


def network_error(error: BaseException, doing: str) -> TransportError:
    """The error of a request that got no answer: the innermost cause that tells something is named."""
    for cause in _causes(error):
        if isinstance(cause, TransportError):
            return cause
        verdict = _network_verdict(cause)
        if verdict is not None:
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            return transport_error(verdict, f"cannot {doing}: {reason}")
    return transport_error(_LOST, f"cannot {doing}: the connection ended ({type(error).__name__})")


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or a date (RFC 9110 section 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())


def _network_verdict(cause: BaseException) -> Verdict | None:
    if isinstance(cause, socket.gaierror):
        return _HOST_NOT_FOUND
    if isinstance(cause, ssl.CertificateError):
        return _CERTIFICATE
    if isinstance(cause, ssl.SSLError):
        return _TLS
    if isinstance(cause, (aiohttp.http.HttpProcessingError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError)):
        return PROTOCOL
    if isinstance(cause, OSError) and cause.errno in _BY_ERRNO:
        return _BY_ERRNO[cause.errno]
    if isinstance(cause, TimeoutError):
        return _TIMEOUT
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it, each once; a failed connection holds the error of the system in a field."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        if not isinstance(cause, aiohttp.ClientConnectorError):
            yield cause
        waiting += [getattr(cause, "os_error", None), getattr(cause, "certificate_error", None)]
        waiting += [cause.__cause__, cause.__context__]
