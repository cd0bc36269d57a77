"""Requests to one storage: only to addresses that are allowed, watched, with nothing taken from this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
from yarl import URL

from distro_plugins.google_cloud.failures import refusal
from distro_plugins.google_cloud.settings import GoogleCloudSettings
from distro_sdk.certificates import trust_in
from distro_sdk.errors import TransportError
from distro_sdk.http import FAILURES, guarded_session
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import network_error, raised
from distro_sdk.object_storage.answers import LARGEST_ANSWER
from distro_sdk.object_storage.failures import FILE_TOO_LARGE
from distro_sdk.object_storage.parts import ReadPart
from distro_sdk.object_storage.patience import Watch

CONNECTIONS = 32

_PIECE = 64 * 1024


@dataclass(frozen=True)
class Upload:
    """A part of a file that a request carries, from `start` on; bytes within the part."""

    read: ReadPart
    start: int = 0


@dataclass(frozen=True)
class Call:
    """A request. `address`: percent-encoded; `doing`: what it is for, in errors.

    `most`: bytes of a successful answer's body; REMOTE_FILE_TOO_LARGE when it has more.
    """

    method: str
    address: str
    doing: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Upload | bytes | None = None
    most: int = LARGEST_ANSWER


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def error(self, doing: str) -> TransportError:
        """What it means as an error."""
        return refusal(self.status, self.headers, self.content, doing)


class GoogleClient:
    """Sends requests and follows nothing; every failure is a `TransportError`."""

    def __init__(self, session: aiohttp.ClientSession, stall_timeout: float) -> None:
        self._session = session
        self._stall_timeout = stall_timeout

    async def send(self, call: Call) -> Answer:
        """Send a request and return its answer, whatever its status."""
        watch = Watch(self._stall_timeout)
        try:
            if not isinstance(call.content, Upload):
                data = None if call.content is None else BytesIO(call.content)
                return await watch.over(self._exchange(call, data, call.headers, watch), call.doing)
            read, start = call.content.read, call.content.start
            with read.body(watch.heard) as body:
                body.seek(start)
                headers = {**call.headers, "Content-Length": str(read.part.size - start)}
                return await watch.over(self._exchange(call, body, headers, watch), call.doing)
        except FAILURES as error:
            raise network_error(error, call.doing) from error

    async def _exchange(self, call: Call, data: Any, headers: Mapping[str, str], watch: Watch) -> Answer:
        async with self._session.request(
            call.method, URL(call.address, encoded=True), headers=headers, data=data, allow_redirects=False
        ) as response:
            content = bytearray()
            async for piece in response.content.iter_chunked(_PIECE):
                watch.heard()
                content += piece
                if len(content) > call.most and response.status < 300:
                    response.close()
                    raise raised(FILE_TOO_LARGE, f"cannot {call.doing}: the answer has more than {call.most} bytes")
                if len(content) > LARGEST_ANSWER and response.status >= 300:
                    response.close()
                    break
            return Answer(response.status, response.headers, bytes(content))


@asynccontextmanager
async def open_client(settings: GoogleCloudSettings, addresses: AddressPolicy) -> AsyncIterator[GoogleClient]:
    """A client whose connections live as long as the context: no proxy, no cookies, no `.netrc`."""
    trust = await asyncio.to_thread(trust_in, settings.ca_certificate)
    timeout = aiohttp.ClientTimeout(sock_connect=settings.timeout)
    async with guarded_session(addresses, trust, timeout=timeout, limit=CONNECTIONS) as session:
        yield GoogleClient(session, settings.stall_timeout)
