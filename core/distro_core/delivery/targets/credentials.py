"""A target that refuses our login is paused, and people are told: no further delivery can succeed (row ERR-05)."""

from __future__ import annotations

from distro_core.delivery.documents import DeliveryError
from distro_core.delivery.targets.documents import Pause, TargetDocument
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.events import TargetPaused

LONGEST_REASON = 1000


async def hold_back(scope: Scope, target_id: str, error: Exception, failure: DeliveryError) -> None:
    """Pause a target whose login is refused, once; a missing right to one folder (`auth_permission`) pauses nothing."""
    refused = failure.category is ErrorCategory.AUTH_INVALID and failure.sub_code is None
    if not isinstance(error, TransportError) or not refused or failure.retryable:
        return
    now = scope.clock.now()
    reason = f"{failure.code}: {failure.message}"[:LONGEST_REASON]
    event = TargetPaused(id=new_id(), tenant_id=scope.tenant_id, at=now, target_id=target_id, reason=failure.message)
    pause = Pause(reason=reason, by=SYSTEM_ACTOR, at=now)
    where = {"id": target_id, "paused": None}
    await scope.store.collection(TargetDocument).try_update(where, Change(set={"paused": pause}), events=[event])
