"""An HTTP receiver for tests: takes files by PUT, checks what comes with them, and fails as it is told."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import ipaddress
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.package_inbox import PackageInbox


@dataclass(frozen=True)
class Seen:
    """A request that came in. `received`: bytes of its body, as far as they were taken."""

    method: str
    path: str
    headers: dict[str, str]
    received: int = 0


@dataclass
class HttpReceiver:
    """What the receiver does and has seen.

    `accepts`: the Authorization headers that may enter, None for anybody; `faults`: answers to give instead, by
    method, each once; `refuses`: methods that
    are not offered; `tells`: the headers that tell hashes of a file; `needs_folders`: files need theirs made before.
    """

    folder: Path
    port: int = 0
    scheme: str = "http"
    accepts: set[str] | None = None
    faults: dict[str, list[Response]] = field(default_factory=lambda: defaultdict(list))
    refuses: set[str] = field(default_factory=set)
    tells: Callable[[Path], dict[str, str]] = field(default_factory=lambda: digests)
    needs_folders: bool = False
    seen: list[Seen] = field(default_factory=list)
    token_requests: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)
    token_answers: list[Response] = field(default_factory=list)
    inbox: PackageInbox = field(default_factory=PackageInbox)

    @property
    def address(self) -> str:
        """Where files go."""
        return f"{self.scheme}://127.0.0.1:{self.port}/incoming"

    @property
    def packages_address(self) -> str:
        """Where whole packages go."""
        return f"{self.scheme}://127.0.0.1:{self.port}/api/deliveries"

    @property
    def token_address(self) -> str:
        """Where tokens come from."""
        return f"{self.scheme}://127.0.0.1:{self.port}/token"

    def of(self, method: str) -> list[Seen]:
        """The requests of a method."""
        return [request for request in self.seen if request.method == method]

    async def token(self, request: Request) -> Response:
        """A token, good for an hour; the next one is another."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.token_requests.append((dict(request.headers), form))
        if self.token_answers:
            return self.token_answers.pop(0)
        token = f"token-{len(self.token_requests)}"
        self.accepts = {f"Bearer {token}"}
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    async def take_package(self, request: Request) -> Response:
        """A request with a whole package; GET and HEAD are not offered."""
        if self.accepts is not None and request.headers.get("authorization") not in self.accepts:
            return Response(status_code=401)
        if request.method != "POST":
            return Response(status_code=405)
        waiting = self.faults["POST"]
        return waiting.pop(0) if waiting else await self.inbox.take(request)

    async def serve(self, request: Request) -> Response:
        """A request for a file or a folder."""
        method, path = request.method, request.path_params["path"]
        refusal = self._refusal(request)
        if refusal is not None:
            self.seen.append(Seen(method, path, dict(request.headers)))
            return refusal
        place = self.folder / path
        if method == "PUT":
            return await self._put(request, path, place)
        self.seen.append(Seen(method, path, dict(request.headers)))
        if method == "MKCOL":
            return self._make_folder(place)
        if method == "DELETE" and place.is_file():
            place.unlink()
            return Response(status_code=204)
        if method in {"GET", "HEAD"} and place.is_file():
            return FileResponse(place, headers=self.tells(place))
        return Response(status_code=404)

    def _refusal(self, request: Request) -> Response | None:
        if self.accepts is not None and request.headers.get("authorization") not in self.accepts:
            return Response(status_code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if request.method in self.refuses:
            return Response(status_code=405)
        waiting = self.faults[request.method]
        return waiting.pop(0) if waiting and request.path_params["path"] else None

    async def _put(self, request: Request, path: str, place: Path) -> Response:
        if self.needs_folders and not place.parent.is_dir():
            self.seen.append(Seen("PUT", path, dict(request.headers)))
            return Response(status_code=409)
        incoming = self.folder.with_name(f"incoming-{uuid4()}")
        received = 0
        try:
            with incoming.open("wb") as file:
                async for piece in request.stream():
                    received += len(piece)
                    file.write(piece)
        except ClientDisconnect:
            incoming.unlink()
            self.seen.append(Seen("PUT", path, dict(request.headers), received))
            return Response(status_code=400)
        self.seen.append(Seen("PUT", path, dict(request.headers), received))
        wrong = _wrong_digest(request, incoming)
        place.parent.mkdir(parents=True, exist_ok=True)
        incoming.unlink() if wrong else incoming.replace(place)
        return Response(status_code=400) if wrong else Response(status_code=201, headers=self.tells(place))

    @staticmethod
    def _make_folder(place: Path) -> Response:
        if place.is_dir():
            return Response(status_code=405)
        if not place.parent.is_dir():
            return Response(status_code=409)
        place.mkdir()
        return Response(status_code=201)


def file_hash(path: Path, algorithm: str) -> bytes:
    """The hash of a file, read block by block."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).digest()


def digests(path: Path) -> dict[str, str]:
    """All hashes of a file, in headers that servers use."""
    sha256 = base64.b64encode(file_hash(path, "sha256")).decode()
    return {
        "Content-MD5": base64.b64encode(file_hash(path, "md5")).decode(),
        "X-Checksum-sha1": file_hash(path, "sha1").hex().upper(),
        "Repr-Digest": f"sha-512=:AAAA:, sha-256=:{sha256}:",
    }


@dataclass(frozen=True)
class Certificate:
    """A certificate of this machine that signs itself, with its key beside it."""

    file: Path
    key: Path

    @property
    def text(self) -> str:
        """The certificate as PEM text."""
        return self.file.read_text("ascii")


def make_certificate(folder: Path, name: str = "127.0.0.1") -> Certificate:
    """Make a certificate for a name or an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = dt.datetime.now(dt.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    made.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@asynccontextmanager
async def http_receiver(folder: Path, certificate: Certificate | None = None) -> AsyncIterator[HttpReceiver]:
    """Run a receiver that stores below `folder`, with TLS where it has a certificate."""
    incoming = folder / "incoming"
    incoming.mkdir(parents=True)
    receiver = HttpReceiver(incoming, scheme="https" if certificate else "http")
    methods = ["PUT", "GET", "DELETE", "MKCOL"]
    app = Starlette(
        routes=[
            Route("/token", receiver.token, methods=["POST"]),
            Route("/api/deliveries", receiver.take_package, methods=["GET", "POST"]),
            Route("/incoming/{path:path}", receiver.serve, methods=methods),
        ]
    )
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_config=None,
        lifespan="off",
        ssl_certfile=certificate.file if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
        if serving.done():
            await serving
    receiver.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.should_exit = server.force_exit = True
        await serving


def _wrong_digest(request: Request, file: Path) -> bool:
    wanted = {
        "content-md5": base64.b64encode(file_hash(file, "md5")).decode(),
        "content-digest": f"sha-256=:{base64.b64encode(file_hash(file, 'sha256')).decode()}:",
    }
    return any(request.headers.get(name, value) != value for name, value in wanted.items())
