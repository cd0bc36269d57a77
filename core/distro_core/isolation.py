"""Work for many tenants in a row: what is wrong with one must not keep the others waiting."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import structlog
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

T = TypeVar("T")


async def apart(tenant_id: str, work: Awaitable[T]) -> T | None:
    """What the work for a tenant gives; None, and a line in the log, where it fails.

    Where a server that all tenants share is out of reach its error is raised: the others would fare no better.
    """
    try:
        return await work
    except (PyMongoError, RedisError, OSError):
        raise
    except Exception as error:
        log.error("tenant_left_out", tenant_id=tenant_id, exc_info=error)
        return None
