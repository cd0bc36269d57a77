"""GraphQL over HTTP: POST, server-sent events (distinct connections), and WebSocket (graphql-transport-ws)."""

from __future__ import annotations

from datetime import timedelta
from json import JSONDecodeError
from typing import Any

from cross_web import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message
from strawberry.types.unset import UNSET, UnsetType

from distro_api.envelope import REQUEST_ID, client_of, error_response
from distro_api.graphql.context import RequestContext
from distro_api.live_schema import LiveSchema
from distro_api.session_cookie import session_cookie
from distro_api.state import ApiState

MAX_OPERATIONS = 50
"""Operations that one WebSocket may have open at a time."""


class BodyTooLarge(Exception):
    """The body of a request is larger than is read."""


class TransportHandler(BaseGraphQLTransportWSHandler[RequestContext, None]):
    """The protocol graphql-transport-ws, kept up with clients that do not keep to it."""

    async def handle_message(self, message: Message) -> None:
        """Do what a message asks for; one that cannot be understood ends the connection."""
        try:
            await super().handle_message(message)
        except (TypeError, AttributeError):
            await self.handle_invalid_message("Failed to parse message")


class GraphQLEndpoint(GraphQL[RequestContext, None]):
    """The one GraphQL endpoint."""

    graphql_transport_ws_handler_class = TransportHandler

    def __init__(self, schema: LiveSchema, state: ApiState) -> None:
        super().__init__(
            schema,  # type: ignore[arg-type] # Strawberry asks it for `execute`, `stream` and `config` alone
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=10),
            max_subscriptions_per_connection=MAX_OPERATIONS,
        )
        self._state = state
        self._max_body = state.platform.settings.max_request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or serve a WebSocket; the body is measured before it is parsed."""
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive, send))
            return
        try:
            response = await self.run(Request(scope, self._measured(scope, receive)))
        except BodyTooLarge:
            message = f"the request has more than {self._max_body} bytes"
            response = self._refusal(scope, 413, "REQUEST_TOO_LARGE", message)
        except HTTPException as error:
            response = self._refusal(scope, error.status_code, "REQUEST_INVALID", error.reason)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> RequestContext:
        """The context of a request; a WebSocket says who it is in its first message, or in its headers."""
        address = base_url(request, self._state)
        context = RequestContext(
            state=self._state,
            request_id=request.scope["state"][REQUEST_ID],
            address=client_of(request.scope),
            base_url=address,
            cookie=session_cookie(request, response, secure=address.startswith("https:")),
        )
        await context.authenticate(request.headers.get("authorization"))
        return context

    async def on_ws_connect(self, context: RequestContext) -> UnsetType | dict[str, object] | None:
        """Take note of who a WebSocket's client is; refuses a token that does not count, and nobody."""
        given = context.connection_params.get("authorization") or context.connection_params.get("Authorization")
        if given is not None:
            await context.authenticate(str(given))
        if context.principal is None:
            raise ConnectionRejectionError
        nothing_to_tell: UnsetType = UNSET
        return nothing_to_tell

    def decode_json(self, data: str | bytes) -> object:
        """The JSON object in a body or message."""
        try:
            found = super().decode_json(data)
        except RecursionError as error:
            raise JSONDecodeError("nested too deeply", "", 0) from error
        if not isinstance(found, dict):
            raise JSONDecodeError("not an object", "", 0)
        return found

    def _measured(self, scope: Scope, receive: Receive) -> Receive:
        read = 0

        async def measured() -> Any:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_body:
                raise BodyTooLarge
            return message

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_body:
            raise BodyTooLarge
        return measured

    def _refusal(self, scope: Scope, status: int, code: str, message: str) -> Response:
        return error_response(status, code, message, scope["state"][REQUEST_ID])


def base_url(connection: HTTPConnection, state: ApiState) -> str:
    """The address under which the API is reached, without a slash at its end."""
    configured = state.platform.settings.public_url
    if configured:
        return configured.rstrip("/")
    url = connection.base_url.replace(
        scheme={"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    )
    return str(url).rstrip("/")
