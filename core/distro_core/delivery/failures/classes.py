"""What is known of each category of failure and of its sub-codes: how bad, whether it passes, and what helps.

The numbers of retries are those of rows ERR-01 to ERR-12, cut to the ten of row RTS-02. None means the platform's own
rule for every delivery (rows RTY-01 and RTS-05).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from distro_sdk.errors import ErrorCategory as Category
from distro_sdk.errors import ErrorSubCode as SubCode


class ErrorSeverity(StrEnum):
    """How bad a failure is (row ERR-13)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class ErrorClass(StrEnum):
    """Whether time alone may mend a failure (row ERR-14)."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class ErrorRecovery(StrEnum):
    """What is done about a failure (rows ERR-01 to ERR-10)."""

    TRANSFORM_CONTENT = "transform_content"
    IMPROVE_CONTENT = "improve_content"
    COMPLETE_METADATA = "complete_metadata"
    REFRESH_AUTHENTICATION = "refresh_authentication"
    UPDATE_CREDENTIALS = "update_credentials"
    WAIT_AS_ASKED = "wait_as_asked"
    RETRY_LATER = "retry_later"
    RETRY_WITH_MORE_TIME = "retry_with_more_time"
    RETRY_AFTER_NETWORK_CHECK = "retry_after_network_check"
    LIMITED_RETRIES = "limited_retries"


@dataclass(frozen=True)
class CategoryFacts:
    """A category. `retries`: at most so many, None for the rule of all deliveries; `action`: what a person does.

    `actionable`: whether somebody of the tenant has to do something, and so is told (row ERP-05).
    """

    severity: ErrorSeverity
    error_class: ErrorClass
    recovery: ErrorRecovery
    retries: int | None
    actionable: bool
    action: str


@dataclass(frozen=True)
class SubCodeFacts:
    """A sub-code: the one category it belongs to, how bad it is, and how often it is tried again."""

    category: Category
    severity: ErrorSeverity
    retries: int | None


MOST_RETRIES = 10
"""Row RTS-02."""

MOST_UNKNOWN_RETRIES = 3
"""Of a failure that nobody can name (row ERR-10)."""

_S, _C, _R = ErrorSeverity, ErrorClass, ErrorRecovery

CATEGORIES: Mapping[Category, CategoryFacts] = {
    Category.CONTENT_FORMAT: CategoryFacts(
        _S.HIGH,
        _C.PERMANENT,
        _R.TRANSFORM_CONTENT,
        0,
        True,
        "Replace the file that is named by one in a format that the target accepts.",
    ),
    Category.CONTENT_QUALITY: CategoryFacts(
        _S.HIGH,
        _C.PERMANENT,
        _R.IMPROVE_CONTENT,
        0,
        True,
        "Replace the file that is named by one of the quality that the target asks for.",
    ),
    Category.METADATA_INVALID: CategoryFacts(
        _S.HIGH,
        _C.PERMANENT,
        _R.COMPLETE_METADATA,
        0,
        True,
        "Correct what is named in the release or in the target, then retry the delivery.",
    ),
    Category.AUTH_EXPIRED: CategoryFacts(
        _S.HIGH,
        _C.TEMPORARY,
        _R.REFRESH_AUTHENTICATION,
        3,
        True,
        "Renew the target's credentials, then retry the delivery.",
    ),
    Category.AUTH_INVALID: CategoryFacts(
        _S.CRITICAL,
        _C.PERMANENT,
        _R.UPDATE_CREDENTIALS,
        0,
        True,
        "Correct the target's credentials or host key, then retry the delivery.",
    ),
    Category.API_RATE_LIMIT: CategoryFacts(
        _S.LOW,
        _C.TEMPORARY,
        _R.WAIT_AS_ASKED,
        5,
        False,
        "Nothing: the delivery waits as long as the platform asks.",
    ),
    Category.API_UNAVAILABLE: CategoryFacts(
        _S.MEDIUM,
        _C.TEMPORARY,
        _R.RETRY_LATER,
        MOST_RETRIES,
        False,
        "Nothing while attempts are left; then ask the platform whether it is up.",
    ),
    Category.NETWORK_TIMEOUT: CategoryFacts(
        _S.MEDIUM,
        _C.TEMPORARY,
        _R.RETRY_WITH_MORE_TIME,
        5,
        False,
        "Nothing while attempts are left; then check the connection to the target.",
    ),
    Category.NETWORK_CONNECTIVITY: CategoryFacts(
        _S.MEDIUM,
        _C.TEMPORARY,
        _R.RETRY_AFTER_NETWORK_CHECK,
        5,
        False,
        "Nothing while attempts are left; then check the target's address and network.",
    ),
    Category.UNKNOWN: CategoryFacts(
        _S.HIGH,
        _C.UNKNOWN,
        _R.LIMITED_RETRIES,
        None,
        True,
        "Read the delivery's log; retry when the cause is mended, and report it if it stays.",
    ),
}

SUB_CODES: Mapping[SubCode, SubCodeFacts] = {
    SubCode.ARTWORK_INVALID: SubCodeFacts(Category.CONTENT_FORMAT, _S.HIGH, 0),
    SubCode.AUTH_PERMISSION: SubCodeFacts(Category.AUTH_INVALID, _S.HIGH, 0),
    SubCode.API_CHANGED: SubCodeFacts(Category.API_UNAVAILABLE, _S.CRITICAL, 0),
    SubCode.CONTENT_REJECTED: SubCodeFacts(Category.METADATA_INVALID, _S.HIGH, 0),
    SubCode.CONTENT_DUPLICATE: SubCodeFacts(Category.METADATA_INVALID, _S.MEDIUM, 0),
    SubCode.RIGHTS_CONFLICT: SubCodeFacts(Category.METADATA_INVALID, _S.CRITICAL, 0),
    SubCode.DELIVERY_TIMEOUT: SubCodeFacts(Category.NETWORK_TIMEOUT, _S.MEDIUM, 3),
    SubCode.DELIVERY_INTERRUPTED: SubCodeFacts(Category.NETWORK_CONNECTIVITY, _S.LOW, None),
    SubCode.DELIVERY_CORRUPT: SubCodeFacts(Category.NETWORK_CONNECTIVITY, _S.HIGH, 2),
    SubCode.SYSTEM_STORAGE: SubCodeFacts(Category.UNKNOWN, _S.CRITICAL, 3),
    SubCode.SYSTEM_DATABASE: SubCodeFacts(Category.UNKNOWN, _S.CRITICAL, 3),
    SubCode.SYSTEM_INTERNAL: SubCodeFacts(Category.UNKNOWN, _S.HIGH, 3),
    SubCode.NETWORK_DNS: SubCodeFacts(Category.NETWORK_CONNECTIVITY, _S.MEDIUM, 3),
    SubCode.NETWORK_CONNECTION: SubCodeFacts(Category.NETWORK_CONNECTIVITY, _S.MEDIUM, 5),
}
"""A line that breaks while files travel (`delivery_interrupted`) is first mended three times at once (row RTS-01)."""


def severity_of(category: Category, sub_code: SubCode | None) -> ErrorSeverity:
    """How bad a failure is: the sub-code says it more exactly than its category."""
    return CATEGORIES[category].severity if sub_code is None else SUB_CODES[sub_code].severity


def class_of(category: Category, sub_code: SubCode | None) -> ErrorClass:
    """Whether a failure may pass by itself; one that is never tried again lasts."""
    if sub_code is not None and SUB_CODES[sub_code].retries == 0:
        return ErrorClass.PERMANENT
    return CATEGORIES[category].error_class
