"""What messages say of files in figures: sizes in kilobytes and durations in ISO 8601, in every DDEX format alike."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

DURATION_TOLERANCE = Decimal(1)
"""Seconds by which a message may differ from a file: some senders round to whole ones."""

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


def size_fits(told: str, size: int) -> bool:
    """Whether a FileSize tells of `size` bytes: the schemas define it in kilobytes, of 1000 or 1024 bytes, rounded."""
    try:
        kilobytes = Decimal(told.strip())
    except InvalidOperation:
        return False
    return kilobytes.is_finite() and any(abs(kilobytes - Decimal(size) / unit) < 1 for unit in (1000, 1024))


def duration_fits(told: str | None, seconds: Decimal) -> bool:
    """Whether a duration in hours, minutes and seconds tells of `seconds`; an unreadable one is left to the schema."""
    match = _DURATION.fullmatch((told or "").strip())
    if match is None:
        return True
    hours, minutes, rest = (Decimal(part or 0) for part in match.groups())
    return abs(hours * 3600 + minutes * 60 + rest - seconds) <= DURATION_TOLERANCE
