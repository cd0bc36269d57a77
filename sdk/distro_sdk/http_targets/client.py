"""One request and its answer: only to addresses that are allowed, with nothing taken from this machine.

Needs the extra `http`: import it where a session is opened, for aiohttp takes 8 MB.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp
from yarl import URL

from distro_sdk.certificates import trust_in
from distro_sdk.errors import TransportError
from distro_sdk.http import FAILURES, client_error, guarded_session
from distro_sdk.http_targets.bodies import Body
from distro_sdk.http_targets.failures import PROTOCOL, TOO_LARGE, status_error
from distro_sdk.http_targets.patience import Patience
from distro_sdk.http_targets.settings import ConnectionSettings
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import STALLED, raised
from distro_sdk.transports import FileSource, Progress

ASK_FROM = 1024 * 1024
"""A file of this size is announced first, and sent when the server says `100 Continue` (RFC 9110 section 10.1.1)."""

CONTINUE_SECONDS = 5
"""How long a server may take to say so; one that does not know it gets the file without."""

_PIECE = 64 * 1024


@dataclass(frozen=True)
class Upload:
    """A file that a request carries."""

    source: FileSource
    progress: Progress


@dataclass(frozen=True)
class Call:
    """A request. `doing`: what it is for, such as ``write a/b.wav``.

    `most`: bytes of a successful answer's body to read; REMOTE_FILE_TOO_LARGE when it has more. `take`: gets them piece
    by piece, so that nothing is kept.
    """

    method: str
    address: str
    doing: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Upload | bytes | None = None
    most: int = 0
    take: Callable[[bytes], None] | None = None


@dataclass(frozen=True)
class Answer:
    """What the server said. `content`: its body, where that was asked for."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of success; 207 tells of several, of which some may have failed."""
        return 200 <= self.status < 300 and self.status != 207

    def error(self, doing: str) -> TransportError:
        """What the status means, as an error."""
        return status_error(self.status, self.reason, self.headers, doing)


class HttpClient:
    """Sends requests and follows nothing; every failure is a `TransportError`. `open_client` makes one."""

    def __init__(self, session: aiohttp.ClientSession, stall_timeout: float, *, asks: bool) -> None:
        """`stall_timeout`: seconds; `asks`: whether large files are announced, until the server does not know it."""
        self._session = session
        self._stall_timeout = stall_timeout
        self._asks = asks

    async def send(self, call: Call) -> Answer:
        """Send a request and return its answer, whatever its status."""
        content = call.content
        asks = self._asks and isinstance(content, Upload) and content.source.size >= ASK_FROM
        answer = await self._send(call, asks=asks)
        if asks and (answer is None or answer.status == 417):
            self._asks = False
            answer = await self._send(call, asks=False)
        if answer is None:
            raise self._stalled(call)
        return answer

    async def _send(self, call: Call, *, asks: bool) -> Answer | None:
        """The answer, or None where the server did not say whether it wants the file."""
        patience = Patience(self._stall_timeout, CONTINUE_SECONDS if asks else None)
        content = call.content
        body = Body(content.source, content.progress, patience) if isinstance(content, Upload) else None
        try:
            async with patience.deadline:
                try:
                    answer = await self._exchange(call, body, patience, asks=asks)
                finally:
                    patience.over = True
        except (*FAILURES, TransportError) as error:
            if body is not None and body.failure is not None:
                raise body.failure from error
            if patience.ran_out:
                if asks and body is not None and not body.begun:
                    return None
                raise self._stalled(call) from error
            raise client_error(error, call.doing) from error
        finally:
            if body is not None:
                await body.close()
        if body is not None and answer.succeeded:
            _assert_sent(body, call.doing)
        return answer

    async def _exchange(self, call: Call, body: Body | None, patience: Patience, *, asks: bool) -> Answer:
        async with self._session.request(
            call.method,
            URL(call.address, encoded=True),
            headers=call.headers,
            data=call.content if body is None else body,
            expect100=asks,
            allow_redirects=False,
            trace_request_ctx=patience,
        ) as response:
            content = b""
            if call.most and 200 <= response.status < 300:
                content = await _read(response, call, patience)
            else:
                content = await _skip(response)
            return Answer(response.status, response.reason or "", response.headers, content)

    def _stalled(self, call: Call) -> TransportError:
        return raised(STALLED, f"cannot {call.doing}: nothing moved for {self._stall_timeout:g} seconds")


@asynccontextmanager
async def open_client(
    settings: ConnectionSettings,
    addresses: AddressPolicy,
    *,
    headers: Mapping[str, str] | None = None,
    asks: bool = True,
) -> AsyncIterator[HttpClient]:
    """A client whose connections live as long as the context: no proxy, no cookies, no `.netrc`.

    `addresses`: to which it connects; `headers`: sent with each request; `asks`: whether a file of `ASK_FROM` or more
    is announced before it is sent.
    """
    trust = await asyncio.to_thread(trust_in, settings.ca_certificates)
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_note_connected)
    timeout = aiohttp.ClientTimeout(connect=settings.timeout)
    async with guarded_session(addresses, trust, timeout=timeout, headers=headers, tracing=[tracing]) as session:
        yield HttpClient(session, settings.stall_timeout, asks=asks)


async def _note_connected(
    _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestHeadersSentParams
) -> None:
    context.trace_request_ctx.connected()


async def _read(response: aiohttp.ClientResponse, call: Call, patience: Patience) -> bytes:
    content = bytearray()
    take = call.take or content.extend
    received = 0
    async for piece in response.content.iter_chunked(_PIECE):
        patience.connected()
        received += len(piece)
        if received > call.most:
            response.close()
            raise raised(TOO_LARGE, f"the answer has more than {call.most} bytes")
        take(piece)
    return bytes(content)


async def _skip(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of a body that tells why; the connection is kept where that is all of it."""
    return await response.content.read(_PIECE)


def _assert_sent(body: Body, doing: str) -> None:
    """A server must not be believed that is content with a part of the file."""
    if body.failure is not None:
        raise body.failure
    if not body.complete:
        raise raised(PROTOCOL, f"cannot {doing}: the server confirmed the file before it had all of it")
