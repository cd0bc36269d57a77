"""What goes wrong between us and an object storage, by exception type and HTTP status."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from distro_sdk.errors import ErrorCategory, TransportError


@dataclass(frozen=True)
class Verdict:
    """What a failure is called and whether trying again may help."""

    category: ErrorCategory
    code: str
    retryable: bool


HOST_NOT_FOUND = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "HOST_NOT_FOUND", retryable=True)
REFUSED = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_REFUSED", retryable=True)
UNREACHABLE = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "HOST_UNREACHABLE", retryable=True)
CONNECT_TIMEOUT = Verdict(ErrorCategory.NETWORK_TIMEOUT, "CONNECT_TIMEOUT", retryable=True)
LOST = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", retryable=True)
STALLED = Verdict(ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", retryable=True)
CERTIFICATE = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "CERTIFICATE_REFUSED", retryable=False)
TLS = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "TLS_FAILED", retryable=True)

LOGIN = Verdict(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", retryable=False)
EXPIRED = Verdict(ErrorCategory.AUTH_EXPIRED, "CREDENTIALS_EXPIRED", retryable=False)
CLOCK = Verdict(ErrorCategory.AUTH_INVALID, "CLOCK_WRONG", retryable=False)
PERMISSION = Verdict(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", retryable=False)
RATE_LIMITED = Verdict(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", retryable=True)
UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "STORAGE_UNAVAILABLE", retryable=True)
FULL = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", retryable=True)
BUCKET_MISSING = Verdict(ErrorCategory.UNKNOWN, "BUCKET_MISSING", retryable=False)
REGION_WRONG = Verdict(ErrorCategory.UNKNOWN, "REGION_WRONG", retryable=False)
REQUEST_REFUSED = Verdict(ErrorCategory.UNKNOWN, "REQUEST_REFUSED", retryable=False)
REMOTE_FAILURE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", retryable=True)
FILE_MISSING = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
FILE_TOO_LARGE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", retryable=False)
HASH_WRONG = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", retryable=True)
UPLOAD_LOST = Verdict(ErrorCategory.UNKNOWN, "UPLOAD_LOST", retryable=True)

SOURCE_UNREADABLE = Verdict(ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", retryable=True)
SOURCE_CHANGED = Verdict(ErrorCategory.UNKNOWN, "SOURCE_CHANGED", retryable=False)

_BY_STATUS = {
    400: REQUEST_REFUSED,
    401: LOGIN,
    403: PERMISSION,
    404: FILE_MISSING,
    408: STALLED,
    429: RATE_LIMITED,
    507: FULL,
}

_BY_ERRNO = {
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
    errno.EHOSTDOWN: UNREACHABLE,
    errno.ENETDOWN: UNREACHABLE,
    errno.ETIMEDOUT: CONNECT_TIMEOUT,
    errno.ECONNREFUSED: REFUSED,
}


def raised(verdict: Verdict, message: str, *, retry_after: float | None = None) -> TransportError:
    """A verdict as the error to raise. `retry_after`: seconds the server asked for."""
    return TransportError(verdict.category, verdict.code, message, retryable=verdict.retryable, retry_after=retry_after)


def status_verdict(status: int) -> Verdict:
    """What an HTTP status means where the answer says no more."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return UNAVAILABLE if status >= 500 else REQUEST_REFUSED


def network_error(error: BaseException, doing: str) -> TransportError:
    """The error of a request that got no answer.

    Client libraries wrap what happened in errors of their own, several deep: the innermost that tells most is named.
    """
    for cause in _causes(error):
        if isinstance(cause, TransportError):
            return cause
        verdict = _network_verdict(cause)
        if verdict is not None:
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            return raised(verdict, f"cannot {doing}: {reason}")
    return raised(LOST, f"cannot {doing}: the connection ended ({type(error).__name__})")


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or a date (RFC 9110 section 10.2.3)."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())


def _network_verdict(cause: BaseException) -> Verdict | None:
    if isinstance(cause, socket.gaierror):
        return HOST_NOT_FOUND
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CERTIFICATE
    if isinstance(cause, ssl.SSLError):
        return TLS
    if isinstance(cause, OSError) and cause.errno in _BY_ERRNO:
        return _BY_ERRNO[cause.errno]
    if isinstance(cause, TimeoutError):
        return CONNECT_TIMEOUT
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps, outermost first, each once."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [getattr(cause, "os_error", None), getattr(cause, "certificate_error", None)]
        waiting += [getattr(cause, "inner_exception", None), (getattr(cause, "kwargs", None) or {}).get("error")]
        waiting += [cause.__cause__, cause.__context__]
