"""How targets, deliveries, batches, logs and receipts are stored.

A batch is what travels; a delivery is one release in it. A worker leases the batch and stamps its token on the
deliveries, so that a worker that was thought dead cannot write any more.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from distro_core.delivery.status.aftermath import Aftermath
from distro_core.queue.port import Priority
from distro_core.store.documents import Document, Index
from distro_sdk.errors import ErrorCategory, ErrorSubCode
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import Acknowledgement, DeliveryStatus, FileKind, ResourceFile, TargetType
from distro_sdk.models.message import MessageSubtype, MessageType, ReleaseProfile
from distro_sdk.models.validation import ValidationResult

OUTBOX = Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}})


class StatusChange(Model):
    """One line of a delivery's history (row STT-02)."""

    previous: DeliveryStatus
    status: DeliveryStatus
    at: datetime
    by: str
    details: str = ""


class TransferStatus(StrEnum):
    """How far a file has come in an attempt."""

    PENDING = "pending"
    UPLOADING = "uploading"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"


class FileTransfer(Model):
    """A file in an attempt (row RTY-03). Bytes count what this attempt moved."""

    path: str
    kind: FileKind
    status: TransferStatus = TransferStatus.PENDING
    bytes_transferred: int = 0
    total_bytes: int


class DeliveryError(Model):
    """Why an attempt or a delivery failed, with what to do about it. `of_plugins`: whether plugins object."""

    category: ErrorCategory
    sub_code: ErrorSubCode | None = None
    code: str
    message: str
    retryable: bool
    action: str = ""
    of_plugins: bool = False


class WaitReason(StrEnum):
    """Why a delivery waits although it is due."""

    CIRCUIT_OPEN = "circuit_open"
    RATE_LIMIT = "rate_limit"
    CONNECTIONS = "connections"
    PLUGIN = "plugin"


class Waiting(Model):
    """That a delivery waits without an attempt being counted, why, and until when it does at least."""

    reason: WaitReason
    message: str
    until: datetime


class SupportNote(Model):
    """What was found out about a delivery, and whom to ask at the platform (row WFL-23)."""

    at: datetime
    by: str
    text: str
    contact: str = ""


class AttemptStatus(StrEnum):
    """How an attempt ended; `partial`: some files are at the receiver, and the next attempt skips them."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    PARTIAL = "partial"


class Attempt(Model):
    """One try to deliver (row RTY-03)."""

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    status: AttemptStatus = AttemptStatus.RUNNING
    error: DeliveryError | None = None
    files: tuple[FileTransfer, ...] = ()


class ReceiptFile(Model):
    """A file in a receipt (row MD5-01). `uploaded_at`: when it was seen whole at the receiver."""

    name: str
    path: str
    kind: FileKind
    original_name: str
    size: int
    md5: str
    uploaded_at: datetime


class Receipt(Model):
    """The proof of a finished transfer, the same for every protocol (rows RCP-01 to RCP-03); never changed.

    `delivery_duration`: seconds from the first attempt to the end; `durations`: seconds by step of the last attempt;
    `hashes_verified`: whether the receiver's own hash of every file was compared (row MD5-03); `platform_reference`:
    what the receiver calls the package, where it says so.
    """

    id: str
    delivery_id: str
    release_id: str
    target_id: str
    tenant_id: str
    release_title: str
    release_artist: str
    icpn: str
    target_name: str
    target_protocol: str
    target_type: TargetType
    message_type: str
    message_subtype: MessageSubtype
    format: str
    message_id: str
    batch_id: str
    status: DeliveryStatus
    delivery_started: datetime
    delivery_completed: datetime
    delivery_duration: float
    audio_count: int
    image_count: int
    video_count: int = 0
    document_count: int = 0
    total_files: int
    total_bytes: int
    files: tuple[ReceiptFile, ...]
    durations: dict[str, float]
    hashes_verified: bool
    validation_valid: bool
    schema_judge: str | None
    attempts: int
    platform_reference: str | None = None


class StoredCompanion(Model):
    """A message that travels beside that of a delivery. `key`: its place in object storage."""

    format: str
    name: str
    key: str
    hashes: FileHashes


class StoredSidecar(Model):
    """A file that a plugin adds to a delivery (row PLG-09). `plugin`: its id; `key`: its place in object storage."""

    name: str
    plugin: str
    key: str
    size: int
    hashes: FileHashes


class DeliveryDocument(Document):
    """One release on its way to one target.

    `message_id` and `batch_id` stay the same on every attempt; `content_hash` keeps the same content from being sent
    twice (row IDM-02); `message_key`: where the message lies in object storage, `message_hashes`: its bytes;
    `holder`: the token of the worker that may write now; `committed_at`: since when the completion marker may stand
    at the receiver, so that it is too late to cancel; `earlier_receipts`: of messages that the platform refused.
    `metadata_only`: no file may travel with it (row TAP-03); `withdraws`: it takes the release down at this target
    alone, whatever the release's own status; `reason`: why it was asked for, in the caller's words; `scheduled_at`:
    when it is to begin, where that is not at once; `notify_on_completion`: tell people once how it ended (row WFL-12);
    `waiting`: why it stands still although it is due; `failed_at`: since when it needs somebody, `failed_as`: a digest
    of release, target and tenant as they were then, so that a retry without any change is refused (row RTS-04);
    `sidecars`: what plugins add to its package; `postponed_since`: since when plugins put it off; `wishes`: how often a
    plugin wished that they be asked about it again.
    """

    collection: ClassVar[str] = "deliveries"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("message_id", (("message_id", 1),), unique=True, error_code="MESSAGE_ID_TAKEN"),
        Index("release_target", (("release_id", 1), ("target_id", 1), ("batch_id", -1))),
        Index("status", (("status", 1), ("_id", 1))),
        Index("target_status", (("target_id", 1), ("status", 1), ("_id", 1))),
        Index("batch", (("batch_id", 1),)),
        Index("updated", (("updated_at", -1), ("_id", -1))),
        Index("created", (("created_at", 1), ("_id", 1))),
        Index("stale", (("status_changed_at", 1), ("_id", 1))),
        Index(
            "receipt_age",
            (("receipt.delivery_completed", 1),),
            only_if={"receipt.delivery_completed": {"$exists": True}},
        ),
        Index("reference", (("target_id", 1), ("aftermath.reference", 1))),
        Index("failed", (("failed_at", -1), ("_id", -1)), only_if={"failed_at": {"$type": "date"}}),
        OUTBOX,
    )

    release_id: str
    target_id: str
    batch_id: str
    status: DeliveryStatus = DeliveryStatus.CREATED
    status_details: str = ""
    subtype: MessageSubtype
    test: bool = False
    format: str
    message_id: str
    idempotency_key: str | None = None
    content_hash: str
    message_key: str | None = None
    message_size: int | None = None
    message_hashes: FileHashes | None = None
    message_type: MessageType = MessageType.NEW_RELEASE
    profile: ReleaseProfile = ReleaseProfile.AUDIO
    companions: tuple[StoredCompanion, ...] = ()
    sidecars: tuple[StoredSidecar, ...] = ()
    icpn: str | None = None
    grid: str | None = None
    files: tuple[ResourceFile, ...] = ()
    validation: ValidationResult | None = None
    attempts: tuple[Attempt, ...] = ()
    history: tuple[StatusChange, ...] = ()
    error: DeliveryError | None = None
    acknowledgement: Acknowledgement | None = None
    receipt: Receipt | None = None
    earlier_receipts: tuple[Receipt, ...] = ()
    aftermath: Aftermath = Aftermath()
    status_changed_at: datetime | None = None
    holder: str | None = None
    committed_at: datetime | None = None
    waiting: Waiting | None = None
    postponed_since: datetime | None = None
    wishes: int = 0
    failed_at: datetime | None = None
    failed_as: str | None = None
    support: tuple[SupportNote, ...] = ()
    priority: Priority = Priority.NORMAL
    metadata_only: bool = False
    withdraws: bool = False
    reason: str = ""
    notify_on_completion: bool = False
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    current_step: str | None = None
    last_log_at: datetime | None = None


class BatchStatus(StrEnum):
    """Whether a batch still has to travel; `with_person`: somebody carries it out by hand."""

    OPEN = "open"
    WITH_PERSON = "with_person"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchDocument(Document):
    """Releases that travel together; its id is the name of the batch folder.

    Inserting it is the one step that makes its deliveries: `planned` holds them until they stand in their own
    collection, `claims` (release and target of each) refuse a second open delivery of the same release to the same
    target, `idempotency_key` refuses a second batch for the same request (rows IDM-01, LOC-01).
    `leased_until`, `holder`: which worker has it and for how long; `due_at`: when it is to be tried (again);
    `attempt`: attempts begun since it was last opened, `attempts_allowed`: how many the last failure leaves it at most;
    `waits_for`, `waits_since`: what its deliveries wait for although it was due, and since when it was;
    `folder_of`: the deliveries for which its folder at the receiver was begun, where they are several, so that it is
    never finished with others than it was begun with; `left_behind`: releases with something new that were asked for
    too, while another delivery of them was under way; `licensed_plugins`: those it began with, which serve it to its
    end whatever becomes of licences (row LIC-03).
    """

    collection: ClassVar[str] = "batches"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "idempotency_key",
            (("idempotency_key", 1),),
            unique=True,
            only_if={"idempotency_key": {"$type": "string"}},
            error_code="IDEMPOTENCY_KEY_TAKEN",
            error_message="this idempotency key was used before",
            error_path=("idempotency_key",),
        ),
        Index(
            "claims",
            (("claims", 1),),
            unique=True,
            only_if={"claims": {"$type": "string"}},
            error_code="DELIVERY_IN_PROGRESS",
            error_message="a delivery of this release to this target is under way",
        ),
        Index("due", (("status", 1), ("priority", 1), ("due_at", 1))),
        Index(
            "waits",
            (("target_id", 1), ("status", 1), ("waits_for", 1), ("priority", 1), ("waits_since", 1), ("_id", 1)),
            only_if={"waits_since": {"$type": "date"}},
        ),
        Index("target", (("target_id", 1), ("_id", -1))),
    )

    target_id: str
    priority: Priority = Priority.NORMAL
    delivery_ids: tuple[str, ...]
    planned: tuple[DeliveryDocument, ...] = ()
    claims: tuple[str, ...] = ()
    idempotency_key: str | None = None
    status: BatchStatus = BatchStatus.OPEN
    attempt: int = 0
    attempts_allowed: int = 0
    waits_for: WaitReason | None = None
    waits_since: datetime | None = None
    due_at: datetime
    folder_of: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    licensed_plugins: tuple[str, ...] = ()
    holder: str | None = None
    leased_until: datetime | None = None


class LogLevel(StrEnum):
    """How a log line is meant (row LOG-01)."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    SUCCESS = "success"


class DeliveryLogDocument(Document):
    """One line of a delivery's log. `duration`: seconds that the step took, where it ended one."""

    collection: ClassVar[str] = "delivery_logs"
    indexes: ClassVar[tuple[Index, ...]] = (Index("delivery", (("delivery_id", 1), ("at", 1), ("_id", 1))),)

    delivery_id: str
    at: datetime
    level: LogLevel
    step: str
    message: str
    details: dict[str, Any] = Field(default_factory=dict)
    duration: float | None = None


class AcknowledgementFileDocument(Document):
    """A file of answers that was read; its id is made of target, name and size, so that each is read once."""

    collection: ClassVar[str] = "acknowledgement_files"
    indexes: ClassVar[tuple[Index, ...]] = (Index("target", (("target_id", 1), ("_id", 1))),)

    target_id: str
    name: str
    size: int
    error: str | None = None
