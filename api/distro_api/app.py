"""The API as one ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from distro_api.admin import admin_routes
from distro_api.documents import Documents
from distro_api.endpoint import GraphQLEndpoint
from distro_api.envelope import REQUEST_ID, Envelope, error_response
from distro_api.explorer import explorer_routes
from distro_api.files import Downloads, Uploads
from distro_api.health import Health
from distro_api.live_schema import LiveSchema
from distro_api.metrics import metrics_routes
from distro_api.registry import registry_routes
from distro_api.state import open_state
from distro_api.webhooks import PlatformWebhooks
from distro_core.platform import Platform

GRAPHQL_PATH = "/graphql"


def create_app(platform: Platform) -> Starlette:
    """The API on a running platform: GraphQL, files, health, and in development the explorer."""
    state = open_state(platform)
    endpoint = GraphQLEndpoint(LiveSchema(state), state)
    health = Health(state)
    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, endpoint, methods=["POST"]),
        WebSocketRoute(GRAPHQL_PATH, endpoint),
        Route("/uploads/{token}", Uploads(state).put, methods=["PUT"]),
        Route("/downloads/{token}", Downloads(state).get, methods=["GET"]),
        Route("/documents/{token}", Documents(state).get, methods=["GET"]),
        Route("/webhooks/platforms/{token}", PlatformWebhooks(state).post, methods=["POST"]),
        *admin_routes(),
        *registry_routes(state),
        Route("/health", health.health, methods=["GET"]),
        Route("/ready", health.ready, methods=["GET"]),
        *metrics_routes(platform.settings),
    ]
    if platform.settings.development:
        routes += explorer_routes(GRAPHQL_PATH)
    return Starlette(
        routes=routes,
        middleware=[Middleware(Envelope)],
        exception_handlers={HTTPException: _refuse},
    )


async def _refuse(request: Request, error: Exception) -> Response:
    """An answer for a path or method that is not served."""
    if not isinstance(error, HTTPException):
        raise error
    codes = {404: "PATH_UNKNOWN", 405: "METHOD_NOT_ALLOWED"}
    code = codes.get(error.status_code, "REQUEST_INVALID")
    return error_response(
        error.status_code, code, error.detail, request.scope["state"][REQUEST_ID], headers=error.headers
    )
