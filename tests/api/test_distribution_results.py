"""What became of distributions, over GraphQL: results, histories, pages, and tests of connections."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distro_api.graphql.ids import global_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.documents import TenantDocument
from distro_core.platform import TENANT_MEMORY, Platform, TenantMemory
from distro_core.platforms.registry import PlatformService
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.test_failures import LOST
from tests.api.test_platforms import PROFILE
from tests.api.world import build_world, delivery_document, target_document

RESULT = """query($id: ID!) { delivery(id: $id) { id queueStatus platformIds { key id }
  error { message category retryable } } }"""
OF_RELEASE = """query($id: ID!, $after: String) { release(id: $id) { deliveries(first: 2, after: $after) {
  nodes { id status history { status } } pageInfo { hasNextPage endCursor } } } }"""
STATUSES = """query($after: String) { deliveries(first: 3, after: $after, orderBy: { field: UPDATED }) {
  nodes { id status } pageInfo { hasNextPage endCursor } } }"""


async def pages(client: Client, document: str, /, *names: str, **variables: Any) -> list[list[dict[str, Any]]]:
    """Every page of a list. `names`: the way to it."""
    found, after = [], None
    while True:
        page: Any = await client.data(document, after=after, **variables)
        for name in names:
            page = page[name]
        found.append(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


@pytest.mark.proves("JOB-05", "JOB-06")
async def test_a_result_says_whether_it_worked_and_if_not_whether_it_is_tried_again(
    label_a: Scope, staff_a: Staff, admin_b: Client
) -> None:
    target = await label_a.store.collection(TargetDocument).insert(target_document())
    deliveries = label_a.store.collection(DeliveryDocument)
    draft = delivery_document("a release", target.id)
    live = await deliveries.insert(draft.model_copy(update={"status": Status.LIVE}))
    failed = draft.model_copy(update={"id": draft.id[::-1], "message_id": "another", "error": LOST})
    failed = await deliveries.insert(failed)
    live_id, failed_id = global_id("Delivery", live.id), global_id("Delivery", failed.id)

    set_ids = {"id": live_id, "platformIds": [{"key": "spotify", "id": "4aawyAB9vmqN3uQ7FjRGTy"}]}
    named = await staff_a.manager.mutate("deliveryPlatformIdsSet", "delivery { id }", **set_ids)
    success = (await staff_a.manager.data(RESULT, id=live_id))["delivery"]
    failure = (await staff_a.manager.data(RESULT, id=failed_id))["delivery"]

    assert named["errors"] == []
    assert success == {
        "id": live_id,
        "queueStatus": "completed",
        "platformIds": [{"key": "spotify", "id": "4aawyAB9vmqN3uQ7FjRGTy"}],
        "error": None,
    }
    assert (failure["queueStatus"], failure["platformIds"]) == ("failed", [])
    assert failure["error"] == {
        "message": "the line was cut",
        "category": "NETWORK_CONNECTIVITY",
        "retryable": True,
    }
    assert await admin_b.refused(RESULT, id=failed_id) == "NOT_FOUND"


@pytest.mark.proves("SVC-06")
async def test_a_release_shows_all_its_deliveries_with_their_histories(
    platform: Platform, label_a: Scope, admin_a: Client, admin_b: Client
) -> None:
    world = await build_world(platform, label_a)
    release_id = world.ids["Release"]
    (first,) = await pages(admin_a, OF_RELEASE, "release", "deliveries", id=release_id)
    await admin_a.mutate("deliveryCancel", "delivery { id }", id=world.ids["Delivery"])
    (after,) = await pages(admin_a, OF_RELEASE, "release", "deliveries", id=release_id)

    assert [(each["id"], each["status"], each["history"]) for each in first] == [(world.ids["Delivery"], "failed", [])]
    assert [(each["status"], each["history"]) for each in after] == [("cancelled", [{"status": "cancelled"}])]
    assert await admin_b.refused(OF_RELEASE, id=release_id) == "NOT_FOUND"


@pytest.mark.proves("TPF-07")
async def test_statuses_load_page_by_page_while_others_arrive(label_a: Scope, admin_a: Client, admin_b: Client) -> None:
    deliveries = label_a.store.collection(DeliveryDocument)

    async def add(number: int) -> str:
        draft = delivery_document(f"release {number}", "a target")
        return global_id("Delivery", (await deliveries.insert(draft)).id)

    made = [await add(number) for number in range(7)]
    first = (await admin_a.data(STATUSES))["deliveries"]
    late = await add(8)
    rest = await admin_a.data(STATUSES, after=first["pageInfo"]["endCursor"])

    assert [each["id"] for each in first["nodes"]] == made[:3:-1]
    assert [each["id"] for each in rest["deliveries"]["nodes"]] == made[3:0:-1]
    assert [each["id"] for page in await pages(admin_a, STATUSES, "deliveries") for each in page] == [late, *made[::-1]]
    assert await pages(admin_b, STATUSES, "deliveries") == [[]]


@pytest.mark.proves("API-15", "API-35")
async def test_a_connection_is_tested_and_the_layer_that_fails_is_named(
    label_a: Scope, staff_a: Staff, admin_b: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    there, nowhere = [
        await label_a.store.collection(TargetDocument).insert(
            target_document().model_copy(update={"settings": {"directory": str(folder)}})
        )
        for folder in (tmp_path, Path("/nowhere"))
    ]
    shown = "test { succeeded layer code action }"

    good = await staff_a.admin.mutate("targetTest", shown, id=global_id("Target", there.id))
    bad = await staff_a.admin.mutate("targetTest", shown, id=global_id("Target", nowhere.id))
    foreign = await admin_b.mutate("targetTest", shown, id=global_id("Target", there.id))

    assert (good["errors"], good["test"]["succeeded"], good["test"]["layer"]) == ([], True, None)
    assert (bad["test"]["succeeded"], bad["test"]["layer"]) == (False, "permission")
    assert bad["test"]["action"] != ""
    assert [error["code"] for error in foreign["errors"]] == ["NOT_FOUND"]
    assert list(tmp_path.iterdir()) == [], "the probe is taken away"


@pytest.mark.proves("TPF-03")
async def test_a_platforms_configuration_is_remembered_and_never_older_than_an_hour(
    platform: Platform, tenant_a: TenantDocument, label_a: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = PlatformService(label_a, platform.control)
    await service.create({"key": "corner-shop", "name": "Corner Shop", "api_endpoint": "https://a.example", **PROFILE})
    tenants = platform.control.collection(TenantDocument).raw
    elsewhere = TenantMemory()

    async def name_here() -> str:
        return (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).plugins.platforms["corner-shop"].name

    async def name_elsewhere() -> str:
        return (await elsewhere.get(platform.control, tenant_a.id)).platforms[0].name

    before = [await name_here(), await name_elsewhere()]
    await service.update("corner-shop", {"name": "Renamed"})
    updated = [await name_here(), await name_elsewhere()]
    await tenants.update_one({"_id": tenant_a.id}, {"$set": {"platforms.0.name": "Written past everybody"}})
    remembered = await name_elsewhere()
    later = time.monotonic() + TENANT_MEMORY
    monkeypatch.setattr("distro_core.platform.monotonic", lambda: later)

    assert before == ["Corner Shop", "Corner Shop"]
    assert updated == ["Renamed", "Corner Shop"], "the one heard of it, the other heard nothing"
    assert remembered == "Corner Shop", "no call of the store while it is fresh"
    assert await name_elsewhere() == "Written past everybody"
    assert timedelta(seconds=TENANT_MEMORY) <= timedelta(hours=1)
