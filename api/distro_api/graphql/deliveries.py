"""Deliveries as they are shown: one release on its way to one target."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, ClassVar

import strawberry
from strawberry.scalars import JSON

from distro_api.documents import DocumentKind, document_url
from distro_api.graphql.assets import FileHashes
from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.failures import DeliveryError, SupportNote, Waiting
from distro_api.graphql.fields import Info, derived, guarded, loaded
from distro_api.graphql.ids import global_id
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.releases import Release, ValidationIssue
from distro_api.graphql.scalars import Bytes
from distro_api.graphql.targets import Target
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery import documents
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import AttemptStatus, DeliveryDocument, LogLevel, TransferStatus
from distro_core.delivery.status.projections import (
    DeliveryPhase,
    PlatformWord,
    QueueStatus,
    delivery_phase,
    platform_word,
    queue_status,
)
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.permissions import Permission
from distro_core.platforms.receipt_archive import find_receipt
from distro_core.queue.port import Priority
from distro_sdk.adapters import links_of
from distro_sdk.models.delivery import AcknowledgementStatus, DeliveryStatus, FileKind, TargetType
from distro_sdk.models.message import MessageSubtype


@strawberry.type(description="A file in an attempt.")
class FileTransfer:
    """A file in an attempt."""

    path: str = strawberry.field(description="Where it stands at the receiver.")
    kind: FileKind = strawberry.field(description="What it is.")
    status: TransferStatus = strawberry.field(description="How far it has come.")
    bytes_transferred: Bytes = strawberry.field(description="Bytes that this attempt moved.")
    total_bytes: Bytes = strawberry.field(description="Its size, bytes.")


@strawberry.type(description="One try to deliver.")
class Attempt:
    """One try to deliver."""

    number: int = strawberry.field(description="From 1.")
    status: AttemptStatus = strawberry.field(description="How it ended.")
    started_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    error: DeliveryError | None = strawberry.field(description="Why it failed.")
    files: list[FileTransfer] = strawberry.field(description="Its files in the order in which they are written.")


@strawberry.type(description="One change of a delivery's status.")
class StatusChange:
    """One change of a delivery's status."""

    previous: DeliveryStatus = strawberry.field(description="The status before.")
    status: DeliveryStatus = strawberry.field(description="The status after.")
    at: datetime = strawberry.field(description="When.")
    by: str = strawberry.field(description="Who caused it: a user, an API key or `system`.")
    details: str = strawberry.field(description="Why.")


@strawberry.type(description="A platform's answer to a message.")
class Acknowledgement:
    """A platform's answer to a message."""

    message_id: str = strawberry.field(description="Id of the message, empty where the answer names the release only.")
    release_id: str | None = strawberry.field(description="Id of the release in the answer: GRid, ICPN or another.")
    status: AcknowledgementStatus = strawberry.field(description="What the platform said, in our words.")
    final: bool = strawberry.field(description="Whether the platform's form of answer has no word for more.")
    code: str = strawberry.field(description="What the platform said, in its words.")
    text: str = strawberry.field(description="What else it said.")
    proposed_action: str | None = strawberry.field(description="What the platform asks for.")
    manual_check: bool = strawberry.field(description="Whether the platform asks that a person looks at it first.")
    affected: list[str] = strawberry.field(description="Files or ids that it complains of.")
    platform_message_id: str | None = strawberry.field(description="The platform's id of its answer.")
    received_at: datetime | None = strawberry.field(description="When it was read.")


@strawberry.type(description="A file of the catalogue in a package.")
class ResourceFile:
    """A file of the catalogue in a package."""

    kind: FileKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="Its DDEX file name.")
    original_name: str = strawberry.field(description="As its owner called it.")
    asset_id: strawberry.ID = derived(lambda file: global_id("Asset", file.asset_id), "Global id of the asset.")
    size: Bytes = strawberry.field(description="Bytes.")
    hashes: FileHashes = strawberry.field(description="Hashes of its bytes.")


@strawberry.type(description="A file that a plugin adds to a package. The message does not name it.")
class SidecarFile:
    """A file that a plugin adds to a package."""

    name: str = strawberry.field(description="Its name at the receiver, in the folder `sidecars` beside the message.")
    plugin: str = strawberry.field(description="Id of the plugin.")
    size: Bytes = strawberry.field(description="Bytes.")
    hashes: FileHashes = strawberry.field(description="Hashes of its bytes.")


@strawberry.type(description="The verdict of all four stages of validation. A stage that did not run is null.")
class ValidationResult:
    """The verdict of all four stages of validation."""

    valid: bool = strawberry.field(description="Whether no stage that ran found an error.")
    xml_valid: bool = strawberry.field(description="Stage 1: well-formed XML.")
    schema_valid: bool | None = strawberry.field(description="Stage 2: the official schema.")
    business_rules_valid: bool | None = strawberry.field(description="Stage 3: references and rules.")
    content_valid: bool | None = strawberry.field(description="Stage 4: the message against the catalogue's files.")
    schema_judge: str | None = strawberry.field(description="What judged stage 2; null where nothing could.")
    errors: list[ValidationIssue] = strawberry.field(description="What stops a delivery.")
    warnings: list[ValidationIssue] = strawberry.field(description="What is only told.")


@strawberry.type(description="A file in a receipt.")
class ReceiptFile:
    """A file in a receipt."""

    name: str = strawberry.field(description="Its name at the receiver.")
    path: str = strawberry.field(description="Where it stands at the receiver.")
    kind: FileKind = strawberry.field(description="What it is.")
    original_name: str = strawberry.field(description="As its owner called it.")
    size: Bytes = strawberry.field(description="Bytes.")
    md5: str = strawberry.field(description="MD5 of its bytes.")
    uploaded_at: datetime = strawberry.field(description="When it was seen whole at the receiver.")


@strawberry.type(description="The proof of a finished transfer, the same for every protocol. It never changes.")
class Receipt:
    """The proof of a finished transfer."""

    id: str = strawberry.field(description="Number of the receipt.")
    release_title: str = strawberry.field(description="Title of the release.")
    release_artist: str = strawberry.field(description="Artist of the release.")
    icpn: str = strawberry.field(description="Its barcode.")
    target_name: str = strawberry.field(description="Name of the target.")
    target_protocol: str = strawberry.field(description="Protocol of the transfer.")
    target_type: TargetType = strawberry.field(description="Kind of receiver.")
    message_type: str = strawberry.field(description="Type of the message.")
    message_subtype: MessageSubtype = strawberry.field(description="Why the release was told about.")
    format: str = strawberry.field(description="Format of the message.")
    message_id: str = strawberry.field(description="Id of the message.")
    batch_id: str = strawberry.field(description="Id of the batch.")
    status: DeliveryStatus = strawberry.field(description="Status when the transfer was finished.")
    delivery_started: datetime = strawberry.field(description="When the first attempt began.")
    delivery_completed: datetime = strawberry.field(description="When the last file stood.")
    delivery_duration: float = strawberry.field(description="Seconds between both.")
    audio_count: int = strawberry.field(description="Audio files.")
    image_count: int = strawberry.field(description="Images.")
    video_count: int = strawberry.field(description="Videos.")
    document_count: int = strawberry.field(description="Booklets.")
    total_files: int = strawberry.field(description="All files.")
    total_bytes: Bytes = strawberry.field(description="Bytes of all files.")
    platform_reference: str | None = strawberry.field(
        description="What the receiver calls the package, where it says so."
    )
    files: list[ReceiptFile] = strawberry.field(description="The files.")
    hashes_verified: bool = strawberry.field(description="Whether the receiver's own hashes were compared.")
    validation_valid: bool = strawberry.field(description="Whether the message was found valid.")
    schema_judge: str | None = strawberry.field(description="What judged it against the schema.")
    attempts: int = strawberry.field(description="Attempts it took.")
    document: JSON = derived(lambda receipt: receipt.model_dump(mode="json"), "The whole receipt as one JSON document.")


@strawberry.type(description="One line of a delivery's log.")
class DeliveryLog:
    """One line of a delivery's log."""

    id: strawberry.ID = derived(lambda line: global_id("DeliveryLog", line.id), "Id of the line; grows with time.")
    at: datetime = strawberry.field(description="When it was written.")
    level: LogLevel = strawberry.field(description="How it is meant.")
    step: str = strawberry.field(description="Step of the delivery.")
    message: str = strawberry.field(description="One sentence for people.")
    details: JSON = strawberry.field(description="What else is known, by name.")
    duration: float | None = strawberry.field(description="Seconds that the step took, where the line ends one.")


async def _release(root: strawberry.Parent[DeliveryDocument], info: Info) -> ReleaseDocument | None:
    return await info.context.loaders.releases.load(root.release_id)


def _target(root: strawberry.Parent[DeliveryDocument], info: Info) -> Awaitable[TargetDocument | None]:
    return info.context.loaders.targets.load(root.target_id)


async def _message(root: strawberry.Parent[DeliveryDocument], info: Info) -> str | None:
    if root.message_key is None:
        return None
    content = await (await info.context.scope()).objects.get(root.message_key)
    return content.decode()


async def _logs(
    root: strawberry.Parent[DeliveryDocument],
    info: Info,
    first: First = DEFAULT_PAGE,
    after: After = None,
) -> Connection[Any]:
    service = DeliveryService(await info.context.scope())
    return connection(await service.logs(root.id, None, first, after))


@strawberry.type(description="Something that a store shows otherwise than the catalogue has it.")
class StoreDifference:
    """Something that a store shows otherwise."""

    field: str = strawberry.field(description="Dotted path into the release; places count from 0.")
    ours: str = strawberry.field(description="What the catalogue has.")
    theirs: str = strawberry.field(description="What the store shows.")


@strawberry.type(description="What was found in a platform's store.")
class StoreCheck:
    """What was found in a platform's store."""

    at: datetime = strawberry.field(description="When somebody looked.")
    available: bool = strawberry.field(description="Whether the store shows the release.")
    differences: list[StoreDifference] = strawberry.field(description="What it shows otherwise.")
    links: list[str] = strawberry.field(description="Where the release is found.")
    broken_links: list[str] = strawberry.field(description="Links of the store that do not lead to the platform.")


@strawberry.type(description="What a platform calls a release.")
class PlatformId:
    """What a platform calls a release."""

    key: str = strawberry.field(description="The namespace, such as `spotify`.")
    id: str = strawberry.field(description="The platform's id.")
    url: str | None = strawberry.field(description="Where the release is found, where the platform's profile knows.")


async def _receipt(root: strawberry.Parent[DeliveryDocument], info: Info) -> documents.Receipt | None:
    return await find_receipt(await info.context.scope(), root)


def _receipt_url(root: strawberry.Parent[DeliveryDocument], info: Info) -> str | None:
    if root.receipt is None and root.aftermath.archived_receipt is None:
        return None
    return document_url(info.context, DocumentKind.RECEIPT, root.id)


async def _platform_ids(root: strawberry.Parent[DeliveryDocument], info: Info) -> list[PlatformId]:
    ids = root.aftermath.platform_ids
    if not ids:
        return []
    templates = {
        name: template
        for profile in (await info.context.scope()).plugins.platforms.values()
        for name, template in profile.links.items()
    }
    links = links_of(ids, templates)
    return [PlatformId(key=name, id=id, url=links.get(name)) for name, id in sorted(ids.items())]


@strawberry.type(description="One release on its way to one target.")
class Delivery(Node):
    """One release on its way to one target."""

    model: ClassVar[type] = DeliveryDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes.")
    release_id: strawberry.ID = derived(lambda own: global_id("Release", own.release_id), "Global id of the release.")
    release: Release | None = guarded(Permission.CATALOGUE_READ, _release, "The release; null when it was deleted.")
    target_id: strawberry.ID = derived(lambda own: global_id("Target", own.target_id), "Global id of the target.")
    target: Target | None = loaded(_target, "The target.")
    batch_id: str = strawberry.field(description="Id of the batch, which is the name of its folder.")
    status: DeliveryStatus = strawberry.field(description="Where it stands.")
    status_details: str = strawberry.field(description="Why it stands there.")
    queue_status: QueueStatus = derived(lambda own: queue_status(own.status), "The status in the words of the queue.")
    phase: DeliveryPhase = derived(lambda own: delivery_phase(own.status), "The status in five coarse words.")
    platform_word: PlatformWord = derived(lambda own: platform_word(own.status), "The status in words for people.")
    current_step: str | None = strawberry.field(description="What is being done.")
    subtype: MessageSubtype = strawberry.field(description="Why the release is told about.")
    format: str = strawberry.field(description="Format of the message.")
    message_id: str = strawberry.field(description="Id of the message, the same in every attempt.")
    message: str | None = loaded(_message, "The message as it is sent, XML; null until it is written.")
    message_size: Bytes | None = strawberry.field(description="Bytes of the message.")
    files: list[ResourceFile] = strawberry.field(description="Files that travel beside the message.")
    sidecars: list[SidecarFile] = strawberry.field(description="Files that plugins add, once the message is written.")
    validation: ValidationResult | None = strawberry.field(description="What validation says of the message.")
    attempts: list[Attempt] = strawberry.field(description="Every try, the first one first.")
    history: list[StatusChange] = strawberry.field(description="Every change of status, the first one first.")
    error: DeliveryError | None = strawberry.field(description="Why it failed or needs attention.")
    failed_at: datetime | None = strawberry.field(description="Since when it needs somebody.")
    waiting: Waiting | None = strawberry.field(description="For what it waits although it is due.")
    postponed_since: datetime | None = strawberry.field(description="Since when plugins put it off.")
    support: list[SupportNote] = strawberry.field(description="Notes of people, the first one first.")
    acknowledgement: Acknowledgement | None = strawberry.field(description="The platform's last answer.")
    receipt: Receipt | None = loaded(_receipt, "Proof of the transfer, also where it lies in the archive.")
    receipt_url: str | None = loaded(_receipt_url, "Where the receipt may be fetched as JSON for 15 minutes.")
    platform_reference: str | None = derived(
        lambda own: own.aftermath.reference, "The platform's own id of the delivery."
    )
    store_check: StoreCheck | None = derived(
        lambda own: own.aftermath.store_check, "What was found in the platform's store when somebody looked last."
    )
    platform_ids: list[PlatformId] = loaded(_platform_ids, "What the platform calls the release.")
    logs: Connection[DeliveryLog] = loaded(_logs, "Its log in the order of writing.")
    priority: Priority = strawberry.field(description="How soon it has its turn.")
    metadata_only: bool = strawberry.field(description="Whether no file may travel with it.")
    reason: str = strawberry.field(description="Why it was asked for, where that was said.")
    notify_on_completion: bool = strawberry.field(description="Whether people are told how it ended.")
    scheduled_at: datetime | None = strawberry.field(description="When it is to begin, or be tried again.")
    started_at: datetime | None = strawberry.field(description="When the first attempt began.")
    completed_at: datetime | None = strawberry.field(description="When it was finished.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    created_by: str | None = strawberry.field(description="Who made it: a user, an API key or `system`.")
