"""Every failure has a category, a severity, a class, something that helps, and a text for people."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest
from pymongo.errors import AutoReconnect

from distro_core.delivery.failures.classes import (
    CATEGORIES,
    MOST_RETRIES,
    SUB_CODES,
    ErrorClass,
    ErrorRecovery,
    ErrorSeverity,
    class_of,
    severity_of,
)
from distro_core.delivery.failures.classification import classify, classify_words, sub_code_of
from distro_core.delivery.failures.description import describe_failure, describe_refusal
from distro_sdk.errors import ErrorCategory as Category
from distro_sdk.errors import ErrorSubCode as SubCode
from distro_sdk.errors import TransportError
from distro_sdk.platforms import ErrorWords

TABLE = [
    ("CONTENT_FORMAT", "high", "permanent", "transform_content", 0, True),
    ("CONTENT_QUALITY", "high", "permanent", "improve_content", 0, True),
    ("METADATA_INVALID", "high", "permanent", "complete_metadata", 0, True),
    ("AUTH_EXPIRED", "high", "temporary", "refresh_authentication", 3, True),
    ("AUTH_INVALID", "critical", "permanent", "update_credentials", 0, True),
    ("API_RATE_LIMIT", "low", "temporary", "wait_as_asked", 5, False),
    ("API_UNAVAILABLE", "medium", "temporary", "retry_later", 10, False),
    ("NETWORK_TIMEOUT", "medium", "temporary", "retry_with_more_time", 5, False),
    ("NETWORK_CONNECTIVITY", "medium", "temporary", "retry_after_network_check", 5, False),
    ("UNKNOWN", "high", "unknown", "limited_retries", None, True),
]
SUB_CODE_TABLE = [
    ("artwork_invalid", "CONTENT_FORMAT", "high", 0),
    ("auth_permission", "AUTH_INVALID", "high", 0),
    ("api_changed", "API_UNAVAILABLE", "critical", 0),
    ("content_rejected", "METADATA_INVALID", "high", 0),
    ("content_duplicate", "METADATA_INVALID", "medium", 0),
    ("rights_conflict", "METADATA_INVALID", "critical", 0),
    ("delivery_timeout", "NETWORK_TIMEOUT", "medium", 3),
    ("delivery_interrupted", "NETWORK_CONNECTIVITY", "low", None),
    ("delivery_corrupt", "NETWORK_CONNECTIVITY", "high", 2),
    ("system_storage", "UNKNOWN", "critical", 3),
    ("system_database", "UNKNOWN", "critical", 3),
    ("system_internal", "UNKNOWN", "high", 3),
    ("network_dns", "NETWORK_CONNECTIVITY", "medium", 3),
    ("network_connection", "NETWORK_CONNECTIVITY", "medium", 5),
]


def spoken(message: str, code: str = "REQUEST_REFUSED") -> TransportError:
    """What a transport raises that hands on the receiver's words."""
    return TransportError(Category.UNKNOWN, code, message, retryable=False)


@pytest.mark.proves("ERR-13", "ERR-14", "ERP-05", "ERP-06")
def test_the_table_of_categories() -> None:
    found = [
        (name.value, f.severity.value, f.error_class.value, f.recovery.value, f.retries, f.actionable)
        for name, f in CATEGORIES.items()
    ]

    assert found == TABLE
    assert [name for name, *_ in TABLE] == [category.value for category in Category]
    assert {facts.severity for facts in CATEGORIES.values()} <= set(ErrorSeverity)
    assert {facts.recovery for facts in CATEGORIES.values()} == set(ErrorRecovery)
    assert all(facts.action.endswith(".") for facts in CATEGORIES.values())
    assert max(facts.retries or 0 for facts in CATEGORIES.values()) == MOST_RETRIES


@pytest.mark.proves("ERR-12")
def test_the_table_of_sub_codes() -> None:
    found = [(name.value, f.category.value, f.severity.value, f.retries) for name, f in SUB_CODES.items()]

    assert found == SUB_CODE_TABLE
    assert set(SUB_CODES) == set(SubCode)


def test_a_sub_code_says_more_than_its_category() -> None:
    assert severity_of(Category.NETWORK_CONNECTIVITY, SubCode.DELIVERY_CORRUPT) is ErrorSeverity.HIGH
    assert severity_of(Category.NETWORK_CONNECTIVITY, None) is ErrorSeverity.MEDIUM
    assert class_of(Category.API_UNAVAILABLE, None) is ErrorClass.TEMPORARY
    assert class_of(Category.API_UNAVAILABLE, SubCode.API_CHANGED) is ErrorClass.PERMANENT
    assert sub_code_of(Category.NETWORK_CONNECTIVITY, "CONNECTION_LOST") is SubCode.DELIVERY_INTERRUPTED
    assert sub_code_of(Category.NETWORK_TIMEOUT, "CONNECTION_LOST") is None


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("This FORMAT is not taken", Category.CONTENT_FORMAT),
        ("unsupported file: song.aiff", Category.CONTENT_FORMAT),
        ("the quality is too low", Category.CONTENT_QUALITY),
        ("bitrate of 96 kbit/s", Category.CONTENT_QUALITY),
        ("metadata is incomplete", Category.METADATA_INVALID),
        ("missing field: label", Category.METADATA_INVALID),
        ("token expired at noon", Category.AUTH_EXPIRED),
        ("credentials expired", Category.AUTH_EXPIRED),
        ("Invalid credentials.", Category.AUTH_INVALID),
        ("401 Unauthorized", Category.AUTH_INVALID),
        ("rate limit exceeded", Category.API_RATE_LIMIT),
        ("Too Many Requests", Category.API_RATE_LIMIT),
        ("platform unavailable", Category.API_UNAVAILABLE),
        ("service down for maintenance", Category.API_UNAVAILABLE),
        ("timeout after 30 s", Category.NETWORK_TIMEOUT),
        ("connection timed out", Category.NETWORK_TIMEOUT),
        ("network is gone", Category.NETWORK_CONNECTIVITY),
        ("connection closed", Category.NETWORK_CONNECTIVITY),
        ("something else happened", Category.UNKNOWN),
        ("the information was reformatted", Category.UNKNOWN),
    ],
)
@pytest.mark.proves("ERR-10", "ERR-11")
def test_what_a_receiver_says_is_read_by_its_words(text: str, category: Category) -> None:
    assert classify(spoken(text)).category is category


@pytest.mark.parametrize(
    ("error", "category", "sub_code"),
    [
        (ConnectionResetError(errno.ECONNRESET, "reset"), Category.NETWORK_CONNECTIVITY, SubCode.DELIVERY_INTERRUPTED),
        (ConnectionRefusedError("no"), Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_CONNECTION),
        (socket.gaierror("unknown name"), Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_DNS),
        (OSError(errno.EHOSTUNREACH, "no way"), Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_CONNECTION),
        (TimeoutError("too long"), Category.NETWORK_TIMEOUT, None),
        (OSError(errno.ENOSPC, "disk full"), Category.UNKNOWN, SubCode.SYSTEM_STORAGE),
        (AutoReconnect("primary stepped down"), Category.UNKNOWN, SubCode.SYSTEM_DATABASE),
        (ValueError("bad format"), Category.UNKNOWN, SubCode.SYSTEM_INTERNAL),
    ],
)
@pytest.mark.proves("ERR-11")
def test_the_type_of_an_exception_counts_before_its_words(
    error: Exception, category: Category, sub_code: SubCode | None
) -> None:
    assert classify(error) == (category, sub_code)


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (401, Category.AUTH_INVALID),
        (415, Category.CONTENT_FORMAT),
        (429, Category.API_RATE_LIMIT),
        (404, Category.API_UNAVAILABLE),
        (503, Category.API_UNAVAILABLE),
        (408, Category.NETWORK_TIMEOUT),
    ],
)
@pytest.mark.proves("ERR-11")
def test_a_status_code_counts_before_words(status: int, category: Category) -> None:
    class Refused(Exception):
        pass

    error = Refused("information about the network format")
    error.status = status  # type: ignore[attr-defined]

    assert classify(error).category is category


@pytest.mark.proves("ERR-11")
def test_a_reset_is_no_matter_of_format_whatever_it_says() -> None:
    message = "information about connection format"
    said = spoken(message, "REMOTE_FAILURE")
    said.__cause__ = ConnectionResetError(errno.ECONNRESET, message)

    assert classify(ConnectionResetError(message)) == (Category.NETWORK_CONNECTIVITY, SubCode.DELIVERY_INTERRUPTED)
    assert classify(said) == (Category.NETWORK_CONNECTIVITY, SubCode.DELIVERY_INTERRUPTED)
    assert classify(spoken(message)).category is Category.CONTENT_FORMAT


@pytest.mark.proves("ERR-12")
@pytest.mark.parametrize(
    ("category", "code", "expected"),
    [
        (Category.NETWORK_CONNECTIVITY, "HOST_NOT_FOUND", SubCode.NETWORK_DNS),
        (Category.NETWORK_CONNECTIVITY, "UPLOAD_CORRUPTED", SubCode.DELIVERY_CORRUPT),
        (Category.NETWORK_TIMEOUT, "TRANSFER_STALLED", SubCode.DELIVERY_TIMEOUT),
        (Category.AUTH_INVALID, "PERMISSION_DENIED", SubCode.AUTH_PERMISSION),
        (Category.AUTH_INVALID, "LOGIN_REFUSED", None),
        (Category.UNKNOWN, "ENDPOINT_MISSING", SubCode.API_CHANGED),
        (Category.UNKNOWN, "SOURCE_UNREADABLE", SubCode.SYSTEM_STORAGE),
    ],
)
def test_the_code_of_a_transport_names_the_sub_code(category: Category, code: str, expected: SubCode | None) -> None:
    error = describe_failure(TransportError(category, code, "as it is", retryable=True))

    assert error.sub_code is expected
    assert error.category is (SUB_CODES[expected].category if expected else category)


@pytest.mark.proves("ERP-04")
def test_a_platform_says_how_its_refusals_are_to_be_read() -> None:
    words = (
        ErrorWords(words="E-1207", category=Category.METADATA_INVALID, sub_code=SubCode.RIGHTS_CONFLICT),
        ErrorWords(words="loudness", category=Category.CONTENT_QUALITY),
    )

    theirs = describe_failure(spoken("code e-1207 on this format"), words)
    answered = describe_refusal("the Loudness is wrong", words)
    unread = describe_refusal("we do not want it", words)
    odd = describe_refusal("the connection to our editors broke", words)

    assert (theirs.category, theirs.sub_code) == (Category.METADATA_INVALID, SubCode.RIGHTS_CONFLICT)
    assert (answered.category, answered.sub_code, answered.code) == (
        Category.CONTENT_QUALITY,
        None,
        "PLATFORM_REFUSED",
    )
    assert (unread.category, unread.sub_code) == (Category.METADATA_INVALID, SubCode.CONTENT_REJECTED)
    assert (odd.category, odd.retryable) == (Category.METADATA_INVALID, False)


def test_words_that_fit_nothing_are_nothing() -> None:
    assert classify_words("so it goes") is None
    assert classify_words("a duplicate of a format") == (Category.METADATA_INVALID, SubCode.CONTENT_DUPLICATE)


def test_the_page_for_operators_has_the_same_numbers() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "deliveries.md").read_text("utf-8")

    for name, severity, error_class, _, retries, actionable in TABLE:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |") and line.count("|") == 7]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        told = "as for all" if retries is None else str(retries)
        assert cells[1:4] == [severity, error_class, told]
        assert cells[5] == ("yes" if actionable else "no")
    for name, category, severity, retries in SUB_CODE_TABLE:
        (row,) = [line for line in page.splitlines() if f"`{name}`" in line and line.count("|") == 5]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1:3] == [f"`{category}`", severity]
        assert cells[3] == ("as for all" if retries is None else str(retries)) or name == "delivery_interrupted"
