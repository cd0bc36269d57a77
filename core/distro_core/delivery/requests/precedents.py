"""What a platform was told of a release before."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSFERRED
from distro_core.scope import Scope
from distro_core.store.collection import Order
from distro_sdk.models.assets import Asset
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessageSubtype

LAST_SENT_FIRST = Order("batch_id", descending=True)
"""Batch ids grow over all processes, ids of documents only within one."""


async def find_latest(
    scope: Scope, release_id: str, target: TargetDocument, statuses: frozenset[DeliveryStatus]
) -> DeliveryDocument | None:
    """The last delivery of a release to a target in one of the statuses; test and live deliveries stay apart."""
    where = {
        "release_id": release_id,
        "target_id": target.id,
        "test": target.test_mode,
        "status": {"$in": sorted(statuses)},
    }
    return await scope.store.collection(DeliveryDocument).find_one(where, LAST_SENT_FIRST)


async def has_release(scope: Scope, release_id: str, target: TargetDocument) -> bool:
    """Whether the platform has the release: told of it, and not to take it down since (row MSG-02)."""
    told = await find_latest(scope, release_id, target, TRANSFERRED)
    return told is not None and told.subtype is not MessageSubtype.TAKEDOWN


async def find_files_there(
    scope: Scope, release_id: str, target: TargetDocument, assets: Sequence[Asset] | None = None
) -> frozenset[str]:
    """The assets whose files the platform got since it was last told to take the release down.

    `assets`: as they would travel now; those of which the platform has another file are left out.
    """
    where = {
        "release_id": release_id,
        "target_id": target.id,
        "test": target.test_mode,
        "status": {"$in": [status.value for status in sorted(TRANSFERRED)]},
    }
    raw = scope.store.collection(DeliveryDocument).raw
    fields = {"subtype": 1, "files.asset_id": 1, "files.hashes.sha256": 1}
    found = await raw.find(where, fields).sort([("batch_id", -1)]).to_list(length=None)
    there: dict[str, str] = {}
    for delivery in found:
        if delivery["subtype"] == MessageSubtype.TAKEDOWN.value:
            break
        for file in delivery["files"]:
            there.setdefault(file["asset_id"], file["hashes"]["sha256"])
    if assets is None:
        return frozenset(there)
    return frozenset(asset.id for asset in assets if there.get(asset.id) == asset.hashes.sha256)
