"""What can be done with releases."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from distro_api.graphql.catalogue_inputs import ReleaseCreateInput, ReleaseUpdateInput
from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.inputs import fields_of
from distro_api.graphql.releases import Release, ValidationIssue
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges, ReleaseDraft, read_draft
from distro_core.catalogue.releases import ReleaseFilter, ReleaseOrder, ReleaseOrderField, ReleaseService
from distro_core.identity.permissions import Permission
from distro_sdk.models import validation
from distro_sdk.models.catalogue import ReleaseStatus, ReleaseType


@strawberry.enum(description="By what releases can be ordered.")
class ReleaseSortField(Enum):
    """By what releases can be ordered."""

    CREATED = ReleaseOrderField.CREATED
    UPDATED = ReleaseOrderField.UPDATED
    TITLE = ReleaseOrderField.TITLE
    RELEASE_DATE = ReleaseOrderField.RELEASE_DATE


@strawberry.input(description="An order of releases.")
class ReleaseOrderInput:
    """An order of releases."""

    field: ReleaseSortField = strawberry.field(default=ReleaseSortField.CREATED, description="By what.")
    descending: bool = strawberry.field(default=True, description="Whether the greatest comes first.")


@strawberry.input(description="Which releases to list; all conditions must hold.")
class ReleaseFilterInput:
    """Which releases to list."""

    statuses: list[ReleaseStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    types: list[ReleaseType] | None = strawberry.field(default=None, description="Of one of these types.")
    text: str | None = strawberry.field(
        default=None, description="Words that all begin a word of its titles, artists or identifiers, in any case."
    )
    updated_since: datetime | None = strawberry.field(default=None, description="Changed at this moment or later.")


@strawberry.input(description="A release.")
class ReleaseTakeDownInput:
    """A release to take down."""

    id: strawberry.ID = strawberry.field(description="The release.")


@strawberry.input(description="The status that a release is to have.")
class ReleaseSetStatusInput:
    """The status that a release is to have."""

    id: strawberry.ID = strawberry.field(description="The release.")
    status: ReleaseStatus = strawberry.field(description="The status.")


@strawberry.input(description="A release to delete, first step.")
class ReleaseRequestDeletionInput:
    """A release to delete, first step."""

    id: strawberry.ID = strawberry.field(description="The release.")


@strawberry.input(description="A release to delete, second step.")
class ReleaseDeleteInput:
    """A release to delete, second step."""

    id: strawberry.ID = strawberry.field(description="The release.")
    token: str = strawberry.field(description="The token that releaseRequestDeletion gave.")


@strawberry.type(description="What releaseCreate answers.")
class ReleaseCreatePayload(Payload):
    """What releaseCreate answers."""

    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="The stored release."
    )


@strawberry.type(description="What releaseUpdate answers.")
class ReleaseUpdatePayload(Payload):
    """What releaseUpdate answers."""

    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="The release as it now is."
    )


@strawberry.type(description="What releaseSetStatus answers.")
class ReleaseSetStatusPayload(Payload):
    """What releaseSetStatus answers."""

    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="The release as it now is."
    )


@strawberry.type(description="What releaseTakeDown answers.")
class ReleaseTakeDownPayload(Payload):
    """What releaseTakeDown answers."""

    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="The release as it now is."
    )


@strawberry.type(description="What releaseRequestDeletion answers.")
class ReleaseRequestDeletionPayload(Payload):
    """What releaseRequestDeletion answers."""

    token: str | None = strawberry.field(default=None, description="Good once, for the release as it is now.")
    expires_at: datetime | None = strawberry.field(default=None, description="Until when the token is good.")


@strawberry.type(description="What releaseDelete answers.")
class ReleaseDeletePayload(Payload):
    """What releaseDelete answers."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of what was deleted.")


ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="The release.")]


@strawberry.type
class ReleaseQueries:
    """Fields of Query."""

    @query(Permission.CATALOGUE_READ, "One release.", returns=Release)
    @staticmethod
    async def release(info: Info, id: ReleaseId) -> ReleaseDocument:
        """One release."""
        return await ReleaseService(await info.context.scope()).get(local_id("Release", id))

    @query(Permission.CATALOGUE_READ, "Releases, the newest first unless told otherwise.", returns=Connection[Release])
    @staticmethod
    async def releases(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: Annotated[
            ReleaseFilterInput | None, strawberry.argument(description="Which releases; null for all.")
        ] = None,
        order_by: Annotated[
            ReleaseOrderInput | None, strawberry.argument(description="Their order; null for the newest first.")
        ] = None,
    ) -> Connection[ReleaseDocument]:
        """Releases."""
        service = ReleaseService(await info.context.scope())
        return connection(await service.page(_filter(filter), _order(order_by), first, after))

    @query(
        Permission.CATALOGUE_READ,
        "What keeps a release from being ready, and what is worth a look; errors first.",
        returns=list[ValidationIssue],
    )
    @staticmethod
    async def release_check(info: Info, id: ReleaseId) -> tuple[validation.ValidationIssue, ...]:
        """What keeps a release from being ready."""
        return await ReleaseService(await info.context.scope()).check(local_id("Release", id))


@strawberry.type
class ReleaseMutations:
    """Fields of Mutation."""

    @mutation(Permission.CATALOGUE_WRITE, ReleaseCreatePayload, "Store a release as a draft.")
    @staticmethod
    async def release_create(info: Info, input: ReleaseCreateInput) -> ReleaseCreatePayload:
        """Store a release as a draft."""
        draft = read_draft(ReleaseDraft, fields_of(input))
        return ReleaseCreatePayload(release=await ReleaseService(await info.context.scope()).create(draft))

    @mutation(Permission.CATALOGUE_WRITE, ReleaseUpdatePayload, "Change a release, all fields or none.")
    @staticmethod
    async def release_update(info: Info, input: ReleaseUpdateInput) -> ReleaseUpdatePayload:
        """Change a release."""
        release_id = local_id("Release", input.id, ("id",))
        changes = read_draft(ReleaseChanges, fields_of(input, without=("id", "revision")))
        service = ReleaseService(await info.context.scope())
        return ReleaseUpdatePayload(release=await service.update(release_id, changes, input.revision))

    @mutation(
        Permission.CATALOGUE_WRITE,
        ReleaseSetStatusPayload,
        "Move a release to another status. `ready` is refused with every rule that does not hold yet.",
    )
    @staticmethod
    async def release_set_status(info: Info, input: ReleaseSetStatusInput) -> ReleaseSetStatusPayload:
        """Move a release to another status."""
        service = ReleaseService(await info.context.scope())
        release = await service.set_status(local_id("Release", input.id, ("id",)), input.status)
        return ReleaseSetStatusPayload(release=release)

    @mutation(
        Permission.CATALOGUE_WRITE,
        ReleaseTakeDownPayload,
        "Mark a release as taken down: its next deliveries tell the platforms to remove it.",
    )
    @staticmethod
    async def release_take_down(info: Info, input: ReleaseTakeDownInput) -> ReleaseTakeDownPayload:
        """Mark a release as taken down."""
        service = ReleaseService(await info.context.scope())
        return ReleaseTakeDownPayload(release=await service.take_down(local_id("Release", input.id, ("id",))))

    @mutation(
        Permission.CATALOGUE_WRITE,
        ReleaseRequestDeletionPayload,
        "Ask for a token that confirms the deletion of a release.",
    )
    @staticmethod
    async def release_request_deletion(info: Info, input: ReleaseRequestDeletionInput) -> ReleaseRequestDeletionPayload:
        """Ask for a token that confirms a deletion."""
        service = ReleaseService(await info.context.scope())
        request = await service.request_deletion(local_id("Release", input.id, ("id",)))
        return ReleaseRequestDeletionPayload(token=request.token, expires_at=request.expires_at)

    @mutation(
        Permission.CATALOGUE_WRITE,
        ReleaseDeletePayload,
        "Delete a release with the files that nothing else uses. It cannot be undone.",
    )
    @staticmethod
    async def release_delete(info: Info, input: ReleaseDeleteInput) -> ReleaseDeletePayload:
        """Delete a release."""
        service = ReleaseService(await info.context.scope())
        await service.delete(local_id("Release", input.id, ("id",)), input.token)
        return ReleaseDeletePayload(deleted_id=input.id)


def _filter(given: ReleaseFilterInput | None) -> ReleaseFilter | None:
    if given is None:
        return None
    return ReleaseFilter(
        statuses=tuple(given.statuses or ()),
        types=tuple(given.types or ()),
        text=given.text,
        updated_since=given.updated_since,
    )


def _order(given: ReleaseOrderInput | None) -> ReleaseOrder:
    return ReleaseOrder(given.field.value, given.descending) if given else ReleaseOrder()
