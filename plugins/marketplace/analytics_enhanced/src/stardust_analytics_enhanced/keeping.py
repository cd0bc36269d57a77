"""Reports that are kept: of each day, and of each week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from pydantic import Field

from distro_sdk.models.base import Model
from distro_sdk.notifiers import NoticeDraft, NotificationSeverity
from distro_sdk.plugin import PluginContext
from distro_sdk.tasks import At, PluginTask, TaskRun, TimeZone, Weekday
from stardust_analytics_enhanced.counting import counts_of
from stardust_analytics_enhanced.reports import DeliveryReport, report

MOST_KEPT = 400
"""Reports of one kind that are kept, the newest."""


class ReportKind(StrEnum):
    """What a kept report is about: `daily`: one day; `weekly`: seven."""

    DAILY = "daily"
    WEEKLY = "weekly"


DAYS: Mapping[ReportKind, int] = {ReportKind.DAILY: 1, ReportKind.WEEKLY: 7}


class AnalyticsSettings(Model):
    """What a tenant says. `timezone`: in which it is nine o'clock on Mondays; `weekly_summary`: whether people are told
    of the week then, by the channels that the tenant uses (row EML-04).
    """

    timezone: TimeZone = Field(
        default="UTC", description="Time zone in which weekly reports are made on Mondays at nine."
    )
    weekly_summary: bool = Field(default=False, description="Whether people are told of each week with a delivery.")


class KeptReport(Model):
    """A report that was made when its period was over."""

    kind: ReportKind = Field(description="What it is about.")
    made_at: datetime = Field(description="When it was made.")
    report: DeliveryReport = Field(description="How deliveries went.")


class ReportsAsked(Model):
    """Which kept reports are wanted."""

    kind: ReportKind = Field(default=ReportKind.WEEKLY, description="Of days or of weeks.")
    first: int = Field(default=10, ge=1, le=60, description="How many, the newest first.")


async def keep_daily(context: PluginContext, run: TaskRun) -> None:
    """Keep the report of the day before."""
    await _keep(context, ReportKind.DAILY, run)


async def keep_weekly(context: PluginContext, run: TaskRun) -> None:
    """Keep the report of the seven days before."""
    week = await _keep(context, ReportKind.WEEKLY, run)
    if context.configuration.get("weekly_summary") and (week.delivered or week.failed):
        draft = NoticeDraft(
            key=f"week {week.last_day}",
            title=f"Your deliveries from {week.first_day} to {week.last_day}",
            message=f"{week.delivered} arrived, {week.failed} failed.",
            severity=NotificationSeverity.WARNING if week.failed else NotificationSeverity.INFO,
        )
        await context.notify(draft)


TASKS = (
    PluginTask(
        name="daily-report",
        description="Keeps a report of the day before.",
        timing=At(time=time(0, 30)),
        run=keep_daily,
    ),
    PluginTask(
        name="weekly-report",
        description="Keeps a report of the seven days before, on Mondays at nine.",
        timing=At(time=time(9), weekdays=frozenset({Weekday.MONDAY}), timezone_field="timezone"),
        run=keep_weekly,
    ),
)


async def kept_reports(context: PluginContext, asked: ReportsAsked) -> list[KeptReport]:
    """The newest reports of a kind."""
    kept = await context.collection(f"{asked.kind}-reports").list(first=asked.first)
    return [KeptReport.model_validate(document.content) for document in kept]


async def _keep(context: PluginContext, kind: ReportKind, run: TaskRun) -> DeliveryReport:
    # Days are counted in UTC: those that are over when the run is due.
    last = run.due_at.astimezone(UTC).date() - timedelta(days=1)
    first = last - timedelta(days=DAYS[kind] - 1)
    made = KeptReport(kind=kind, made_at=run.now, report=report(await counts_of(context, first, last), first, last))
    reports = context.collection(f"{kind}-reports")
    await reports.put(_newest_first(last), made.model_dump(mode="json"))
    kept = await reports.list(first=MOST_KEPT)
    if len(kept) == MOST_KEPT:
        for older in await reports.list(first=MOST_KEPT, after=kept[-1].key):
            await reports.delete(older.key)
    return made.report


def _newest_first(day: date) -> str:
    return f"{date.max.toordinal() - day.toordinal():07d}"
