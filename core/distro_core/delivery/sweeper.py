"""Finds what is due and asks for it again: whatever a lost queue or a dead worker forgot stands in MongoDB."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.batches import wake
from distro_core.delivery.documents import BatchDocument, BatchStatus
from distro_core.delivery.settling import ask_for_look
from distro_core.delivery.target_documents import TargetDocument
from distro_core.imports.service import ImportService
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_sdk.errors import DomainError

log = structlog.get_logger("distro.delivery")


async def sweep_until(platform: Platform, stop: asyncio.Event) -> None:
    """Sweep all tenants again and again until `stop` is set. Any number of workers may do it."""
    while not stop.is_set():
        try:
            await sweep(platform)
        except (PyMongoError, RedisError, OSError, DomainError) as error:
            # The next sweep finds what this one did not.
            log.warning("sweep_failed", reason=str(error))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(platform.settings.sweep_interval):
                await stop.wait()


async def sweep(platform: Platform) -> int:
    """Ask for everything of all tenants that is due and that nobody works on; how much that was."""
    found = 0
    for tenant in await platform.tenants():
        if tenant.active:
            found += await sweep_tenant(await platform.scope(tenant.id, SYSTEM_ACTOR))
    return found


async def sweep_tenant(scope: Scope) -> int:
    """As `sweep`, for one tenant."""
    now = scope.clock.now()
    free = [{"leased_until": None}, {"leased_until": {"$lt": now}}]
    due = {"status": BatchStatus.OPEN, "due_at": {"$lte": now}, "$or": free}
    batches = await scope.store.collection(BatchDocument).list(due)
    for batch in batches:
        await wake(scope, batch)
    targets = await scope.store.collection(TargetDocument).list({"acknowledgements_due_at": {"$lte": now}})
    for target in targets:
        await ask_for_look(scope, target.id, now)
    imports = await ImportService(scope).wake_stale()
    return len(batches) + len(targets) + imports + await ReleaseService(scope).finish_deletions()
