"""Schedules: releases that are delivered at a moment, or again and again."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.delivery_bounds import RELEASES
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, loaded, mutation, query
from distro_api.graphql.ids import global_id, local_id
from distro_api.graphql.inputs import fields_of, id_input
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.targets import Target
from distro_core.catalogue.drafts import read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.requests.recurrence import Frequency, Timing
from distro_core.delivery.requests.schedule_documents import ScheduleDocument, ScheduleStatus
from distro_core.delivery.requests.schedules import (
    NEXT_FIRST,
    OnConflict,
    ScheduleChanges,
    ScheduleDraft,
    ScheduleFilter,
    ScheduleService,
)
from distro_core.delivery.targets.service import TargetService
from distro_core.identity.permissions import Permission
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.collection import Order


@strawberry.input(
    description="When, by the clock of a place. A time that is skipped when clocks go forward is read with the offset "
    "before the gap, so 02:30 becomes 03:30; of a time that comes twice the first is meant (RFC 5545, 3.3.5)."
)
class TimingInput:
    """When, by the clock of a place."""

    starts_at: str = strawberry.field(description="Local date and time of the first run, such as `2026-03-29T09:00`.")
    timezone: str = strawberry.field(default="UTC", description="IANA name of the place, such as `Europe/Berlin`.")
    frequency: Frequency | None = strawberry.field(
        default=None, description="How often again; null for once. A day that a month lacks is its last day."
    )
    ends_on: str | None = strawberry.field(
        default=None, description="The last local date on which it may run, such as `2026-12-31`; null for no end."
    )


@strawberry.type(description="When, by the clock of a place.")
class ScheduleTiming:
    """When, by the clock of a place."""

    starts_at: str = derived(lambda own: own.starts_at.isoformat(), "Local date and time of the first run.")
    timezone: str = strawberry.field(description="IANA name of the place.")
    frequency: Frequency | None = strawberry.field(description="How often again; null for once.")
    ends_on: str | None = derived(
        lambda own: own.ends_on.isoformat() if own.ends_on else None, "The last local date on which it may run."
    )


@strawberry.type(description="A run of a schedule.")
class ScheduleRun:
    """A run of a schedule."""

    due_at: datetime = strawberry.field(description="When it was to be; runs that were missed are made up for by one.")
    ran_at: datetime = strawberry.field(description="When it was.")
    delivery_ids: list[strawberry.ID] = derived(
        lambda own: [global_id("Delivery", delivery_id) for delivery_id in own.delivery_ids], "What it made."
    )
    left_behind_ids: list[strawberry.ID] = derived(
        lambda own: [global_id("Release", release_id) for release_id in own.left_behind],
        "Releases with something new, of which another delivery to the target was under way.",
    )
    code: str | None = strawberry.field(description="Why it made nothing, or left releases behind: a stable code.")
    message: str = strawberry.field(description="Why it made nothing, or left releases behind, for people.")


def _target(root: strawberry.Parent[ScheduleDocument], info: Info) -> Any:
    return info.context.loaders.targets.load(root.target_id)


@strawberry.type(description="Releases that are delivered to a target at a moment, or again and again.")
class Schedule(Node):
    """Releases that are delivered to a target at a moment, or again and again."""

    model: ClassVar[type] = ScheduleDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes; give it to an update to refuse a stale one.")
    release_ids: list[strawberry.ID] = derived(
        lambda own: [global_id("Release", release_id) for release_id in own.release_ids], "The releases."
    )
    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.target_id), "Global id of the target.")
    target: Target | None = loaded(_target, "The target.")
    timing: Timing = strawberry.field(graphql_type=ScheduleTiming, description="When.")
    priority: Priority = strawberry.field(description="How soon its deliveries have their turn.")
    force: bool = strawberry.field(description="Whether to send although nothing has changed.")
    notify_on_completion: bool = strawberry.field(description="Whether people are told how each delivery ended.")
    status: ScheduleStatus = strawberry.field(description="Whether it still has something before it.")
    next_run_at: datetime | None = strawberry.field(description="When it runs next.")
    runs: list[ScheduleRun] = strawberry.field(description="At most the last 100 runs, the newest last.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str | None = strawberry.field(description="Who made it.")


@strawberry.enum(description="By what schedules can be ordered.")
class ScheduleSortField(Enum):
    """By what schedules can be ordered."""

    CREATED = "id"
    NEXT_RUN = NEXT_FIRST.field


@strawberry.input(description="An order of schedules.")
class ScheduleOrderInput:
    """An order of schedules."""

    field: ScheduleSortField = strawberry.field(default=ScheduleSortField.CREATED, description="By what.")
    descending: bool = strawberry.field(default=True, description="Whether the greatest comes first.")


@strawberry.input(description="Which schedules to list; all conditions must hold.")
class ScheduleFilterInput:
    """Which schedules to list."""

    release_id: strawberry.ID | None = id_input("Release", "With this release.", default=UNSET)
    target_id: strawberry.ID | None = id_input("Target", "To this target.", default=UNSET)
    statuses: list[ScheduleStatus] | None = strawberry.field(default=UNSET, description="In one of these statuses.")


@strawberry.input(description="What to deliver, where and when.")
class ScheduleCreateInput:
    """What to deliver, where and when."""

    release_ids: list[strawberry.ID] = id_input(
        "Release", "1 to 100 releases; they travel in one batch.", bound=RELEASES
    )
    target_id: strawberry.ID = id_input("Target", "The target.")
    timing: TimingInput = strawberry.field(description="When.")
    priority: Priority = strawberry.field(default=Priority.NORMAL, description="How soon its deliveries have a turn.")
    force: bool = strawberry.field(default=False, description="Send although nothing has changed since the last time.")
    notify_on_completion: bool = strawberry.field(default=False, description="Tell people how each delivery ended.")
    on_conflict: OnConflict = strawberry.field(
        default=OnConflict.REFUSE, description="Where the same release and target have a schedule already."
    )


@strawberry.input(description="Changes of a schedule: what is left out stays.")
class ScheduleUpdateInput:
    """Changes of a schedule."""

    id: strawberry.ID = strawberry.field(description="The schedule.")
    revision: int | None = strawberry.field(default=None, description="The revision that the change is based on.")
    timing: TimingInput | None = strawberry.field(default=UNSET, description="When; replaced as a whole.")
    priority: Priority | None = strawberry.field(default=UNSET, description="How soon its deliveries have a turn.")
    force: bool | None = strawberry.field(default=UNSET, description="Send although nothing has changed.")
    notify_on_completion: bool | None = strawberry.field(default=UNSET, description="Tell people how it ended.")


@strawberry.input(description="Which schedule to cancel.")
class ScheduleCancelInput:
    """Which schedule to cancel."""

    id: strawberry.ID = strawberry.field(description="The schedule.")


@strawberry.type(description="What scheduleCreate answers.")
class ScheduleCreatePayload(Payload):
    """What scheduleCreate answers."""

    schedule: ScheduleDocument | None = strawberry.field(
        default=None, graphql_type=Schedule | None, description="The stored schedule."
    )


@strawberry.type(description="What scheduleUpdate answers.")
class ScheduleUpdatePayload(Payload):
    """What scheduleUpdate answers."""

    schedule: ScheduleDocument | None = strawberry.field(
        default=None, graphql_type=Schedule | None, description="The schedule as it now is."
    )


@strawberry.type(description="What scheduleCancel answers.")
class ScheduleCancelPayload(Payload):
    """What scheduleCancel answers."""

    schedule: ScheduleDocument | None = strawberry.field(
        default=None, graphql_type=Schedule | None, description="The schedule as it now is."
    )


@strawberry.type
class ScheduleQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "One schedule.", returns=Schedule)
    @staticmethod
    async def schedule(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The schedule.")]
    ) -> ScheduleDocument:
        """One schedule."""
        return await ScheduleService(await info.context.scope()).get(local_id("Schedule", id))

    @query(Permission.DELIVERY_READ, "Schedules, the newest first unless told otherwise.", returns=Connection[Schedule])
    @staticmethod
    async def schedules(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: Annotated[ScheduleFilterInput | None, strawberry.argument(description="Which; null for all.")] = None,
        order_by: Annotated[ScheduleOrderInput | None, strawberry.argument(description="Their order.")] = None,
    ) -> Connection[ScheduleDocument]:
        """Schedules."""
        scope = await info.context.scope()
        narrowed = await _narrowed(scope, filter) if filter else None
        order = Order(order_by.field.value, order_by.descending) if order_by else Order("id", descending=True)
        return connection(await ScheduleService(scope).page(narrowed, order, first, after))


@strawberry.type
class ScheduleMutations:
    """Fields of Mutation."""

    @mutation(Permission.DELIVERY_WRITE, ScheduleCreatePayload, "Deliver releases at a moment, or again and again.")
    @staticmethod
    async def schedule_create(info: Info, input: ScheduleCreateInput) -> ScheduleCreatePayload:
        """Deliver releases at a moment."""
        draft = read_draft(ScheduleDraft, fields_of(input))
        return ScheduleCreatePayload(schedule=await ScheduleService(await info.context.scope()).create(draft))

    @mutation(Permission.DELIVERY_WRITE, ScheduleUpdatePayload, "Change a schedule that is active.")
    @staticmethod
    async def schedule_update(info: Info, input: ScheduleUpdateInput) -> ScheduleUpdatePayload:
        """Change a schedule."""
        given = {
            name: value for name, value in fields_of(input, without=("id", "revision")).items() if value is not None
        }
        changes = read_draft(ScheduleChanges, given)
        service = ScheduleService(await info.context.scope())
        schedule_id = local_id("Schedule", input.id, ("id",))
        return ScheduleUpdatePayload(schedule=await service.update(schedule_id, changes, input.revision))

    @mutation(
        Permission.DELIVERY_WRITE,
        ScheduleCancelPayload,
        "End a schedule before its next run. Deliveries that it has made already go on.",
    )
    @staticmethod
    async def schedule_cancel(info: Info, input: ScheduleCancelInput) -> ScheduleCancelPayload:
        """End a schedule."""
        service = ScheduleService(await info.context.scope())
        return ScheduleCancelPayload(schedule=await service.cancel(local_id("Schedule", input.id, ("id",))))


async def _narrowed(scope: Scope, filter: ScheduleFilterInput) -> ScheduleFilter:
    """What a filter says; raises NOT_FOUND for a release or target that is none, instead of an empty page."""
    narrowed = ScheduleFilter.model_validate(fields_of(filter))
    if narrowed.release_id is not None:
        await ReleaseService(scope).get(narrowed.release_id)
    if narrowed.target_id is not None:
        await TargetService(scope).get(narrowed.target_id)
    return narrowed
