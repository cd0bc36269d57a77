"""A platform with a JSON interface, as the plugin `json-dsp` speaks with it; fails as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "a-token-that-lasts"
SECRET = "a-secret-of-the-client"


@dataclass
class JsonDsp:
    """What the platform knows. `answers`: given instead, each once; `tokens`: those that are good;
    `meanwhile`: what happens once a release is taken, before the answer."""

    port: int = 0
    deliveries: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    store: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    given: int = 0
    meanwhile: Callable[[], Awaitable[None]] | None = None

    @property
    def address(self) -> str:
        """Where the interface lies."""
        return f"http://127.0.0.1:{self.port}/api"

    async def token(self, request: Request) -> Response:
        """A fresh token for the right client; every earlier one of a client ends."""
        form = await request.form()
        if form.get("client_secret") != SECRET:
            return JSONResponse({"error": "invalid_client"}, 401)
        self.given += 1
        self.tokens = {TOKEN, f"token-{self.given}"}
        return JSONResponse({"access_token": f"token-{self.given}", "token_type": "Bearer"})

    async def handle(self, request: Request) -> Response:
        """One question."""
        self.asked.append(f"{request.method} {request.url.path.removeprefix('/api/')}")
        if self.answers:
            return self.answers.pop(0)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return JSONResponse({"message": "the token is not good"}, 401)
        place = request.path_params["place"]
        if place == "session":
            return JSONResponse({"client": "label"})
        if place == "store":
            found = self.store.get(request.query_params.get("icpn", ""))
            return JSONResponse(found) if found else JSONResponse({"message": "not in store"}, 404)
        return await self._deliveries(request, place.removeprefix("deliveries").strip("/"))

    async def _deliveries(self, request: Request, reference: str) -> Response:
        key = request.headers.get("idempotency-key", "")
        if request.method == "POST":
            reference = self.by_key.setdefault(key, f"DSP-{len(self.by_key) + 1}")
            self.deliveries[reference] = await request.json()
            self.statuses.setdefault(reference, {"status": "processing"})
            if self.meanwhile is not None:
                await self.meanwhile()
            return JSONResponse({"reference": reference}, 201)
        if reference not in self.deliveries:
            return JSONResponse({"message": "no such delivery"}, 404)
        if request.method == "PATCH":
            self.deliveries[reference] = await request.json()
            self.statuses[reference] = {"status": "processing"}
            return Response(status_code=204)
        if request.method == "DELETE":
            self.statuses[reference] = {"status": "taken_down"}
            return Response(status_code=202)
        return JSONResponse(self.statuses[reference])


@asynccontextmanager
async def json_dsp() -> AsyncIterator[JsonDsp]:
    """A running platform on a free port."""
    dsp = JsonDsp()
    methods = ["GET", "POST", "PATCH", "DELETE"]
    routes = [
        Route("/api/token", dsp.token, methods=["POST"]),
        Route("/api/{place:path}", dsp.handle, methods=methods),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", lifespan="off"))
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment] # the test process keeps its own
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    dsp.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield dsp
    finally:
        server.should_exit = True
        await serving
