"""How a service account signs in, against a server that gives tokens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from distro_plugins.google_cloud import GoogleCloudPlugin, GoogleCloudSettings, GoogleCloudTransport
from distro_plugins.google_cloud.token_cache import TokenCache
from distro_sdk.errors import ErrorCategory, TransportError
from tests.object_servers import ScriptedStorage, scripted_storage

KEY = RSAKey.generate_key(2048, private=True)
ACCOUNT = "deliveries@label.iam.gserviceaccount.com"
Script = Callable[[int], web.Response]


@dataclass
class Google:
    """A storage that lists an empty bucket for tokens of its own. `refused`: tokens that it takes no more."""

    server: ScriptedStorage
    assertions: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def settings(self, **others: object) -> GoogleCloudSettings:
        """A target with a service account of this server."""
        return settings(self.server.url, f"{self.server.url}/token", **others)


def settings(endpoint: str | None, token_uri: str, **others: object) -> GoogleCloudSettings:
    key_file = {
        "type": "service_account",
        "client_email": ACCOUNT,
        "private_key_id": "key-1",
        "private_key": KEY.as_pem(private=True).decode(),
        "token_uri": token_uri,
    }
    known = {"bucket": "label-deliveries", "service_account": json.dumps(key_file | others), "endpoint": endpoint}
    return GoogleCloudSettings.model_validate(known)


def a_token(number: int, lifetime: object = 3600) -> web.Response:
    return web.json_response({"access_token": f"token-{number}", "expires_in": lifetime, "token_type": "Bearer"})


@asynccontextmanager
async def google(script: Script = a_token) -> AsyncIterator[Google]:
    """Serve tokens as scripted. `script`: the answer to the first request for a token, the second, and so on."""

    async def serve(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.path == "/token":
            form = parse_qs(body.decode())
            assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
            running.assertions.append(form["assertion"][0])
            return script(len(running.assertions))
        _, _, token = request.headers["Authorization"].partition("Bearer ")
        if not token.startswith("token-") or token in running.refused:
            return web.json_response({"error": {"errors": [{"reason": "authError"}], "message": ""}}, status=401)
        return web.json_response({})

    async with scripted_storage(serve) as storage:
        running = Google(storage)
        yield running


async def connect(transport: GoogleCloudTransport, configuration: GoogleCloudSettings) -> None:
    async with transport.connect(configuration) as session:
        assert await session.list("") == ()


async def refusal(transport: GoogleCloudTransport, configuration: GoogleCloudSettings) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await connect(transport, configuration)
    assert "BEGIN" not in caught.value.message
    return caught.value


@pytest.mark.proves("PRO-06")
async def test_a_service_account_signs_for_its_token() -> None:
    async with google() as running:
        await connect(GoogleCloudTransport(tokens=TokenCache(lambda: 1_700_000_000.5)), running.settings())

        (assertion,) = running.assertions
        signed = jwt.decode(assertion, KEY, algorithms=["RS256"])
        assert signed.header == {"alg": "RS256", "kid": "key-1", "typ": "JWT"}
        assert signed.claims == {
            "iss": ACCOUNT,
            "scope": "https://www.googleapis.com/auth/devstorage.read_write",
            "aud": f"{running.server.url}/token",
            "iat": 1_700_000_000,
            "exp": 1_700_003_600,
        }


async def test_a_token_is_shared_until_shortly_before_its_end() -> None:
    now = 1_700_000_000.0
    async with google() as running:
        transport = GoogleCloudTransport(tokens=TokenCache(lambda: now))
        await connect(transport, running.settings())
        now += 3299
        await connect(transport, running.settings())
        kept = len(running.assertions)
        now += 1
        await connect(transport, running.settings())

        assert (kept, len(running.assertions)) == (1, 2)


async def test_another_key_file_gets_a_token_of_its_own() -> None:
    async with google() as running:
        transport = GoogleCloudTransport()
        await connect(transport, running.settings())
        await connect(transport, running.settings(client_email="other@label.example"))

        assert len(running.assertions) == 2


async def test_a_token_that_is_taken_back_is_fetched_anew_once() -> None:
    async with google() as running:
        transport = GoogleCloudTransport()
        await connect(transport, running.settings())
        running.refused = {"token-1"}
        await connect(transport, running.settings())
        running.refused = {"token-2", "token-3"}
        refused = await refusal(transport, running.settings())

        assert (refused.category, refused.code, refused.retryable) == (
            ErrorCategory.AUTH_INVALID,
            "LOGIN_REFUSED",
            False,
        )
        assert len(running.assertions) == 3


@pytest.mark.parametrize(
    ("answer", "code", "retryable", "words"),
    [
        (lambda: web.json_response({"error": "invalid_grant"}, status=400), "TOKEN_REFUSED", False, "invalid_grant"),
        (lambda: web.Response(status=401, text="<html>"), "TOKEN_REFUSED", False, "no reason given"),
        (lambda: web.json_response({"access_token": "a b"}), "TOKEN_REFUSED", False, "no bearer token"),
        (lambda: web.Response(text="<html>"), "TOKEN_REFUSED", False, "no bearer token"),
        (lambda: web.Response(status=503, headers={"Retry-After": "60"}), "STORAGE_UNAVAILABLE", True, "503"),
        (lambda: web.Response(status=302, headers={"Location": "http://elsewhere"}), "REQUEST_REFUSED", False, "302"),
    ],
)
async def test_why_there_is_no_token(
    answer: Callable[[], web.Response], code: str, retryable: bool, words: str
) -> None:
    async with google(lambda _: answer()) as running:
        refused = await refusal(GoogleCloudTransport(), running.settings())

        assert (refused.code, refused.retryable) == (code, retryable)
        assert words in refused.message
        assert running.assertions[0] not in refused.message


async def test_the_address_for_tokens_must_be_allowed_too() -> None:
    """A key file is the tenant's: it must not make us talk to the operator's own network."""
    (transport,) = GoogleCloudPlugin({}).register_transports()

    with pytest.raises(TransportError) as refused:
        async with transport.connect(settings(None, "https://127.0.0.1:1/token")):
            raise AssertionError("it connected")

    assert refused.value.code == "ADDRESS_FORBIDDEN"


@pytest.mark.parametrize(
    "token_uri", ["http://tokens.example/token", "ftp://tokens.example", "https://a:b@tokens.example"]
)
def test_an_address_for_tokens_that_is_plain_or_leads_astray(token_uri: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(None, token_uri)

    assert "token_uri" in refused.value.errors()[0]["msg"]
