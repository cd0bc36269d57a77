"""Pausing and resuming targets."""

from __future__ import annotations

import strawberry

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation
from distro_api.graphql.ids import local_id
from distro_api.graphql.targets import Target
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.pauses import PauseService
from distro_core.identity.permissions import Permission


@strawberry.input(description="Which target to pause, and why.")
class TargetPauseInput:
    """Which target to pause."""

    id: strawberry.ID = strawberry.field(description="The target.")
    reason: str = strawberry.field(description="Why, for people; 1 to 1000 characters.")


@strawberry.input(description="Which target to resume.")
class TargetResumeInput:
    """Which target to resume."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.type(description="What targetPause answers.")
class TargetPausePayload(Payload):
    """What targetPause answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type(description="What targetResume answers.")
class TargetResumePayload(Payload):
    """What targetResume answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type
class TargetPauseMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.TARGET_MANAGE,
        TargetPausePayload,
        "Hold a target's deliveries back: those under way end, the others stay queued.",
    )
    @staticmethod
    async def target_pause(info: Info, input: TargetPauseInput) -> TargetPausePayload:
        """Hold a target's deliveries back."""
        service = PauseService(await info.context.scope())
        return TargetPausePayload(target=await service.pause(local_id("Target", input.id, ("id",)), input.reason))

    @mutation(Permission.TARGET_MANAGE, TargetResumePayload, "Let a paused target's deliveries go on.")
    @staticmethod
    async def target_resume(info: Info, input: TargetResumeInput) -> TargetResumePayload:
        """Let a paused target's deliveries go on."""
        service = PauseService(await info.context.scope())
        return TargetResumePayload(target=await service.resume(local_id("Target", input.id, ("id",))))
