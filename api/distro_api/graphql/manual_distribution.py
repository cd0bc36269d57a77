"""Distribution that a person carries out: exports, statuses, ids of platforms."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from distro_api.documents import DocumentKind, document_url
from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, loaded, mutation, query
from distro_api.graphql.ids import global_id, local_id
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.scalars import Bytes
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.reports import keep_platform_ids
from distro_core.identity.permissions import Permission
from distro_core.manual import status_import
from distro_core.manual.documents import ExportFormat, ManualExportDocument
from distro_core.manual.exports import ManualExportService
from distro_core.manual.status_import import RowOutcome, checked_ids, import_statuses
from distro_core.manual.walk import say_status
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus


def _url(root: strawberry.Parent[ManualExportDocument], info: Info) -> str:
    return document_url(info.context, DocumentKind.EXPORT, root.id)


@strawberry.type(description="A table of one release for one platform.")
class ManualExport(Node):
    """A table of one release for one platform."""

    model: ClassVar[type] = ManualExportDocument

    id: strawberry.ID = node_id()
    release_id: strawberry.ID = derived(lambda own: global_id("Release", own.release_id), "Global id of the release.")
    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.target_id), "Global id of the target.")
    delivery_id: strawberry.ID | None = derived(
        lambda own: global_id("Delivery", own.delivery_id) if own.delivery_id else None,
        "Global id of the delivery that it brought under way; null where none waited.",
    )
    platform: str = strawberry.field(description="Key of the platform, the target's own id where it has none.")
    format: ExportFormat = strawberry.field(description="Its format.")
    file_name: str = strawberry.field(description="Name of the file.")
    size: Bytes = strawberry.field(description="Bytes.")
    sha256: str = strawberry.field(description="Hash of its bytes.")
    url: str = loaded(_url, "Where it may be fetched during the next 15 minutes.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str | None = strawberry.field(description="Who made it.")


@strawberry.type(description="What came of one row of a table of statuses.")
class StatusImportRow:
    """What came of one row."""

    row: int = strawberry.field(description="From 1; the line with the names of the columns is not counted.")
    outcome: RowOutcome = strawberry.field(description="What came of it.")
    delivery_id: strawberry.ID | None = derived(
        lambda own: global_id("Delivery", own.delivery_id) if own.delivery_id else None,
        "The delivery, where it is known.",
    )
    status: DeliveryStatus | None = strawberry.field(description="Where the delivery stands now.")
    code: str | None = strawberry.field(description="Stable code of why it was refused.")
    message: str = strawberry.field(description="Why it was refused, for people.")


@strawberry.type(description="What came of a table of statuses.")
class StatusImport:
    """What came of a table of statuses."""

    applied: int = derived(lambda own: own.count(RowOutcome.APPLIED), "Rows that moved a delivery.")
    skipped: int = derived(lambda own: own.count(RowOutcome.SKIPPED), "Rows without a status.")
    refused: int = derived(lambda own: own.count(RowOutcome.REFUSED), "Rows that changed nothing.")
    rows: list[StatusImportRow] = strawberry.field(description="Every row in its order, at most 1000.")


@strawberry.input(description="Which release to export for the platform of which target.")
class ManualExportCreateInput:
    """Which release to export."""

    release_id: strawberry.ID = strawberry.field(description="The release.")
    target_id: strawberry.ID = strawberry.field(description="The target.")
    format: ExportFormat = strawberry.field(description="The format.")


@strawberry.input(description="What a person says of a delivery.")
class ManualStatusUpdateInput:
    """What a person says of a delivery."""

    id: strawberry.ID = strawberry.field(description="The delivery.")
    status: DeliveryStatus = strawberry.field(description="Where it stands; the table of statuses must allow it.")
    details: str = strawberry.field(default="", description="Why, such as the reason of a rejection.")


@strawberry.input(description="A table of statuses.")
class ManualStatusImportInput:
    """A table of statuses."""

    format: ExportFormat = strawberry.field(description="CSV, Excel or JSON.")
    content: str = strawberry.field(description="The file in base64; a request holds 1 MiB unless set otherwise.")


@strawberry.input(description="What a platform calls a release.")
class PlatformIdInput:
    """What a platform calls a release."""

    key: str = strawberry.field(description="The namespace, such as `spotify`.")
    id: str = strawberry.field(description="The platform's id.")


@strawberry.input(description="What platforms call the release of a delivery; other ids stay as they are.")
class DeliveryPlatformIdsSetInput:
    """What platforms call the release of a delivery."""

    id: strawberry.ID = strawberry.field(description="The delivery.")
    platform_ids: list[PlatformIdInput] = strawberry.field(description="The ids, at most 20.")


@strawberry.type(description="What manualExportCreate answers.")
class ManualExportCreatePayload(Payload):
    """What manualExportCreate answers."""

    export: ManualExportDocument | None = strawberry.field(
        default=None, graphql_type=ManualExport | None, description="The export."
    )


@strawberry.type(description="What manualStatusUpdate answers.")
class ManualStatusUpdatePayload(Payload):
    """What manualStatusUpdate answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery as it now is."
    )


@strawberry.type(description="What manualStatusImport answers.")
class ManualStatusImportPayload(Payload):
    """What manualStatusImport answers."""

    report: status_import.StatusImport | None = strawberry.field(
        default=None, graphql_type=StatusImport | None, description="What came of every row."
    )


@strawberry.type(description="What deliveryPlatformIdsSet answers.")
class DeliveryPlatformIdsSetPayload(Payload):
    """What deliveryPlatformIdsSet answers."""

    delivery: DeliveryDocument | None = strawberry.field(
        default=None, graphql_type=Delivery | None, description="The delivery as it now is."
    )


@strawberry.type
class ManualDistributionQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "Exports for people, the newest first.", returns=Connection[ManualExport])
    @staticmethod
    async def manual_exports(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        release_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this release; null for all.")
        ] = None,
    ) -> Connection[ManualExportDocument]:
        """Exports for people."""
        scope = await info.context.scope()
        wanted = local_id("Release", release_id) if release_id else None
        if wanted is not None:
            await ReleaseService(scope).get(wanted)
        return connection(await ManualExportService(scope).page(wanted, first, after))


@strawberry.type
class ManualDistributionMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.DELIVERY_WRITE,
        ManualExportCreatePayload,
        "Export a release for a platform; a delivery of it that waits for a person is under way from then on.",
    )
    @staticmethod
    async def manual_export_create(info: Info, input: ManualExportCreateInput) -> ManualExportCreatePayload:
        """Export a release."""
        service = ManualExportService(await info.context.scope())
        release_id = local_id("Release", input.release_id, ("release_id",))
        target_id = local_id("Target", input.target_id, ("target_id",))
        return ManualExportCreatePayload(export=await service.create(release_id, target_id, input.format))

    @mutation(
        Permission.DELIVERY_WRITE, ManualStatusUpdatePayload, "Say how a delivery stands that a person carries out."
    )
    @staticmethod
    async def manual_status_update(info: Info, input: ManualStatusUpdateInput) -> ManualStatusUpdatePayload:
        """Say how a delivery stands."""
        scope = await info.context.scope()
        delivery_id = local_id("Delivery", input.id, ("id",))
        return ManualStatusUpdatePayload(
            delivery=await say_status(scope, delivery_id, input.status, input.details[:2000])
        )

    @mutation(
        Permission.DELIVERY_WRITE,
        ManualStatusImportPayload,
        "Say how deliveries stand that people carry out, in a table; every row is tried and reported.",
    )
    @staticmethod
    async def manual_status_import(info: Info, input: ManualStatusImportInput) -> ManualStatusImportPayload:
        """Say how deliveries stand, in a table."""
        try:
            content = base64.b64decode(input.content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise DomainError("TABLE_UNREADABLE", "the content is not base64", ("content",)) from error
        return ManualStatusImportPayload(
            report=await import_statuses(await info.context.scope(), input.format, content)
        )

    @mutation(
        Permission.DELIVERY_WRITE, DeliveryPlatformIdsSetPayload, "Say what platforms call the release of a delivery."
    )
    @staticmethod
    async def delivery_platform_ids_set(
        info: Info, input: DeliveryPlatformIdsSetInput
    ) -> DeliveryPlatformIdsSetPayload:
        """Say what platforms call a release."""
        scope = await info.context.scope()
        delivery = await DeliveryService(scope).get(local_id("Delivery", input.id, ("id",)))
        ids = checked_ids({given.key: given.id for given in input.platform_ids})
        if len(ids) < len(input.platform_ids):
            raise DomainError("PLATFORM_ID_INVALID", "two of the ids have one namespace", ("platform_ids",))
        return DeliveryPlatformIdsSetPayload(delivery=await keep_platform_ids(scope, delivery, ids))
