"""Reads registries though nobody asks for them, so that what they revoke is noticed."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from pymongo.errors import PyMongoError

from distro_core.platform import Platform
from distro_sdk.errors import DomainError

log = structlog.get_logger("distro.marketplace")

SHORTEST = 10.0
"""Seconds between two looks, where registries are read anew whenever somebody asks."""


async def watch_registries_until(platform: Platform, stop: asyncio.Event) -> None:
    """Read them whenever what was read has grown old, until `stop` is set."""
    while not stop.is_set():
        try:
            await platform.marketplace.registries.catalogue()
        except (PyMongoError, OSError, DomainError) as error:
            # The next look tries again.
            log.warning("registries_not_read", reason=str(error))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(platform.settings.registry_lifetime, SHORTEST)):
                await stop.wait()
