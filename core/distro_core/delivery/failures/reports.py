"""Reports of failures: how many of which kind, whether they grow, and which deliveries need somebody (ERP, TAP-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures.records import ErrorRecordDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_core.store.collection import Order, Page
from distro_sdk.errors import DomainError, ErrorCategory
from distro_sdk.models.base import Model

LONGEST_PERIOD = timedelta(days=400)
MOST_GROUPS = 200
MOST_WEEKS = 52
RECURS_FROM = 2
"""Failures of a kind from which it recurs."""

LATEST_FAILED = Order("failed_at", descending=True)


class Timeframe(StrEnum):
    """How far back to look (row TAP-11)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


DURATIONS = {
    Timeframe.DAY: timedelta(days=1),
    Timeframe.WEEK: timedelta(days=7),
    Timeframe.MONTH: timedelta(days=30),
}


class ErrorFilter(Model):
    """Which failures are counted; what is None does not narrow it."""

    target_id: str | None = None
    platform: str | None = None
    category: ErrorCategory | None = None


class ErrorCount(Model):
    """Failures that have something in common. `deliveries`: how many different ones they hit."""

    key: str
    failures: int
    deliveries: int
    final: int
    latest: datetime


class ErrorReport(Model):
    """Failures of a span of time, counted in three ways; each list holds the most frequent first."""

    since: datetime
    until: datetime
    failures: int
    final: int
    by_category: tuple[ErrorCount, ...]
    by_platform: tuple[ErrorCount, ...]
    by_target: tuple[ErrorCount, ...]


class TrendDirection(StrEnum):
    """How failures of a kind develop from the week before to the last one."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


class WeekCount(Model):
    """Failures of a week that begins on a Monday, in UTC."""

    begins: datetime
    failures: int


class ErrorTrend(Model):
    """A kind of failure that recurs, week by week, weeks without any included."""

    category: ErrorCategory
    code: str
    failures: int
    direction: TrendDirection
    weeks: tuple[WeekCount, ...]


class ErrorReports:
    """Reports of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._records = scope.store.collection(ErrorRecordDocument)

    async def report(self, since: datetime, until: datetime, filter: ErrorFilter | None = None) -> ErrorReport:
        """Count failures from `since` up to `until` (rows ERP-02, ERP-06); raises PERIOD_INVALID or NOT_FOUND."""
        await self._check(filter)
        if not timedelta(0) < until - since <= LONGEST_PERIOD:
            message = f"a report covers more than no time and at most {LONGEST_PERIOD.days} days"
            raise DomainError("PERIOD_INVALID", message, ("until",))
        where = {**_narrowed(filter), "at": {"$gte": since, "$lt": until}}
        facets = {name: _grouped(f"${name}") for name in ("category", "platform", "target_id")}
        steps = [{"$match": encode(where)}, {"$facet": {**facets, "all": _grouped(None)}}]
        (found,) = await self._records.aggregate(steps)
        whole = found["all"][0] if found["all"] else {"failures": 0, "final": 0}
        return ErrorReport(
            since=since,
            until=until,
            failures=whole["failures"],
            final=whole["final"],
            by_category=_counts(found["category"]),
            by_platform=_counts(found["platform"]),
            by_target=_counts(found["target_id"]),
        )

    async def trends(self, weeks: int, filter: ErrorFilter | None = None) -> tuple[ErrorTrend, ...]:
        """Kinds of failures that recurred in the last weeks, this one included (row ERP-03).

        Raises PERIOD_INVALID or NOT_FOUND.
        """
        if not 2 <= weeks <= MOST_WEEKS:
            raise DomainError("PERIOD_INVALID", f"trends cover 2 to {MOST_WEEKS} weeks", ("weeks",))
        await self._check(filter)
        begins = [_monday(self._scope.clock.now()) - timedelta(weeks=back) for back in reversed(range(weeks))]
        week = {"$dateTrunc": {"date": "$at", "unit": "week", "startOfWeek": "monday"}}
        kind = {"category": "$category", "code": "$code"}
        steps = [
            {"$match": encode({**_narrowed(filter), "at": {"$gte": begins[0]}})},
            {"$group": {"_id": {**kind, "week": week}, "failures": {"$sum": 1}}},
            {
                "$group": {
                    "_id": {"category": "$_id.category", "code": "$_id.code"},
                    "failures": {"$sum": "$failures"},
                    "weeks": {"$push": {"begins": "$_id.week", "failures": "$failures"}},
                }
            },
            {"$match": {"failures": {"$gte": RECURS_FROM}}},
            {"$sort": {"failures": -1, "_id.category": 1, "_id.code": 1}},
            {"$limit": MOST_GROUPS},
        ]
        found = await self._records.aggregate(steps)
        return tuple(_trend(each, begins) for each in found)

    async def failed_distributions(
        self,
        timeframe: Timeframe | None = None,
        filter: ErrorFilter | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Page[DeliveryDocument]:
        """Deliveries that failed and still need somebody, the latest first (row TAP-11); raises NOT_FOUND."""
        await self._check(filter)
        narrowed = filter or ErrorFilter()
        since = datetime.min.replace(tzinfo=UTC)
        if timeframe is not None:
            since = self._scope.clock.now() - DURATIONS[timeframe]
        where: dict[str, Any] = {"failed_at": {"$gte": since, "$type": "date"}}
        if narrowed.category is not None:
            where["error.category"] = narrowed.category
        targets = await self._targets_of(narrowed)
        if targets is not None:
            where["target_id"] = {"$in": targets}
        deliveries = self._scope.store.collection(DeliveryDocument)
        return await deliveries.page(where, order=LATEST_FAILED, first=first, after=after)

    async def _check(self, filter: ErrorFilter | None) -> None:
        """An empty report of a target that is none would be mistaken for good news."""
        if filter is not None and filter.target_id is not None:
            await self._scope.store.collection(TargetDocument).get(filter.target_id)

    async def _targets_of(self, filter: ErrorFilter) -> list[str] | None:
        if filter.platform is None:
            return None if filter.target_id is None else [filter.target_id]
        targets = self._scope.store.collection(TargetDocument).raw
        where = {"platform": filter.platform, **({"_id": filter.target_id} if filter.target_id else {})}
        return [str(each["_id"]) for each in await targets.find(where, {"_id": 1}).to_list(length=None)]


def _narrowed(filter: ErrorFilter | None) -> dict[str, Any]:
    return (filter or ErrorFilter()).model_dump(exclude_none=True)


def _grouped(key: str | None) -> list[dict[str, Any]]:
    return [
        # By delivery first: a set of all that a group hit would outgrow a document.
        {
            "$group": {
                "_id": {"key": key, "delivery": "$delivery_id"},
                "failures": {"$sum": 1},
                "final": {"$sum": {"$cond": ["$final", 1, 0]}},
                "latest": {"$max": "$at"},
            }
        },
        {
            "$group": {
                "_id": "$_id.key",
                "failures": {"$sum": "$failures"},
                "final": {"$sum": "$final"},
                "deliveries": {"$sum": 1},
                "latest": {"$max": "$latest"},
            }
        },
        {"$sort": {"failures": -1, "_id": 1}},
        {"$limit": MOST_GROUPS},
    ]


def _counts(groups: Sequence[dict[str, Any]]) -> tuple[ErrorCount, ...]:
    return tuple(
        ErrorCount(
            key=str(group["_id"]),
            failures=group["failures"],
            deliveries=group["deliveries"],
            final=group["final"],
            latest=group["latest"],
        )
        for group in groups
        if group["_id"] is not None
    )


def _trend(group: dict[str, Any], begins: Sequence[datetime]) -> ErrorTrend:
    counted = {each["begins"]: each["failures"] for each in group["weeks"]}
    weeks = tuple(WeekCount(begins=begin, failures=counted.get(begin, 0)) for begin in begins)
    before, last = weeks[-2].failures, weeks[-1].failures
    rising, falling = TrendDirection.RISING, TrendDirection.FALLING
    direction = TrendDirection.STEADY if last == before else (rising if last > before else falling)
    return ErrorTrend(
        category=ErrorCategory(group["_id"]["category"]),
        code=group["_id"]["code"],
        failures=group["failures"],
        direction=direction,
        weeks=weeks,
    )


def _monday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
