"""One request and its answer: only to addresses that are allowed, following nothing."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from distro_sdk.errors import TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import STALLED, raised
from distro_sdk.transports import FileSource, Progress
from stardust_webdav.body import Body, Deadline
from stardust_webdav.failures import FAILURES, PROTOCOL, TOO_LARGE, client_error, status_error
from stardust_webdav.settings import WebDavSettings

_PIECE = 64 * 1024


@dataclass(frozen=True)
class Call:
    """A request. `doing`: what it is for, such as ``write a/b.wav``; `most`: bytes of a good answer's body to read.

    `take`: gets them piece by piece, so that nothing is kept.
    """

    method: str
    address: str
    doing: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    most: int = 0
    take: Callable[[bytes], None] | None = None


@dataclass(frozen=True)
class Answer:
    """What the server said. `content`: its body, where that was asked for."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def succeeded(self) -> bool:
        """Whether all went well; a 207 to anything but PROPFIND tells of a part that did not."""
        return 200 <= self.status < 300 and self.status != 207

    def error(self, doing: str) -> TransportError:
        """What the status means, as an error."""
        return status_error(self.status, self.headers, doing)


class WebDavClient:
    """Sends requests; every failure is a `TransportError`."""

    def __init__(self, session: aiohttp.ClientSession, stall_timeout: float) -> None:
        self._session = session
        self._stall_timeout = stall_timeout

    async def send(self, call: Call) -> Answer:
        """Send a request without a file and return its answer, whatever its status."""
        deadline = Deadline(self._stall_timeout)
        return await self._watched(call, call.content, deadline)

    async def upload(self, call: Call, source: FileSource, progress: Progress) -> Answer:
        """Send a file; raises PROTOCOL_ERROR where the server confirms it before it has all of it."""
        deadline = Deadline(self._stall_timeout)
        body = Body(source, progress, deadline)
        try:
            answer = await self._watched(call, body, deadline)
        except TransportError as error:
            if body.failure is not None:
                raise _as_transport_error(body.failure, call.doing) from error
            raise
        finally:
            await body.close()
        if answer.succeeded and (body.failure is not None or not body.complete):
            raise raised(PROTOCOL, f"cannot {call.doing}: the server confirmed the file before it had all of it")
        return answer

    async def _watched(self, call: Call, data: Body | bytes | None, deadline: Deadline) -> Answer:
        try:
            async with deadline.timeout:
                try:
                    return await self._exchange(call, data, deadline)
                finally:
                    deadline.over = True
        except FAILURES as error:
            if deadline.timeout.expired():
                message = f"cannot {call.doing}: nothing moved for {self._stall_timeout:g} seconds"
                raise raised(STALLED, message) from error
            raise client_error(error, call.doing) from error

    async def _exchange(self, call: Call, data: Body | bytes | None, deadline: Deadline) -> Answer:
        deadline.server()
        async with self._session.request(
            call.method,
            URL(call.address, encoded=True),
            headers=call.headers,
            data=data,
            allow_redirects=False,
        ) as response:
            content = bytearray()
            take = call.take or content.extend
            received = 0
            if call.most and 200 <= response.status < 300:
                async for piece in response.content.iter_chunked(_PIECE):
                    deadline.server()
                    received += len(piece)
                    if received > call.most:
                        response.close()
                        raise raised(TOO_LARGE, f"cannot {call.doing}: it has more than {call.most} bytes")
                    take(piece)
            else:
                await response.content.read(_PIECE)
            return Answer(response.status, response.headers, bytes(content))


@asynccontextmanager
async def open_client(settings: WebDavSettings, addresses: AddressPolicy) -> AsyncIterator[WebDavClient]:
    """A client whose connections live as long as the context: no proxy, no cookies, no `.netrc`."""
    context = await asyncio.to_thread(ssl.create_default_context, cadata=settings.ca_certificates)
    connector = aiohttp.TCPConnector(
        ssl=context,
        limit=0,
        # One address after the other: happy eyeballs would swallow the refusal of an address.
        happy_eyeballs_delay=None,
        socket_factory=addresses.open_socket,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(connect=settings.timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity", "User-Agent": "stardust-distro-webdav", **_authorization(settings)},
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield WebDavClient(session, settings.stall_timeout)


def _authorization(settings: WebDavSettings) -> dict[str, str]:
    if settings.username is None or settings.password is None:
        return {}
    credentials = f"{settings.username}:{settings.password.get_secret_value()}".encode()
    return {"Authorization": f"Basic {base64.b64encode(credentials).decode('ascii')}"}


def _as_transport_error(failure: Exception, doing: str) -> Exception:
    return failure if isinstance(failure, TransportError) else client_error(failure, doing)
