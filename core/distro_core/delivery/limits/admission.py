"""Whether a batch may begin now: not while its target is paused, nor outside the target's hours."""

from __future__ import annotations

from datetime import datetime

from distro_core.delivery.documents import BatchDocument, DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change


async def may_begin(scope: Scope, batch: BatchDocument, target: TargetDocument | None) -> bool:
    """Whether a batch that was leased may be worked on; where not, the attempt is not counted.

    `target`: of the batch, None where it is gone, which the attempt will say. What comes outside its hours is due when
    they begin. What a pause holds back stays due: whoever ends the pause asks for it.
    """
    if target is None:
        return True
    if target.paused is not None:
        await _put_off(scope, batch, None)
        return False
    now = scope.clock.now()
    if target.off_peak is not None and (opening := target.off_peak.opening(now)) > now:
        await _put_off(scope, batch, opening)
        return False
    return True


async def is_paused(scope: Scope, batch: BatchDocument) -> bool:
    """Whether whoever ends the pause of the batch's target will ask for it.

    To be looked at after the batch was given back: a pause that ended meanwhile did not find it among those that wait.
    """
    target = await scope.store.collection(TargetDocument).find(batch.target_id)
    return target is not None and target.paused is not None


async def _put_off(scope: Scope, batch: BatchDocument, until: datetime | None) -> None:
    where = {"id": batch.id, "holder": batch.holder}
    change = Change(set={} if until is None else {"due_at": until}, increment={"attempt": -1})
    await scope.store.collection(BatchDocument).try_update(where, change)
    if until is not None:
        raw = scope.store.collection(DeliveryDocument).raw
        await raw.update_many({"batch_id": batch.id}, {"$set": {"scheduled_at": until}})
