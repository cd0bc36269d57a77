"""Circuits: which targets are left alone because they failed again and again."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.failures import DeliveryError
from distro_api.graphql.fields import Info, derived, loaded, query
from distro_api.graphql.ids import global_id
from distro_api.graphql.targets import Target
from distro_core.delivery.limits.circuit_documents import CircuitDocument, CircuitState
from distro_core.delivery.limits.circuits import Circuits
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.permissions import Permission


def _target(root: strawberry.Parent[CircuitDocument], info: Info) -> Awaitable[TargetDocument | None]:
    return info.context.loaders.targets.load(root.id)


@strawberry.type(description="Whether a target is delivered to, or left alone because it failed again and again.")
class CircuitBreaker:
    """Whether a target is delivered to."""

    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.id), "Global id of the target.")
    target: Target | None = loaded(_target, "The target; null when it was deleted.")
    state: CircuitState = strawberry.field(description="Closed: it is delivered to. Half open: one request tries it.")
    failures: int = strawberry.field(description="Failures in a row.")
    openings: int = strawberry.field(description="How often it has opened.")
    opened_at: datetime | None = strawberry.field(description="Since when nothing passes, or the last trial failed.")
    probe_at: datetime | None = strawberry.field(description="When the connection is tried although nothing waits.")
    last_failure_at: datetime | None = strawberry.field(description="When it failed last.")
    last_error: DeliveryError | None = strawberry.field(description="How it failed last.")


@strawberry.type
class CircuitQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Circuits of all targets that have ever failed, those that failed last first.",
        returns=Connection[CircuitBreaker],
    )
    @staticmethod
    async def circuit_breakers(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: Annotated[
            list[CircuitState] | None, strawberry.argument(description="Only those in one of these states.")
        ] = None,
    ) -> Connection[CircuitDocument]:
        """Circuits."""
        return connection(await Circuits(await info.context.scope()).page(states, first, after))
