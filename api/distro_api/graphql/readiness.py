"""The check before distribution, for people and programs that are about to deliver."""

from __future__ import annotations

from typing import Annotated

import strawberry

from distro_api.graphql.fields import Info, derived, query
from distro_api.graphql.ids import global_id, local_id
from distro_core.delivery.readiness import service as readiness
from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue
from distro_core.identity.permissions import Permission
from distro_sdk.models.validation import Severity


def _release(issue: ReadinessIssue) -> str | None:
    return global_id("Release", issue.release_id) if issue.release_id else None


def _target(issue: ReadinessIssue) -> str | None:
    return global_id("Target", issue.target_id) if issue.target_id else None


@strawberry.type(description="Something that speaks against a distribution.")
class PreDistributionIssue:
    """Something that speaks against a distribution."""

    group: ReadinessGroup = strawberry.field(description="To which part of the checklist it belongs.")
    severity: Severity = strawberry.field(description="An error stops a delivery; a warning is told.")
    code: str = strawberry.field(description="Stable code, such as `LEAD_TIME_TOO_SHORT`.")
    message: str = strawberry.field(description="One sentence for people.")
    path: str = strawberry.field(
        description="Dotted path into the release, or into the target where no release is named; places count from 0."
    )
    release_id: strawberry.ID | None = derived(_release, "Global id of the release; null: the target by itself.")
    target_id: strawberry.ID | None = derived(_target, "Global id of the target; null: the release for all targets.")


@strawberry.type(description="A part of the checklist, with what was found in it.")
class PreDistributionGroup:
    """A part of the checklist."""

    group: ReadinessGroup = strawberry.field(description="Which part.")
    errors: int = strawberry.field(description="How many errors, those beyond the list included.")
    warnings: int = strawberry.field(description="How many warnings, those beyond the list included.")


@strawberry.type(description="Everything that speaks against sending releases to targets now. Nothing is stored.")
class PreDistributionCheck:
    """Everything that speaks against sending releases to targets now."""

    ready: bool = strawberry.field(description="Whether there is no error.")
    groups: list[PreDistributionGroup] = strawberry.field(description="The eight parts of the checklist, in its order.")
    issues: list[PreDistributionIssue] = strawberry.field(
        description="By part of the checklist, and within it errors first; at most 5000."
    )
    omitted: int = strawberry.field(description="How many issues there are beyond the list.")


@strawberry.type
class ReadinessQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Every issue of releases with targets: at most 50 releases and 20 targets. Nothing is stored or sent.",
        returns=PreDistributionCheck,
    )
    @staticmethod
    async def pre_distribution_check(
        info: Info,
        release_ids: Annotated[list[strawberry.ID], strawberry.argument(description="The releases, 1 to 50.")],
        target_ids: Annotated[list[strawberry.ID], strawberry.argument(description="The targets, 1 to 20.")],
    ) -> readiness.Readiness:
        """Every issue of releases with targets."""
        service = readiness.ReadinessService(await info.context.scope())
        releases = [local_id("Release", id, ("release_ids", place)) for place, id in enumerate(release_ids)]
        targets = [local_id("Target", id, ("target_ids", place)) for place, id in enumerate(target_ids)]
        return await service.check(releases, targets)
