"""The statuses of a delivery in coarser words (row C4)."""

from __future__ import annotations

import pytest

from distro_core.delivery.status.projections import (
    DeliveryPhase,
    PlatformWord,
    QueueStatus,
    ReleaseWord,
    delivery_phase,
    platform_word,
    queue_status,
    release_word,
)
from distro_core.delivery.transitions import TRANSITIONS
from distro_sdk.models.delivery import DeliveryStatus as Status


@pytest.mark.proves("QUE-02")
def test_every_status_has_its_word_in_the_queue() -> None:
    by_word = {word: {status for status in Status if queue_status(status) is word} for word in QueueStatus}

    assert by_word == {
        QueueStatus.PENDING: {Status.CREATED, Status.VALIDATING, Status.QUEUED, Status.SCHEDULED, Status.RETRYING},
        QueueStatus.PROCESSING: {Status.PREPARING, Status.UPLOADING, Status.PROCESSING_BY_PLATFORM},
        QueueStatus.COMPLETED: {
            Status.DISTRIBUTED,
            Status.LIVE,
            Status.UPDATING,
            Status.UPDATED,
            Status.TAKEDOWN_REQUESTED,
            Status.REMOVED,
        },
        QueueStatus.FAILED: {Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED, Status.CANCELLED},
    }


@pytest.mark.proves("QUE-03")
def test_a_delivery_that_goes_well_passes_the_coarse_words_in_their_order() -> None:
    way = [
        Status.CREATED,
        Status.VALIDATING,
        Status.QUEUED,
        Status.PREPARING,
        Status.UPLOADING,
        Status.PROCESSING_BY_PLATFORM,
        Status.LIVE,
    ]

    words = list(dict.fromkeys(delivery_phase(status) for status in way))

    assert words == [
        DeliveryPhase.QUEUED,
        DeliveryPhase.PROCESSING,
        DeliveryPhase.DELIVERING,
        DeliveryPhase.COMPLETED,
    ]
    assert {delivery_phase(status) for status in Status} == set(DeliveryPhase)


@pytest.mark.proves("WLK-32")
def test_every_status_has_its_word_on_a_platform() -> None:
    by_word = {word: {status for status in Status if platform_word(status) is word} for word in PlatformWord}

    assert by_word == {
        PlatformWord.PENDING: {
            Status.CREATED,
            Status.VALIDATING,
            Status.QUEUED,
            Status.SCHEDULED,
            Status.PREPARING,
            Status.UPLOADING,
            Status.RETRYING,
        },
        PlatformWord.DELIVERED: {Status.DISTRIBUTED, Status.REMOVED},
        PlatformWord.PROCESSING: {Status.PROCESSING_BY_PLATFORM, Status.UPDATING, Status.TAKEDOWN_REQUESTED},
        PlatformWord.LIVE: {Status.LIVE, Status.UPDATED},
        PlatformWord.REJECTED: {Status.REJECTED},
        PlatformWord.FAILED: {Status.FAILED, Status.NEEDS_ATTENTION, Status.CANCELLED},
    }


@pytest.mark.proves("WLK-31")
def test_every_status_has_its_word_for_the_release() -> None:
    by_word = {word: {status for status in Status if release_word([status]) is word} for word in ReleaseWord}

    assert by_word == {
        ReleaseWord.PENDING_REVIEW: {Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED, Status.CANCELLED},
        ReleaseWord.PROCESSING: {Status.CREATED, Status.VALIDATING},
        ReleaseWord.DISTRIBUTING: {
            Status.QUEUED,
            Status.SCHEDULED,
            Status.PREPARING,
            Status.UPLOADING,
            Status.RETRYING,
            Status.PROCESSING_BY_PLATFORM,
        },
        ReleaseWord.DISTRIBUTED: {Status.DISTRIBUTED, Status.TAKEDOWN_REQUESTED, Status.REMOVED},
        ReleaseWord.LIVE: {Status.LIVE, Status.UPDATING, Status.UPDATED},
    }


@pytest.mark.proves("WLK-31")
@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ([], ReleaseWord.PENDING_REVIEW),
        ([Status.FAILED, Status.VALIDATING], ReleaseWord.PROCESSING),
        ([Status.VALIDATING, Status.UPLOADING], ReleaseWord.DISTRIBUTING),
        ([Status.UPLOADING, Status.DISTRIBUTED], ReleaseWord.DISTRIBUTED),
        ([Status.REJECTED, Status.LIVE, Status.QUEUED], ReleaseWord.LIVE),
    ],
)
def test_a_release_is_as_far_as_on_the_platform_where_it_has_come_farthest(
    statuses: list[Status], word: ReleaseWord
) -> None:
    assert release_word(statuses) is word


@pytest.mark.proves(
    "STA-01",
    "STA-02",
    "STA-03",
    "STA-04",
    "STA-05",
    "STA-06",
    "STA-07",
    "STA-08",
    "STA-09",
    "STA-10",
    "STA-11",
    "STA-12",
    "STA-13",
    "STA-14",
    "STA-15",
    "STA-16",
    "STA-17",
    "STA-18",
)
def test_every_status_has_its_word_and_can_be_reached() -> None:
    reached = {Status.CREATED}
    while more := {status for each in reached for status in TRANSITIONS[each]} - reached:
        reached |= more

    assert [status.value for status in Status] == [
        "created",
        "validating",
        "queued",
        "scheduled",
        "preparing",
        "uploading",
        "processing_by_platform",
        "distributed",
        "live",
        "failed",
        "retrying",
        "needs_attention",
        "rejected",
        "updating",
        "updated",
        "takedown_requested",
        "removed",
        "cancelled",
    ]
    assert reached == set(Status)
