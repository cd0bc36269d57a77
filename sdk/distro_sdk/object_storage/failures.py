"""What an object storage refuses, by HTTP status."""

from __future__ import annotations

from distro_sdk.errors import ErrorCategory
from distro_sdk.network_failures import STALLED, Verdict

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

_BY_STATUS = {
    400: REQUEST_REFUSED,
    401: LOGIN,
    403: PERMISSION,
    404: FILE_MISSING,
    408: STALLED,
    429: RATE_LIMITED,
    507: FULL,
}


def status_verdict(status: int) -> Verdict:
    """What an HTTP status means where the answer says no more."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return UNAVAILABLE if status >= 500 else REQUEST_REFUSED
