"""Notifications over GraphQL: chosen, listed and read."""

from __future__ import annotations

from typing import Any

import pytest

from distro_api.graphql.ids import global_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import change_status
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.outbox import OutboxRelay
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.world import delivery_document, target_document

DEFAULT = ["live", "updated", "removed", "rejected", "failed", "needs_attention"]
LIST = """query($first: Int! = 50, $after: String, $unreadOnly: Boolean! = false) {
  notifications(first: $first, after: $after, unreadOnly: $unreadOnly) {
    nodes { id severity title message status deliveryId delivery { id status } releaseId targetId readAt }
    pageInfo { hasNextPage endCursor } } }"""
CHOSEN = "{ tenant { notifiedStatuses } }"
READ = "notification { id readAt }"


async def deliver(platform: Platform, scope: Scope, *way: Status) -> DeliveryDocument:
    """A delivery that went that way from `updating`, with its events told."""
    target = await scope.store.collection(TargetDocument).insert(target_document())
    draft = delivery_document(f"release {target.id}", target.id).model_copy(update={"status": Status.UPDATING})
    delivery = await scope.store.collection(DeliveryDocument).insert(draft)
    for status in way:
        delivery = await change_status(scope, delivery, status)
    await OutboxRelay(platform).relay_tenant(scope.tenant_id)
    return delivery


async def listed(client: Client, **variables: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await client.data(LIST, **variables))["notifications"]
    return page


@pytest.mark.proves("STT-04")
async def test_the_admin_chooses_of_which_statuses_the_tenant_is_notified(
    platform: Platform, staff_a: Staff, label_a: Scope, admin_b: Client
) -> None:
    before = await staff_a.admin.data(CHOSEN)
    refused = await staff_a.manager.refused(
        "mutation { tenantUpdate(input: {notifiedStatuses: []}) { errors { code } } }"
    )
    unknown = await staff_a.admin.refused(
        "mutation { tenantUpdate(input: {notifiedStatuses: [shipped]}) { errors { code } } }"
    )
    changed = await staff_a.admin.mutate(
        "tenantUpdate", "tenant { name notifiedStatuses }", notifiedStatuses=["live", "updated", "live"]
    )
    renamed = await staff_a.admin.mutate("tenantUpdate", "tenant { notifiedStatuses }", name="Renamed")
    await deliver(platform, label_a, Status.UPDATED, Status.LIVE)
    await deliver(platform, label_a, Status.FAILED)
    silenced = await staff_a.admin.mutate("tenantUpdate", "tenant { notifiedStatuses }", notifiedStatuses=[])
    await deliver(platform, label_a, Status.UPDATED)

    assert before == {"tenant": {"notifiedStatuses": DEFAULT}}
    assert (refused, unknown) == ("FORBIDDEN", "GRAPHQL_INVALID")
    assert changed["tenant"] == {"name": staff_a.tenant.name, "notifiedStatuses": ["live", "updated"]}
    assert renamed["tenant"] == {"notifiedStatuses": ["live", "updated"]}
    assert silenced["tenant"] == {"notifiedStatuses": []}
    assert [node["status"] for node in (await listed(staff_a.manager))["nodes"]] == ["live", "updated"]
    assert await admin_b.data(CHOSEN) == {"tenant": {"notifiedStatuses": DEFAULT}}


@pytest.mark.proves("STT-04")
async def test_a_notification_is_listed_and_read_in_its_own_tenant_only(
    platform: Platform, admin_a: Client, admin_b: Client, label_a: Scope
) -> None:
    failed = await deliver(platform, label_a, Status.FAILED)

    (node,) = (await listed(admin_a))["nodes"]
    foreign_list = await listed(admin_b)
    foreign_read = await admin_b.mutate("notificationMarkRead", READ, id=node["id"])
    foreign_node = await admin_b.refused("query($id: ID!) { node(id: $id) { id } }", id=node["id"])
    read = await admin_a.mutate("notificationMarkRead", READ, id=node["id"])
    again = await admin_a.mutate("notificationMarkRead", READ, id=node["id"])

    assert {**node, "id": ""} == {
        "id": "",
        "severity": "error",
        "title": f"Release {failed.release_id} could not be delivered to Shop",
        "message": "All attempts have failed.",
        "status": "failed",
        "deliveryId": global_id("Delivery", failed.id),
        "delivery": {"id": global_id("Delivery", failed.id), "status": "failed"},
        "releaseId": global_id("Release", failed.release_id),
        "targetId": global_id("Target", failed.target_id),
        "readAt": None,
    }
    assert foreign_list["nodes"] == []
    assert foreign_read["notification"] is None
    assert [(error["code"], error["path"]) for error in foreign_read["errors"]] == [("NOT_FOUND", ["id"])]
    assert foreign_node == "NOT_FOUND"
    assert read["notification"]["readAt"] is not None
    assert again == read
    assert (await listed(admin_a, unreadOnly=True))["nodes"] == []
    assert [each["readAt"] for each in (await listed(admin_a))["nodes"]] == [read["notification"]["readAt"]]


async def test_notifications_come_in_pages_the_newest_first(
    platform: Platform, admin_a: Client, label_a: Scope
) -> None:
    made = [await deliver(platform, label_a, Status.UPDATED) for _ in range(3)]

    first = await listed(admin_a, first=2, unreadOnly=True)
    await deliver(platform, label_a, Status.UPDATED)
    second = await listed(admin_a, first=2, unreadOnly=True, after=first["pageInfo"]["endCursor"])

    shown = [node["deliveryId"] for page in (first, second) for node in page["nodes"]]
    assert shown == [global_id("Delivery", delivery.id) for delivery in reversed(made)]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


CHOOSE = "statuses"


@pytest.mark.proves("NOT-01")
async def test_each_user_sees_the_notifications_that_it_has_chosen(
    platform: Platform, staff_a: Staff, label_a: Scope
) -> None:
    await deliver(platform, label_a, Status.UPDATED)
    await deliver(platform, label_a, Status.FAILED)

    async def seen(client: Client) -> list[str]:
        return [notification["status"] for notification in (await listed(client))["nodes"]]

    before = await seen(staff_a.manager)
    chosen = await staff_a.manager.mutate("meNotificationsChoose", CHOOSE, statuses=["failed", "failed", "live"])
    narrowed, admins = await seen(staff_a.manager), await seen(staff_a.admin)
    await staff_a.manager.mutate("meNotificationsChoose", CHOOSE, statuses=[])
    none = await seen(staff_a.manager)
    everything = await staff_a.manager.mutate("meNotificationsChoose", CHOOSE, statuses=None)

    assert before == admins == ["failed", "updated"]
    assert chosen["statuses"] == ["failed", "live"]
    assert (narrowed, none) == (["failed"], [])
    assert everything["statuses"] is None
    assert await seen(staff_a.manager) == before
