"""How long deliveries take, from those that were made."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from distro_core.delivery.documents import DeliveryDocument
from distro_core.scope import Scope

LOOKED_AT = 50
"""The latest finished deliveries from which a duration is guessed."""

UNKNOWN = 10.0
"""Seconds that are assumed of a target to which nothing was delivered."""


async def estimate_duration(scope: Scope, target_ids: Sequence[str]) -> float:
    """Seconds that a delivery to one of these targets takes, by the mean of the latest finished ones."""
    where = {"target_id": {"$in": list(target_ids)}, "receipt.delivery_duration": {"$exists": True}}
    raw = scope.store.collection(DeliveryDocument).raw
    cursor = raw.find(where, {"receipt.delivery_duration": 1}).sort([("_id", -1)]).limit(LOOKED_AT)
    durations = [float(each["receipt"]["delivery_duration"]) for each in await cursor.to_list(length=LOOKED_AT)]
    return mean(durations) if durations else UNKNOWN
