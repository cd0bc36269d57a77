"""When something is to happen: once or again and again, by the clock of a place (rows SCH-02, SCH-03, SCD-06)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

from distro_core.delivery.requests.local_times import LocalDate, LocalDatetime, Timezone, to_local, to_moment
from distro_sdk.models.base import Model

_SHORTEST_MONTH = 28


class Frequency(StrEnum):
    """How often something comes again."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Timing(Model):
    """A moment, or a series of them. `starts_at`: what clocks in the zone show at the first one.

    `frequency`: None for once; what falls on a day that a month lacks happens on that month's last day, and the day
    before is not remembered: 31 January, 28 February, 31 March. `ends_on`: the last day, there, on which it may happen.
    """

    starts_at: LocalDatetime
    timezone: Timezone = "UTC"
    frequency: Frequency | None = None
    ends_on: LocalDate | None = None

    def first(self) -> datetime | None:
        """The first moment, in UTC, if there is any."""
        return next(self._moments(self.starts_at), None)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first moment after another one, both in UTC; None where there is none any more."""
        # A day earlier, because local times go back and forth around a change of the clocks.
        around = max(self.starts_at, to_local(moment, self.timezone) - timedelta(days=1))
        return next((each for each in self._moments(around) if each > moment), None)

    def _moments(self, since: datetime) -> Iterator[datetime]:
        for local in self._locals(since):
            if self.ends_on is not None and local.date() > self.ends_on:
                return
            yield to_moment(local, self.timezone)

    def _locals(self, since: datetime) -> Iterator[datetime]:
        if self.frequency is None:
            return iter((self.starts_at,))
        return iter(_rule(self.starts_at, self.frequency).xafter(since, inc=True))


def _rule(starts_at: datetime, frequency: Frequency) -> rrule:
    if frequency is Frequency.DAILY:
        return rrule(DAILY, dtstart=starts_at)
    if frequency is Frequency.WEEKLY:
        return rrule(WEEKLY, dtstart=starts_at)
    months = 3 if frequency is Frequency.QUARTERLY else 1
    # The last of these days that the month has.
    days = range(min(_SHORTEST_MONTH, starts_at.day), starts_at.day + 1)
    return rrule(MONTHLY, dtstart=starts_at, interval=months, bymonthday=days, bysetpos=-1)
