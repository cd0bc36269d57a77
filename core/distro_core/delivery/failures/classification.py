"""What kind of failure an exception is: by its type, then by the protocol's code, then by the receiver's words.

Words come last and only where a receiver spoke (row ERR-11): a broken line is a broken line, whatever its message says.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from distro_core.delivery.failures.classes import SUB_CODES
from distro_core.delivery.failures.texts import LONGEST_FAULTS
from distro_sdk.errors import ErrorCategory as Category
from distro_sdk.errors import ErrorSubCode as SubCode
from distro_sdk.errors import TransportError
from distro_sdk.platforms import ErrorWords


class Verdict(NamedTuple):
    """What a failure is."""

    category: Category
    sub_code: SubCode | None = None


WORDS: Sequence[tuple[Category, tuple[str, ...]]] = (
    (Category.CONTENT_FORMAT, ("format", "unsupported file")),
    (Category.CONTENT_QUALITY, ("quality", "bitrate")),
    (Category.METADATA_INVALID, ("metadata", "missing field")),
    (Category.AUTH_EXPIRED, ("token expired", "credentials expired")),
    (Category.AUTH_INVALID, ("invalid credentials", "unauthorized")),
    (Category.API_RATE_LIMIT, ("rate limit", "too many requests")),
    (Category.API_UNAVAILABLE, ("platform unavailable", "service down")),
    (Category.NETWORK_TIMEOUT, ("timeout", "connection timed out")),
    (Category.NETWORK_CONNECTIVITY, ("network", "connection")),
)
"""What each category is told by, in the order in which it is looked for (rows ERR-01 to ERR-09)."""

_SUB_CODE_WORDS: Sequence[tuple[SubCode, tuple[str, ...]]] = (
    (SubCode.ARTWORK_INVALID, ("artwork", "cover art")),
    (SubCode.CONTENT_DUPLICATE, ("duplicate", "already exists")),
    (SubCode.RIGHTS_CONFLICT, ("rights conflict", "ownership conflict")),
    (SubCode.CONTENT_REJECTED, ("content rejected", "content policy")),
)

_BY_CODE: Mapping[str, SubCode] = {
    "HOST_NOT_FOUND": SubCode.NETWORK_DNS,
    "CONNECTION_REFUSED": SubCode.NETWORK_CONNECTION,
    "HOST_UNREACHABLE": SubCode.NETWORK_CONNECTION,
    "DATA_CONNECTION_FAILED": SubCode.NETWORK_CONNECTION,
    "CONNECTION_LOST": SubCode.DELIVERY_INTERRUPTED,
    "TRANSFER_STALLED": SubCode.DELIVERY_TIMEOUT,
    "UPLOAD_INCOMPLETE": SubCode.DELIVERY_CORRUPT,
    "UPLOAD_CORRUPTED": SubCode.DELIVERY_CORRUPT,
    "REMOTE_HASH_WRONG": SubCode.DELIVERY_CORRUPT,
    "REMOTE_SIZE_WRONG": SubCode.DELIVERY_CORRUPT,
    "PERMISSION_DENIED": SubCode.AUTH_PERMISSION,
    "RENAME_REFUSED": SubCode.AUTH_PERMISSION,
    "FOLDER_NOT_ALLOWED": SubCode.AUTH_PERMISSION,
    "COMMAND_UNSUPPORTED": SubCode.API_CHANGED,
    "ENDPOINT_MISSING": SubCode.API_CHANGED,
    "PLATFORM_REFUSED": SubCode.CONTENT_REJECTED,
    "SOURCE_UNREADABLE": SubCode.SYSTEM_STORAGE,
    "OBJECT_STORAGE_FAILED": SubCode.SYSTEM_STORAGE,
    "OBJECT_STORAGE_FULL": SubCode.SYSTEM_STORAGE,
    "KEY_SERVICE_UNAVAILABLE": SubCode.SYSTEM_STORAGE,
    "KEY_SERVICE_REFUSED": SubCode.SYSTEM_STORAGE,
    "KEY_PROVIDER_UNKNOWN": SubCode.SYSTEM_STORAGE,
    "KEY_PROVIDER_NOT_SET_UP": SubCode.SYSTEM_STORAGE,
    "UNEXPECTED_ERROR": SubCode.SYSTEM_INTERNAL,
    "WORKER_LOST": SubCode.SYSTEM_INTERNAL,
}
"""Sub-codes by the stable codes of transports and services."""

_SPOKEN = frozenset({"REQUEST_REFUSED", "REMOTE_FAILURE", "REMOTE_CONFLICT", "PROTOCOL_ERROR", "PLATFORM_REFUSED"})
"""Codes under which a transport hands on what the receiver said."""

_BY_TYPE: Sequence[tuple[type[BaseException], Verdict]] = (
    (socket.gaierror, Verdict(Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_DNS)),
    (ConnectionRefusedError, Verdict(Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_CONNECTION)),
    (ConnectionError, Verdict(Category.NETWORK_CONNECTIVITY, SubCode.DELIVERY_INTERRUPTED)),
    (TimeoutError, Verdict(Category.NETWORK_TIMEOUT)),
    (PyMongoError, Verdict(Category.UNKNOWN, SubCode.SYSTEM_DATABASE)),
    (RedisError, Verdict(Category.UNKNOWN, SubCode.SYSTEM_INTERNAL)),
)
_BY_NUMBER: Mapping[int, Verdict] = {
    errno.ENETUNREACH: Verdict(Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_CONNECTION),
    errno.EHOSTUNREACH: Verdict(Category.NETWORK_CONNECTIVITY, SubCode.NETWORK_CONNECTION),
    errno.ENOSPC: Verdict(Category.UNKNOWN, SubCode.SYSTEM_STORAGE),
}
_BY_STATUS: Mapping[int, Verdict] = {
    401: Verdict(Category.AUTH_INVALID),
    403: Verdict(Category.AUTH_INVALID, SubCode.AUTH_PERMISSION),
    404: Verdict(Category.API_UNAVAILABLE, SubCode.API_CHANGED),
    408: Verdict(Category.NETWORK_TIMEOUT),
    409: Verdict(Category.METADATA_INVALID, SubCode.CONTENT_DUPLICATE),
    410: Verdict(Category.API_UNAVAILABLE, SubCode.API_CHANGED),
    415: Verdict(Category.CONTENT_FORMAT),
    422: Verdict(Category.METADATA_INVALID),
    429: Verdict(Category.API_RATE_LIMIT),
}
"""HTTP's status codes (RFC 9110 section 15)."""


def classify(error: BaseException, words: Sequence[ErrorWords] = ()) -> Verdict:
    """What kind of failure an exception is. `words`: how the platform's own refusals are to be read (row ERP-04)."""
    if isinstance(error, TransportError):
        return _classify_transport(error, words)
    return _by_type(error) or _by_status(error) or Verdict(Category.UNKNOWN, SubCode.SYSTEM_INTERNAL)


def classify_words(text: str, words: Sequence[ErrorWords] = ()) -> Verdict | None:
    """What a receiver's message tells: the platform's phrases first, then those of all; None where nothing fits."""
    lowered = text[:LONGEST_FAULTS].lower()
    for phrase in words:
        if _says(lowered, phrase.words.lower()):
            return Verdict(phrase.category, phrase.sub_code)
    for sub_code, phrases in _SUB_CODE_WORDS:
        if any(_says(lowered, each) for each in phrases):
            return Verdict(SUB_CODES[sub_code].category, sub_code)
    for category, phrases in WORDS:
        if any(_says(lowered, each) for each in phrases):
            return Verdict(category)
    return None


def sub_code_of(category: Category, code: str) -> SubCode | None:
    """The sub-code that a stable code means, where it belongs to the category."""
    sub_code = _BY_CODE.get(code)
    return sub_code if sub_code is not None and SUB_CODES[sub_code].category is category else None


def _classify_transport(error: TransportError, words: Sequence[ErrorWords]) -> Verdict:
    """The transport stood nearest to the cause: what it says counts, unless it only hands on the receiver's words."""
    if error.code not in _SPOKEN and error.category is not Category.UNKNOWN:
        return Verdict(error.category, sub_code_of(error.category, error.code))
    if error.category is Category.UNKNOWN and error.code in _BY_CODE:
        return Verdict(SUB_CODES[_BY_CODE[error.code]].category, _BY_CODE[error.code])
    found = _by_type(error) or _by_status(error)
    if found is None and error.code in _SPOKEN:
        found = classify_words(error.message, words)
    return found or Verdict(error.category, sub_code_of(error.category, error.code))


def _by_type(error: BaseException) -> Verdict | None:
    for each in _causes(error):
        for kind, found in _BY_TYPE:
            if isinstance(each, kind):
                return found
        if isinstance(each, OSError) and (verdict := _BY_NUMBER.get(each.errno or 0)) is not None:
            return verdict
    return None


def _by_status(error: BaseException) -> Verdict | None:
    for each in _causes(error):
        for name in ("status", "status_code"):
            status = getattr(each, name, None)
            if isinstance(status, int) and status in _BY_STATUS:
                return _BY_STATUS[status]
            if isinstance(status, int) and 500 <= status <= 599:
                return Verdict(Category.API_UNAVAILABLE)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and those it was raised from, itself first."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__


def _says(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None
