"""What surrounds every request: its id, the security headers of every answer, and one line in the access log."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from distro_core.logs import bind_log_context

log = structlog.get_logger("distro.api")

REQUEST_ID = "request_id"
GIVEN_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": NO_CONTENT_POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Row SEC-10. An answer that sets one of these itself keeps its own."""

CLIENT_LEFT = 499
"""The status in the access log of a request whose client left before it had sent everything, as nginx has it."""

STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
SECRET_PATHS = ("/uploads/", "/downloads/", "/documents/", "/webhooks/platforms/", "/plugin-uploads/")


class Envelope:
    """ASGI middleware around everything else; whatever fails inside becomes an answer that tells nothing but its id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope.setdefault("state", {})[REQUEST_ID] = request_id
        exchange = _Exchange(scope, send, request_id)
        with bind_log_context(request_id=request_id):
            try:
                await self._app(scope, receive, exchange.send)
            except ClientDisconnect:
                await exchange.end_unheard(receive)
            except Exception as error:  # noqa: BLE001 (the outermost door: nothing may get out but the request's id)
                await exchange.fail(error, receive)
            finally:
                exchange.log()


class _Exchange:
    """One request and what was answered."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._began = time.perf_counter()
        self._status: int | None = None
        self._size = 0

    async def send(self, message: Message) -> None:
        """Pass a message on, with our headers at the start of an answer."""
        if message["type"] in {"http.response.start", "websocket.accept"}:
            self._status = message.get("status", 101)
            message = {**message, "headers": self._with_headers(message.get("headers", ()))}
        elif message["type"] == "http.response.body":
            self._size += len(message.get("body", b""))
        await self._send(message)

    async def end_unheard(self, receive: Receive) -> None:
        """End a request whose client left in the middle of it: nobody's error, and nobody hears the answer."""
        if self._status is None:
            await Response(status_code=CLIENT_LEFT)(self._scope, receive, self.send)

    async def fail(self, error: Exception, receive: Receive) -> None:
        """Answer for what was not foreseen, if nothing was answered yet."""
        log.error("request_failed", exc_info=error)
        if self._scope["type"] == "websocket":
            if self._status is None:
                await self._send({"type": "websocket.close", "code": 1011})
        elif self._status is None:
            answer = error_response(500, "INTERNAL", "something went wrong on our side", self._request_id)
            await answer(self._scope, receive, self.send)

    def log(self) -> None:
        """Write the line in the access log."""
        log.info(
            "request",
            method=self._scope.get("method", "WEBSOCKET"),
            path=_without_secret(self._scope["path"]),
            status=self._status,
            size=self._size,
            duration=round(time.perf_counter() - self._began, 4),
            client=client_of(self._scope),
        )

    def _with_headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        headers = list(given)
        names = {name.lower() for name, _ in headers}
        ours = {**SECURITY_HEADERS, "x-request-id": self._request_id}
        if self._scope.get("scheme") in {"https", "wss"}:
            ours["strict-transport-security"] = STRICT_TRANSPORT
        headers += [(name.encode(), value.encode()) for name, value in ours.items() if name.encode() not in names]
        return headers


def request_id_of(scope: MutableMapping[str, Any]) -> str:
    """The id that the caller gave in `X-Request-ID`, where it is a plain one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and GIVEN_ID.fullmatch(value):
            return str(value.decode())
    return uuid.uuid4().hex


def client_of(scope: MutableMapping[str, Any]) -> str:
    """The caller's network address, or an empty text where the server does not know it."""
    return scope["client"][0] if scope.get("client") else ""


def error_response(
    status: int, code: str, message: str, request_id: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An answer in the form of a GraphQL error, for what is wrong before GraphQL begins and beside it."""
    content = {"errors": [{"message": message, "extensions": {"code": code, "requestId": request_id}}]}
    return JSONResponse(content, status, headers=dict(headers or {}))


def _without_secret(path: str) -> str:
    """The path without the token that some addresses carry."""
    return next((f"{prefix}…" for prefix in SECRET_PATHS if path.startswith(prefix)), path)
