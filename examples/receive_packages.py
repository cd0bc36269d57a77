"""A platform's API to try deliveries on: takes message and files in one request, and keeps them in a folder.

Run with a folder and a port: python examples/receive_packages.py /tmp/packages 8490
Requests need `Authorization: Bearer open-sesame`. A request that is repeated with its `Idempotency-Key` is taken once.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "open-sesame"
FOLDER, PORT = Path(sys.argv[1]), int(sys.argv[2])
taken: dict[str, JSONResponse] = {}


async def deliveries(request: Request) -> Response:
    """Take a package, and answer with its number and the hashes of its files."""
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Response(status_code=401)
    if request.method != "POST":
        return Response(status_code=405)
    key = request.headers.get("idempotency-key", "")
    if key not in taken:
        number, files = f"DSP-{len(taken) + 1}", []
        async with request.form() as form:
            for _, part in form.multi_items():
                if isinstance(part, UploadFile):
                    digest = await keep(number, part)
                    files.append({"path": part.filename, "sha256": digest})
        taken[key] = JSONResponse({"delivery": {"id": number}, "files": files}, status_code=202)
    return taken[key]


async def keep(number: str, part: UploadFile) -> str:
    """Write a file below the folder of its package; its SHA-256."""
    root = (FOLDER / number).resolve()
    place = (root / (part.filename or "")).resolve()
    if not place.is_relative_to(root):
        raise ValueError(f"{part.filename} leads out of the folder")
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with place.open("wb") as file:
        while block := await part.read(1 << 20):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


if __name__ == "__main__":
    app = Starlette(routes=[Route("/api/deliveries", deliveries, methods=["GET", "POST"])])
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
