"""MongoDB and Redis for this process: the configured ones, else private ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from distro_core.embedded.folders import socket_folder
from distro_core.embedded.servers import Mongod, Server, Valkey
from distro_core.embedded.supervisor import Supervisor
from distro_core.settings import Settings


@dataclass(frozen=True)
class ServiceUrls:
    """Where the servers are."""

    mongo_url: str
    redis_url: str


@asynccontextmanager
async def embedded_services(settings: Settings) -> AsyncIterator[ServiceUrls]:
    """The URLs of MongoDB and Redis; those without a configured URL are started, or joined when they run already.

    Raises `EmbeddedServiceError` when a server is missing or does not start. Must be entered in the main thread.
    """
    async with AsyncExitStack() as stack:
        mongo_url = settings.mongo_url.get_secret_value() if settings.mongo_url else None
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        wanted: list[Server] = []
        if mongo_url is None or redis_url is None:
            data = settings.data_path
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            sockets = socket_folder(data)
            if mongo_url is None:
                mongod = Mongod(data / "mongodb", sockets)
                wanted.append(mongod)
                mongo_url = mongod.url
            if redis_url is None:
                valkey = Valkey(data / "valkey", sockets)
                wanted.append(valkey)
                redis_url = valkey.url
        supervisors = [Supervisor(server) for server in wanted]
        for supervisor in supervisors:
            stack.push_async_callback(supervisor.stop)
        await asyncio.gather(*(supervisor.start() for supervisor in supervisors))
        yield ServiceUrls(mongo_url, redis_url)
