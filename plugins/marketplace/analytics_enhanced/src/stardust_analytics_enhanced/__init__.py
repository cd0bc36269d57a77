"""Reports on deliveries: how they went, and with a licence how that changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from distro_sdk.errors import DomainError
from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.models.events import DeliveryStatusChanged, Event
from distro_sdk.permissions import BuiltInRole, PluginPermission
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.ui import UIComponent, UISlot
from stardust_analytics_enhanced.reports import DeliveryReport, PeriodAsked, TrendPoint, is_counted, report, trend

__all__ = ["AnalyticsEnhancedPlugin"]

TRENDS = "trends"
"""The feature that a licence opens."""

READ = "analytics_enhanced.read"
"""The permission that its fields demand."""

DAYS = "days"
MOST_REMEMBERED = 500
"""Events of a day that are known, so that none is counted twice: an event is told again soon, if ever."""

MOST_TRIES = 20

REPORT_SHOWN = "{ analyticsEnhanced { deliveryReport(days: 30) { delivered failed successRate firstDay lastDay } } }"
TRENDS_SHOWN = "{ analyticsEnhanced { trends(days: 7) { day delivered failed movingAverage } } }"


class AnalyticsEnhancedPlugin(Plugin):
    """Counts what became of deliveries, day by day (row INI-06)."""

    id: ClassVar[str] = "analytics-enhanced"

    def register_permissions(self) -> Sequence[PluginPermission]:
        """Return the permission to see reports, which managers have, too."""
        description = "See reports on deliveries and their trends."
        return (PluginPermission(name=READ, description=description, roles=frozenset({BuiltInRole.MANAGER})),)

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the report, which is free, and the trend, for which a licence is needed."""
        queries = (
            GraphQLField(
                name="deliveryReport",
                description="How deliveries to each target went.",
                permission=READ,
                returns=DeliveryReport,
                resolve=_report,
                arguments=PeriodAsked,
            ),
            GraphQLField(
                name="trends",
                description="How deliveries went day by day; needs a licence with the feature `trends`.",
                permission=READ,
                returns=list[TrendPoint],
                resolve=_trends,
                arguments=PeriodAsked,
            ),
        )
        return (GraphQLApi("analyticsEnhanced", "Reports on deliveries.", queries=queries),)

    def register_ui_slots(self) -> Sequence[UISlot]:
        """Return what interfaces show on their first page."""
        return (
            UISlot(
                key="analytics-report",
                slot="dashboard",
                component=UIComponent.FIELDS,
                title="How deliveries went",
                document=REPORT_SHOWN,
            ),
            UISlot(
                key="analytics-trends",
                slot="dashboard",
                component=UIComponent.TABLE,
                title="Trend of a week",
                document=TRENDS_SHOWN,
            ),
        )

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Count a delivery's new status, once however often it is told."""
        if not isinstance(event, DeliveryStatusChanged) or not is_counted(event.status, in_passing=event.in_passing):
            return
        for _ in range(MOST_TRIES):
            if await _count(context, event):
                return
        raise DomainError("REVISION_CONFLICT", "many events at once: this one is told again")


async def _count(context: PluginContext, event: DeliveryStatusChanged) -> bool:
    """Add one to the day; False where another process was faster."""
    days, key = context.collection(DAYS), event.at.astimezone(UTC).date().isoformat()
    kept = await days.get(key)
    content: dict[str, Any] = {"counts": {}, "events": []} if kept is None else dict(kept.content)
    if event.id in content["events"]:
        return True
    counts = {target: dict(statuses) for target, statuses in content["counts"].items()}
    of_target = counts.setdefault(event.target_id, {})
    of_target[event.status.value] = of_target.get(event.status.value, 0) + 1
    events = [*content["events"], event.id][-MOST_REMEMBERED:]
    try:
        await days.put(key, {"counts": counts, "events": events}, revision=0 if kept is None else kept.revision)
    except DomainError as error:
        if error.code == "REVISION_CONFLICT":
            return False
        raise
    return True


async def _report(context: PluginContext, asked: PeriodAsked) -> DeliveryReport:
    first, last = _period(asked)
    return report(await _days(context, first, last), first, last)


async def _trends(context: PluginContext, asked: PeriodAsked) -> list[TrendPoint]:
    context.require_feature(TRENDS)
    first, last = _period(asked)
    return trend(await _days(context, first - timedelta(days=6), last), first, last)


def _period(asked: PeriodAsked) -> tuple[date, date]:
    today = datetime.now(UTC).date()
    return today - timedelta(days=asked.days - 1), today


async def _days(context: PluginContext, first: date, last: date) -> dict[date, Any]:
    before = (first - timedelta(days=1)).isoformat()
    kept = await context.collection(DAYS).list(first=(last - first).days + 2, after=before)
    found = {date.fromisoformat(document.key): document.content["counts"] for document in kept}
    return {day: counts for day, counts in found.items() if day <= last}
