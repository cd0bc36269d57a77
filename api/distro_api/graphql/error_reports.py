"""Reports of failures, and the deliveries that failed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.fields import Info, derived, query
from distro_api.graphql.ids import global_id
from distro_api.graphql.inputs import fields_of, id_input
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures import reports as error_reports
from distro_core.delivery.failures.classes import CATEGORIES, ErrorSeverity
from distro_core.delivery.failures.reports import ErrorFilter, ErrorReports, Timeframe, TrendDirection
from distro_core.identity.permissions import Permission
from distro_sdk.errors import ErrorCategory


@strawberry.input(description="Which failures to look at; all conditions must hold.")
class ErrorFilterInput:
    """Which failures to look at."""

    target_id: strawberry.ID | None = id_input("Target", "Of this target.", default=UNSET)
    platform: str | None = strawberry.field(default=UNSET, description="Of this platform, by its key.")
    category: ErrorCategory | None = strawberry.field(default=UNSET, description="Of this kind.")


@strawberry.type(description="Failures of one kind in a report.")
class CategoryErrors:
    """Failures of one kind."""

    category: ErrorCategory = derived(lambda own: ErrorCategory(own.key), "The kind.")
    severity: ErrorSeverity = derived(lambda own: CATEGORIES[ErrorCategory(own.key)].severity, "How bad it is.")
    actionable: bool = derived(
        lambda own: CATEGORIES[ErrorCategory(own.key)].actionable, "Whether somebody of the tenant has to act."
    )
    action: str = derived(lambda own: CATEGORIES[ErrorCategory(own.key)].action, "What to do.")
    failures: int = strawberry.field(description="How many.")
    deliveries: int = strawberry.field(description="How many different deliveries they hit.")
    final: int = strawberry.field(description="How many were not tried again by themselves.")
    latest: datetime = strawberry.field(description="When the last one was.")


@strawberry.type(description="Failures at one platform in a report.")
class PlatformErrors:
    """Failures at one platform."""

    platform: str = derived(lambda own: own.key, "Key of the platform.")
    failures: int = strawberry.field(description="How many.")
    deliveries: int = strawberry.field(description="How many different deliveries they hit.")
    final: int = strawberry.field(description="How many were not tried again by themselves.")
    latest: datetime = strawberry.field(description="When the last one was.")


@strawberry.type(description="Failures at one target in a report.")
class TargetErrors:
    """Failures at one target."""

    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.key), "Global id of the target.")
    failures: int = strawberry.field(description="How many.")
    deliveries: int = strawberry.field(description="How many different deliveries they hit.")
    final: int = strawberry.field(description="How many were not tried again by themselves.")
    latest: datetime = strawberry.field(description="When the last one was.")


@strawberry.type(description="Failures of a span of time, counted in three ways, the most frequent first.")
class ErrorReport:
    """Failures of a span of time."""

    since: datetime = strawberry.field(description="From when.")
    until: datetime = strawberry.field(description="Up to when, that moment left out.")
    failures: int = strawberry.field(description="How many failures there were.")
    final: int = strawberry.field(description="How many of them were not tried again by themselves.")
    by_category: list[CategoryErrors] = strawberry.field(description="By kind, at most 200.")
    by_platform: list[PlatformErrors] = strawberry.field(description="By platform, at most 200.")
    by_target: list[TargetErrors] = strawberry.field(description="By target, at most 200.")


@strawberry.type(description="Failures of a week.")
class WeekCount:
    """Failures of a week."""

    begins: datetime = strawberry.field(description="Its Monday, 00:00 UTC.")
    failures: int = strawberry.field(description="How many.")


@strawberry.type(description="A kind of failure that recurs.")
class ErrorTrend:
    """A kind of failure that recurs."""

    category: ErrorCategory = strawberry.field(description="Kind of failure.")
    code: str = strawberry.field(description="Stable, finer code.")
    failures: int = strawberry.field(description="How many in all weeks.")
    direction: TrendDirection = strawberry.field(description="From the week before to this one.")
    weeks: list[WeekCount] = strawberry.field(description="Week by week, the earliest first, empty ones included.")


FilterArgument = Annotated[
    ErrorFilterInput | None, strawberry.argument(description="Which failures; null for all of the tenant.")
]


@strawberry.type
class ErrorReportQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Failures of a span of at most 400 days, by kind, platform and target.",
        returns=ErrorReport,
    )
    @staticmethod
    async def error_report(
        info: Info,
        since: Annotated[datetime, strawberry.argument(description="From when.")],
        until: Annotated[datetime, strawberry.argument(description="Up to when, that moment left out.")],
        filter: FilterArgument = None,
    ) -> error_reports.ErrorReport:
        """Failures of a span of time."""
        return await ErrorReports(await info.context.scope()).report(since, until, _narrowed(filter))

    @query(
        Permission.DELIVERY_READ,
        "Kinds of failures that recur, week by week, the most frequent first; at most 200.",
        returns=list[ErrorTrend],
    )
    @staticmethod
    async def error_trends(
        info: Info,
        weeks: Annotated[int, strawberry.argument(description="How many weeks, this one included, 2 to 52.")] = 8,
        filter: FilterArgument = None,
    ) -> list[error_reports.ErrorTrend]:
        """Kinds of failures that recur."""
        return list(await ErrorReports(await info.context.scope()).trends(weeks, _narrowed(filter)))

    @query(
        Permission.DELIVERY_READ,
        "Deliveries that failed, need attention or were rejected and still wait for somebody, the latest first.",
        returns=Connection[Delivery],
    )
    @staticmethod
    async def failed_distributions(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        timeframe: Annotated[
            Timeframe | None, strawberry.argument(description="That failed within this time; null for ever.")
        ] = None,
        filter: FilterArgument = None,
    ) -> Connection[DeliveryDocument]:
        """Deliveries that failed."""
        reports = ErrorReports(await info.context.scope())
        return connection(await reports.failed_distributions(timeframe, _narrowed(filter), first, after))


def _narrowed(filter: ErrorFilterInput | None) -> ErrorFilter | None:
    return ErrorFilter.model_validate(fields_of(filter)) if filter else None
