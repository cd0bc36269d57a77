"""`/metrics`: what a process has measured, for a Prometheus of the operator (row LOG-06)."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from distro_api.envelope import REQUEST_ID, error_response
from distro_core.metrics import render_metrics
from distro_core.settings import Settings

METRICS_PATH = "/metrics"


def metrics_routes(settings: Settings) -> list[BaseRoute]:
    """The route, where the operator has set a token for it: figures of all tenants are nobody else's business."""
    if settings.metrics_token is None:
        return []
    expected = f"Bearer {settings.metrics_token.get_secret_value()}".encode()

    async def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            request_id = request.scope["state"][REQUEST_ID]
            return error_response(401, "METRICS_TOKEN_WRONG", "this needs the operator's metrics token", request_id)
        content, media_type = render_metrics()
        return Response(content, media_type=media_type)

    return [Route(METRICS_PATH, metrics, methods=["GET"])]
