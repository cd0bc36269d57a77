"""Releases on all their platforms, and histories, over GraphQL."""

from __future__ import annotations

from typing import Any

import pytest

from distro_api.graphql.ids import global_id, local_id
from distro_core.delivery.documents import DeliveryDocument, StatusChange
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.world import build_world

DISTRIBUTION = """query($id: ID!) { release(id: $id) { distribution {
  status word statistics { total completed failed inProgress needsAttention }
  platforms { platformId platformName targetId deliveryId status word details updatedAt } } } }"""
HISTORY = """query($id: ID!, $first: Int! = 50, $after: String) {
  deliveryHistory(deliveryId: $id, first: $first, after: $after) {
    nodes { previous status at by details } pageInfo { hasNextPage endCursor } } }"""
ONE = "query($id: ID!) { delivery(id: $id) { status queueStatus phase platformWord history { status details } } }"


@pytest.mark.proves("AGG-12", "TAP-02", "WLK-31", "WLK-32")
async def test_a_release_shows_where_it_is_on_every_platform(
    platform: Platform, label_a: Scope, staff_a: Staff
) -> None:
    world = await build_world(platform, label_a)
    release_id, target_id, delivery_id = (world.ids[kind] for kind in ("Release", "Target", "Delivery"))

    shown = (await staff_a.manager.data(DISTRIBUTION, id=release_id))["release"]["distribution"]
    one = (await staff_a.manager.data(ONE, id=delivery_id))["delivery"]
    refused = await staff_a.viewer.refused(DISTRIBUTION, id=release_id)

    (only,) = shown["platforms"]
    assert (shown["status"], shown["word"]) == ("failed", "PENDING_REVIEW")
    assert shown["statistics"] == {"total": 1, "completed": 0, "failed": 1, "inProgress": 0, "needsAttention": 0}
    assert (only["targetId"], only["deliveryId"], only["platformName"]) == (target_id, delivery_id, "Shop")
    assert (only["platformId"], only["status"], only["word"]) == (local_id("Target", target_id), "failed", "Failed")
    assert (one["queueStatus"], one["phase"], one["platformWord"]) == ("failed", "failed", "Failed")
    assert refused == "FORBIDDEN"


@pytest.mark.proves("STT-07", "TAP-02")
async def test_a_long_history_is_read_in_pages(
    platform: Platform, label_a: Scope, admin_a: Client, admin_b: Client
) -> None:
    delivery_id = (await build_world(platform, label_a)).ids["Delivery"]
    now = platform.clock.now()
    ways = [(Status.FAILED, Status.RETRYING), (Status.RETRYING, Status.FAILED)] * 150
    lines = [
        StatusChange(previous=previous, status=status, at=now, by="system", details=f"change {number}")
        for number, (previous, status) in enumerate(ways)
    ]
    stored = local_id("Delivery", delivery_id)
    await label_a.store.collection(DeliveryDocument).update(stored, Change(push={"history": lines}))

    read: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await admin_a.data(HISTORY, id=delivery_id, first=120, after=after))["deliveryHistory"]
        read += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert [line["details"] for line in read] == [f"change {number}" for number in range(300)]
    assert (read[0]["previous"], read[0]["status"], read[0]["by"]) == ("failed", "retrying", "system")
    assert await admin_b.refused(HISTORY, id=delivery_id) == "NOT_FOUND"
    assert await admin_a.refused(HISTORY, id=delivery_id, after="bm90aGluZw==") == "CURSOR_INVALID"
    assert await admin_a.refused(HISTORY, id=delivery_id, first=201) == "PAGE_SIZE_INVALID"
    assert await admin_a.refused(HISTORY, id=global_id("Delivery", "0" * 24)) == "NOT_FOUND"
