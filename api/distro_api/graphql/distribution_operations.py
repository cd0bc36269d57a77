"""What can be done with a release on its platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from strawberry import UNSET

from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.delivery_bounds import TARGETS
from distro_api.graphql.errors import Payload, UserError, as_user_errors
from distro_api.graphql.fields import Info, derived, loaded, mutation
from distro_api.graphql.ids import global_id, local_id
from distro_api.graphql.inputs import fields_of, id_input, of_inputs
from distro_api.graphql.schedules import Schedule, TimingInput
from distro_api.graphql.targets import Target
from distro_core.catalogue.drafts import ReleaseChanges, read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.requests.creation import BatchPlanner
from distro_core.delivery.requests.distribution import Destination, DistributionService, Outcome, Plan
from distro_core.delivery.requests.recurrence import Timing
from distro_core.delivery.requests.schedules import OnConflict
from distro_core.delivery.requests.wishes import Wish
from distro_core.identity.permissions import Permission
from distro_core.queue.port import Priority
from distro_sdk.errors import DomainError, DomainErrors


def _target(root: strawberry.Parent[Outcome], info: Info) -> Any:
    return info.context.loaders.targets.load(root.target_id)


def _error(outcome: Outcome) -> UserError | None:
    return as_user_errors(outcome.error)[0] if outcome.error is not None else None


@strawberry.type(description="What came of one target: a delivery, a schedule or an error.")
class DistributionOutcome:
    """What came of one target."""

    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.target_id), "Global id of the target.")
    target: Target | None = loaded(_target, "The target.")
    delivery: Delivery | None = strawberry.field(description="The delivery that was made, tried again, or cancelled.")
    schedule: Schedule | None = strawberry.field(description="The schedule that was made, for a distribution later on.")
    error: UserError | None = derived(_error, "Why nothing was made for this target.")


@strawberry.input(description="Which release to distribute, where, when and how.")
class ReleaseDistributeInput:
    """Which release to distribute."""

    release_id: strawberry.ID = id_input("Release", "The release.")
    target_ids: list[strawberry.ID] = id_input(
        "Target", "Targets; at most 100 in all.", default_factory=list, bound=TARGETS
    )
    platforms: list[str] = strawberry.field(
        default_factory=list, description="Keys of platforms: all active targets of each are meant."
    )
    schedule: TimingInput | None = strawberry.field(default=UNSET, description="When; left out for now.")
    on_conflict: OnConflict = strawberry.field(
        default=OnConflict.REFUSE, description="Where the release has a schedule for a target already."
    )
    priority: Priority = strawberry.field(default=Priority.NORMAL, description="How soon the deliveries have a turn.")
    force: bool = strawberry.field(default=False, description="Send although nothing has changed since the last time.")
    require_ready: bool = strawberry.field(
        default=False, description="Make nothing where `preDistributionCheck` finds an error for any of the targets."
    )
    notify_on_completion: bool = strawberry.field(default=False, description="Tell people how each delivery ended.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="A text of your own, at most 255 characters: the same again makes nothing twice."
    )


@strawberry.input(description="Which release to send again to those that refused it.")
class ReleaseResubmitInput:
    """Which release to send again."""

    release_id: strawberry.ID = id_input("Release", "The release.")
    target_ids: list[strawberry.ID] | None = id_input(
        "Target",
        "Only these; left out for all whose latest delivery failed or was refused.",
        default=UNSET,
        bound=TARGETS,
    )


@strawberry.input(description="Which release to take down, where and why.")
class ReleaseWithdrawInput:
    """Which release to take down."""

    release_id: strawberry.ID = id_input("Release", "The release.")
    reason: str = strawberry.field(description="Why; it stands in the history of the deliveries.")
    target_ids: list[strawberry.ID] | None = id_input(
        "Target",
        "Only there; left out for everywhere: the release itself is taken down too.",
        default=UNSET,
        bound=TARGETS,
    )


@strawberry.input(description="Which delivery's release to take down at its target, and why.")
class DeliveryRequestTakedownInput:
    """Which delivery's release to take down."""

    id: strawberry.ID = strawberry.field(description="A delivery of the release to the target.")
    reason: str = strawberry.field(description="Why; it stands in the history of the delivery.")


@strawberry.input(description="Which delivery's platform to tell of new metadata, and what to change before.")
class DeliveryUpdateMetadataInput:
    """Which delivery's platform to tell of new metadata."""

    id: strawberry.ID = strawberry.field(description="A delivery of the release to the target.")
    title: str | None = strawberry.field(default=UNSET, description="A new title of the release.")
    display_artist: str | None = strawberry.field(default=UNSET, description="How its artist is shown from now on.")
    release_date: str | None = strawberry.field(default=UNSET, description="A new release date.")


@strawberry.type(description="What releaseDistribute answers.")
class ReleaseDistributePayload(Payload):
    """What releaseDistribute answers."""

    outcomes: list[Outcome] = strawberry.field(
        default_factory=list, graphql_type=list[DistributionOutcome], description="One for each target."
    )


@strawberry.type(description="What releaseResubmit answers.")
class ReleaseResubmitPayload(Payload):
    """What releaseResubmit answers."""

    outcomes: list[Outcome] = strawberry.field(
        default_factory=list, graphql_type=list[DistributionOutcome], description="One for each target."
    )


@strawberry.type(description="What releaseWithdraw answers.")
class ReleaseWithdrawPayload(Payload):
    """What releaseWithdraw answers."""

    outcomes: list[Outcome] = strawberry.field(
        default_factory=list, graphql_type=list[DistributionOutcome], description="One for each target."
    )


@strawberry.type(description="What deliveryRequestTakedown answers.")
class DeliveryRequestTakedownPayload(Payload):
    """What deliveryRequestTakedown answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The new delivery, a takedown."
    )


@strawberry.type(description="What deliveryUpdateMetadata answers.")
class DeliveryUpdateMetadataPayload(Payload):
    """What deliveryUpdateMetadata answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The new delivery, an update without files."
    )


@strawberry.type
class DistributionMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.DELIVERY_WRITE,
        ReleaseDistributePayload,
        "Deliver a release to several targets, now or by a schedule. With an unknown target nothing is made; what one "
        "target alone objects to is told beside it.",
    )
    @staticmethod
    async def release_distribute(info: Info, input: ReleaseDistributeInput) -> ReleaseDistributePayload:
        """Deliver a release to several targets."""
        given = fields_of(input)
        timing = _read_schedule(given["schedule"]) if given.get("schedule") else None
        wish = read_draft(Wish, {name: given[name] for name in _WISHED})
        plan = Plan(wish, timing, input.on_conflict, input.require_ready)
        to = Destination(given["target_ids"], given["platforms"])
        service = DistributionService(await info.context.scope())
        try:
            outcomes = await service.distribute(given["release_id"], to, plan)
        except DomainError as error:
            raise of_inputs(error, {"timing": "schedule"}) from error
        return ReleaseDistributePayload(outcomes=list(outcomes))

    @mutation(
        Permission.DELIVERY_WRITE,
        ReleaseResubmitPayload,
        "Try a release again where its latest delivery failed, was rejected or needs attention, and nowhere else.",
    )
    @staticmethod
    async def release_resubmit(info: Info, input: ReleaseResubmitInput) -> ReleaseResubmitPayload:
        """Try a release again where it was refused."""
        given = fields_of(input)
        service = DistributionService(await info.context.scope())
        outcomes = await service.resubmit(given["release_id"], given.get("target_ids"))
        return ReleaseResubmitPayload(outcomes=list(outcomes))

    @mutation(
        Permission.DELIVERY_WRITE,
        ReleaseWithdrawPayload,
        "Take a release down at some targets, or everywhere. Everywhere needs `catalogue:write` too, because the "
        "release itself is taken down. It has an outcome for every target that has the release, and for every one to "
        "which a delivery of it waits or is under way: that one is cancelled. `DELIVERY_COMPLETING` says that it was "
        "too late to cancel, `TARGET_INACTIVE` or `NOT_FOUND` that the target has the release and takes no deliveries.",
    )
    @staticmethod
    async def release_withdraw(info: Info, input: ReleaseWithdrawInput) -> ReleaseWithdrawPayload:
        """Take a release down."""
        given = fields_of(input)
        target_ids: Sequence[str] | None = given.get("target_ids")
        if target_ids is None:
            info.context.caller.require(Permission.CATALOGUE_WRITE)
        service = DistributionService(await info.context.scope())
        outcomes = await service.withdraw(given["release_id"], input.reason, target_ids)
        return ReleaseWithdrawPayload(outcomes=list(outcomes))

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryRequestTakedownPayload,
        "Take the release of a delivery down at its target alone. What waits or is under way there is cancelled, and "
        "is what is answered where the target does not have the release yet.",
    )
    @staticmethod
    async def delivery_request_takedown(
        info: Info, input: DeliveryRequestTakedownInput
    ) -> DeliveryRequestTakedownPayload:
        """Take the release of a delivery down at its target."""
        scope = await info.context.scope()
        delivery = await DeliveryService(scope).get(local_id("Delivery", input.id, ("id",)))
        service = DistributionService(scope)
        (outcome,) = await service.withdraw(delivery.release_id, input.reason, [delivery.target_id])
        if outcome.error is not None:
            raise outcome.error
        return DeliveryRequestTakedownPayload(delivery=outcome.delivery)

    @mutation(
        Permission.DELIVERY_WRITE,
        DeliveryUpdateMetadataPayload,
        "Tell a platform of new metadata without sending files; refused where audio or artwork changed, and then the "
        "release stays as it is. What is to be changed in the release before needs `catalogue:write` too; while a "
        "delivery of the release to this target is under way, that alone is stored.",
    )
    @staticmethod
    async def delivery_update_metadata(info: Info, input: DeliveryUpdateMetadataInput) -> DeliveryUpdateMetadataPayload:
        """Tell a platform of new metadata."""
        scope = await info.context.scope()
        service = DeliveryService(scope)
        delivery = await service.get(local_id("Delivery", input.id, ("id",)))
        try:
            if changed := fields_of(input, without=("id",)):
                info.context.caller.require(Permission.CATALOGUE_WRITE)
                wish = Wish(metadata_only=True, force=True)
                await BatchPlanner(scope).plan([delivery.release_id], delivery.target_id, wish)
                await ReleaseService(scope).update(delivery.release_id, read_draft(ReleaseChanges, changed))
            (made,) = await service.create([delivery.release_id], delivery.target_id, Wish(metadata_only=True))
        except DomainError as error:
            raise _of_the_delivery(error) from error
        return DeliveryUpdateMetadataPayload(delivery=made)


def _of_the_delivery(error: DomainError) -> DomainError:
    """A fault of its release or target, told of the delivery, which alone stands in the input."""
    if error.path[:1] in {("release_ids",), ("target_id",)}:
        return DomainError(error.code, error.message, ("id",))
    return error


def _read_schedule(given: Mapping[str, Any]) -> Timing:
    try:
        return read_draft(Timing, given)
    except DomainErrors as error:
        faults = [DomainError(fault.code, fault.message, ("schedule", *fault.path)) for fault in error.errors]
        raise DomainErrors(faults) from error


_WISHED = ("priority", "force", "notify_on_completion", "idempotency_key")
