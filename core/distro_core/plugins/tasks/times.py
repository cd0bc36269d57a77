"""When a task is due next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from distro_core.delivery.requests.local_times import check_timezone, to_local, to_moment
from distro_sdk.tasks import At, Every, Weekday

_WEEKDAYS = tuple(Weekday)


def settle_timing(timing: Every | At, configuration: Mapping[str, Any]) -> Every | At:
    """The timing with the time zone of a tenant, where its configuration of the plugin names one."""
    if isinstance(timing, Every) or timing.timezone_field is None:
        return timing
    named = configuration.get(timing.timezone_field)
    try:
        return timing.model_copy(update={"timezone": check_timezone(named)}) if isinstance(named, str) else timing
    except ValueError:
        return timing


def due_after(timing: Every | At, moment: datetime, since: datetime) -> datetime:
    """The first due moment after a moment, in UTC. `since`: from when on intervals are counted."""
    if isinstance(timing, Every):
        step = timedelta(seconds=timing.seconds)
        return since + step * max(1, (moment - since) // step + 1)
    # A day earlier, because local times go back and forth around a change of the clocks.
    day = to_local(moment, timing.timezone).date() - timedelta(days=1)
    while True:
        due = to_moment(datetime.combine(day, timing.time), timing.timezone)
        if due > moment and _WEEKDAYS[day.weekday()] in timing.weekdays:
            return due
        day += timedelta(days=1)


def describe_timing(timing: Every | At) -> str:
    """In words, such as ``at 09:00 on monday, Europe/Berlin``."""
    if isinstance(timing, Every):
        return f"every {timedelta(seconds=timing.seconds)}"
    days = [day.value for day in Weekday if day in timing.weekdays]
    on = "" if len(days) == len(Weekday) else f" on {', '.join(days)}"
    return f"at {timing.time:%H:%M}{on}, {timing.timezone}"
