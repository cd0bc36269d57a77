"""How often a failed delivery is tried again by itself, and when (rows RTS-01 to RTS-05, RTY-01).

Two layers follow each other. A line that breaks while files travel is mended within the attempt, three times in a row
without delay (`reconnecting`, row RTS-01). What still fails ends the attempt; the next one follows by the series here.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from distro_core.delivery.documents import DeliveryError
from distro_core.delivery.failures.classes import (
    CATEGORIES,
    MOST_RETRIES,
    MOST_UNKNOWN_RETRIES,
    SUB_CODES,
    ErrorClass,
    class_of,
)
from distro_core.settings import Settings
from distro_sdk.errors import ErrorCategory

LONGEST_DELAY = 3600.0
"""Seconds (row RTS-02)."""


class RetryStrategy(StrEnum):
    """How a failure is tried again (rows RTS-01 to RTS-04)."""

    BACKOFF = "backoff"
    SCHEDULED = "scheduled"
    MANUAL = "manual"


def most_attempts(settings: Settings, error: DeliveryError, limit: int | None = None) -> int:
    """How many attempts a delivery gets when this is the last error, the first attempt counted.

    `limit`: what the target says instead. Categories and sub-codes with a number of their own keep to the smaller one,
    and nobody allows more retries than rows RTS-02 and ERR-10 do.
    """
    if not error.retryable or class_of(error.category, error.sub_code) is ErrorClass.PERMANENT:
        return 1
    facts = CATEGORIES[error.category] if error.sub_code is None else SUB_CODES[error.sub_code]
    most = 1 + (MOST_UNKNOWN_RETRIES if error.category is ErrorCategory.UNKNOWN else MOST_RETRIES)
    if facts.retries is None:
        return min(limit or settings.retry_attempts, most)
    return min(facts.retries + 1, limit or most, most)


def strategy_of(error: DeliveryError, asked: float | None = None) -> RetryStrategy:
    """How the failure is tried again. `asked`: seconds that the receiver wants us to wait."""
    if not error.retryable or class_of(error.category, error.sub_code) is ErrorClass.PERMANENT:
        return RetryStrategy.MANUAL
    return RetryStrategy.BACKOFF if asked is None else RetryStrategy.SCHEDULED


def retry_after(settings: Settings, attempt: int, asked: float | None = None) -> timedelta:
    """How long after the failed `attempt` (from 1) the next one begins: doubling, at most an hour (row RTS-02).

    `asked`: seconds that the receiver wants us to wait at least (row RTS-03).
    """
    delay = min(settings.retry_delay * 2 ** (attempt - 1), LONGEST_DELAY)
    return timedelta(seconds=max(delay, asked or 0.0))
