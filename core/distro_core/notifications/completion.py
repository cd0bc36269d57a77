"""Ends of deliveries that somebody asked to be told of, whatever the tenant wants told (row WFL-12)."""

from __future__ import annotations

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.events import DeliveryStatusChanged

_ENDS = frozenset(
    {
        Status.DISTRIBUTED,
        Status.LIVE,
        Status.UPDATED,
        Status.REMOVED,
        Status.REJECTED,
        Status.FAILED,
        Status.NEEDS_ATTENTION,
        Status.CANCELLED,
    }
)


async def is_awaited_end(scope: Scope, event: DeliveryStatusChanged) -> bool:
    """Whether a delivery has ended that was made with `notify_on_completion`.

    One that is distributed has ended where its platform does not answer; else the answer is the end.
    """
    if event.status not in _ENDS:
        return False
    delivery = await scope.store.collection(DeliveryDocument).find(event.delivery_id)
    if delivery is None or not delivery.notify_on_completion:
        return False
    if event.status is not Status.DISTRIBUTED:
        return True
    target = await scope.store.collection(TargetDocument).find(event.target_id)
    return target is None or not target.acknowledges
