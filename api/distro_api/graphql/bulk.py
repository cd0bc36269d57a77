"""Bulk distributions: many releases to many targets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.delivery_bounds import ITEMS, TARGETS
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, loaded, mutation, query
from distro_api.graphql.ids import global_id, local_id
from distro_api.graphql.inputs import BOUND, fields_of, id_input, of_inputs
from distro_api.graphql.nodes import Node, node_id
from distro_core.catalogue.drafts import read_draft
from distro_core.delivery.requests.bulk import BulkDraft, BulkService
from distro_core.delivery.requests.bulk_documents import BulkDistributionDocument
from distro_core.delivery.requests.bulk_progress import BulkStatus, measure_progress
from distro_core.identity.permissions import Permission
from distro_core.queue.port import Priority
from distro_core.store.collection import MAX_PAGE
from distro_sdk.errors import DomainError, DomainErrors


@strawberry.type(description="One release to one target.")
class BulkJob:
    """One release to one target."""

    name: str = strawberry.field(description="Its name, `distribute:RELEASE:TARGET`.")
    release_id: strawberry.ID = derived(lambda own: global_id("Release", own.release_id), "The release.")
    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.target_id), "The target.")
    delivery_id: strawberry.ID | None = derived(
        lambda own: global_id("Delivery", own.delivery_id) if own.delivery_id else None, "What was made of it."
    )
    code: str | None = strawberry.field(description="Why nothing was made: a stable code.")
    message: str = strawberry.field(description="Why nothing was made, for people.")


@strawberry.type(description="How far a bulk distribution has come.")
class BulkProgress:
    """How far a bulk distribution has come."""

    status: BulkStatus = strawberry.field(description="Where it stands.")
    total: int = strawberry.field(description="Jobs.")
    completed: int = strawberry.field(description="Whose release is at the platform.")
    failed: int = strawberry.field(description="That ended badly, or could not be made.")
    in_progress: int = strawberry.field(description="Being prepared, sent or taken in.")
    started_at: datetime | None = strawberry.field(description="When the first began.")
    updated_at: datetime = strawberry.field(description="When anything changed last.")
    completed_at: datetime | None = strawberry.field(description="When the last had ended.")


async def _progress(root: strawberry.Parent[BulkDistributionDocument], info: Info) -> Any:
    return await measure_progress(await info.context.scope(), root)


def _jobs(
    root: strawberry.Parent[BulkDistributionDocument],
    first: Annotated[int, strawberry.argument(description="How many, at most 200.")] = 50,
    skip: Annotated[int, strawberry.argument(description="Jobs to leave out before; their order never changes.")] = 0,
) -> Any:
    if not 1 <= first <= MAX_PAGE:
        raise DomainError("PAGE_SIZE_INVALID", f"a page holds 1 to {MAX_PAGE} entries, not {first}", ("first",))
    if skip < 0:
        raise DomainError("VALUE_INVALID", f"{skip} jobs cannot be left out", ("skip",))
    return root.jobs[skip : skip + first]


@strawberry.type(description="Many releases to many targets, worked off in portions.")
class BulkDistribution(Node):
    """Many releases to many targets."""

    model: ClassVar[type] = BulkDistributionDocument

    id: strawberry.ID = node_id()
    total_jobs: int = derived(lambda own: len(own.jobs), "How many deliveries it is to make.")
    made_jobs: int = derived(lambda own: own.done, "How many jobs were gone through.")
    batch_size: int = derived(lambda own: own.portion, "Jobs in a portion.")
    concurrency: int = derived(lambda own: own.at_once, "Jobs of a portion that are made at the same moment.")
    stagger: float = strawberry.field(description="Seconds between two jobs.")
    priority: Priority = strawberry.field(description="How soon its deliveries have their turn.")
    estimated_completion: datetime = strawberry.field(description="When it was guessed to be done, when it was made.")
    progress: BulkProgress = loaded(_progress, "How far it has come.")
    jobs: list[BulkJob] = loaded(_jobs, "Its jobs.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str | None = strawberry.field(description="Who made it.")


@strawberry.input(description="A release and where it goes.")
class BulkItemInput:
    """A release and where it goes."""

    release_id: strawberry.ID = id_input("Release", "The release.")
    target_ids: list[strawberry.ID] = id_input("Target", "Targets.", default_factory=list, bound=TARGETS)
    platforms: list[str] = strawberry.field(
        default_factory=list, description="Keys of platforms: all active targets of each are meant."
    )


@strawberry.input(description="What to distribute.")
class BulkDistributeInput:
    """What to distribute."""

    items: list[BulkItemInput] = strawberry.field(
        description="Releases; at most 5000 deliveries in all.", metadata={BOUND: ITEMS}
    )
    batch_size: int = strawberry.field(default=50, description="Jobs that are made in one go, 1 to 200.")
    concurrency: int = strawberry.field(default=5, description="Jobs that are made at the same moment, 1 to 20.")
    stagger: float = strawberry.field(default=0.1, description="Seconds between two deliveries, 0 to 60.")
    priority: Priority = strawberry.field(default=Priority.NORMAL, description="How soon the deliveries have a turn.")
    force: bool = strawberry.field(default=False, description="Send although nothing has changed since the last time.")
    notify_on_completion: bool = strawberry.field(default=False, description="Tell people how each delivery ended.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="A text of your own: the same one again answers with the same bulk distribution."
    )


@strawberry.type(description="What bulkDistribute answers.")
class BulkDistributePayload(Payload):
    """What bulkDistribute answers."""

    bulk_distribution: BulkDistributionDocument | None = strawberry.field(
        default=None, graphql_type=BulkDistribution | None, description="The bulk distribution."
    )


@strawberry.type
class BulkQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "One bulk distribution.", returns=BulkDistribution)
    @staticmethod
    async def bulk_distribution(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The bulk distribution.")]
    ) -> BulkDistributionDocument:
        """One bulk distribution."""
        return await BulkService(await info.context.scope()).get(local_id("BulkDistribution", id))

    @query(Permission.DELIVERY_READ, "Bulk distributions, the newest first.", returns=Connection[BulkDistribution])
    @staticmethod
    async def bulk_distributions(
        info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[BulkDistributionDocument]:
        """Bulk distributions."""
        return connection(await BulkService(await info.context.scope()).page(first, after))


@strawberry.type
class BulkMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.DELIVERY_WRITE,
        BulkDistributePayload,
        "Deliver many releases to many targets. With an unknown release or target nothing is made; what cannot be made "
        "later on is told beside its job.",
    )
    @staticmethod
    async def bulk_distribute(info: Info, input: BulkDistributeInput) -> BulkDistributePayload:
        """Deliver many releases to many targets."""
        given = fields_of(input, without=("batch_size", "concurrency"))
        read = {**given, "portion": input.batch_size, "at_once": input.concurrency}
        try:
            draft = read_draft(BulkDraft, read)
        except DomainErrors as error:
            raise of_inputs(error, {"portion": "batch_size", "at_once": "concurrency"}) from error
        return BulkDistributePayload(bulk_distribution=await BulkService(await info.context.scope()).create(draft))
