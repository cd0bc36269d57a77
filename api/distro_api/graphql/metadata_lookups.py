"""Looking up metadata of released music at the sources that plugins bring."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from distro_api.graphql.errors import Payload, UserError, as_user_errors
from distro_api.graphql.fields import Info, derived, mutation, query
from distro_api.graphql.releases import Release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.releases import ReleaseService
from distro_core.identity.permissions import Permission
from distro_core.metadata.lookup import MetadataLookup, RecordingLookup
from distro_sdk.metadata_sources import Found, FoundAlbum
from distro_sdk.models.catalogue import ReleaseType


@strawberry.type(description="Where metadata can be looked up.")
class MetadataSource:
    """Where metadata can be looked up."""

    key: str = strawberry.field(description="By which lookups name it, such as `deezer`.")
    title: str = strawberry.field(description="Its name for people.")


@strawberry.type(description="Where a value that was looked up comes from.")
class MetadataOrigin:
    """Where a value comes from."""

    field: str = strawberry.field(description="The field that holds the value.")
    record: str = strawberry.field(description="The record of the source, such as `album/302127`.")
    name: str = strawberry.field(description="The field of that record.")


def _origins(found: Found) -> list[MetadataOrigin]:
    return [MetadataOrigin(field=_camel(field), **dict(origin)) for field, origin in found.origins.items()]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@strawberry.type(description="A recording as a source knows it.")
class MetadataRecording:
    """A recording as a source knows it."""

    title: str = strawberry.field(description="Title without version.")
    version: str | None = strawberry.field(description="Version.")
    artists: list[str] = strawberry.field(description="Displayed artists.")
    isrc: str | None = strawberry.field(description="ISRC.")
    duration: Decimal | None = strawberry.field(description="Seconds.")
    disc_number: int | None = strawberry.field(description="Its disc on the album, from 1.")
    number: int | None = strawberry.field(description="Its place on the disc, from 1.")
    explicit: bool | None = strawberry.field(description="Whether its lyrics are explicit.")
    origins: list[MetadataOrigin] = derived(_origins, "Where each value comes from.")


@strawberry.type(description="An album as a source knows it.")
class MetadataAlbum:
    """An album as a source knows it."""

    title: str = strawberry.field(description="Title.")
    version: str | None = strawberry.field(description="Version.")
    artists: list[str] = strawberry.field(description="Displayed artists.")
    icpn: str | None = strawberry.field(description="ICPN.")
    label: str | None = strawberry.field(description="Label.")
    type: ReleaseType | None = strawberry.field(description="What kind of product it is.")
    release_date: date | None = strawberry.field(description="Release date.")
    genres: list[str] = strawberry.field(description="Genres, in the source's own words; 50 at most.")
    explicit: bool | None = strawberry.field(description="Whether its lyrics are explicit.")
    cover_address: str | None = strawberry.field(description="Where its cover is shown.")
    track_count: int | None = strawberry.field(description="How many recordings it has, as the source says.")
    tracks: list[MetadataRecording] = strawberry.field(description="Its recordings, 1,000 at most.")
    origins: list[MetadataOrigin] = derived(_origins, "Where each value comes from; recordings have theirs.")


def _error(lookup: RecordingLookup) -> UserError | None:
    return None if lookup.error is None else as_user_errors(lookup.error)[0]


@strawberry.type(description="What became of one ISRC.")
class MetadataRecordingResult:
    """What became of one ISRC."""

    isrc: str = strawberry.field(description="The ISRC as it was given.")
    recording: MetadataRecording | None = strawberry.field(description="What was found.")
    error: UserError | None = derived(_error, "Why nothing was found.")


@strawberry.input(description="An album at a source, of which a draft release is made.")
class ReleaseCreateFromMetadataInput:
    """An album at a source."""

    source: str = strawberry.field(description="Key of the metadata source.")
    icpn: str = strawberry.field(description="The album's ICPN.")


@strawberry.type(description="What releaseCreateFromMetadata answers.")
class ReleaseCreateFromMetadataPayload(Payload):
    """What releaseCreateFromMetadata answers."""

    release: ReleaseDocument | None = strawberry.field(
        default=None, graphql_type=Release | None, description="The stored draft."
    )


SourceKey = Annotated[
    str, strawberry.argument(name="source", description="Key of the metadata source, such as `deezer`.")
]
"""Resolvers call it `key`: what they are wrapped in has a `source` of its own."""


@strawberry.type
class MetadataLookupQueries:
    """Fields of Query."""

    @query(Permission.CATALOGUE_READ, "Where metadata can be looked up.", returns=list[MetadataSource])
    @staticmethod
    async def metadata_sources(info: Info) -> Any:
        """Where metadata can be looked up."""
        return MetadataLookup(await info.context.scope()).sources

    @query(
        Permission.CATALOGUE_READ,
        "Look an album up at a source, by its ICPN or by title and artist; null where it has none. Nothing is stored.",
        returns=MetadataAlbum | None,
    )
    @staticmethod
    async def metadata_lookup_album(
        info: Info,
        key: SourceKey,
        icpn: Annotated[str | None, strawberry.argument(description="Its ICPN.")] = None,
        title: Annotated[str | None, strawberry.argument(description="Its title, together with artist.")] = None,
        artist: Annotated[str | None, strawberry.argument(description="Its artist, together with title.")] = None,
    ) -> FoundAlbum | None:
        """Look an album up."""
        lookup = MetadataLookup(await info.context.scope())
        return await lookup.album(key, icpn=icpn, title=title, artist=artist)

    @query(
        Permission.CATALOGUE_READ,
        "Look recordings up at a source, each answered by itself, in the order of the ISRCs. Nothing is stored.",
        returns=list[MetadataRecordingResult],
    )
    @staticmethod
    async def metadata_lookup_recordings(
        info: Info,
        key: SourceKey,
        isrcs: Annotated[list[str], strawberry.argument(description="Their ISRCs, 1 to 100.")],
    ) -> list[RecordingLookup]:
        """Look recordings up."""
        return await MetadataLookup(await info.context.scope()).recordings(key, isrcs)


@strawberry.type
class MetadataLookupMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.CATALOGUE_WRITE,
        ReleaseCreateFromMetadataPayload,
        "Make a draft release of an album at a source, to be completed.",
    )
    @staticmethod
    async def release_create_from_metadata(
        info: Info, input: ReleaseCreateFromMetadataInput
    ) -> ReleaseCreateFromMetadataPayload:
        """Make a draft release."""
        scope = await info.context.scope()
        draft = await MetadataLookup(scope).draft(input.source, input.icpn)
        return ReleaseCreateFromMetadataPayload(release=await ReleaseService(scope).create(draft))
