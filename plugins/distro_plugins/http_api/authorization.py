"""How requests say who sends them: the `Authorization` header of each way to sign in."""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode

from pydantic import SecretStr

from distro_plugins.http_api.failures import TOKEN_REFUSED
from distro_plugins.http_api.settings import HttpConnectionSettings
from distro_plugins.http_api.token_cache import TokenCache
from distro_sdk.http_targets.client import Answer, Call, HttpClient
from distro_sdk.http_targets.failures import PROTOCOL, REDIRECTIONS
from distro_sdk.network_failures import raised

LARGEST_TOKEN_ANSWER = 64 * 1024
LIFETIME = 300.0
"""Seconds that a token is kept whose server does not say how long it is good (RFC 6749 section 5.1)."""

MARGIN = 60.0
"""A token is fetched anew this many seconds before it expires, or after three quarters of a shorter life."""

_TOKEN = re.compile(r"^[\x21-\x7e]{1,16384}$")
_ERROR = re.compile(r"^[a-z_]{1,40}$")


class Authorization(Protocol):
    """A way to sign in."""

    async def header(self) -> str | None:
        """The value of the header, None for none; raises `TransportError` when there is none to get."""
        ...

    async def renew(self, refused: str | None) -> bool:
        """Whether there is another header to try than the one that was refused."""
        ...


class FixedAuthorization:
    """No header, or one that stays the same: None, Bearer (RFC 6750) and Basic (RFC 7617)."""

    def __init__(self, settings: HttpConnectionSettings) -> None:
        self._header: str | None = None
        if settings.authentication == "bearer":
            self._header = f"Bearer {_open(settings.token)}"
        elif settings.authentication == "basic":
            self._header = f"Basic {_basic(settings.username or '', _open(settings.password))}"

    async def header(self) -> str | None:
        """The header of the settings."""
        return self._header

    async def renew(self, refused: str | None) -> bool:
        """False: there is no other."""
        return False


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 section 4.4): a token that is fetched when it is needed."""

    def __init__(self, settings: HttpConnectionSettings, client: HttpClient, cache: TokenCache) -> None:
        self._settings = settings
        self._client = client
        self._clock = cache.clock
        self._token = cache.of(settings)

    async def header(self) -> str | None:
        """The header with a token that has not expired; raises `TransportError`, TOKEN_REFUSED among others."""
        async with self._token.fetching:
            if self._token.header is None or self._clock() >= self._token.renew_at:
                await self._fetch()
            return self._token.header

    async def renew(self, refused: str | None) -> bool:
        """True: the refused token is forgotten, unless another request has fetched a new one in the meantime."""
        if self._token.header == refused:
            self._token.header = None
        return True

    async def _fetch(self) -> None:
        doing = "get a token"
        asked_at = self._clock()
        self._token.header = None
        content = urlencode(self._form()).encode("ascii")
        address = self._settings.token_address or ""
        call = Call("POST", address, doing, self._headers(), content, most=LARGEST_TOKEN_ANSWER)
        answer = await self._client.send(call)
        if answer.status in {400, 401, 403}:
            raise raised(TOKEN_REFUSED, f"cannot {doing}: {_told_error(answer)}")
        if answer.status in REDIRECTIONS:
            raise raised(PROTOCOL, f"cannot {doing}: the server says {answer.status}")
        if not answer.succeeded:
            raise answer.error(doing)
        token, lifetime = _parse(answer)
        self._token.header = f"Bearer {token}"
        self._token.renew_at = asked_at + lifetime - min(MARGIN, lifetime / 4)

    def _form(self) -> dict[str, str]:
        form = {"grant_type": "client_credentials", "scope": self._settings.scope, "audience": self._settings.audience}
        if self._settings.client_authentication == "body":
            form |= {"client_id": self._settings.client_id, "client_secret": _open(self._settings.client_secret)}
        return {name: value for name, value in form.items() if value is not None}

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._settings.client_authentication == "basic":
            client, secret = self._settings.client_id or "", _open(self._settings.client_secret)
            headers["Authorization"] = f"Basic {_basic(quote_plus(client), quote_plus(secret))}"
        return headers


def _parse(answer: Answer) -> tuple[str, float]:
    """The token and the seconds for which it is good."""
    said = _json(answer)
    token, kind, lifetime = said.get("access_token"), said.get("token_type", "bearer"), said.get("expires_in", LIFETIME)
    try:
        seconds = float(lifetime)
    except (TypeError, ValueError):
        seconds = LIFETIME
    if not isinstance(token, str) or not _TOKEN.match(token) or str(kind).lower() != "bearer":
        raise raised(PROTOCOL, "cannot get a token: the answer has no bearer token (RFC 6749 section 5.1)")
    return token, max(0.0, seconds) if math.isfinite(seconds) else LIFETIME


def _told_error(answer: Answer) -> str:
    """The code of the refusal (RFC 6749 section 5.2); the server's sentences are left out, they may repeat secrets."""
    code = _json(answer).get("error")
    told = code if isinstance(code, str) and _ERROR.match(code) else "no reason given"
    return f"the server says {answer.status}, {told}"


def _json(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _open(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
