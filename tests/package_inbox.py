"""What a receiver of whole packages keeps: each request with an idempotency key once, and nothing of a half one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response


@dataclass(frozen=True)
class TakenPackage:
    """A package. `files`: SHA-256 by name, in the order of the parts; `fields`: what is no file; `parts`: names of
    the fields that held the files; `headers`: of each part."""

    key: str
    headers: Mapping[str, str]
    files: Mapping[str, str]
    fields: Mapping[str, str]
    parts: tuple[str, ...]
    part_headers: tuple[Mapping[str, str], ...]


@dataclass
class PackageInbox:
    """`answers`: what is said instead of the usual answer to packages that are taken, each once.

    `tells_hashes`: whether the answer lists the files with their hashes; `wrong`: names that it lists with wrong ones.
    """

    taken: list[TakenPackage] = field(default_factory=list)
    requests: int = 0
    answers: list[Response] = field(default_factory=list)
    tells_hashes: bool = True
    wrong: set[str] = field(default_factory=set)

    async def take(self, request: Request) -> Response:
        """Take a package and say under which number, or nothing where the connection breaks."""
        self.requests += 1
        try:
            package = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        known = [number for number, each in enumerate(self.taken, 1) if each.key == package.key]
        if not known:
            self.taken.append(package)
        if self.answers:
            return self.answers.pop(0)
        number = known[0] if known else len(self.taken)
        files = [{"path": name, "sha256": self._told(name, digest)} for name, digest in package.files.items()]
        said = {"delivery": {"id": f"DSP-{number}"}, "files": files if self.tells_hashes else []}
        return JSONResponse(said, status_code=202)

    def _told(self, name: str, digest: str) -> str:
        return "0" * 64 if name in self.wrong else digest.upper()


async def _read(request: Request) -> TakenPackage:
    files: dict[str, str] = {}
    fields: dict[str, str] = {}
    parts, headers = [], []
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[value.filename or ""] = await _digest(value)
                parts.append(name)
                headers.append(dict(value.headers))
            else:
                fields[name] = value
    key = request.headers.get("idempotency-key", "")
    return TakenPackage(key, dict(request.headers), files, fields, tuple(parts), tuple(headers))


async def _digest(file: UploadFile) -> str:
    digest = hashlib.sha256()
    while block := await file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
