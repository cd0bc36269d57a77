"""Every way in which Azure refuses, by its own codes."""

from __future__ import annotations

from collections.abc import Mapping

from azure.core.exceptions import AzureError, HttpResponseError

from distro_sdk.errors import TransportError
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised, seconds_to_wait
from distro_sdk.object_storage import failures
from distro_sdk.object_storage.failures import status_verdict

FAILURES = (AzureError, OSError)
"""What the client raises; a `TransportError` is none of them."""

_BY_CODE: Mapping[str, Verdict] = {
    **dict.fromkeys(
        ("AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation"), failures.LOGIN
    ),
    **dict.fromkeys(
        (
            *("AccountIsDisabled", "AuthorizationFailure", "AuthorizationPermissionMismatch"),
            *("AuthorizationProtocolMismatch", "AuthorizationResourceTypeMismatch", "AuthorizationServiceMismatch"),
            *("AuthorizationSourceIPMismatch", "InsufficientAccountPermissions", "PublicAccessNotPermitted"),
            *("KeyBasedAuthenticationNotPermitted", "BlobImmutableDueToPolicy", "LeaseIdMissing", "BlobArchived"),
        ),
        failures.PERMISSION,
    ),
    **dict.fromkeys(("ContainerNotFound", "ContainerDisabled"), failures.BUCKET_MISSING),
    **dict.fromkeys(("BlobNotFound", "ResourceNotFound"), failures.FILE_MISSING),
    "ServerBusy": failures.RATE_LIMITED,
    **dict.fromkeys(("InternalError", "ContainerBeingDeleted"), failures.UNAVAILABLE),
    "OperationTimedOut": STALLED,
    **dict.fromkeys(("Md5Mismatch", "InvalidMd5"), failures.HASH_WRONG),
    **dict.fromkeys(("InvalidBlockList", "BlockListTooLong"), failures.UPLOAD_LOST),
}

_SIGNATURE_EXPIRED = "not valid in the specified time frame"
"""Of the detail of AuthenticationFailed, which has no code of its own for it."""


def error_code(error: BaseException | None) -> str:
    """The server's own code of what it refused, empty where it gave none."""
    code = getattr(error, "error_code", None) if isinstance(error, HttpResponseError) else None
    return str(getattr(code, "value", code) or "")


def classify(error: Exception, doing: str) -> TransportError:
    """The error that leaves the transport. `doing`: what was tried, such as ``write a/b.wav``.

    The server's sentences are left out: they repeat the request that was signed.
    """
    if not isinstance(error, HttpResponseError) or error.status_code is None:
        return network_error(error, doing)
    code = error_code(error)
    verdict = _BY_CODE.get(code) or status_verdict(error.status_code)
    if verdict is failures.LOGIN and _SIGNATURE_EXPIRED in str(error):
        verdict = failures.EXPIRED
    headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
    return raised(
        verdict,
        f"cannot {doing}: the storage says {code or error.status_code}",
        retry_after=seconds_to_wait(headers.get("Retry-After")),
    )
