"""Values as ERN writes them: durations, dates, years, numbers with units. Each function raises ValueError."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_PRINTED_YEAR = re.compile(r"(?<!\d)(?:1[89]|2[01])\d{2}(?!\d)", re.ASCII)
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def read_number(text: str) -> Decimal:
    """A decimal number of bounded length."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number")
    return Decimal(text)


def read_whole_number(text: str) -> int:
    """A whole number, also one that is written with a decimal point."""
    number = read_number(text)
    if number != number.to_integral_value():
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(number)


def read_seconds(text: str) -> Decimal:
    """Seconds of an ISO 8601 duration such as ``PT3M25.5S``, or of a plain number of seconds."""
    match = _DURATION.fullmatch(text)
    if match and text[-1] not in "PT":
        days, hours, minutes, seconds = (Decimal(match[name] or 0) for name in ("days", "hours", "minutes", "seconds"))
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    try:
        return read_number(text)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"{text[:40]!r} is not a duration such as PT3M25S") from error


def read_day(text: str) -> date | None:
    """A whole date, the day of a moment; None for a year or a month alone, which are no day."""
    if re.fullmatch(r"\d{4}(-\d{2})?", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text[:10]) if len(text) <= 10 else read_moment(text).date()
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is not a date such as 2026-01-31") from error


def read_moment(text: str) -> datetime:
    """A date and time, with its zone where it has one."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is not a moment such as 2026-01-31T12:00:00Z") from error


def read_truth(text: str) -> bool:
    """A boolean of XML Schema."""
    if text not in _TRUTHS:
        raise ValueError(f"{text[:40]!r} is neither true nor false")
    return _TRUTHS[text]


def read_year(text: str) -> int:
    """The year of an XML Schema year."""
    if not (match := _YEAR.match(text)):
        raise ValueError(f"{text[:40]!r} is not a year")
    return int(match.group())


def printed_year(text: str) -> int | None:
    """The year in the text of a P-line or C-line, such as in ``(P) 2005 A Label``."""
    match = _PRINTED_YEAR.search(text)
    return int(match.group()) if match else None
