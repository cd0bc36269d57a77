"""What can be done with tracks; they are shown as part of their release."""

from __future__ import annotations

from typing import Annotated

import strawberry

from distro_api.graphql.catalogue_inputs import TrackCreateInput, TrackUpdateInput
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.inputs import fields_of, id_input
from distro_api.graphql.releases import Release, Track
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import TrackChanges, TrackDraft, read_draft
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.identity.permissions import Permission
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models import catalogue


@strawberry.input(description="Which track to delete.")
class TrackDeleteInput:
    """Which track to delete."""

    id: strawberry.ID = strawberry.field(description="The track.")


@strawberry.input(description="The order that the tracks of a release are to have.")
class TrackReorderInput:
    """The order that the tracks of a release are to have."""

    release_id: strawberry.ID = strawberry.field(description="The release.")
    track_ids: list[strawberry.ID] = id_input("Track", "Every track of the release exactly once, in playing order.")


@strawberry.type(description="What trackCreate answers.")
class TrackCreatePayload(Payload):
    """What trackCreate answers."""

    track: catalogue.Track | None = strawberry.field(
        default=None, graphql_type=Track | None, description="The stored track."
    )
    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="Its release as it now is."
    )


@strawberry.type(description="What trackUpdate answers.")
class TrackUpdatePayload(Payload):
    """What trackUpdate answers."""

    track: catalogue.Track | None = strawberry.field(
        default=None, graphql_type=Track | None, description="The track as it now is."
    )
    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="Its release as it now is."
    )


@strawberry.type(description="What trackDelete answers.")
class TrackDeletePayload(Payload):
    """What trackDelete answers."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of what was deleted.")
    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="Its release as it now is."
    )


@strawberry.type(description="What trackReorder answers.")
class TrackReorderPayload(Payload):
    """What trackReorder answers."""

    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="The release as it now is."
    )


@strawberry.type
class TrackQueries:
    """Fields of Query."""

    @query(Permission.CATALOGUE_READ, "One track.", returns=Track)
    @staticmethod
    async def track(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The track.")]
    ) -> catalogue.Track:
        """One track."""
        _, track = await TrackService(await info.context.scope()).get(local_id("Track", id))
        return track


@strawberry.type
class TrackMutations:
    """Fields of Mutation."""

    @mutation(Permission.CATALOGUE_WRITE, TrackCreatePayload, "Append a track to a release.")
    @staticmethod
    async def track_create(info: Info, input: TrackCreateInput) -> TrackCreatePayload:
        """Append a track to a release."""
        release_id = local_id("Release", input.release_id, ("release_id",))
        draft = read_draft(TrackDraft, fields_of(input, without=("release_id",)))
        release = await TrackService(await info.context.scope()).create(release_id, draft)
        return TrackCreatePayload(track=release.tracks[-1], release=release)

    @mutation(Permission.CATALOGUE_WRITE, TrackUpdatePayload, "Change a track, all fields or none.")
    @staticmethod
    async def track_update(info: Info, input: TrackUpdateInput) -> TrackUpdatePayload:
        """Change a track."""
        track_id = local_id("Track", input.id, ("id",))
        changes = read_draft(TrackChanges, fields_of(input, without=("id", "revision")))
        release = await TrackService(await info.context.scope()).update(track_id, changes, input.revision)
        track = next(track for track in release.tracks if track.id == track_id)
        return TrackUpdatePayload(track=track, release=release)

    @mutation(Permission.CATALOGUE_WRITE, TrackDeletePayload, "Remove a track from its release.")
    @staticmethod
    async def track_delete(info: Info, input: TrackDeleteInput) -> TrackDeletePayload:
        """Remove a track from its release."""
        release = await TrackService(await info.context.scope()).delete(local_id("Track", input.id, ("id",)))
        return TrackDeletePayload(deleted_id=input.id, release=release)

    @mutation(Permission.CATALOGUE_WRITE, TrackReorderPayload, "Put the tracks of a release into another order.")
    @staticmethod
    async def track_reorder(info: Info, input: TrackReorderInput) -> TrackReorderPayload:
        """Put the tracks of a release into another order."""
        release_id = local_id("Release", input.release_id, ("release_id",))
        track_ids = fields_of(input, without=("release_id",))["track_ids"]
        scope = await info.context.scope()
        _refuse_strangers(await ReleaseService(scope).get(release_id), track_ids)
        return TrackReorderPayload(release=await TrackService(scope).reorder(release_id, track_ids))


def _refuse_strangers(release: ReleaseDocument, track_ids: list[str]) -> None:
    own = {track.id for track in release.tracks}
    strangers = [
        DomainError("NOT_FOUND", f"the release has no track with id {track_id}", ("track_ids", place))
        for place, track_id in enumerate(track_ids)
        if track_id not in own
    ]
    if strangers:
        raise DomainErrors(strangers)
