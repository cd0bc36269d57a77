"""What can be done with platforms: described, tested, looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.platforms import Platform
from distro_core.identity.permissions import Permission
from distro_core.platforms import health, registry, trial
from distro_core.platforms.health import HealthStatus, platform_health
from distro_core.platforms.registry import PlatformService
from distro_core.platforms.trial import try_platform
from distro_sdk.errors import DomainError
from distro_sdk.platforms import DeliveryMethod, PlatformProfile


@strawberry.type(description="A platform that something can be delivered to.")
class ActivePlatform:
    """A platform that something can be delivered to."""

    platform: Platform = derived(lambda own: own.profile, "The platform.")
    targets: int = strawberry.field(description="How many active targets deliver to it.")
    has_credentials: bool = strawberry.field(description="Whether one of them has its secrets, or needs none.")


@strawberry.type(description="How a platform does, by the latest deliveries to it.")
class PlatformHealth:
    """How a platform does."""

    platform_id: str = strawberry.field(description="Key of the platform; a target's own id where it has none.")
    platform_name: str = strawberry.field(description="Its name.")
    status: HealthStatus = strawberry.field(
        description="`healthy` from 95 % of deliveries that arrived, `degraded` from 50 %, else `down`."
    )
    success_rate: float | None = strawberry.field(description="Part that arrived, 0 to 1; null before the first one.")
    avg_processing_time_ms: float | None = derived(
        lambda own: own.average_time, "Milliseconds from the first attempt to the end, on average."
    )
    deliveries: int = strawberry.field(description="By how many deliveries it is judged, at most 50.")
    last_checked: datetime = strawberry.field(description="When this was found.")


@strawberry.type(description="What a test of a platform found.")
class PlatformTest:
    """What a test of a platform found."""

    connected: bool = strawberry.field(description="Whether files can be written and the interface accepts us.")
    details: list[str] = strawberry.field(description="What was found, one sentence for each way to the platform.")


@strawberry.input(description="A platform of your own.")
class PlatformCreateInput:
    """A platform of your own."""

    key: str = strawberry.field(description="Key, for targets: a-z, 0-9 and hyphens.")
    name: str = strawberry.field(description="Its name.")
    delivery_method: DeliveryMethod | None = strawberry.field(default=None, description="How it is delivered to.")
    api_endpoint: str | None = strawberry.field(default=None, description="Where its interface lies, `https://…`.")
    profile: JSON = strawberry.field(
        description="Its other fields, an object, as a plugin's profile has them: `formats`, `commercial_terms`, "
        "`choreography`, `audio`, `images`, `minimum_cover`, `lead_time`, `rules`, `links` and so on."
    )


@strawberry.input(description="Changes of a platform of your own.")
class PlatformUpdateInput:
    """Changes of a platform of your own."""

    key: str = strawberry.field(description="The platform.")
    changes: JSON = strawberry.field(description="Fields with their new values, an object; what is left out stays.")


@strawberry.input(description="Which platform of your own to forget.")
class PlatformDeleteInput:
    """Which platform of your own to forget."""

    key: str = strawberry.field(description="The platform.")


@strawberry.input(description="The target whose platform to test.")
class PlatformTestInput:
    """The target whose platform to test."""

    target_id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.type(description="What platformCreate answers.")
class PlatformCreatePayload(Payload):
    """What platformCreate answers."""

    platform: PlatformProfile | None = strawberry.field(
        default=None, graphql_type=Platform | None, description="The platform."
    )


@strawberry.type(description="What platformUpdate answers.")
class PlatformUpdatePayload(Payload):
    """What platformUpdate answers."""

    platform: PlatformProfile | None = strawberry.field(
        default=None, graphql_type=Platform | None, description="The platform as it now is."
    )


@strawberry.type(description="What platformDelete answers.")
class PlatformDeletePayload(Payload):
    """What platformDelete answers."""

    deleted_key: str | None = strawberry.field(default=None, description="The key of what was forgotten.")


@strawberry.type(description="What platformTest answers.")
class PlatformTestPayload(Payload):
    """What platformTest answers."""

    test: trial.PlatformTest | None = strawberry.field(
        default=None, graphql_type=PlatformTest | None, description="What was found."
    )


@strawberry.type
class PlatformQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "One platform, by its key or its name; null where there is none.",
        returns=Platform | None,
    )
    @staticmethod
    async def platform(
        info: Info, name: Annotated[str, strawberry.argument(description="Its key, or its name in any case.")]
    ) -> PlatformProfile | None:
        """One platform."""
        return (await _service(info)).find(name)

    @query(Permission.DELIVERY_READ, "The platforms that an active target delivers to.", returns=list[ActivePlatform])
    @staticmethod
    async def active_platforms(info: Info) -> list[registry.ActivePlatform]:
        """The platforms that something can be delivered to."""
        return await (await _service(info)).active()

    @query(
        Permission.DELIVERY_READ,
        "How the platforms do that an active target delivers to.",
        returns=list[PlatformHealth],
    )
    @staticmethod
    async def platform_health(info: Info) -> list[health.PlatformHealth]:
        """How the platforms do."""
        return await platform_health(await info.context.scope())


@strawberry.type
class PlatformMutations:
    """Fields of Mutation."""

    @mutation(Permission.TARGET_MANAGE, PlatformCreatePayload, "Describe a platform that no plugin brings.")
    @staticmethod
    async def platform_create(info: Info, input: PlatformCreateInput) -> PlatformCreatePayload:
        """Describe a platform."""
        fields = {**_object(input.profile, "profile"), "key": input.key, "name": input.name}
        if input.delivery_method is not None:
            fields["delivery_method"] = input.delivery_method.value
        if input.api_endpoint is not None:
            fields["api_endpoint"] = input.api_endpoint
        return PlatformCreatePayload(platform=await (await _service(info)).create(fields))

    @mutation(Permission.TARGET_MANAGE, PlatformUpdatePayload, "Change a platform of your own.")
    @staticmethod
    async def platform_update(info: Info, input: PlatformUpdateInput) -> PlatformUpdatePayload:
        """Change a platform."""
        changes = _object(input.changes, "changes")
        return PlatformUpdatePayload(platform=await (await _service(info)).update(input.key, changes))

    @mutation(Permission.TARGET_MANAGE, PlatformDeletePayload, "Forget a platform of your own that no target names.")
    @staticmethod
    async def platform_delete(info: Info, input: PlatformDeleteInput) -> PlatformDeletePayload:
        """Forget a platform."""
        return PlatformDeletePayload(deleted_key=(await (await _service(info)).delete(input.key)).key)

    @mutation(
        Permission.TARGET_MANAGE,
        PlatformTestPayload,
        "Try whether a target's platform takes files and its interface accepts us. Takes at most two minutes.",
    )
    @staticmethod
    async def platform_test(info: Info, input: PlatformTestInput) -> PlatformTestPayload:
        """Try a platform."""
        scope = await info.context.scope()
        return PlatformTestPayload(test=await try_platform(scope, local_id("Target", input.target_id, ("target_id",))))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DomainError("PLATFORM_PROFILE_INVALID", "the fields of a platform are a JSON object", (name,))
    return dict(value)


async def _service(info: Info) -> PlatformService:
    return PlatformService(await info.context.scope(), info.context.state.platform.control)
