"""Who signs in: a token that is given, or those that a service account's key is good for."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from distro_plugins.google_cloud.client import Answer, Call, GoogleClient
from distro_plugins.google_cloud.failures import TOKEN_REFUSED
from distro_plugins.google_cloud.settings import GoogleCloudSettings, ServiceAccount
from distro_plugins.google_cloud.token_cache import CachedToken, TokenCache
from distro_sdk.network_failures import raised

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = 3600
"""Seconds for which a token is asked: the most that Google gives."""

MARGIN = 300
"""A token is fetched anew so many seconds before it ends."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_ERROR = re.compile(r"[a-z_]{1,40}")


class Authorization:
    """The `Authorization` header of one target."""

    def __init__(self, settings: GoogleCloudSettings, client: GoogleClient, cache: TokenCache) -> None:
        self._client = client
        self._clock = cache.clock
        self._account = settings.account
        if settings.service_account is not None:
            self._token = cache.of(settings.service_account.get_secret_value())
        elif settings.token is not None:
            self._token = CachedToken(settings.token.get_secret_value(), float("inf"))

    async def header(self) -> str:
        """The header with a token that has not ended; raises `TransportError`, TOKEN_REFUSED among others."""
        async with self._token.fetching:
            if self._account is not None and self._clock() >= self._token.ends_at - MARGIN:
                await self._fetch(self._account)
            return f"Bearer {self._token.text}"

    def renew(self, refused: str) -> bool:
        """Whether there is another token to try than the one that was refused."""
        if self._account is None:
            return False
        if refused == f"Bearer {self._token.text}":
            self._token.ends_at = 0.0
        return True

    async def _fetch(self, account: ServiceAccount) -> None:
        """Exchange a signed assertion for a token (RFC 7523 section 2.1)."""
        doing = "get a token"
        asked_at = self._clock()
        form = {"grant_type": GRANT, "assertion": await asyncio.to_thread(_assertion, account, int(asked_at))}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        call = Call("POST", account.token_uri, doing, headers, urlencode(form).encode("ascii"))
        answer = await self._client.send(call)
        if answer.status in {400, 401, 403}:
            raise raised(TOKEN_REFUSED, f"cannot {doing}: the server says {answer.status}, {_reason(answer)}")
        if answer.status != 200:
            raise answer.error(doing)
        said = _json(answer)
        text, lifetime = said.get("access_token"), said.get("expires_in", LIFETIME)
        if not isinstance(text, str) or not _TOKEN.fullmatch(text) or not isinstance(lifetime, int):
            raise raised(TOKEN_REFUSED, f"cannot {doing}: the answer has no bearer token (RFC 6749 section 5.1)")
        self._token.text = text
        # One that ends sooner than the margin is still used once.
        self._token.ends_at = asked_at + max(lifetime, MARGIN + 1)


def _assertion(account: ServiceAccount, now: int) -> str:
    claims = {"iss": account.client_email, "scope": SCOPE, "aud": account.token_uri, "iat": now, "exp": now + LIFETIME}
    header = {"alg": "RS256", "kid": account.private_key_id} if account.private_key_id else {"alg": "RS256"}
    key = RSAKey.import_key(account.private_key.get_secret_value())
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def _reason(answer: Answer) -> str:
    """The code of the refusal; the server's sentences are left out, they may repeat the assertion."""
    code = _json(answer).get("error")
    return code if isinstance(code, str) and _ERROR.fullmatch(code) else "no reason given"


def _json(answer: Answer) -> dict[str, object]:
    try:
        said = json.loads(answer.content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
