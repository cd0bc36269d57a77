"""What is looked after from time to time: deliveries that do not move, receipts that grow old, and licences."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from distro_core.isolation import apart
from distro_core.platform import Platform
from distro_core.platforms.receipt_archive import archive_receipts
from distro_core.platforms.stale import alert_stale
from distro_core.scope import SYSTEM_ACTOR
from distro_sdk.errors import DomainError

log = structlog.get_logger("distro.delivery")


async def keep_house_until(platform: Platform, stop: asyncio.Event) -> None:
    """Keep house again and again until `stop` is set. Any number of workers may do it."""
    while not stop.is_set():
        try:
            await keep_house(platform)
        except (PyMongoError, RedisError, OSError, DomainError) as error:
            # The next round finds what this one did not.
            log.warning("housekeeping_failed", reason=str(error))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(platform.settings.housekeeping_interval):
                await stop.wait()


async def keep_house(platform: Platform) -> int:
    """Tell of stale deliveries, archive old receipts and verify the licences of all tenants; how many changed."""
    done = 0
    for tenant in await platform.tenants():
        if tenant.active:
            done += await apart(tenant.id, _keep_house_of(platform, tenant.id)) or 0
    return done


async def _keep_house_of(platform: Platform, tenant_id: str) -> int:
    scope = await platform.scope(tenant_id, SYSTEM_ACTOR)
    done = await alert_stale(scope) + await archive_receipts(scope)
    return done + await platform.marketplace.licensing.verify_all(tenant_id)
