"""The port on which a worker tells what it has measured: workers serve nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware

from distro_api.envelope import Envelope
from distro_api.metrics import metrics_routes
from distro_api.server import http_server
from distro_core.settings import Settings

log = structlog.get_logger("distro.api")


@asynccontextmanager
async def serving_metrics(settings: Settings) -> AsyncIterator[int | None]:
    """While this is entered, a worker serves `/metrics` on a port of its own; yields the port, None where it does not.

    Only with a token and DISTRO_METRICS_PORT. A port that is taken is told and does not keep the worker from work.
    """
    routes = metrics_routes(settings)
    if not routes or settings.metrics_port is None:
        yield None
        return
    try:
        listening = socket.create_server((settings.host, settings.metrics_port))
    except OSError as error:
        log.warning("metrics_not_served", port=settings.metrics_port, reason=str(error))
        yield None
        return
    server = http_server(Starlette(routes=routes, middleware=[Middleware(Envelope)]), settings)
    # The worker answers to signals itself.
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="serve metrics")
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        listening.close()
