"""Failures as they are shown: what went wrong, how bad it is, what helps, and why something waits."""

from __future__ import annotations

from datetime import datetime

import strawberry

from distro_api.graphql.fields import derived
from distro_core.delivery.documents import WaitReason
from distro_core.delivery.failures.classes import (
    CATEGORIES,
    ErrorClass,
    ErrorRecovery,
    ErrorSeverity,
    class_of,
    severity_of,
)
from distro_sdk.errors import ErrorCategory, ErrorSubCode


@strawberry.type(description="Why an attempt or a delivery failed, with what to do about it.")
class DeliveryError:
    """Why an attempt or a delivery failed."""

    category: ErrorCategory = strawberry.field(description="Kind of failure.")
    sub_code: ErrorSubCode | None = strawberry.field(description="What the category leaves open.")
    severity: ErrorSeverity = derived(lambda own: severity_of(own.category, own.sub_code), "How bad it is.")
    error_class: ErrorClass = derived(
        lambda own: class_of(own.category, own.sub_code), "Whether time alone may mend it."
    )
    recovery: ErrorRecovery = derived(lambda own: CATEGORIES[own.category].recovery, "What is done about it.")
    actionable: bool = derived(
        lambda own: CATEGORIES[own.category].actionable, "Whether somebody of the tenant has to do something."
    )
    code: str = strawberry.field(description="Stable, finer code.")
    message: str = strawberry.field(description="One sentence for people.")
    retryable: bool = strawberry.field(description="Whether it may go away without anybody mending anything.")
    action: str = strawberry.field(description="What to do.")


@strawberry.type(description="That a delivery waits although it is due. No attempt is counted meanwhile.")
class Waiting:
    """That a delivery waits although it is due."""

    reason: WaitReason = strawberry.field(description="For what.")
    message: str = strawberry.field(description="One sentence for people.")
    until: datetime = strawberry.field(description="Until when at least; it goes on by itself.")


@strawberry.type(description="What was found out about a delivery, and whom to ask at the platform.")
class SupportNote:
    """What was found out about a delivery."""

    at: datetime = strawberry.field(description="When it was written.")
    by: str = strawberry.field(description="Who wrote it: a user, an API key or `system`.")
    text: str = strawberry.field(description="The note.")
    contact: str = strawberry.field(description="Whom to ask at the platform; empty where nobody was named.")
