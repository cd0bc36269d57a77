"""When a target gets what is sent to it: its own schedule, and the hours that it may be delivered to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from distro_core.delivery.requests.local_times import LocalDate, TimeOfDay, Timezone, to_local, to_moment
from distro_core.delivery.requests.recurrence import Frequency, Timing
from distro_sdk.models.base import Model

_A_MONDAY = date(2024, 1, 1)
"""Also the first day of a month, a quarter and a year: where series begin that name no day."""


class TargetScheduleType(StrEnum):
    """How a target's deliveries are timed (row TGT-04)."""

    IMMEDIATE = "immediate"
    SCHEDULED = "scheduled"
    RECURRING = "recurring"


class TargetSchedule(Model):
    """When new deliveries to a target begin that say nothing else (row TGT-04).

    `scheduled`: the next time that clocks in `timezone` show `time`; `recurring`: the next day of a series at `time`,
    which counts from `starts_on` (unless given: Mondays, the first of a month or of a quarter).
    """

    type: TargetScheduleType = TargetScheduleType.IMMEDIATE
    timezone: Timezone = "UTC"
    time: TimeOfDay | None = None
    frequency: Frequency | None = None
    starts_on: LocalDate | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.type is not TargetScheduleType.IMMEDIATE and self.time is None:
            raise ValueError(f"a schedule of type {self.type.value} needs a time")
        if (self.type is TargetScheduleType.RECURRING) != (self.frequency is not None):
            raise ValueError("a frequency belongs to a recurring schedule, and to no other")
        return self

    def next_after(self, moment: datetime) -> datetime | None:
        """When a delivery that is asked for at a moment begins, in UTC; None for at once."""
        if self.type is TargetScheduleType.IMMEDIATE or self.time is None:
            return None
        timing = Timing(
            starts_at=datetime.combine(self.starts_on or _A_MONDAY, self.time),
            timezone=self.timezone,
            frequency=self.frequency or Frequency.DAILY,
        )
        return timing.next_after(moment)


class OffPeak(Model):
    """The hours of a day at which a target may be delivered to; past midnight where `ends` is before `begins`."""

    timezone: Timezone = "UTC"
    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("off-peak hours that end when they begin are none")
        return self

    def opening(self, moment: datetime) -> datetime:
        """The moment itself where it lies in the hours, else when they begin next; both in UTC."""
        today = to_local(moment, self.timezone).date()
        for day in (today - timedelta(days=1), today, today + timedelta(days=1), today + timedelta(days=2)):
            last = day if self.begins < self.ends else day + timedelta(days=1)
            begins = to_moment(datetime.combine(day, self.begins), self.timezone)
            ends = to_moment(datetime.combine(last, self.ends), self.timezone)
            if moment < ends and begins < ends:
                return max(begins, moment)
        raise AssertionError("hours of a day open within two days")
