"""Reports on deliveries: how they went, and with a licence how that changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

from pydantic import BaseModel

from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.migrations import DocumentMigration, PluginMigration
from distro_sdk.models.events import DeliveryStatusChanged, Event
from distro_sdk.permissions import BuiltInRole, PluginPermission
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.tasks import PluginTask
from distro_sdk.ui import UIComponent, UISlot
from stardust_analytics_enhanced.counting import DAYS, count, counts_of, shorten_events
from stardust_analytics_enhanced.keeping import TASKS, AnalyticsSettings, KeptReport, ReportsAsked, kept_reports
from stardust_analytics_enhanced.reports import DeliveryReport, PeriodAsked, TrendPoint, is_counted, report, trend

__all__ = ["AnalyticsEnhancedPlugin", "AnalyticsSettings"]

TRENDS = "trends"
"""The feature that a licence opens."""

READ = "analytics_enhanced.read"
"""The permission that its fields demand."""

REPORT_SHOWN = "{ analyticsEnhanced { deliveryReport(days: 30) { delivered failed successRate firstDay lastDay } } }"
TRENDS_SHOWN = "{ analyticsEnhanced { trends(days: 7) { day delivered failed movingAverage } } }"


class AnalyticsEnhancedPlugin(Plugin):
    """Counts what became of deliveries, day by day (row INI-06)."""

    id: ClassVar[str] = "analytics-enhanced"
    configuration: ClassVar[type[BaseModel] | None] = AnalyticsSettings

    def register_migrations(self) -> Sequence[PluginMigration]:
        """Return the step from the days that version 1.0 kept."""
        return (DocumentMigration(2, DAYS, shorten_events),)

    def register_permissions(self) -> Sequence[PluginPermission]:
        """Return the permission to see reports, which managers have, too."""
        description = "See reports on deliveries and their trends."
        return (PluginPermission(name=READ, description=description, roles=frozenset({BuiltInRole.MANAGER})),)

    def register_tasks(self) -> Sequence[PluginTask]:
        """Return the reports that are made when a day or a week is over."""
        return TASKS

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the report, which is free, and the trend, for which a licence is needed."""
        queries: tuple[GraphQLField, ...] = (
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
        kept = GraphQLField(
            name="keptReports",
            description="Reports that were made each day and each week.",
            permission=READ,
            returns=list[KeptReport],
            resolve=kept_reports,
            arguments=ReportsAsked,
        )
        queries = (*queries, kept)
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
        await count(context, event)


async def _report(context: PluginContext, asked: PeriodAsked) -> DeliveryReport:
    first, last = _period(context, asked)
    return report(await counts_of(context, first, last), first, last)


async def _trends(context: PluginContext, asked: PeriodAsked) -> list[TrendPoint]:
    context.require_feature(TRENDS)
    first, last = _period(context, asked)
    return trend(await counts_of(context, first - timedelta(days=6), last), first, last)


def _period(context: PluginContext, asked: PeriodAsked) -> tuple[date, date]:
    today = context.now().date()
    return today - timedelta(days=asked.days - 1), today
