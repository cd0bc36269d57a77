"""Names of batch folders (row CHO-01)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pymongo import ReturnDocument

from distro_core.clock import Clock
from distro_core.store.stores import TenantStore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER = "batch"


async def next_batch_id(store: TenantStore, clock: Clock) -> str:
    """A fresh batch id `YYYYMMDDhhmmssnnn` in UTC.

    Ids are unique and grow whatever the number of processes: the counter is never behind the clock, and moves on by a
    millisecond where two batches ask in the same one. All tenants share it, because two of them may deliver into the
    same folder of a platform.
    """
    now = (clock.now() - _EPOCH) // timedelta(milliseconds=1)
    advanced = {"$max": [now, {"$add": [{"$ifNull": ["$value", 0]}, 1]}]}
    raw = await store.shared_counters.find_one_and_update(
        {"_id": _COUNTER}, [{"$set": {"value": advanced}}], upsert=True, return_document=ReturnDocument.AFTER
    )
    moment = _EPOCH + timedelta(milliseconds=int(raw["value"]))
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
