"""Imports of releases and tracks from CSV, with their files."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, loaded, mutation, query, subscription
from distro_api.graphql.ids import global_id, local_id
from distro_api.graphql.inputs import fields_of, id_input
from distro_api.graphql.live import follow_import
from distro_api.graphql.nodes import Node, node_id
from distro_core.identity.permissions import Permission
from distro_core.imports.documents import ImportDocument, ImportStatus, RowStatus
from distro_core.imports.service import ImportService
from distro_sdk.models.validation import Severity

strawberry.enum(ImportStatus, description="How far an import has come.", graphql_name_from="value")
strawberry.enum(RowStatus, description="What became of a row.", graphql_name_from="value")


@strawberry.type(description="A finding about a row.")
class RowIssue:
    """A finding about a row."""

    code: str = strawberry.field(description="Stable code of the fault.")
    message: str = strawberry.field(description="One sentence for people.")
    column: str | None = strawberry.field(description="Name of the column; null where it is about the whole row.")
    severity: Severity = strawberry.field(description="Whether the row was refused for it.")


def _own_id(kind: str, field: str) -> Any:
    def read(row: Any) -> strawberry.ID | None:
        found = getattr(row, field)
        return global_id(kind, found) if found else None

    return read


@strawberry.type(description="What became of one row of the file.")
class ImportRow:
    """What became of one row of the file."""

    number: int = strawberry.field(description="As a spreadsheet counts; the heading is row 1.")
    status: RowStatus = strawberry.field(description="What became of it.")
    icpn: str | None = strawberry.field(description="Barcode of its release.")
    release_id: strawberry.ID | None = derived(_own_id("Release", "release_id"), "Global id of its release.")
    track_id: strawberry.ID | None = derived(_own_id("Track", "track_id"), "Global id of its track.")
    issues: list[RowIssue] = strawberry.field(description="What was found.")


@strawberry.type(description="A file that no row asked for.")
class UnmatchedFile:
    """A file that no row asked for."""

    asset_id: strawberry.ID = derived(_own_id("Asset", "asset_id"), "Global id of the file.")
    file_name: str = strawberry.field(description="Its name.")
    code: str = strawberry.field(description="Stable code of the reason.")
    message: str = strawberry.field(description="The reason, for people.")


async def _rows(
    root: strawberry.Parent[ImportDocument],
    info: Info,
    first: First = DEFAULT_PAGE,
    after: After = None,
    statuses: Annotated[
        list[RowStatus] | None, strawberry.argument(description="Only rows that became one of these; null for all.")
    ] = None,
) -> Connection[Any]:
    service = ImportService(await info.context.scope())
    return connection(await service.rows(root.id, statuses or (), first, after))


@strawberry.type(description="An import of releases from a CSV file.")
class Import(Node):
    """An import of releases from a CSV file."""

    model: ClassVar[type] = ImportDocument

    id: strawberry.ID = node_id()
    status: ImportStatus = strawberry.field(description="How far it has come.")
    status_details: str = strawberry.field(description="Why it stands there.")
    file_name: str = strawberry.field(description="Name of the file, for people.")
    ignored_columns: list[str] = strawberry.field(description="Headings that mean nothing here.")
    total_rows: int = strawberry.field(description="Rows of the file.")
    done_rows: int = strawberry.field(description="Rows that have their report.")
    created: int = strawberry.field(description="Rows that made a track.")
    updated: int = strawberry.field(description="Rows that changed a track.")
    unchanged: int = strawberry.field(description="Rows that had been imported before.")
    failed: int = strawberry.field(description="Rows that were refused; they stop no other row.")
    total_releases: int = strawberry.field(description="Releases in the file.")
    finished_releases: int = strawberry.field(description="Releases whose rows all have their report.")
    ready_releases: int = strawberry.field(description="Releases that are ready for delivery.")
    unmatched_files: list[UnmatchedFile] = strawberry.field(description="Files that no row asked for.")
    rows: Connection[ImportRow] = loaded(_rows, "The report, in the order of the file.")
    started_at: datetime | None = strawberry.field(description="When a worker began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    created_at: datetime = strawberry.field(description="When it was asked for.")


@strawberry.input(description="A CSV file to import.")
class ImportCreateInput:
    """A CSV file to import."""

    csv: str = strawberry.field(description="The file's text; its first row names the columns.")
    file_name: str = strawberry.field(default="", description="Its name, for people.")
    asset_ids: list[strawberry.ID] = id_input("Asset", "Uploaded files that belong to its rows.", default_factory=list)


@strawberry.type(description="What importCreate answers.")
class ImportCreatePayload(Payload):
    """What importCreate answers."""

    created: ImportDocument | None = strawberry.field(
        default=None, name="import", graphql_type=Import | None, description="The import, which a worker runs."
    )


ImportId = Annotated[strawberry.ID, strawberry.argument(description="The import.")]


@strawberry.type
class ImportQueries:
    """Fields of Query."""

    @query(Permission.CATALOGUE_READ, "One import.", returns=Import, name="import")
    @staticmethod
    async def one_import(info: Info, id: ImportId) -> ImportDocument:
        """One import."""
        return await ImportService(await info.context.scope()).get(local_id("Import", id))

    @query(Permission.CATALOGUE_READ, "Imports, the newest first.", returns=Connection[Import])
    @staticmethod
    async def imports(info: Info, first: First = DEFAULT_PAGE, after: After = None) -> Connection[ImportDocument]:
        """Imports."""
        return connection(await ImportService(await info.context.scope()).page(first, after))


@strawberry.type
class ImportMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.CATALOGUE_WRITE,
        ImportCreatePayload,
        "Import releases and tracks from CSV; a bad row never stops the good ones. Watch it with importProgress.",
    )
    @staticmethod
    async def import_create(info: Info, input: ImportCreateInput) -> ImportCreatePayload:
        """Import releases and tracks from CSV."""
        asset_ids = fields_of(input)["asset_ids"]
        service = ImportService(await info.context.scope())
        return ImportCreatePayload(
            created=await service.create(input.csv.encode(), asset_ids, file_name=input.file_name)
        )


@strawberry.type
class ImportSubscriptions:
    """Fields of Subscription."""

    @subscription(
        Permission.CATALOGUE_READ, "An import as it is, then again as it goes on; ends with it.", returns=Import
    )
    @staticmethod
    async def import_progress(info: Info, import_id: ImportId) -> AsyncGenerator[ImportDocument, None]:
        """An import, live."""
        scope = await info.context.scope()
        async for current in follow_import(scope, local_id("Import", import_id)):
            yield current
