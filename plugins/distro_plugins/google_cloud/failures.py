"""Every way in which Google Cloud Storage refuses, by status and by its own reasons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import Verdict, raised, seconds_to_wait
from distro_sdk.object_storage import failures
from distro_sdk.object_storage.failures import status_verdict

TOKEN_REFUSED = Verdict(ErrorCategory.AUTH_INVALID, "TOKEN_REFUSED", retryable=False)

_BY_REASON: Mapping[str, Verdict] = {
    **dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"), failures.RATE_LIMITED),
    "quotaExceeded": failures.RATE_LIMITED,
    **dict.fromkeys(("authError", "invalidCredentials"), failures.LOGIN),
    "expired": failures.EXPIRED,
    **dict.fromkeys(("backendError", "internalError"), failures.UNAVAILABLE),
}

_BROKEN_HASH = ("md5", "crc32c")
"""Words of the message about a content with another hash than announced; its reason is `invalid`, as of much else."""


def refusal(status: int, headers: Mapping[str, str], content: bytes, doing: str) -> TransportError:
    """The error of an answer that is no success. `doing`: what was tried, such as ``write a/b.wav``."""
    reason, message = _told(content)
    verdict = _BY_REASON.get(reason) or status_verdict(status)
    if status == 400 and any(word in message.lower() for word in _BROKEN_HASH):
        verdict = failures.HASH_WRONG
    words = f"{status} {reason}".strip()
    return raised(
        verdict,
        f"cannot {doing}: the storage says {words}",
        retry_after=seconds_to_wait(headers.get("Retry-After")),
    )


def _told(content: bytes) -> tuple[str, str]:
    """The reason and the message of Google's JSON of an error, empty where there are none."""
    try:
        error: Any = json.loads(content)["error"]
        reason, message = error["errors"][0]["reason"], error["message"]
    except (ValueError, KeyError, IndexError, TypeError):
        return "", ""
    plain = "".join(sign for sign in str(reason) if sign.isalnum())[:40]
    return plain, str(message)
