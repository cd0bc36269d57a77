"""One status of a release from those on all its platforms (rows AGG-01 to AGG-12)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import combinations_with_replacement

import pytest

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.aggregation import (
    DistributionStatistics,
    DistributionStatus,
    count_statuses,
    distribution_status,
    distributions,
)
from distro_core.delivery.status.projections import PlatformWord, ReleaseWord
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from tests.api.world import target_document

MULTISETS = [chosen for size in range(5) for chosen in combinations_with_replacement(Status, size)]
"""All multisets of at most four of the 18 statuses."""


def expected(chosen: tuple[Status, ...]) -> DistributionStatus:
    """The table of section D6, written down a second time and rule by rule."""
    number = Counter(chosen)
    if not chosen:
        return DistributionStatus.NOT_STARTED
    if set(chosen) <= {Status.DISTRIBUTED, Status.LIVE}:
        return DistributionStatus.COMPLETED
    if set(chosen) == {Status.FAILED}:
        return DistributionStatus.FAILED
    if number[Status.NEEDS_ATTENTION]:
        return DistributionStatus.NEEDS_ATTENTION
    moving = (Status.QUEUED, Status.PREPARING, Status.UPLOADING, Status.PROCESSING_BY_PLATFORM)
    if any(number[status] for status in moving):
        return DistributionStatus.IN_PROGRESS
    return DistributionStatus.PARTIAL


@pytest.mark.proves("AGG-06", "AGG-07", "AGG-08", "AGG-09", "AGG-10", "AGG-11")
def test_every_multiset_of_at_most_four_statuses_makes_the_promised_status() -> None:
    found = {chosen: distribution_status(count_statuses(chosen)) for chosen in MULTISETS}

    assert len(found) == 7315
    assert found == {chosen: expected(chosen) for chosen in MULTISETS}
    assert set(found.values()) == set(DistributionStatus)


@pytest.mark.proves("AGG-01", "AGG-02", "AGG-03", "AGG-04", "AGG-05")
def test_every_status_is_counted_where_the_table_says() -> None:
    counts = count_statuses(Status)

    assert counts == DistributionStatistics(total=18, completed=2, failed=1, in_progress=4, needs_attention=1)


def delivery(release_id: str, target_id: str, number: int, status: Status, details: str = "") -> DeliveryDocument:
    return DeliveryDocument(
        release_id=release_id,
        target_id=target_id,
        batch_id=f"2026010100000000{number}",
        status=status,
        status_details=details,
        subtype=MessageSubtype.INITIAL,
        format="ern/4.3",
        message_id=new_id(),
        content_hash="0" * 64,
    )


@pytest.mark.proves("AGG-12", "DMG-03")
async def test_the_latest_delivery_counts_on_every_platform(label_a: Scope, label_b: Scope) -> None:
    targets = label_a.store.collection(TargetDocument)
    shop = await targets.insert(target_document().model_copy(update={"id": new_id(), "platform": "spotify"}))
    release, other, gone = new_id(), new_id(), new_id()
    deliveries = label_a.store.collection(DeliveryDocument)
    await deliveries.insert(delivery(release, shop.id, 1, Status.FAILED))
    live = await deliveries.insert(delivery(release, shop.id, 2, Status.LIVE, "in all stores"))
    await deliveries.insert(delivery(release, shop.id, 3, Status.CANCELLED))
    lost = await deliveries.insert(delivery(release, gone, 1, Status.UPLOADING))
    await label_b.store.collection(DeliveryDocument).insert(delivery(release, shop.id, 9, Status.FAILED))

    found, nothing = await distributions(label_a, [release, other])

    assert (found.status, found.word) == (DistributionStatus.IN_PROGRESS, ReleaseWord.LIVE)
    assert found.statistics == DistributionStatistics(total=2, completed=1, failed=0, in_progress=1, needs_attention=0)
    first, second = found.platforms
    assert (first.delivery_id, first.target_id, first.platform_id, first.platform_name) == (
        live.id,
        shop.id,
        "spotify",
        "Shop",
    )
    assert (first.status, first.word, first.details) == (Status.LIVE, PlatformWord.LIVE, "in all stores")
    assert abs((first.updated_at - datetime.now(UTC)).total_seconds()) < 60
    assert (second.delivery_id, second.platform_name) == (lost.id, f"Platform ID {gone}")
    assert (nothing.status, nothing.word) == (DistributionStatus.NOT_STARTED, ReleaseWord.PENDING_REVIEW)
