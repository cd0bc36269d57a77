"""The API as a process: platform and HTTP server, opened and closed together."""

from __future__ import annotations

import uvicorn

from distro_api.app import create_app
from distro_api.recycling import watching_for_recycling
from distro_core.logs import configure_logging
from distro_core.platform import open_platform
from distro_core.settings import Settings

GRACE = 10
"""Seconds that requests under way get when the process is asked to end."""


async def serve(settings: Settings) -> bool:
    """Serve the API until the process is asked to end; True where it is to be recycled instead."""
    configure_logging(settings)
    async with open_platform(settings) as platform:
        server = http_server(create_app(platform), settings)
        drained = False

        def drain() -> None:
            nonlocal drained
            drained = server.should_exit = True

        async with watching_for_recycling(platform, drain):
            await server.serve()
        return drained


def http_server(app: object, settings: Settings) -> uvicorn.Server:
    """An HTTP server for an application, on the host and port of the settings."""
    return uvicorn.Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=settings.max_request_bytes,
            timeout_graceful_shutdown=GRACE,
        )
    )
