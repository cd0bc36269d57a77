"""Why an attempt failed, what may be done about it, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta

from distro_core.delivery.documents import DeliveryError
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, DomainErrors, ErrorCategory, TransportError

LONGEST_DELAY = 3600.0
"""Seconds (row RTS-02)."""

ACTIONS: dict[ErrorCategory, str] = {
    ErrorCategory.CONTENT_FORMAT: "Replace the file that is named by one in a format that the target accepts.",
    ErrorCategory.CONTENT_QUALITY: "Replace the file that is named by one of the quality that the target asks for.",
    ErrorCategory.METADATA_INVALID: "Correct what is named in the release or in the target, then retry the delivery.",
    ErrorCategory.AUTH_EXPIRED: "Renew the target's credentials, then retry the delivery.",
    ErrorCategory.AUTH_INVALID: "Correct the target's credentials or host key, then retry the delivery.",
    ErrorCategory.API_RATE_LIMIT: "Nothing: the delivery waits as long as the platform asks.",
    ErrorCategory.API_UNAVAILABLE: "Nothing while attempts are left; then ask the platform whether it is up.",
    ErrorCategory.NETWORK_TIMEOUT: "Nothing while attempts are left; then check the connection to the target.",
    ErrorCategory.NETWORK_CONNECTIVITY: "Nothing while attempts are left; then check the target's address and network.",
    ErrorCategory.UNKNOWN: "Read the delivery's log; retry when the cause is mended, and report it if it stays.",
}
"""What to do, by category (row ERP-06)."""

_CONTENT_CODES = frozenset({"ASSET_CORRUPTED", "ASSET_NOT_FOUND", "OBJECT_MISSING", "MESSAGE_CORRUPTED"})
_STORAGE_CODES = frozenset({"OBJECT_STORAGE_FAILED", "OBJECT_STORAGE_FULL"})
_CREDENTIAL_CODES = frozenset({"SECRET_UNREADABLE"})


def delivery_error(
    category: ErrorCategory, code: str, message: str, *, retryable: bool, action: str | None = None
) -> DeliveryError:
    """An error as it stands on a delivery. `action`: what to do, unless the category says it well enough."""
    return DeliveryError(
        category=category, code=code, message=message, retryable=retryable, action=action or ACTIONS[category]
    )


def describe_failure(error: Exception) -> DeliveryError:
    """What a transport or a service raised, as it stands on the delivery."""
    if isinstance(error, TransportError):
        return delivery_error(error.category, error.code, error.message, retryable=error.retryable)
    if isinstance(error, DomainError):
        retryable = error.code in _STORAGE_CODES
        return delivery_error(_category(error), error.code, _text(error), retryable=retryable)
    message = f"{type(error).__name__}: {error}"
    return delivery_error(ErrorCategory.UNKNOWN, "UNEXPECTED_ERROR", message, retryable=True)


def worker_lost() -> DeliveryError:
    """The error of an attempt whose worker died or was stopped."""
    message = "the worker stopped before the attempt was finished"
    return delivery_error(ErrorCategory.UNKNOWN, "WORKER_LOST", message, retryable=True)


def retry_after(settings: Settings, attempt: int, asked: float | None = None) -> timedelta:
    """How long after the failed `attempt` (from 1) the next one begins: doubling, at most an hour (row RTY-01).

    `asked`: seconds that the receiver wants us to wait at least (row RTS-03).
    """
    delay = min(settings.retry_delay * 2 ** (attempt - 1), LONGEST_DELAY)
    return timedelta(seconds=max(delay, asked or 0.0))


def _category(error: DomainError) -> ErrorCategory:
    if error.code in _CONTENT_CODES:
        return ErrorCategory.CONTENT_FORMAT
    if error.code in _STORAGE_CODES:
        return ErrorCategory.UNKNOWN
    return ErrorCategory.AUTH_INVALID if error.code in _CREDENTIAL_CODES else ErrorCategory.METADATA_INVALID


def _text(error: DomainError) -> str:
    """Every fault with its place: a person must be able to mend them all in one go."""
    faults = error.errors if isinstance(error, DomainErrors) else (error,)
    return "; ".join(str(fault) for fault in faults)
