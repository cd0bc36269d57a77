"""Deliveries: what is sent to whom, in which batch, and how it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from distro_sdk.models.assets import FileHashes
from distro_sdk.models.base import Model
from distro_sdk.models.message import MessageSubtype, MessageType, MessagingParty, ReleaseProfile


class DeliveryStatus(StrEnum):
    """The 18 statuses of a delivery (rows STA-01 to STA-18)."""

    CREATED = "created"
    VALIDATING = "validating"
    QUEUED = "queued"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    UPLOADING = "uploading"
    PROCESSING_BY_PLATFORM = "processing_by_platform"
    DISTRIBUTED = "distributed"
    LIVE = "live"
    FAILED = "failed"
    RETRYING = "retrying"
    NEEDS_ATTENTION = "needs_attention"
    REJECTED = "rejected"
    UPDATING = "updating"
    UPDATED = "updated"
    TAKEDOWN_REQUESTED = "takedown_requested"
    REMOVED = "removed"
    CANCELLED = "cancelled"


class TargetType(StrEnum):
    """What kind of receiver a target is (row TGT-02)."""

    DSP = "DSP"
    AGGREGATOR = "Aggregator"
    TEST = "Test"


class FileKind(StrEnum):
    """What a file of a package is."""

    MESSAGE = "message"
    AUDIO = "audio"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    COMPANION = "companion"
    SIDECAR = "sidecar"
    MANIFEST = "manifest"
    COMPLETION = "completion"


class ResourceFile(Model):
    """A stored file in a package. `name`: its DDEX file name; `asset_id`: what names it here; `size`: bytes."""

    kind: FileKind
    name: str
    original_name: str
    asset_id: str
    size: int
    hashes: FileHashes


class CompanionMessage(Model):
    """A message that travels beside that of a release, such as MEAD. `name`: its file name, from the core."""

    format: str
    name: str
    content: bytes


class BatchedRelease(Model):
    """One release in a batch: its message with the files that travel beside it.

    `files` is empty where only metadata is told again (update without files, takedown). `message_file`: the name that
    row CHO-04 gives the message; a choreography may have one of its own; `sidecars`: files that plugins add, which the
    message does not name (row PLG-09).
    """

    delivery_id: str
    message_id: str
    message_file: str
    message: bytes
    type: MessageType = MessageType.NEW_RELEASE
    subtype: MessageSubtype
    profile: ReleaseProfile = ReleaseProfile.AUDIO
    icpn: str
    grid: str | None = None
    files: tuple[ResourceFile, ...] = ()
    companions: tuple[CompanionMessage, ...] = ()
    sidecars: tuple[ResourceFile, ...] = ()


class Batch(Model):
    """Releases that travel together.

    `id`: `YYYYMMDDhhmmssnnn` in UTC (row CHO-01); `settings`: those of the choreography's own `configuration`, valid.
    """

    id: Annotated[str, Field(pattern=r"^[0-9]{17}$")]
    created_at: datetime
    sender: MessagingParty
    recipient: MessagingParty
    test: bool
    settings: Mapping[str, Any] = Field(default_factory=dict)
    releases: tuple[BatchedRelease, ...] = Field(min_length=1)


class PackageFile(Model):
    """One file as it is to stand at the receiver.

    `path`: relative to the target's directory, with `/`; exactly one of `content` and `asset_id` is set;
    `delivery_id` is None for files of the whole batch.
    """

    path: str
    kind: FileKind
    size: int
    content: bytes | None = None
    asset_id: str | None = None
    hashes: FileHashes | None = None
    original_name: str = ""
    delivery_id: str | None = None


class Package(Model):
    """All files of a batch in the order in which they must be written; a completion marker comes last.

    `folder`: the one folder that holds them all, empty where each release has its own.
    """

    batch_id: str
    folder: str
    files: tuple[PackageFile, ...]


class AcknowledgementStatus(StrEnum):
    """What a platform said, in one vocabulary for all acknowledgement formats."""

    RECEIVED = "received"
    INGESTED = "ingested"
    LIVE = "live"
    REMOVED = "removed"
    REJECTED = "rejected"
    FAILED = "failed"


class Acknowledgement(Model):
    """A platform's answer to one message. `affected`: files or ids the platform complains of.

    `proposed_action`: what it wants done, in DDEX's word; `manual_check`: whether it says that a person should look;
    `message_id` is empty where the platform names the release only, by `release_id` (GRid, ICPN or its own id), as
    version 1.6 of the choreography does; `final`: whether nothing better can follow, because the platform's form of
    answer has no word for it; `received_at`: when the platform says that it answered.
    """

    message_id: str
    release_id: str | None = None
    status: AcknowledgementStatus
    final: bool = False
    code: str
    text: str = ""
    proposed_action: str | None = None
    manual_check: bool = False
    affected: tuple[str, ...] = ()
    platform_message_id: str | None = None
    received_at: datetime | None = None
