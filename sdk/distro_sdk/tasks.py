"""Work that a plugin does for a tenant from time to time, run by the platform's workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from distro_sdk.models.base import Model

TASK_NAME: Final = r"^[a-z][a-z0-9-]{0,40}$"
MOST_TASKS: Final = 20
"""Tasks that one plugin may have."""

LONGEST_TASK: Final = 3600.0
"""Seconds that a task may ask for."""


class Weekday(StrEnum):
    """A day of the week; in their order, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name[:50]}: use a name such as Europe/Berlin") from error
    return name


def _whole_minutes(at: dt.time) -> dt.time:
    if at.tzinfo is not None or at.second or at.microsecond:
        raise ValueError("a time of day is hours and minutes without zone, such as 09:00")
    return at


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_checked_zone)]
"""The name of a zone of the IANA database, such as ``Europe/Berlin``; also for a plugin's configuration."""


class Every(Model):
    """Again and again; the first time one interval after the plugin was switched on. `seconds`: from start to start."""

    seconds: Annotated[int, Field(ge=60, le=31 * 86_400)]


class At(Model):
    """At a time of day, on some days of the week.

    `timezone`: whose clocks count; `timezone_field`: the field of the plugin's configuration in which a tenant may name
    its own. A time that clocks skip happens as much later as they skip; one that comes twice, the first time (RFC 5545,
    section 3.3.5).
    """

    time: Annotated[dt.time, AfterValidator(_whole_minutes)]
    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] = frozenset(Weekday)
    timezone: TimeZone = "UTC"
    timezone_field: Annotated[str, Field(max_length=64)] | None = None


class TaskRun(Model):
    """One run. `due_at`: the moment for which it is run, the same when it is run again after its worker died;
    `now`: the platform's time.
    """

    due_at: dt.datetime
    now: dt.datetime


RunTask = Callable[[Any, TaskRun], Awaitable[None]]
"""Takes the `PluginContext` of a tenant and the run."""


@dataclass(frozen=True)
class PluginTask:
    """A task. `name`: among those of the plugin; `timeout`: seconds after which a run is given up.

    `run` is called for one tenant at a time, once for each due moment. Whatever it raises is a failure that admins see;
    the next due moment tries again. Moments that pass while no worker runs make one run together.
    """

    name: str
    description: str
    timing: Every | At
    run: RunTask
    timeout: float = 60.0
