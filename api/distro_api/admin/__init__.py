"""The admin page: what `make admin` built of `api/admin`, served under `/admin`. It is a client of our GraphQL.

Built files carry a hash of their content in their names, so browsers keep them for ever; the page itself is asked for
anew each time. Any address below `/admin` that names no file is one of the page's own, and gets the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ADMIN_PATH: Final = "/admin"
BUILT: Final = files(__package__).joinpath("built")
PAGE: Final = "index.html"
NOT_BUILT: Final = "not_built.html"
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types vue; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Nothing inline, nothing from elsewhere; `data:` is for a tenant's logo."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


@dataclass(frozen=True)
class BuiltFile:
    """A file of the page. `etag`: changes with its content."""

    content: bytes
    media_type: str
    cache: str
    etag: str


def admin_routes(folder: Traversable = BUILT) -> list[Route]:
    """The page at `/admin`, its files below, and every address of its own. `folder`: where it was built."""
    found = _read(folder) or {PAGE: _not_built()}
    serve = partial(_serve, found)
    return [
        Route(ADMIN_PATH, serve, methods=["GET"]),
        Route(f"{ADMIN_PATH}/{{path:path}}", serve, methods=["GET"]),
    ]


async def _serve(found: Mapping[str, BuiltFile], request: Request) -> Response:
    path = request.path_params.get("path", "")
    file = found.get(path)
    if file is None and path.startswith("assets/"):
        # A page of an earlier build asks for what is gone: the page in its place would be read as a script.
        return Response("no such file", 404, media_type="text/plain", headers={"cache-control": "no-store"})
    file = file or found[PAGE]
    headers = {"cache-control": file.cache, "etag": file.etag, "content-security-policy": CONTENT_POLICY}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def _read(folder: Traversable, below: str = "") -> dict[str, BuiltFile]:
    """All files of a folder by their paths, in memory: they are few and small."""
    if not folder.is_dir():
        return {}
    found: dict[str, BuiltFile] = {}
    for each in folder.iterdir():
        path = f"{below}{each.name}"
        if each.is_dir():
            found |= _read(each, f"{path}/")
        elif media_type := MEDIA_TYPES.get(each.name.rpartition(".")[2]):
            found[path] = _file(each, media_type, FOR_EVER if path.startswith("assets/") else ASK_AGAIN)
    return found


def _not_built() -> BuiltFile:
    return _file(files(__package__).joinpath(NOT_BUILT), "text/html", "no-store")


def _file(source: Traversable, media_type: str, cache: str) -> BuiltFile:
    content = source.read_bytes()
    return BuiltFile(content, media_type, cache, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
