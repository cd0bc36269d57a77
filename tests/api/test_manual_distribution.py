"""Manual distribution, receipts and reports over GraphQL and HTTP."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from distro_api.graphql.ids import local_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.manual.documents import ExportFormat
from distro_core.manual.tables import read_table
from distro_core.platform import Platform
from distro_core.platforms.receipt_archive import archive_receipts
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.test_deliveries import codes
from tests.api.world import World, build_world
from tests.delivery.test_reconciliation import receipt_of

EXPORT = "export { id format fileName size sha256 url platform deliveryId }"
IDS = "delivery { platformIds { key id url } }"
RECONCILED = """query($start: DateTime!, $end: DateTime!) { reconciliation(start: $start, end: $end) {
  summary { total completed failed inProgress needsAttention cancelled files bytes }
  byTarget { name counts { total } } byMessageType { key counts { failed } } byProtocol { key counts { total } } } }"""
RECEIPT = "query($id: ID!) { delivery(id: $id) { receiptUrl receipt { id totalFiles document } } }"


async def manual_world(platform: Platform, scope: Scope, status: Status = Status.UPLOADING) -> World:
    """A tenant with a delivery that a person has in hands."""
    world = await build_world(platform, scope)
    by_hand = Change(set={"transport": "manual", "settings": {}, "platform": "tidal"})
    await scope.store.collection(TargetDocument).update(local_id("Target", world.ids["Target"]), by_hand)
    change = Change(set={"status": status})
    await scope.store.collection(DeliveryDocument).update(local_id("Delivery", world.ids["Delivery"]), change)
    return world


@pytest.mark.proves("MAN-01", "MAN-02", "SVC-05")
@pytest.mark.parametrize("format", list(ExportFormat))
async def test_an_export_is_made_and_fetched(
    platform: Platform, label_a: Scope, staff_a: Staff, http: httpx2.AsyncClient, format: ExportFormat
) -> None:
    world = await manual_world(platform, label_a)
    asked = {"releaseId": world.ids["Release"], "targetId": world.ids["Target"], "format": format.value}

    made = await staff_a.manager.mutate("manualExportCreate", EXPORT, **asked)
    fetched = await http.get(made["export"]["url"])
    spoilt = await http.get(made["export"]["url"][:-4] + "AAAA")
    listed = await staff_a.manager.data("{ manualExports(first: 1) { nodes { id } } }")
    document = "mutation($input: ManualExportCreateInput!) { manualExportCreate(input: $input) { export { id } } }"

    export = made["export"]
    rows = read_table(format, fetched.content)
    assert (export["platform"], export["deliveryId"], export["size"]) == ("tidal", None, len(fetched.content))
    assert [row["trackTitle"] for row in rows] == ["Track"]
    assert export["fileName"] in fetched.headers["content-disposition"]
    assert spoilt.status_code == 403
    assert listed["manualExports"]["nodes"] == [{"id": export["id"]}]
    assert await staff_a.viewer.refused(document, input=asked) == "FORBIDDEN"


@pytest.mark.proves("SVC-07", "MAN-03", "MAN-05", "TAP-02")
async def test_statuses_are_said_one_by_one_and_in_tables(
    platform: Platform, label_a: Scope, label_b: Scope, staff_a: Staff, admin_b: Client
) -> None:
    ours, theirs = await manual_world(platform, label_a), await manual_world(platform, label_b)
    table = [
        {"deliveryId": local_id("Delivery", ours.ids["Delivery"]), "status": "live"},
        {"deliveryId": local_id("Delivery", theirs.ids["Delivery"]), "status": "live"},
    ]
    content = base64.b64encode(json.dumps(table).encode()).decode()
    report = "report { applied skipped refused rows { row outcome deliveryId status code message } }"

    said = await staff_a.manager.mutate(
        "manualStatusUpdate",
        "delivery { status statusDetails }",
        id=ours.ids["Delivery"],
        status="processing_by_platform",
        details="uploaded in the portal",
    )
    early = await admin_b.mutate("manualStatusUpdate", "delivery { id }", id=theirs.ids["Delivery"], status="queued")
    imported = await staff_a.manager.mutate("manualStatusImport", report, format="json", content=content)
    no_file = await staff_a.manager.mutate("manualStatusImport", report, format="csv", content="%%%")
    no_format = await staff_a.manager.mutate("manualStatusImport", report, format="xml", content=content)

    assert said["delivery"] == {"status": "processing_by_platform", "statusDetails": "uploaded in the portal"}
    assert codes(early) == [("STATUS_NOT_SAYABLE", ["status"])]
    found = imported["report"]
    assert (found["applied"], found["skipped"], found["refused"]) == (1, 0, 1)
    assert [(row["row"], row["outcome"], row["status"], row["code"]) for row in found["rows"]] == [
        (1, "applied", "live", None),
        (2, "refused", None, "NOT_FOUND"),
    ]
    assert codes(no_file) == [("TABLE_UNREADABLE", ["content"])]
    assert codes(no_format) == [("TABLE_FORMAT_UNSUPPORTED", ["format"])]


@pytest.mark.proves("MAN-04")
async def test_ids_of_platforms_are_shown_as_links(platform: Platform, label_a: Scope, admin_a: Client) -> None:
    delivery = (await build_world(platform, label_a)).ids["Delivery"]
    given = [{"key": "spotify", "id": "4aaw"}, {"key": "elsewhere", "id": "7"}]

    first = await admin_a.mutate("deliveryPlatformIdsSet", IDS, id=delivery, platformIds=given)
    second = await admin_a.mutate(
        "deliveryPlatformIdsSet", IDS, id=delivery, platformIds=[{"key": "elsewhere", "id": "8"}]
    )
    refused = [
        await admin_a.mutate("deliveryPlatformIdsSet", IDS, id=delivery, platformIds=wrong)
        for wrong in (
            [{"key": "a.b", "id": "8"}],
            [{"key": "spotify", "id": "8\n"}],
            [{"key": "spotify", "id": "8"}, {"key": "spotify", "id": "9"}],
            [{"key": f"shop{place}", "id": "8"} for place in range(21)],
        )
    ]

    assert first["delivery"]["platformIds"] == [
        {"key": "elsewhere", "id": "7", "url": None},
        {"key": "spotify", "id": "4aaw", "url": "https://open.spotify.com/album/4aaw"},
    ]
    assert [each["id"] for each in second["delivery"]["platformIds"]] == ["8", "4aaw"]
    assert [codes(each) for each in refused] == [[("PLATFORM_ID_INVALID", ["platformIds"])]] * 4


async def test_an_id_of_a_platform_cannot_leave_its_place_in_a_link(
    platform: Platform, label_a: Scope, admin_a: Client
) -> None:
    delivery = (await build_world(platform, label_a)).ids["Delivery"]

    odd = await admin_a.mutate(
        "deliveryPlatformIdsSet", IDS, id=delivery, platformIds=[{"key": "spotify", "id": "4a?x=<b>#c"}]
    )

    (told,) = odd["delivery"]["platformIds"]
    assert (told["id"], told["url"]) == ("4a?x=<b>#c", "https://open.spotify.com/album/4a%3Fx%3D%3Cb%3E%23c")


@pytest.mark.proves("RCP-01", "RCP-05", "WFL-24")
async def test_a_receipt_is_fetched_as_json_wherever_it_lies(
    platform: Platform, label_a: Scope, admin_a: Client, http: httpx2.AsyncClient
) -> None:
    delivery = (await build_world(platform, label_a)).ids["Delivery"]
    stored = local_id("Delivery", delivery)
    without = (await admin_a.data(RECEIPT, id=delivery))["delivery"]
    old = receipt_of(stored, "sftp", platform.clock.now() - timedelta(days=100))
    change = Change(set={"receipt": old, "status": Status.LIVE})
    await label_a.store.collection(DeliveryDocument).update(stored, change)

    before = (await admin_a.data(RECEIPT, id=delivery))["delivery"]
    fetched = await http.get(before["receiptUrl"])
    archived = await archive_receipts(label_a)
    after = (await admin_a.data(RECEIPT, id=delivery))["delivery"]
    again = await http.get(after["receiptUrl"])

    assert without == {"receiptUrl": None, "receipt": None}
    assert archived == 1
    assert fetched.json() == old.model_dump(mode="json") == before["receipt"]["document"]
    assert (after["receipt"], again.content) == (before["receipt"], fetched.content)
    assert fetched.headers["content-type"] == "application/json"
    assert f"{old.id}.json" in fetched.headers["content-disposition"]


@pytest.mark.proves("RCP-04")
async def test_a_period_is_reconciled_for_one_tenant(
    platform: Platform, label_a: Scope, label_b: Scope, admin_a: Client
) -> None:
    await build_world(platform, label_a)
    await build_world(platform, label_b)
    now = datetime.now(UTC)
    period = {"start": (now - timedelta(hours=1)).isoformat(), "end": (now + timedelta(hours=1)).isoformat()}

    report = (await admin_a.data(RECONCILED, **period))["reconciliation"]
    refused = await admin_a.refused(RECONCILED, start=period["end"], end=period["start"])

    counts: dict[str, Any] = report["summary"]
    assert (counts["total"], counts["failed"], counts["completed"]) == (1, 1, 0)
    assert report["byTarget"] == [{"name": "Shop", "counts": {"total": 1}}]
    assert report["byMessageType"] == [{"key": "NewReleaseMessage initial", "counts": {"failed": 1}}]
    assert report["byProtocol"] == [{"key": "local-folder", "counts": {"total": 1}}]
    assert refused == "PERIOD_INVALID"


@pytest.mark.proves("WLK-34")
async def test_deliveries_that_do_not_move_are_listed(
    platform: Platform, label_a: Scope, admin_a: Client, admin_b: Client
) -> None:
    delivery = (await build_world(platform, label_a)).ids["Delivery"]
    since = platform.clock.now() - timedelta(days=8)
    change = Change(set={"status": Status.PROCESSING_BY_PLATFORM, "status_changed_at": since})
    await label_a.store.collection(DeliveryDocument).update(local_id("Delivery", delivery), change)
    document = "{ staleDeliveries { nodes { id status } pageInfo { hasNextPage } } }"

    ours, theirs = await admin_a.data(document), await admin_b.data(document)

    assert ours["staleDeliveries"]["nodes"] == [{"id": delivery, "status": "processing_by_platform"}]
    assert theirs["staleDeliveries"]["nodes"] == []
