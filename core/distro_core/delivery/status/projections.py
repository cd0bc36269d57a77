"""The 18 statuses of a delivery in coarser words: one fixed projection for each vocabulary (row C4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from distro_core.delivery.transitions import TRANSFERRED
from distro_sdk.models.delivery import DeliveryStatus as Status


class QueueStatus(StrEnum):
    """The words of the queue (row QUE-02)."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class DeliveryPhase(StrEnum):
    """The words of deliveries (row QUE-03)."""

    QUEUED = "queued"
    PROCESSING = "processing"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    FAILED = "failed"


class PlatformWord(StrEnum):
    """The words for a release on one platform (row WLK-32)."""

    PENDING = "Pending"
    DELIVERED = "Delivered"
    PROCESSING = "Processing"
    LIVE = "Live"
    REJECTED = "Rejected"
    FAILED = "Failed"


class ReleaseWord(StrEnum):
    """The words for a release on all its platforms, from the first to the last (row WLK-31)."""

    PENDING_REVIEW = "Pending Review"
    PROCESSING = "Processing"
    DISTRIBUTING = "Distributing"
    DISTRIBUTED = "Distributed"
    LIVE = "Live"


_ENDED_BADLY = frozenset({Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED, Status.CANCELLED})

_PLATFORM_WORDS: Mapping[Status, PlatformWord] = {
    Status.DISTRIBUTED: PlatformWord.DELIVERED,
    Status.REMOVED: PlatformWord.DELIVERED,
    Status.PROCESSING_BY_PLATFORM: PlatformWord.PROCESSING,
    Status.UPDATING: PlatformWord.PROCESSING,
    Status.TAKEDOWN_REQUESTED: PlatformWord.PROCESSING,
    Status.LIVE: PlatformWord.LIVE,
    Status.UPDATED: PlatformWord.LIVE,
    Status.REJECTED: PlatformWord.REJECTED,
    Status.FAILED: PlatformWord.FAILED,
    Status.NEEDS_ATTENTION: PlatformWord.FAILED,
    Status.CANCELLED: PlatformWord.FAILED,
}
"""Words that are not `Pending`. A removed release has no word of its own: the platform has what it was told last."""

_RELEASE_WORDS: Mapping[Status, ReleaseWord] = {
    Status.CREATED: ReleaseWord.PROCESSING,
    Status.VALIDATING: ReleaseWord.PROCESSING,
    Status.QUEUED: ReleaseWord.DISTRIBUTING,
    Status.SCHEDULED: ReleaseWord.DISTRIBUTING,
    Status.PREPARING: ReleaseWord.DISTRIBUTING,
    Status.UPLOADING: ReleaseWord.DISTRIBUTING,
    Status.RETRYING: ReleaseWord.DISTRIBUTING,
    Status.PROCESSING_BY_PLATFORM: ReleaseWord.DISTRIBUTING,
    Status.DISTRIBUTED: ReleaseWord.DISTRIBUTED,
    Status.TAKEDOWN_REQUESTED: ReleaseWord.DISTRIBUTED,
    Status.REMOVED: ReleaseWord.DISTRIBUTED,
    Status.LIVE: ReleaseWord.LIVE,
    Status.UPDATING: ReleaseWord.LIVE,
    Status.UPDATED: ReleaseWord.LIVE,
}
"""Words that are not `Pending Review`, which says that a person has to look."""

_RELEASE_ORDER = tuple(ReleaseWord)


def queue_status(status: Status) -> QueueStatus:
    """A status in the words of row QUE-02."""
    if status in _ENDED_BADLY:
        return QueueStatus.FAILED
    if status in {Status.PREPARING, Status.UPLOADING, Status.PROCESSING_BY_PLATFORM}:
        return QueueStatus.PROCESSING
    return QueueStatus.COMPLETED if status in TRANSFERRED else QueueStatus.PENDING


def delivery_phase(status: Status) -> DeliveryPhase:
    """A status in the words of row QUE-03; a delivery that goes well passes them in their order."""
    if status in _ENDED_BADLY:
        return DeliveryPhase.FAILED
    if status is Status.PREPARING:
        return DeliveryPhase.PROCESSING
    if status in {Status.UPLOADING, Status.PROCESSING_BY_PLATFORM}:
        return DeliveryPhase.DELIVERING
    return DeliveryPhase.COMPLETED if status in TRANSFERRED else DeliveryPhase.QUEUED


def platform_word(status: Status) -> PlatformWord:
    """A status in the words of row WLK-32."""
    return _PLATFORM_WORDS.get(status, PlatformWord.PENDING)


def release_word(statuses: Iterable[Status]) -> ReleaseWord:
    """What a release is by the statuses on its platforms (row WLK-31): as far as it has come on any of them."""
    words = [_RELEASE_WORDS.get(status, ReleaseWord.PENDING_REVIEW) for status in statuses]
    return max(words, key=_RELEASE_ORDER.index, default=ReleaseWord.PENDING_REVIEW)
