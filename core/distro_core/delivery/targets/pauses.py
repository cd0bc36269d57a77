"""Pausing a target: what is under way ends, everything else stays queued until somebody resumes it."""

from __future__ import annotations

from distro_core.catalogue.vocabulary import check_text
from distro_core.delivery.batches import wake
from distro_core.delivery.documents import BatchDocument, BatchStatus
from distro_core.delivery.requests.wishes import LONGEST_REASON
from distro_core.delivery.targets.documents import Pause, TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, not_found
from distro_sdk.errors import DomainError

MOST_WOKEN = 1000
"""At once; the sweeper wakes the rest."""


class PauseService:
    """Pauses and resumes the targets of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._targets = scope.store.collection(TargetDocument)

    async def pause(self, target_id: str, reason: str) -> TargetDocument:
        """Hold back what is not under way yet.

        Raises NOT_FOUND, TARGET_PAUSED, REASON_MISSING, TEXT_TOO_LONG or CHARACTER_ILLEGAL.
        """
        reason = check_text(reason, ("reason",), limit=LONGEST_REASON)
        if not reason:
            raise DomainError("REASON_MISSING", "say why the target is paused", ("reason",))
        pause = Pause(reason=reason, by=self._scope.actor, at=self._scope.clock.now())
        where = {"id": target_id, "archived_at": None, "paused": None}
        paused = await self._targets.try_update(where, Change(set={"paused": pause}))
        if paused is None:
            target = await self._existing(target_id)
            raise DomainError("TARGET_PAUSED", f"the target {target.name} is paused already", ("id",))
        return paused

    async def resume(self, target_id: str) -> TargetDocument:
        """Let everything go on, in the order of its priority; raises NOT_FOUND or TARGET_NOT_PAUSED."""
        where = {"id": target_id, "archived_at": None, "paused": {"$ne": None}}
        resumed = await self._targets.try_update(where, Change(set={"paused": None}))
        if resumed is None:
            target = await self._existing(target_id)
            raise DomainError("TARGET_NOT_PAUSED", f"the target {target.name} is not paused", ("id",))
        waiting = {"target_id": target_id, "status": BatchStatus.OPEN, "holder": None}
        batches = self._scope.store.collection(BatchDocument)
        for batch in await batches.list(waiting, order=Order("due_at"), limit=MOST_WOKEN):
            await wake(self._scope, batch)
        return resumed

    async def _existing(self, target_id: str) -> TargetDocument:
        target = await self._targets.get(target_id)
        if target.archived_at is not None:
            raise not_found(TargetDocument, target_id)
        return target
