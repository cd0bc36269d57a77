"""Databases of earlier versions: what waited there goes on, and what failed is seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from distro_core.databases import TENANT_SCHEMA
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.due import wake_due
from distro_core.delivery.failures.reports import ErrorReports
from distro_core.queue.port import Priority
from distro_core.scope import Scope
from distro_core.store.migrations import migrate
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.world import delivery_document

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FAILED_AT = datetime(2026, 1, 2, tzinfo=UTC)
NEW_FIELDS = {"priority": "", "status_changed_at": "", "failed_at": ""}


async def go_back(scope: Scope) -> None:
    """Make a tenant's database what it was before deliveries had priorities."""
    database: Any = scope.store.database
    for document in (BatchDocument, DeliveryDocument):
        await database[document.collection].update_many({}, {"$unset": NEW_FIELDS})
    await database["batches"].drop_index("due")
    await database["batches"].create_index([("status", 1), ("due_at", 1)], name="due")
    await database["schema"].delete_many({})


async def keys_of_due(scope: Scope) -> list[tuple[str, Any]]:
    return list((await scope.store.database["batches"].index_information())["due"]["key"])


async def stored(scope: Scope, status: Status) -> DeliveryDocument:
    """A delivery with a history of one line."""
    draft = delivery_document(f"release {status}", f"target {status}").model_copy(update={"status": status})
    delivery = await scope.store.collection(DeliveryDocument).insert(draft)
    line = {"previous": "queued", "status": status.value, "at": FAILED_AT, "by": "system", "details": ""}
    raw = scope.store.collection(DeliveryDocument).raw
    await raw.update_one({"_id": delivery.id}, {"$set": {"created_at": LONG_AGO, "history": [line]}})
    return delivery


@pytest.mark.parametrize("times", [1, 2], ids=["once", "after it broke off"])
async def test_what_waited_before_there_were_priorities_has_its_turn(label_a: Scope, times: int) -> None:
    batches = label_a.store.collection(BatchDocument)
    waiting = await batches.insert(
        BatchDocument(id="20260101000000000", target_id="t", delivery_ids=(), status=BatchStatus.OPEN, due_at=LONG_AGO)
    )
    await go_back(label_a)
    assert await keys_of_due(label_a) == [("status", 1), ("due_at", 1)]

    for _ in range(times):
        await label_a.store.database["schema"].delete_many({})
        await migrate(label_a.store.database, TENANT_SCHEMA)

    assert await keys_of_due(label_a) == [("status", 1), ("priority", 1), ("due_at", 1)]
    assert (await batches.get(waiting.id)).priority is Priority.NORMAL
    assert await wake_due([label_a]) == 1


async def test_what_failed_before_is_seen_with_its_date(label_a: Scope) -> None:
    failed = await stored(label_a, Status.FAILED)
    distributed = await stored(label_a, Status.DISTRIBUTED)
    await go_back(label_a)

    await migrate(label_a.store.database, TENANT_SCHEMA)

    listed = await ErrorReports(label_a).failed_distributions()
    assert [(each.id, each.failed_at) for each in listed.documents] == [(failed.id, FAILED_AT)]
    deliveries = DeliveryService(label_a)
    assert {(await deliveries.get(each.id)).status_changed_at for each in (failed, distributed)} == {FAILED_AT}
    assert (await deliveries.get(distributed.id)).failed_at is None
