"""Wall-clock times of a place as moments.

The rule is that of RFC 5545, section 3.3.5: a time that is skipped when clocks go forward is read with the offset
before the gap, so 02:30 becomes 03:30; a time that comes twice when clocks go back means the first of both.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, NaiveDatetime

YEARS = range(1900, 2201)


def check_timezone(name: str) -> str:
    """The name of a zone of the IANA database; raises ValueError for any other."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name[:50]}: use a name such as Europe/Berlin") from error
    return name


def to_moment(local: datetime, timezone: str) -> datetime:
    """The moment, in UTC, at which clocks in a zone show `local`, a time without zone."""
    return local.replace(tzinfo=ZoneInfo(timezone), fold=0).astimezone(UTC)


def to_local(moment: datetime, timezone: str) -> datetime:
    """What clocks in a zone show at a moment, without zone."""
    return moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None, fold=0)


def _whole_minutes(at: time) -> time:
    if at.tzinfo is not None or at.second or at.microsecond:
        raise ValueError("a time of day is hours and minutes without zone, such as 01:30")
    return at


def _whole_seconds(local: datetime) -> datetime:
    _check_year(local)
    return local.replace(microsecond=0)


def _check_year(day: date) -> date:
    """At the ends of the calendar there is no moment in UTC for every time of a zone."""
    if day.year not in YEARS:
        raise ValueError(f"a year from {YEARS.start} to {YEARS.stop - 1}")
    return day


Timezone = Annotated[str, AfterValidator(check_timezone)]
TimeOfDay = Annotated[time, AfterValidator(_whole_minutes)]
LocalDate = Annotated[date, AfterValidator(_check_year)]
LocalDatetime = Annotated[NaiveDatetime, AfterValidator(_whole_seconds)]
