"""Every way in which HTTP fails, by its verdict, and by status."""

from __future__ import annotations

from collections.abc import Mapping

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import STALLED, Verdict, raised, seconds_to_wait

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
NAMES_CLASH = Verdict(ErrorCategory.METADATA_INVALID, "PACKAGE_NAMES_CLASH", retryable=False)
UNSAFE = Verdict(ErrorCategory.UNKNOWN, "PATH_UNSAFE", retryable=False)

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

LONGEST_REASON = 100


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
    return raised(verdict, f"cannot {doing}: the server says {status} {words}".rstrip(), retry_after=retry_after)
