"""Every way in which HTTP fails, by its verdict, and by status (RFC 9110, RFC 4918)."""

from __future__ import annotations

from collections.abc import Mapping

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import STALLED, Verdict, raised, seconds_to_wait

PROTOCOL = Verdict(ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", retryable=True)
LOGIN = Verdict(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", retryable=False)
PERMISSION = Verdict(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", retryable=False)
ENDPOINT = Verdict(ErrorCategory.UNKNOWN, "ENDPOINT_MISSING", retryable=False)
UNSUPPORTED = Verdict(ErrorCategory.UNKNOWN, "COMMAND_UNSUPPORTED", retryable=False)
CONFLICT = Verdict(ErrorCategory.UNKNOWN, "REMOTE_CONFLICT", retryable=False)
REQUEST = Verdict(ErrorCategory.UNKNOWN, "REQUEST_REFUSED", retryable=False)
REDIRECTED = Verdict(ErrorCategory.UNKNOWN, "REDIRECT_REFUSED", retryable=False)
RATE = Verdict(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", retryable=True)
LIMIT = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_SIZE_LIMIT", retryable=False)
FULL = Verdict(ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", retryable=True)
UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", retryable=True)
LOCKED = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FAILURE", retryable=True)
MISSING = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_MISSING", retryable=True)
TOO_LARGE = Verdict(ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", retryable=False)
UNSAFE = Verdict(ErrorCategory.UNKNOWN, "PATH_UNSAFE", retryable=False)

REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
"""Statuses that name another address (RFC 9110 section 15.4)."""

_LONGEST_REASON = 100
"""Characters of a server's reason phrase in an error."""

_BY_STATUS = {
    **dict.fromkeys(REDIRECTIONS, REDIRECTED),
    401: LOGIN,
    403: PERMISSION,
    404: ENDPOINT,
    405: UNSUPPORTED,
    407: LOGIN,
    408: STALLED,
    409: CONFLICT,
    410: ENDPOINT,
    413: LIMIT,
    423: LOCKED,
    425: RATE,
    429: RATE,
    501: UNSUPPORTED,
    507: FULL,
}


def status_error(status: int, reason: str, headers: Mapping[str, str], doing: str) -> TransportError:
    """The error of an answer that is no success. The answer's text is left out: it may repeat what we sent."""
    if status in _BY_STATUS:
        verdict = _BY_STATUS[status]
    elif 400 <= status < 500:
        verdict = REQUEST
    else:
        verdict = UNAVAILABLE if status >= 500 else PROTOCOL
    words = "".join(sign for sign in reason if sign.isprintable())[:_LONGEST_REASON]
    retry_after = seconds_to_wait(headers.get("Retry-After"))
    return raised(verdict, f"cannot {doing}: the server says {status} {words}".rstrip(), retry_after=retry_after)
