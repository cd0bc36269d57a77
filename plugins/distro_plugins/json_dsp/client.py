"""Questions in JSON over HTTP: bounded, without redirections, every failure a `TransportError`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from distro_plugins.json_dsp.settings import JsonDspSettings
from distro_sdk.certificates import trust_in
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.http import guarded_session
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import network_error, seconds_to_wait

MOST = 1 << 20
"""Bytes of an answer."""

CONNECTING = 30.0
"""Seconds that connecting may take; a whole question has its limit from the settings."""

_BY_STATUS: Mapping[int, tuple[ErrorCategory, str, bool]] = {
    401: (ErrorCategory.AUTH_EXPIRED, "PLATFORM_SIGN_IN_REFUSED", False),
    403: (ErrorCategory.AUTH_INVALID, "PLATFORM_SIGN_IN_REFUSED", False),
    408: (ErrorCategory.NETWORK_TIMEOUT, "PLATFORM_UNAVAILABLE", True),
    429: (ErrorCategory.API_RATE_LIMIT, "PLATFORM_RATE_LIMIT", True),
}


@dataclass(frozen=True)
class Answer:
    """What the interface said; `document` is None where it said nothing."""

    status: int
    document: dict[str, Any] | None


class JsonClient:
    """Asks the interface of one platform, with its token."""

    def __init__(self, http: aiohttp.ClientSession, settings: JsonDspSettings) -> None:
        self._http = http
        self._settings = settings
        self._token = settings.token.get_secret_value() if settings.token else None

    @property
    def can_sign_in(self) -> bool:
        """Whether a fresh token can be asked for."""
        return self._settings.client_id is not None

    async def sign_in(self) -> None:
        """Ask for a fresh token (RFC 6749 section 4.4)."""
        settings = self._settings
        if settings.client_id is None or settings.client_secret is None:
            return
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
        }
        answer = await self._send("POST", "token", data=form)
        token = (answer.document or {}).get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise TransportError(
                ErrorCategory.AUTH_INVALID,
                "PLATFORM_SIGN_IN_REFUSED",
                "the platform gives no token for the client's id and secret",
                retryable=False,
            )
        self._token = token

    async def ask(
        self,
        method: str,
        path: str,
        *,
        document: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        key: str | None = None,
        accepts: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send a question. `key`: makes the platform take it once; `accepts`: statuses beyond success that are none of
        failure. Raises `TransportError`.
        """
        if self._token is None:
            await self.sign_in()
        headers = {"Authorization": f"Bearer {self._token}", **({"Idempotency-Key": key} if key else {})}
        body = None if document is None else json.dumps(document, sort_keys=True).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = await self._send(method, path, data=body, headers=headers, params=query)
        if 200 <= answer.status < 300 or answer.status in accepts:
            return answer
        raise _refusal(answer, f"{method} {path}")

    async def _send(self, method: str, path: str, **options: Any) -> Answer:
        address = f"{self._settings.address}/{path}"
        try:
            async with (
                asyncio.timeout(self._settings.timeout),
                self._http.request(method, address, allow_redirects=False, **options) as response,
            ):
                content = await response.content.read(MOST + 1)
                if response.status >= 300:
                    retry_after = seconds_to_wait(response.headers.get("Retry-After"))
                    return Answer(response.status, {**_read(content, strict=False), "retry_after": retry_after})
                return Answer(response.status, _read(content) if content else None)
        except TransportError:
            raise
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise network_error(error, f"ask the platform: {method} {path}") from error


@asynccontextmanager
async def open_json_client(settings: JsonDspSettings, addresses: AddressPolicy) -> AsyncIterator[JsonClient]:
    """A client with its own connections, to addresses that are allowed: no proxy, no cookies."""
    trust = await asyncio.to_thread(trust_in, None)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECTING)
    headers = {"Accept": "application/json"}
    async with guarded_session(addresses, trust, timeout=timeout, headers=headers, unpacks=True) as http:
        yield JsonClient(http, settings)


def _read(content: bytes, *, strict: bool = True) -> dict[str, Any]:
    try:
        document = json.loads(content) if len(content) <= MOST else None
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        return document
    if not strict:
        return {}
    raise unreadable("an answer of the platform is no JSON object, or too large")


def unreadable(message: str) -> TransportError:
    """What is said of an answer that does not keep the interface."""
    return TransportError(ErrorCategory.API_UNAVAILABLE, "PLATFORM_ANSWER_UNREADABLE", message, retryable=False)


def _refusal(answer: Answer, doing: str) -> TransportError:
    told = answer.document or {}
    reason = str(told.get("message") or told.get("error") or f"HTTP {answer.status}")[:500]
    if answer.status >= 500:
        category, code, retryable = ErrorCategory.API_UNAVAILABLE, "PLATFORM_UNAVAILABLE", True
    else:
        refused = (ErrorCategory.METADATA_INVALID, "PLATFORM_REFUSED_REQUEST", False)
        category, code, retryable = _BY_STATUS.get(answer.status, refused)
    message = f"the platform refuses {doing}: {reason}"
    return TransportError(category, code, message, retryable=retryable, retry_after=told.get("retry_after"))
