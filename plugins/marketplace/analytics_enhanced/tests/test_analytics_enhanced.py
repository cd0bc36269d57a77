"""Counts of deliveries, free as a report and paid as a trend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from distro_sdk.errors import DomainError
from distro_sdk.manifest import load_manifest
from distro_sdk.migrations import ladder_of
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.events import DeliveryStatusChanged, ImportFinished
from distro_sdk.models.message import MessageSubtype
from distro_sdk.notifiers import NotificationSeverity
from distro_sdk.permissions import BuiltInRole
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.tasks import At, TaskRun, Weekday
from distro_sdk.testing.clock import SettableClock
from distro_sdk.testing.collections import ContextInMemory, context_in_memory
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from stardust_analytics_enhanced import AnalyticsEnhancedPlugin, keeping
from stardust_analytics_enhanced.counting import shorten_events
from stardust_analytics_enhanced.keeping import KeptReport, ReportKind, ReportsAsked, keep_daily, kept_reports
from stardust_analytics_enhanced.reports import PeriodAsked

PLUGIN = AnalyticsEnhancedPlugin()
NOW = SettableClock().now()


def moved(number: int, status: Status, target: str = "t1", **changes: Any) -> DeliveryStatusChanged:
    given: dict[str, Any] = {
        "id": f"e{number}",
        "tenant_id": "tenant",
        "at": NOW,
        "delivery_id": f"d{number}",
        "release_id": "r1",
        "target_id": target,
        "subtype": MessageSubtype.INITIAL,
        "previous": Status.UPLOADING,
        "status": status,
    }
    return DeliveryStatusChanged.model_validate(given | changes)


async def ask(field: str, context: PluginContext, **asked: Any) -> Any:
    (api,) = PLUGIN.register_graphql()
    (query,) = (query for query in api.queries if query.name == field)
    return await query.resolve(context, PeriodAsked(**asked))


@pytest.fixture
def label() -> PluginContext:
    return context_in_memory("analytics-enhanced", read_clock=SettableClock().now)


class TestAnalyticsEnhancedPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return AnalyticsEnhancedPlugin


@pytest.mark.proves("INI-06")
@pytest.mark.hook("on_event", "register_graphql")
async def test_the_report_counts_each_event_once(label: PluginContext) -> None:
    for event in (
        moved(1, Status.DISTRIBUTED),
        moved(1, Status.DISTRIBUTED),
        moved(2, Status.LIVE),
        moved(3, Status.FAILED, in_passing=True),
        moved(4, Status.RETRYING),
        moved(5, Status.REJECTED),
        moved(6, Status.UPDATED),
        moved(7, Status.UPLOADING),
        moved(8, Status.DISTRIBUTED, target="t2"),
        moved(9, Status.DISTRIBUTED, at=NOW - timedelta(days=45)),
        ImportFinished(id="e10", tenant_id="tenant", at=NOW, import_id="i", succeeded=1, failed=0),
    ):
        await PLUGIN.on_event(label, event)

    report = await ask("deliveryReport", label)

    first, second = report.targets
    assert (first.target_id, first.delivered, first.live, first.failed, first.retried) == ("t1", 2, 1, 1, 1)
    assert first.success_rate == Decimal("0.67")
    assert (second.target_id, second.delivered, second.success_rate) == ("t2", 1, Decimal("1.00"))
    assert report.last_day - report.first_day == timedelta(days=29)
    assert (report.delivered, report.failed, report.success_rate) == (3, 1, Decimal("0.75"))


async def kept(context: PluginContext, kind: ReportKind) -> list[KeptReport]:
    return await kept_reports(context, ReportsAsked(kind=kind))


@pytest.mark.hook("register_tasks")
async def test_a_report_of_each_day_and_week_is_made_and_kept(running_platform: RunningPlatform) -> None:
    thursday = running_platform.clock.now()
    plugins = await running_platform.plugins(running_platform.tenant_id)
    for number, status in enumerate((Status.DISTRIBUTED, Status.DISTRIBUTED, Status.FAILED)):
        assert await plugins.on_event(moved(number, status, at=thursday + timedelta(minutes=number)))
    await running_platform.configure(running_platform.tenant_id, {"timezone": "America/New_York"})
    api = PLUGIN.register_graphql()[0]
    field = next(query for query in api.queries if query.name == "keptReports")

    async def reports(kind: ReportKind) -> list[KeptReport]:
        current = await running_platform.plugins(running_platform.tenant_id)
        answer: list[KeptReport] = await current.answer("analyticsEnhanced", field, ReportsAsked(kind=kind))
        return answer

    runs = [await running_platform.run_due_tasks()]
    running_platform.clock.advance(timedelta(hours=13))
    runs += [await running_platform.run_due_tasks() for _ in range(2)]
    (of_thursday,) = await reports(ReportKind.DAILY)
    no_week = await reports(ReportKind.WEEKLY)
    running_platform.clock.advance(datetime(2026, 1, 19, 14, tzinfo=UTC) - running_platform.clock.now())
    runs.append(await running_platform.run_due_tasks())
    (week,) = await reports(ReportKind.WEEKLY)

    # The days on which no worker ran make one daily report together with the weekly one.
    assert (thursday.isoformat(), runs, no_week) == ("2026-01-15T12:00:00+00:00", [0, 1, 0, 2], [])
    assert (of_thursday.report.first_day, of_thursday.report.last_day) == (thursday.date(), thursday.date())
    assert (of_thursday.report.targets[0].delivered, of_thursday.report.targets[0].failed) == (2, 1)
    assert (week.report.first_day, week.report.last_day) == (date(2026, 1, 12), date(2026, 1, 18))
    assert (week.report.targets[0].delivered, week.made_at) == (2, datetime(2026, 1, 19, 14, tzinfo=UTC))


@pytest.mark.proves("EML-04")
async def test_people_are_told_of_a_week_with_deliveries_where_the_tenant_wants_it(label: PluginContext) -> None:
    (weekly,) = (task for task in PLUGIN.register_tasks() if task.name == "weekly-report")
    monday = datetime(2026, 1, 19, 9, tzinfo=UTC)
    wanting = replace(label, configuration={"weekly_summary": True, "timezone": "UTC"})
    assert isinstance(wanting, ContextInMemory)

    async def run(context: PluginContext, due: datetime) -> None:
        await weekly.run(context, TaskRun(due_at=due, now=due))

    await run(wanting, monday)
    empty = list(wanting.told)
    await PLUGIN.on_event(label, moved(1, Status.DISTRIBUTED, at=monday - timedelta(days=3)))
    await PLUGIN.on_event(label, moved(2, Status.REJECTED, at=monday - timedelta(days=2)))
    await run(label, monday)
    unwanted = list(wanting.told)
    for _ in range(2):
        await run(wanting, monday)
    await run(wanting, monday + timedelta(days=7))

    assert (empty, unwanted) == ([], [])
    (told,) = wanting.told
    assert told.title == "Your deliveries from 2026-01-12 to 2026-01-18"
    assert told.message == "1 arrived, 1 failed."
    assert (told.addresses, told.severity) == ((), NotificationSeverity.WARNING)
    assert weekly.timing == At(time=time(9), weekdays=frozenset({Weekday.MONDAY}), timezone_field="timezone")


async def test_a_report_that_is_made_again_replaces_itself_and_old_ones_go(
    label: PluginContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    for day in (1, 2, 3, 4, 4, 5):
        due = datetime(2026, 1, day, 0, 30, tzinfo=UTC)
        await keep_daily(label, TaskRun(due_at=due, now=due))

    assert [each.report.last_day.day for each in await kept(label, ReportKind.DAILY)] == [4, 3, 2]


@pytest.mark.hook("register_permissions")
async def test_reports_demand_the_plugins_own_permission(running_platform: RunningPlatform) -> None:
    mine = await running_platform.plugins(running_platform.tenant_id)
    others = await running_platform.plugins(running_platform.other_tenant_id)
    (api,) = PLUGIN.register_graphql()

    assert {field.permission for field in api.queries} == set(mine.permissions) == {"analytics_enhanced.read"}
    assert mine.permissions["analytics_enhanced.read"].roles == {BuiltInRole.MANAGER}
    assert "analytics_enhanced.read" not in others.permissions


@pytest.mark.hook("register_ui_slots")
def test_interfaces_show_both_on_their_first_page() -> None:
    shown = PLUGIN.register_ui_slots()

    assert [(slot.key, slot.slot) for slot in shown] == [
        ("analytics-report", "dashboard"),
        ("analytics-trends", "dashboard"),
    ]


async def test_a_report_on_nothing_is_empty(label: PluginContext) -> None:
    report = await ask("deliveryReport", label)

    assert (report.targets, report.delivered, report.success_rate) == ([], 0, None)


@pytest.mark.proves("LIC-01")
async def test_the_trend_needs_a_licence_and_the_report_none(label: PluginContext) -> None:
    for number, days in enumerate((0, 0, 1, 8)):
        await PLUGIN.on_event(label, moved(number, Status.DISTRIBUTED, at=NOW - timedelta(days=days)))
    await PLUGIN.on_event(label, moved(9, Status.NEEDS_ATTENTION))

    with pytest.raises(DomainError) as caught:
        await ask("trends", label)
    assert caught.value.code == "LICENSE_FEATURE_REQUIRED"
    assert (await ask("deliveryReport", label)).targets[0].delivered == 4

    points = await ask("trends", replace(label, features=frozenset({"trends"})), days=3)

    assert [(point.delivered, point.failed) for point in points] == [(0, 0), (1, 0), (2, 1)]
    # Of the eight days that end today, the first is in the average of the day before yesterday alone.
    assert [point.moving_average for point in points] == [Decimal("0.14"), Decimal("0.14"), Decimal("0.43")]


async def test_two_processes_that_count_at_once_lose_nothing(label: PluginContext) -> None:
    days = label.collection("days")
    put, interrupted = days.put, False

    async def put_after_another(*arguments: Any, **options: Any) -> Any:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            await PLUGIN.on_event(label, moved(2, Status.DISTRIBUTED))
        return await put(*arguments, **options)

    days.put = put_after_another  # type: ignore[method-assign]
    await PLUGIN.on_event(label, moved(1, Status.DISTRIBUTED))

    assert (await ask("deliveryReport", label)).targets[0].delivered == 2


async def test_a_day_of_version_1_goes_on_where_it_was(label: PluginContext) -> None:
    today = NOW.date().isoformat()
    counted = {"counts": {"t1": {"distributed": 2}}, "events": ["e1", "e2"]}
    ladder = ladder_of(load_manifest(files("stardust_analytics_enhanced"), PLUGIN.id), PLUGIN)

    brought = ladder.migrate_document("days", today, counted, 1)
    await label.collection("days").put(today, brought)
    for number in (1, 2, 3):
        await PLUGIN.on_event(label, moved(number, Status.DISTRIBUTED))

    assert (await ask("deliveryReport", label)).targets[0].delivered == 3
    assert [len(mark) for mark in brought["marks"]] == [16, 16]


async def test_a_day_with_as_many_events_as_are_remembered_can_be_kept(label: PluginContext) -> None:
    today = NOW.date().isoformat()
    events = [str(UUID(int=number)) for number in range(1500)]
    full = shorten_events(today, {"counts": {"t" * 32: {"distributed": 1}}, "events": events})

    await label.collection("days").put(today, full)
    await PLUGIN.on_event(label, moved(1, Status.DISTRIBUTED))

    kept = await label.collection("days").get(today)
    assert kept is not None
    assert len(kept.content["marks"]) == 1500


@pytest.mark.hook("register_migrations")
async def test_on_a_platform_days_of_version_1_are_brought_over(running_platform: RunningPlatform) -> None:
    (api,) = PLUGIN.register_graphql()
    today = running_platform.clock.now().date().isoformat()
    await running_platform.keep_as_of_version(1, "days", today, {"counts": {"t1": {"live": 4}}, "events": ["e1"]})

    plugins = await running_platform.plugins(running_platform.tenant_id)
    assert await plugins.on_event(moved(1, Status.LIVE))

    assert (await plugins.answer("analyticsEnhanced", api.queries[0], PeriodAsked())).targets[0].live == 4
    kept = await running_platform.collection("days").get(today)
    assert kept is not None
    assert list(kept.content) == ["counts", "marks"]


@pytest.mark.parametrize("days", [0, 91])
def test_a_period_is_bounded(days: int) -> None:
    with pytest.raises(ValidationError):
        PeriodAsked(days=days)


@pytest.mark.proves("INI-06", "LIC-01")
async def test_on_a_platform_the_base_runs_and_the_paid_feature_is_opened_by_a_licence(
    running_platform: RunningPlatform,
) -> None:
    (api,) = PLUGIN.register_graphql()
    report, trends, _ = api.queries
    plugins = await running_platform.plugins(running_platform.tenant_id)
    assert await plugins.on_event(moved(1, Status.DISTRIBUTED))

    assert (await plugins.answer("analyticsEnhanced", report, PeriodAsked())).targets[0].delivered == 1
    with pytest.raises(DomainError) as caught:
        await plugins.answer("analyticsEnhanced", trends, PeriodAsked())
    assert caught.value.code == "LICENSE_FEATURE_REQUIRED"

    await running_platform.license("trends")
    licensed = await running_platform.plugins(running_platform.tenant_id)
    assert len(await licensed.answer("analyticsEnhanced", trends, PeriodAsked(days=7))) == 7
    others = await running_platform.plugins(running_platform.other_tenant_id)
    with pytest.raises(DomainError) as refused:
        await others.answer("analyticsEnhanced", report, PeriodAsked())
    assert refused.value.code == "PLUGIN_NOT_ENABLED"
