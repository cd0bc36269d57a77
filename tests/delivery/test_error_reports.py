"""Failures in numbers: which kinds, where, whether they grow, and what still needs somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.failures.records import LOGGED, ErrorRecordDocument, record_failures
from distro_core.delivery.failures.reports import ErrorFilter, ErrorReports, Timeframe, TrendDirection
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.test_notifications import delivery_in
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport, cut

WEEK = timedelta(weeks=1)
"""START is a Sunday: the week began on Monday, 23 February."""

MONDAY = datetime(2026, 2, 23, tzinfo=UTC)
QUALITY = TransportError(ErrorCategory.CONTENT_QUALITY, "PLATFORM_SAYS_NO", "too quiet", retryable=False)


async def fail_at(label: Label, delivery: DeliveryDocument, moment: datetime, error: Exception, times: int = 1) -> None:
    scope = label.with_scope(clock=FixedClock(moment)).scope
    for _ in range(times):
        await record_failures(scope, [delivery], describe_failure(error), final=error is QUALITY)


@pytest.mark.proves("ERP-01")
async def test_every_failure_is_kept_with_all_that_belongs_to_it(
    label: Label, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    label = with_line(label, HookedTransport(connecting=cut_always), FixedClock())
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    (record,) = await label.scope.store.collection(ErrorRecordDocument).list({})
    assert (record.delivery_id, record.release_id, record.target_id) == (delivery.id, release.id, target.id)
    assert (record.platform, record.transport, record.attempt) == ("conformance-receiver", "hooked", 1)
    assert (record.category, record.sub_code, record.code) == (
        "NETWORK_CONNECTIVITY",
        "delivery_interrupted",
        "CONNECTION_LOST",
    )
    assert (record.severity, record.error_class, record.final, record.at) == ("low", "temporary", False, START)
    assert record.expires_at == START + timedelta(seconds=label.scope.settings.error_lifetime)
    written = capsys.readouterr().out + caplog.text
    assert "attempt_failed" in written
    assert all(name in written for name in LOGGED)


@pytest.mark.proves("ERP-02")
async def test_failures_are_counted_by_kind_platform_and_target(label: Label, other_label: Label) -> None:
    shop, store = await label.target(), await label.target(platform="generic")
    first = await delivery_in(label, Status.FAILED, target_id=shop.id)
    second = await delivery_in(label, Status.FAILED, target_id=store.id)
    await fail_at(label, first, START, cut(), 3)
    await fail_at(label, second, START + timedelta(hours=1), QUALITY)
    await fail_at(label, second, START - timedelta(days=60), cut())
    reports = ErrorReports(label.scope)
    since, until = START - timedelta(days=1), START + timedelta(days=1)

    report = await reports.report(since, until)
    narrowed = await reports.report(since, until, ErrorFilter(category=ErrorCategory.CONTENT_QUALITY))
    foreign = await ErrorReports(other_label.scope).report(since, until)

    assert (report.failures, report.final) == (4, 1)
    assert [(each.key, each.failures, each.deliveries, each.final) for each in report.by_category] == [
        ("NETWORK_CONNECTIVITY", 3, 1, 0),
        ("CONTENT_QUALITY", 1, 1, 1),
    ]
    assert [(each.key, each.failures) for each in report.by_platform] == [("conformance-receiver", 3), ("generic", 1)]
    assert [(each.key, each.latest) for each in report.by_target] == [
        (shop.id, START),
        (store.id, START + timedelta(hours=1)),
    ]
    assert [each.key for each in narrowed.by_target] == [store.id]
    assert (foreign.failures, foreign.by_category) == (0, ())


@pytest.mark.proves("ERP-03")
async def test_what_recurs_is_told_week_by_week(label: Label, other_label: Label) -> None:
    delivery = await delivery_in(label, Status.FAILED)
    clocked = label.with_scope(clock=FixedClock())
    await fail_at(label, delivery, START - 2 * WEEK, cut(), 1)
    await fail_at(label, delivery, START - WEEK, cut(), 2)
    await fail_at(label, delivery, START, cut(), 4)
    await fail_at(label, delivery, START, QUALITY)

    (trend,) = await ErrorReports(clocked.scope).trends(4)
    foreign = await ErrorReports(other_label.with_scope(clock=FixedClock()).scope).trends(4)

    assert (trend.category, trend.code, trend.failures) == ("NETWORK_CONNECTIVITY", "CONNECTION_LOST", 7)
    assert trend.direction is TrendDirection.RISING
    assert [(each.begins, each.failures) for each in trend.weeks] == [
        (MONDAY - 3 * WEEK, 0),
        (MONDAY - 2 * WEEK, 1),
        (MONDAY - WEEK, 2),
        (MONDAY, 4),
    ]
    assert foreign == ()


@pytest.mark.parametrize(
    ("before", "now", "direction"), [(3, 1, TrendDirection.FALLING), (2, 2, TrendDirection.STEADY)]
)
async def test_a_trend_says_where_it_goes(label: Label, before: int, now: int, direction: TrendDirection) -> None:
    delivery = await delivery_in(label, Status.FAILED)
    await fail_at(label, delivery, START - WEEK, cut(), before)
    await fail_at(label, delivery, START, cut(), now)

    (trend,) = await ErrorReports(label.with_scope(clock=FixedClock()).scope).trends(2)

    assert trend.direction is direction


@pytest.mark.proves("TAP-11")
async def test_deliveries_that_failed_are_listed_until_somebody_retries_them(label: Label, other_label: Label) -> None:
    async def refuse(path: str) -> None:
        raise QUALITY

    clock, line = FixedClock(), HookedTransport(connecting=refuse)
    label = with_line(label, line, clock)
    target, other = await label.target(transport="hooked"), await label.target(transport="hooked", platform="generic")
    old = await label.deliver([(await label.release()).id], target.id)
    clock.advance(10 * 86_400)
    recent = await label.deliver([(await label.release()).id], other.id)
    reports = ErrorReports(label.scope)

    async def listed(timeframe: Timeframe | None = None, **filter: object) -> list[str]:
        page = await reports.failed_distributions(timeframe, ErrorFilter.model_validate(filter))
        return [each.id for each in page.documents]

    assert await listed() == [recent.id, old.id]
    assert await listed(Timeframe.DAY) == await listed(Timeframe.WEEK) == [recent.id]
    assert await listed(Timeframe.MONTH) == [recent.id, old.id]
    assert await listed(platform="generic") == [recent.id]
    assert await listed(platform="conformance-receiver") == [old.id]
    assert await listed(target_id=target.id) == [old.id]
    with pytest.raises(DomainError) as unknown:
        await listed(target_id="nobody")
    assert unknown.value.code == "NOT_FOUND"
    assert await listed(category="CONTENT_QUALITY") == [recent.id, old.id]
    assert await listed(category="NETWORK_TIMEOUT") == []
    assert (await ErrorReports(other_label.scope).failed_distributions()).documents == []
    first = await reports.failed_distributions(first=1)
    rest = await reports.failed_distributions(first=1, after=first.cursors[-1])
    assert [each.id for each in rest.documents] == [old.id]
    await label.retitle(old.release_id, "Louder")
    await label.deliveries.retry(old.id)
    assert await listed() == [recent.id]


async def test_periods_are_bounded(label: Label) -> None:
    reports = ErrorReports(label.scope)

    with pytest.raises(DomainError) as backwards:
        await reports.report(START, START)
    with pytest.raises(DomainError) as endless:
        await reports.report(START, START + timedelta(days=401))
    with pytest.raises(DomainError) as weeks:
        await reports.trends(1)

    assert {each.value.code for each in (backwards, endless, weeks)} == {"PERIOD_INVALID"}
