"""What goes wrong on the way to any server, by exception type; protocols add what their servers say."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Callable, Iterator
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

WRONG_SIZE = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_SIZE_WRONG", retryable=True)
SOURCE_UNREADABLE = Verdict(ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", retryable=True)
SOURCE_CHANGED = Verdict(ErrorCategory.UNKNOWN, "SOURCE_CHANGED", retryable=False)

_BY_ERRNO = {
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
    errno.EHOSTDOWN: UNREACHABLE,
    errno.ENETDOWN: UNREACHABLE,
    errno.ETIMEDOUT: CONNECT_TIMEOUT,
    errno.ECONNREFUSED: REFUSED,
}


_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def raised(verdict: Verdict, message: str, *, retry_after: float | None = None) -> TransportError:
    """A verdict as the error to raise. `retry_after`: seconds the server asked for."""
    return TransportError(verdict.category, verdict.code, message, retryable=verdict.retryable, retry_after=retry_after)


def network_error(
    error: BaseException, doing: str, verdict_of: Callable[[BaseException], Verdict | None] | None = None
) -> TransportError:
    """The error of a request that got no answer.

    Client libraries wrap what happened in errors of their own, several deep: the innermost that tells most is named.
    `verdict_of`: what an error of the client library means, where it means something of its own.
    """
    for cause in _causes(error):
        if isinstance(cause, TransportError):
            return cause
        verdict = (verdict_of and verdict_of(cause)) or _network_verdict(cause)
        if verdict is not None:
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            return raised(verdict, f"cannot {doing}: {reason}")
    return raised(LOST, f"cannot {doing}: the connection ended ({type(error).__name__})")


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or a date (RFC 9110 section 10.2.3)."""
    if not retry_after:
        return None
    if _SECONDS.fullmatch(retry_after.strip()):
        return float(retry_after)
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
