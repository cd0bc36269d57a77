"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from distro_api.state import ApiState

PATIENCE = 2.0
"""Seconds after which a server that does not answer counts as down."""


class Health:
    """`/health` says that the process lives, `/ready` that MongoDB and Redis answer too."""

    def __init__(self, state: ApiState) -> None:
        self._platform = state.platform

    async def health(self, request: Request) -> Response:
        """The process lives."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Whether every server behind us answers; 503 when one does not."""
        mongodb, redis = await asyncio.gather(
            _answers(self._platform.control.database.command("ping")), _answers(self._platform.queue.depth())
        )
        servers = {"mongodb": "up" if mongodb else "down", "redis": "up" if redis else "down"}
        ready = mongodb and redis
        return JSONResponse({"status": "ready" if ready else "unavailable", **servers}, 200 if ready else 503)


async def _answers(call: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await call
    except (PyMongoError, RedisError, OSError, TimeoutError):
        return False
    return True
