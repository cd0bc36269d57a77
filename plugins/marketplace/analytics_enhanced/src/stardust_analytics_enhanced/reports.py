"""Reports as GraphQL answers them, and how they are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pydantic import Field

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus as Status

SUCCESSES = frozenset({Status.DISTRIBUTED, Status.UPDATED, Status.REMOVED})
FAILURES = frozenset({Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED})
COUNTED = SUCCESSES | FAILURES | {Status.LIVE, Status.RETRYING}
HUNDREDTH = Decimal("0.01")


class PeriodAsked(Model):
    """Which days a report is about."""

    days: int = Field(default=30, ge=1, le=90, description="How many days, today the last of them.")


class TargetReport(Model):
    """How the deliveries to one target went."""

    target_id: str = Field(description="The target.")
    delivered: int = Field(description="Deliveries, updates and takedowns that arrived.")
    live: int = Field(description="Deliveries that the platform shows.")
    failed: int = Field(description="Deliveries that failed for good, were refused or needed somebody.")
    retried: int = Field(description="Attempts that failed and were tried again.")
    success_rate: Decimal | None = Field(description="Share of the delivered among the ended, 0 to 1; null where none.")


class DeliveryReport(Model):
    """How deliveries went in a period."""

    first_day: date = Field(description="The first day of the period, in UTC.")
    last_day: date = Field(description="Its last day.")
    delivered: int = Field(description="Deliveries, updates and takedowns that arrived, at all targets.")
    failed: int = Field(description="Deliveries that failed for good, were refused or needed somebody.")
    success_rate: Decimal | None = Field(description="Share of the delivered among the ended, 0 to 1; null where none.")
    targets: list[TargetReport] = Field(description="Each target with a delivery, the busiest first, 200 at most.")


class TrendPoint(Model):
    """One day of a trend."""

    day: date = Field(description="The day, in UTC.")
    delivered: int = Field(description="Deliveries that arrived on it.")
    failed: int = Field(description="Deliveries that failed on it.")
    moving_average: Decimal = Field(description="Delivered a day, over this and the six days before.")


def is_counted(status: Status, *, in_passing: bool) -> bool:
    """Whether a status is worth counting: a failure in passing is told by the attempt that follows."""
    return status in COUNTED and not (in_passing and status in FAILURES)


def report(days: Mapping[date, Mapping[str, Any]], first: date, last: date) -> DeliveryReport:
    """Add the counts of days up. `days`: by target, then by status."""
    totals: defaultdict[str, defaultdict[Status, int]] = defaultdict(lambda: defaultdict(int))
    for counts in days.values():
        for target, statuses in counts.items():
            for status, count in statuses.items():
                totals[target][Status(status)] += count
    targets = [_target_report(target, counts) for target, counts in totals.items()]
    targets.sort(key=lambda each: (-each.delivered - each.failed, each.target_id))
    delivered, failed = sum(each.delivered for each in targets), sum(each.failed for each in targets)
    return DeliveryReport(
        first_day=first,
        last_day=last,
        delivered=delivered,
        failed=failed,
        success_rate=_rate(delivered, failed),
        targets=targets[:200],
    )


def trend(days: Mapping[date, Mapping[str, Any]], first: date, last: date) -> list[TrendPoint]:
    """Each day from the first to the last. `days` may begin six days earlier, for the average."""
    points = []
    for place in range((last - first).days + 1):
        day = first + timedelta(days=place)
        week = [_sum(days.get(day - timedelta(days=before), {}), SUCCESSES) for before in range(7)]
        average = (Decimal(sum(week)) / 7).quantize(HUNDREDTH)
        failed = _sum(days.get(day, {}), FAILURES)
        points.append(TrendPoint(day=day, delivered=week[0], failed=failed, moving_average=average))
    return points


def _target_report(target: str, counts: Mapping[Status, int]) -> TargetReport:
    delivered, failed = (sum(counts.get(status, 0) for status in statuses) for statuses in (SUCCESSES, FAILURES))
    return TargetReport(
        target_id=target,
        delivered=delivered,
        live=counts.get(Status.LIVE, 0),
        failed=failed,
        retried=counts.get(Status.RETRYING, 0),
        success_rate=_rate(delivered, failed),
    )


def _rate(delivered: int, failed: int) -> Decimal | None:
    ended = delivered + failed
    return (Decimal(delivered) / ended).quantize(HUNDREDTH) if ended else None


def _sum(counts: Mapping[str, Mapping[str, int]], statuses: Iterable[Status]) -> int:
    wanted = {status.value for status in statuses}
    return sum(count for each in counts.values() for status, count in each.items() if status in wanted)
