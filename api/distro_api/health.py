"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Sequence
from typing import Any

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from distro_api.state import ApiState
from distro_core.plugins.health.findings import Finding
from distro_sdk.health import CheckStatus

PATIENCE = 2.0
"""Seconds after which a server that does not answer counts as down."""


class Health:
    """`/health` says that the process lives, `/ready` that MongoDB, Redis and what plugins call critical answer too."""

    def __init__(self, state: ApiState) -> None:
        self._platform = state.platform
        self._board = state.health

    async def health(self, request: Request) -> Response:
        """The process lives."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Whether every server behind us answers; 503 when one does not.

        What plugins' checks found is told to the operator alone, who shows the token of `/metrics`; what is critical,
        to everybody.
        """
        mongodb, redis, findings = await asyncio.gather(
            _answers(self._platform.control.database.command("ping")),
            _answers(self._platform.queue.depth()),
            self._board.of_process(PATIENCE),
        )
        servers = {"mongodb": "up" if mongodb else "down", "redis": "up" if redis else "down"}
        down = [each for each in findings if each.critical and each.result.status is CheckStatus.DOWN]
        ready = mongodb and redis and not down
        answer: dict[str, Any] = {"status": "ready" if ready else "unavailable", **servers}
        answer |= {f"{each.plugin}/{each.name}": "down" for each in down}
        if self._is_operator(request):
            answer["plugins"] = _told(findings)
        return JSONResponse(answer, 200 if ready else 503)

    def _is_operator(self, request: Request) -> bool:
        token = self._platform.settings.metrics_token
        if token is None:
            return False
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode())


def _told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "plugin": each.plugin,
            "check": each.name,
            "title": each.title,
            "critical": each.critical,
            "status": each.result.status.value,
            "detail": each.result.detail,
            "at": each.at.isoformat(),
        }
        for each in findings
    ]


async def _answers(call: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await call
    except (PyMongoError, RedisError, OSError, TimeoutError):
        return False
    return True
