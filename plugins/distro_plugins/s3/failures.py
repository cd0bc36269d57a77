"""Every way in which S3 refuses, by its own codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from distro_sdk.errors import TransportError
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised, seconds_to_wait
from distro_sdk.object_storage import failures
from distro_sdk.object_storage.failures import status_verdict

FAILURES = (ClientError, BotoCoreError, OSError)
"""What the client raises; a `TransportError` is none of them."""

MISSING_KEYS = frozenset({"NoSuchKey", "404", "NotFound"})

_BY_CODE: Mapping[str, Verdict] = {
    **dict.fromkeys(
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId", "AuthFailure"),
        failures.LOGIN,
    ),
    **dict.fromkeys(("ExpiredToken", "TokenRefreshRequired", "RequestExpired"), failures.EXPIRED),
    **dict.fromkeys(
        (
            "AccessDenied",
            "AllAccessDisabled",
            "AccountProblem",
            "NotSignedUp",
            "MethodNotAllowed",
            "KMS.DisabledException",
        ),
        failures.PERMISSION,
    ),
    "RequestTimeTooSkewed": failures.CLOCK,
    "NoSuchBucket": failures.BUCKET_MISSING,
    **dict.fromkeys(
        (
            "PermanentRedirect",
            "TemporaryRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
        ),
        failures.REGION_WRONG,
    ),
    **dict.fromkeys(
        (
            *("SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException", "TooManyRequests"),
            *("RequestLimitExceeded", "RequestThrottled", "BandwidthLimitExceeded", "XMinioRequestsLimit"),
        ),
        failures.RATE_LIMITED,
    ),
    **dict.fromkeys(("InternalError", "ServiceUnavailable", "OperationAborted"), failures.UNAVAILABLE),
    "RequestTimeout": STALLED,
    **dict.fromkeys(
        ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody"),
        failures.HASH_WRONG,
    ),
    "NoSuchKey": failures.FILE_MISSING,
    **dict.fromkeys(("NoSuchUpload", "InvalidPart", "InvalidPartOrder"), failures.UPLOAD_LOST),
    **dict.fromkeys(("QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity"), failures.FULL),
}


def error_code(error: BaseException | None) -> str:
    """The server's own code of what it refused, empty where it gave none."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def classify(error: Exception, doing: str) -> TransportError:
    """The error that leaves the transport. `doing`: what was tried, such as ``write a/b.wav``."""
    if not isinstance(error, ClientError):
        return network_error(error, doing)
    answer: Mapping[str, Any] = error.response
    meta = answer.get("ResponseMetadata", {})
    status = int(meta.get("HTTPStatusCode", 0))
    code = error_code(error)
    verdict = _BY_CODE.get(code) or (failures.REGION_WRONG if status in {301, 307} else status_verdict(status))
    message = str(answer.get("Error", {}).get("Message", ""))[:300]
    headers: Mapping[str, str] = meta.get("HTTPHeaders", {})
    return raised(
        verdict,
        f"cannot {doing}: the storage says {code or status}: {message}",
        retry_after=seconds_to_wait(headers.get("retry-after")),
    )
