"""Why an attempt failed, as it stands on the delivery: category, sub-code, and what may be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.delivery.documents import DeliveryError
from distro_core.delivery.failures.classes import CATEGORIES, ErrorClass, class_of
from distro_core.delivery.failures.classification import classify, classify_words, sub_code_of
from distro_core.delivery.failures.texts import LONGEST_CODE, LONGEST_FAULTS, LONGEST_MESSAGE, bounded
from distro_core.preparation.codes import FORMAT_CODES, QUALITY_CODES
from distro_core.secrets.port import KEY_SERVICE_CODES
from distro_sdk.errors import DomainError, DomainErrors, ErrorCategory, ErrorSubCode, TransportError
from distro_sdk.platforms import ErrorWords

_CONTENT_CODES = FORMAT_CODES | {"ASSET_CORRUPTED", "ASSET_NOT_FOUND", "OBJECT_MISSING", "MESSAGE_CORRUPTED"}
_STORAGE_CODES = frozenset({"OBJECT_STORAGE_FAILED", "OBJECT_STORAGE_FULL"}) | KEY_SERVICE_CODES
_CREDENTIAL_CODES = frozenset({"SECRET_UNREADABLE"})


class Objection(DomainErrors):
    """What plugins have against a delivery: it may pass without any change of release or target."""


def delivery_error(
    category: ErrorCategory,
    code: str,
    message: str,
    *,
    retryable: bool,
    action: str | None = None,
    sub_code: ErrorSubCode | None = None,
    longest: int = LONGEST_MESSAGE,
) -> DeliveryError:
    """An error as it stands on a delivery, however much a server or a plugin said.

    `action`: what to do, unless the category says it well enough; `longest`: characters of the message.
    """
    return DeliveryError(
        category=category,
        sub_code=sub_code or sub_code_of(category, code),
        code=bounded(code, LONGEST_CODE),
        message=bounded(message, longest),
        retryable=retryable,
        action=bounded(action or CATEGORIES[category].action),
    )


def describe_failure(error: Exception, words: Sequence[ErrorWords] = ()) -> DeliveryError:
    """What was raised, as it stands on the delivery. `words`: see `PlatformProfile.error_words`."""
    if isinstance(error, TransportError):
        category, sub_code = classify(error, words)
        lasts = category is not error.category and class_of(category, sub_code) is ErrorClass.PERMANENT
        retryable = error.retryable and not lasts
        return delivery_error(category, error.code, error.message, retryable=retryable, sub_code=sub_code)
    if isinstance(error, DomainError):
        retryable = error.code in _STORAGE_CODES
        failure = delivery_error(
            _category(error), error.code, _text(error), retryable=retryable, longest=LONGEST_FAULTS
        )
        return failure.model_copy(update={"of_plugins": isinstance(error, Objection)})
    category, sub_code = classify(error)
    message = f"{type(error).__name__}: {error}"
    return delivery_error(category, "UNEXPECTED_ERROR", message, retryable=True, sub_code=sub_code)


def describe_refusal(message: str, words: Sequence[ErrorWords] = (), *, action: str | None = None) -> DeliveryError:
    """The error of a release that the platform refused, read by the platform's own words first (row ERP-04)."""
    category, sub_code = classify_words(message, words) or (
        ErrorCategory.METADATA_INVALID,
        ErrorSubCode.CONTENT_REJECTED,
    )
    if class_of(category, sub_code) is not ErrorClass.PERMANENT:
        category, sub_code = ErrorCategory.METADATA_INVALID, ErrorSubCode.CONTENT_REJECTED
    return delivery_error(category, "PLATFORM_REFUSED", message, retryable=False, action=action, sub_code=sub_code)


def worker_lost() -> DeliveryError:
    """The error of an attempt whose worker died or was stopped."""
    message = "the worker stopped before the attempt was finished"
    return delivery_error(ErrorCategory.UNKNOWN, "WORKER_LOST", message, retryable=True)


def _category(error: DomainError) -> ErrorCategory:
    if error.code in _CONTENT_CODES:
        return ErrorCategory.CONTENT_FORMAT
    if error.code in QUALITY_CODES:
        return ErrorCategory.CONTENT_QUALITY
    if error.code in _STORAGE_CODES:
        return ErrorCategory.UNKNOWN
    return ErrorCategory.AUTH_INVALID if error.code in _CREDENTIAL_CODES else ErrorCategory.METADATA_INVALID


def _text(error: DomainError) -> str:
    """Every fault with its place: a person must be able to mend them all in one go."""
    faults = error.errors if isinstance(error, DomainErrors) else (error,)
    return "; ".join(str(fault) for fault in faults)
