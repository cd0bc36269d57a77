"""A licence server on a socket of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class LicenseServer:
    """`answer`: the verdict that it gives; `status`: of its answers; `silent`: whether it answers at all; `asked`: what
    it was asked.
    """

    def __init__(self) -> None:
        self.answer: Any = {"valid": True}
        self.status = 200
        self.silent = False
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        if self.silent:
            await asyncio.sleep(30)
        if self.status in {301, 302}:
            return web.Response(status=self.status, headers={"Location": self.url})
        if isinstance(self.answer, str):
            return web.Response(status=self.status, text=self.answer)
        return web.json_response(self.answer, status=self.status)

    @property
    def settings(self) -> dict[str, Any]:
        """What an operator sets who has it in a private network."""
        return {"url": self.url, "allow_plain": True, "private_networks": ["127.0.0.0/8"], "timeout": 30}


@asynccontextmanager
async def serve_licenses() -> AsyncIterator[LicenseServer]:
    """A licence server, running."""
    server = LicenseServer()
    app = web.Application()
    app.router.add_post("/verify", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/verify"
    try:
        yield server
    finally:
        await runner.cleanup()
