"""Finds what is due and asks for it again: whatever a lost queue or a dead worker forgot stands in MongoDB."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.due import wake_due
from distro_core.delivery.limits.probes import Prober
from distro_core.delivery.requests.bulk import BulkService
from distro_core.delivery.requests.schedules import ScheduleService
from distro_core.delivery.status.settling import ask_for_look, ask_for_statuses
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.imports.service import ImportService
from distro_core.isolation import apart
from distro_core.notifications.channels.sending import NoticeService
from distro_core.platform import Platform
from distro_core.plugins.tasks.service import PluginTaskService
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
    tenants = [tenant for tenant in await platform.tenants() if tenant.active]
    opened = [await apart(tenant.id, platform.scope(tenant.id, SYSTEM_ACTOR)) for tenant in tenants]
    scopes = [scope for scope in opened if scope is not None]
    jobs = await platform.marketplace.jobs.wake_stale()
    rest = [await apart(scope.tenant_id, _sweep_the_rest(scope)) for scope in scopes]
    telling = {tenant.id for tenant in tenants if tenant.notification_channels}
    notices = [
        await apart(scope.tenant_id, NoticeService(scope, platform.control).wake_due())
        for scope in scopes
        if scope.tenant_id in telling
    ]
    return jobs + await wake_due(scopes) + sum(found or 0 for found in (*rest, *notices))


async def sweep_tenant(scope: Scope) -> int:
    """As `sweep`, for one tenant."""
    return await wake_due([scope]) + await _sweep_the_rest(scope)


async def _sweep_the_rest(scope: Scope) -> int:
    now = scope.clock.now()
    targets = await scope.store.collection(TargetDocument).list({"acknowledgements_due_at": {"$lte": now}})
    for target in targets:
        await ask_for_look(scope, target.id, now)
    asked = await scope.store.collection(TargetDocument).list({"statuses_due_at": {"$lte": now}})
    for target in asked:
        await ask_for_statuses(scope, target.id, now)
    planned = await ScheduleService(scope).wake_due() + await BulkService(scope).wake_due()
    probes = await Prober(scope).ask_for_due()
    imports = await ImportService(scope).wake_stale()
    plugin_tasks = await PluginTaskService(scope).wake_due()
    woken = len(targets) + len(asked) + planned + probes + imports + plugin_tasks
    return woken + await ReleaseService(scope).finish_deletions()
