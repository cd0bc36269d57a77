"""The explorer: a page for trying operations out, in development only.

It is our own and small, because GraphiQL brings two megabytes of other people's code or fetches them from elsewhere:
this one works offline, and under a strict content policy.
"""

from __future__ import annotations

from functools import partial
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PAGE = "explorer.html"
PARTS = {
    PAGE: "text/html",
    "explorer.js": "text/javascript",
    "completion.js": "text/javascript",
    "schema_pane.js": "text/javascript",
    "explorer.css": "text/css",
    "explorer.svg": "image/svg+xml",
}


def explorer_routes(path: str) -> list[Route]:
    """The page at `path`, and its parts below it."""
    page = Route(path, partial(_send, PAGE), methods=["GET"])
    parts = [Route(f"{path}/{name}", partial(_send, name), methods=["GET"]) for name in PARTS if name != PAGE]
    return [page, *parts]


async def _send(name: str, request: Request) -> Response:
    content = files(__package__).joinpath(name).read_bytes()
    return Response(content, media_type=PARTS[name], headers={"content-security-policy": CONTENT_POLICY})
