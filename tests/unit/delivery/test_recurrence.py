"""Local times, series and hours of a day, by the clock of a place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from pydantic import ValidationError

from distro_core.delivery.requests.local_times import to_moment
from distro_core.delivery.requests.recurrence import Frequency, Timing
from distro_core.delivery.targets.times import OffPeak, TargetSchedule, TargetScheduleType

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def series(timing: Timing, count: int) -> list[str]:
    """The first moments, as text in UTC."""
    found: list[datetime] = []
    moment = timing.first()
    while moment is not None and len(found) < count:
        found.append(moment)
        moment = timing.next_after(moment)
    return [each.strftime("%Y-%m-%d %H:%M") for each in found]


@pytest.mark.proves("SCH-02", "SCD-01")
@pytest.mark.parametrize(
    ("wall_clock", "moment"),
    [
        ("2025-03-30T01:59", "2025-03-30T00:59"),
        ("2025-03-30T02:30", "2025-03-30T01:30"),
        ("2025-03-30T03:30", "2025-03-30T01:30"),
        ("2025-10-26T01:30", "2025-10-25T23:30"),
        ("2025-10-26T02:30", "2025-10-26T00:30"),
        ("2025-10-26T03:30", "2025-10-26T02:30"),
    ],
    ids=["before the gap", "in the gap", "after the gap", "before the fold", "in the fold", "after the fold"],
)
def test_a_skipped_time_is_an_hour_later_and_a_doubled_one_the_first(wall_clock: str, moment: str) -> None:
    assert to_moment(local(wall_clock), BERLIN) == utc(moment)


def test_a_daily_series_keeps_to_the_clock_through_both_changes() -> None:
    spring = Timing(starts_at=local("2025-03-29T02:30"), timezone=BERLIN, frequency=Frequency.DAILY)
    autumn = Timing(starts_at=local("2025-10-25T02:30"), timezone=BERLIN, frequency=Frequency.DAILY)

    assert series(spring, 3) == ["2025-03-29 01:30", "2025-03-30 01:30", "2025-03-31 00:30"]
    assert series(autumn, 3) == ["2025-10-25 00:30", "2025-10-26 00:30", "2025-10-27 01:30"]


@pytest.mark.proves("SCH-03", "SCD-06")
@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (None, ["2026-01-31 09:00"]),
        (Frequency.DAILY, ["2026-01-31 09:00", "2026-02-01 09:00", "2026-02-02 09:00", "2026-02-03 09:00"]),
        (Frequency.WEEKLY, ["2026-01-31 09:00", "2026-02-07 09:00", "2026-02-14 09:00", "2026-02-21 09:00"]),
        (Frequency.MONTHLY, ["2026-01-31 09:00", "2026-02-28 09:00", "2026-03-31 09:00", "2026-04-30 09:00"]),
        (Frequency.QUARTERLY, ["2026-01-31 09:00", "2026-04-30 09:00", "2026-07-31 09:00", "2026-10-31 09:00"]),
    ],
)
def test_every_frequency(frequency: Frequency | None, expected: list[str]) -> None:
    timing = Timing(starts_at=local("2026-01-31T09:00"), frequency=frequency)

    assert series(timing, 4) == expected


@pytest.mark.parametrize(("day", "february"), [(28, "28"), (29, "29"), (30, "29"), (31, "29")])
def test_a_day_that_february_lacks_is_its_last_one(day: int, february: str) -> None:
    timing = Timing(starts_at=datetime(2028, 1, day, 9, 0), frequency=Frequency.MONTHLY)  # noqa: DTZ001 (local)

    assert series(timing, 3) == [f"2028-01-{day} 09:00", f"2028-02-{february} 09:00", f"2028-03-{day} 09:00"]


def test_a_series_ends_with_its_last_day_there() -> None:
    timing = Timing(
        starts_at=local("2026-01-01T23:30"),
        timezone="America/New_York",
        frequency=Frequency.DAILY,
        ends_on=date(2026, 1, 2),
    )

    assert series(timing, 9) == ["2026-01-02 04:30", "2026-01-03 04:30"]


def test_runs_that_were_missed_are_left_out() -> None:
    timing = Timing(starts_at=local("2026-01-31T09:00"), frequency=Frequency.MONTHLY)

    assert timing.next_after(utc("2026-05-31T08:59")) == utc("2026-05-31T09:00")
    assert timing.next_after(utc("2026-05-31T09:00")) == utc("2026-06-30T09:00")
    assert timing.next_after(utc("2020-01-01T00:00")) == utc("2026-01-31T09:00")


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": "2026-01-01T00:00", "timezone": "Europe/Atlantis"},
        {"starts_at": "2026-01-01T00:00", "timezone": "../../etc/passwd"},
        {"starts_at": "2026-01-01T00:00+01:00"},
        {"starts_at": "soon"},
        {"starts_at": "2026-01-01T00:00", "frequency": "hourly"},
    ],
)
def test_what_is_no_time_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Timing.model_validate(fields)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-07-01T00:30", "2026-07-01T00:30"),
        ("2026-07-01T02:59", "2026-07-01T02:59"),
        ("2026-07-01T03:00", "2026-07-01T23:00"),
        ("2026-07-01T12:00", "2026-07-01T23:00"),
    ],
)
def test_hours_open_again_the_next_day(now: str, opening: str) -> None:
    hours = OffPeak(timezone=BERLIN, begins=time(1, 0), ends=time(5, 0))

    assert hours.opening(utc(now)) == utc(opening)


def test_hours_may_go_past_midnight() -> None:
    hours = OffPeak(begins=time(22, 0), ends=time(4, 0))

    assert hours.opening(utc("2026-07-01T23:00")) == utc("2026-07-01T23:00")
    assert hours.opening(utc("2026-07-01T03:59")) == utc("2026-07-01T03:59")
    assert hours.opening(utc("2026-07-01T04:00")) == utc("2026-07-01T22:00")


def test_hours_that_a_change_of_the_clocks_swallows_are_left_out() -> None:
    hours = OffPeak(timezone=BERLIN, begins=time(2, 0), ends=time(3, 0))

    assert hours.opening(utc("2025-03-29T12:00")) == utc("2025-03-31T00:00")


@pytest.mark.proves("TGT-04")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "immediate"}, None),
        ({"type": "scheduled", "time": "09:30", "timezone": BERLIN}, "2026-03-05T08:30"),
        ({"type": "recurring", "time": "09:30", "frequency": "daily"}, "2026-03-05T09:30"),
        ({"type": "recurring", "time": "09:30", "frequency": "weekly"}, "2026-03-09T09:30"),
        ({"type": "recurring", "time": "09:30", "frequency": "monthly"}, "2026-04-01T09:30"),
        ({"type": "recurring", "time": "09:30", "frequency": "quarterly"}, "2026-04-01T09:30"),
        ({"type": "recurring", "time": "09:30", "frequency": "weekly", "starts_on": "2026-03-06"}, "2026-03-06T09:30"),
    ],
)
def test_a_target_says_when_its_deliveries_begin(fields: dict[str, str], expected: str | None) -> None:
    thursday = utc("2026-03-05T00:00")

    begins = TargetSchedule.model_validate(fields).next_after(thursday)

    assert begins == (utc(expected) if expected else None)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "scheduled"},
        {"type": "recurring", "time": "09:30"},
        {"type": "immediate", "frequency": "daily"},
        {"type": "scheduled", "time": "09:30:15"},
    ],
)
def test_a_schedule_that_is_not_complete_is_refused(fields: dict[str, str]) -> None:
    assert TargetSchedule(type=TargetScheduleType.IMMEDIATE).time is None
    with pytest.raises(ValidationError):
        TargetSchedule.model_validate(fields)
