"""How HTTP targets sign in: nobody, Bearer, Basic, and OAuth 2.0 client credentials."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from distro_plugins.http_api import HttpPutTransport, HttpSettings
from distro_plugins.http_api.token_cache import TokenCache
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import PatternSource
from tests.http_receiver import HttpReceiver, http_receiver

SECRET = "s3cret:/+ %"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    async with http_receiver(tmp_path) as running:
        running.accepts = {"Bearer never"}
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def transport(clock: Clock) -> HttpPutTransport:
    return HttpPutTransport(tokens=TokenCache(clock))


def at(address: str, **others: object) -> HttpSettings:
    return HttpSettings.model_validate({"address": address, "allow_plain": True} | others)


def oauth(receiver: HttpReceiver, **others: object) -> HttpSettings:
    given = {
        "authentication": "oauth2",
        "token_address": receiver.token_address,
        "client_id": "label one",
        "client_secret": SECRET,
    }
    return at(receiver.address, **(given | others))


async def put(transport: HttpPutTransport, settings: HttpSettings, *sizes: int) -> list[int]:
    told: list[int] = []

    async def progress(sent: int) -> None:
        told.append(sent)

    async with transport.connect(settings) as session:
        for number, size in enumerate(sizes):
            await session.put(f"{number}.wav", PatternSource(size), progress)
    return told


async def failure(transport: HttpPutTransport, settings: HttpSettings) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(transport, settings, 7)
    return caught.value


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"authentication": "none"}, None),
        ({"authentication": "bearer", "token": "abc.DEF_~+/=="}, "Bearer abc.DEF_~+/=="),
        (
            {"authentication": "basic", "username": "läbel", "password": "pass:wörd"},
            "Basic " + base64.b64encode("läbel:pass:wörd".encode()).decode(),
        ),
    ],
)
async def test_each_request_says_who_sends_it(
    receiver: HttpReceiver, transport: HttpPutTransport, given: dict[str, object], header: str | None
) -> None:
    receiver.accepts = {header} if header else None

    await put(transport, at(receiver.address, **given), 7)

    assert [request.headers.get("authorization") for request in receiver.seen] == [header] * len(receiver.seen)


async def test_a_token_is_fetched_once_for_all_deliveries(receiver: HttpReceiver, transport: HttpPutTransport) -> None:
    settings = oauth(receiver, scope="deliver read", audience="https://dsp.example")

    await put(transport, settings, 7, 7)
    await put(transport, settings, 7)

    (headers, form), *others = receiver.token_requests
    assert others == []
    assert form == {"grant_type": "client_credentials", "scope": "deliver read", "audience": "https://dsp.example"}
    client = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
    assert client == "label+one:s3cret%3A%2F%2B+%25"
    assert {request.headers["authorization"] for request in receiver.seen} == {"Bearer token-1"}


async def test_the_clients_secret_may_go_in_the_form(receiver: HttpReceiver, transport: HttpPutTransport) -> None:
    await put(transport, oauth(receiver, client_authentication="body"), 7)

    headers, form = receiver.token_requests[0]
    assert "authorization" not in headers
    assert form == {"grant_type": "client_credentials", "client_id": "label one", "client_secret": SECRET}


async def test_deliveries_that_begin_at_once_fetch_one_token(
    receiver: HttpReceiver, transport: HttpPutTransport
) -> None:
    await asyncio.gather(*(put(transport, oauth(receiver), 7) for _ in range(5)))

    assert len(receiver.token_requests) == 1


async def test_another_secret_gets_a_token_of_its_own(receiver: HttpReceiver, transport: HttpPutTransport) -> None:
    await put(transport, oauth(receiver), 7)
    receiver.token_answers = [JSONResponse({"error": "invalid_client"}, status_code=401)]

    refused = await failure(transport, oauth(receiver, client_secret="another"))

    assert refused.code == "TOKEN_REFUSED"


@pytest.mark.parametrize(("lifetime", "kept", "renewed"), [(3600, 3539, 3541), (40, 29, 31), ("3600", 3539, 3541)])
async def test_a_token_is_renewed_shortly_before_it_expires(
    receiver: HttpReceiver,
    transport: HttpPutTransport,
    clock: Clock,
    *,
    lifetime: object,
    kept: int,
    renewed: int,
) -> None:
    receiver.accepts = None
    receiver.token_answers = [JSONResponse({"access_token": "t", "token_type": "bearer", "expires_in": lifetime})]
    await put(transport, oauth(receiver), 7)

    clock.now = 1000.0 + kept
    await put(transport, oauth(receiver), 7)
    assert len(receiver.token_requests) == 1

    clock.now = 1000.0 + renewed
    await put(transport, oauth(receiver), 7)
    assert len(receiver.token_requests) == 2


async def test_a_token_that_is_refused_is_fetched_anew_once(
    receiver: HttpReceiver, transport: HttpPutTransport
) -> None:
    async with transport.connect(oauth(receiver)) as session:

        async def ignore(_: int) -> None:
            return

        receiver.accepts = {"Bearer revoked before its time"}
        await session.put("track.wav", PatternSource(3 * 1024 * 1024), ignore)

    assert (receiver.folder / "track.wav").stat().st_size == 3 * 1024 * 1024
    assert len(receiver.token_requests) == 2
    assert [request.headers["authorization"] for request in receiver.of("PUT")] == ["Bearer token-1", "Bearer token-2"]


async def test_a_receiver_that_refuses_a_fresh_token_too_is_believed(
    receiver: HttpReceiver, transport: HttpPutTransport
) -> None:
    receiver.token_answers = [JSONResponse({"access_token": f"t{n}", "token_type": "Bearer"}) for n in range(4)]

    refused = await failure(transport, oauth(receiver))

    assert (refused.category, refused.code, refused.retryable) == (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False)
    assert len(receiver.token_requests) == 2


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (JSONResponse({"error": "invalid_client", "error_description": SECRET}, 401), "TOKEN_REFUSED", False),
        (JSONResponse({"error": "invalid_scope"}, 400), "TOKEN_REFUSED", False),
        (Response("<html>", 403), "TOKEN_REFUSED", False),
        (Response(status_code=429, headers={"Retry-After": "7"}), "RATE_LIMITED", True),
        (Response(status_code=503), "HTTP_UNAVAILABLE", True),
        (Response(status_code=307, headers={"Location": "http://elsewhere.example/"}), "PROTOCOL_ERROR", True),
        (Response("not json"), "PROTOCOL_ERROR", True),
        (JSONResponse(["a"]), "PROTOCOL_ERROR", True),
        (JSONResponse({"access_token": "a\r\nX-Evil: 1"}), "PROTOCOL_ERROR", True),
        (JSONResponse({"access_token": "a", "token_type": "mac"}), "PROTOCOL_ERROR", True),
        (JSONResponse({"access_token": 7}), "PROTOCOL_ERROR", True),
        (JSONResponse({"access_token": "a", "filler": "x" * 70_000}), "REMOTE_FILE_TOO_LARGE", False),
    ],
)
async def test_why_there_is_no_token_is_told_without_secrets(
    receiver: HttpReceiver, transport: HttpPutTransport, *, answer: Response, code: str, retryable: bool
) -> None:
    receiver.token_answers = [answer]

    refused = await failure(transport, oauth(receiver))

    assert (refused.code, refused.retryable) == (code, retryable)
    assert SECRET not in str(refused)
    assert receiver.seen == []


async def test_the_reason_of_the_refusal_is_told(receiver: HttpReceiver, transport: HttpPutTransport) -> None:
    receiver.token_answers = [JSONResponse({"error": "unauthorized_client"}, 400)]

    assert "unauthorized_client" in (await failure(transport, oauth(receiver))).message


@pytest.mark.proves("SEC-17")
async def test_the_tokens_address_may_not_be_private_either(receiver: HttpReceiver) -> None:
    refused = await failure(HttpPutTransport(AddressPolicy()), oauth(receiver))

    assert refused.code == "ADDRESS_FORBIDDEN"
    assert receiver.token_requests == []


async def test_headers_of_the_target_go_with_each_request_but_not_to_the_tokens_address(
    receiver: HttpReceiver, transport: HttpPutTransport
) -> None:
    await put(transport, oauth(receiver, headers={"X-Partner": "label-7"}), 7)

    assert {request.headers.get("x-partner") for request in receiver.seen} == {"label-7"}
    assert "x-partner" not in receiver.token_requests[0][0]


GOOD: dict[str, object] = {"address": "https://dsp.example/in", "authentication": "bearer", "token": "abc"}


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "http://dsp.example/in"},
        {"address": "ftp://dsp.example/in"},
        {"address": "https://user:pass@dsp.example/in"},
        {"address": "https://dsp.example/in?sig=1"},
        {"address": "https://dsp.example/in#part"},
        {"address": "https://dsp.example/a/../b"},
        {"address": "https://dsp.example/a/%2e%2E/b"},
        {"address": "https://dsp.example/a b"},
        {"address": "https://dsp.example/a\r\nX: 1"},
        {"address": "https://"},
        {"address": "https://dsp.example:0/"},
        {"address": "https://dsp.example:99999/"},
        {"token": "a b"},
        {"token": "a\r\nX-Evil: 1"},
        {"token": ""},
        {"token": None},
        {"username": "label"},
        {"authentication": "basic"},
        {"authentication": "basic", "token": None, "username": "a:b", "password": "p"},
        {"authentication": "basic", "token": None, "username": "a\n", "password": "p"},
        {"authentication": "basic", "token": None, "username": "a", "password": "p\r\n"},
        {"authentication": "none"},
        {"authentication": "digest"},
        {"authentication": "oauth2", "token": None, "client_id": "a", "client_secret": "b"},
        {
            "authentication": "oauth2",
            "token": None,
            "token_address": "http://dsp.example/token",
            "client_id": "a",
            "client_secret": "b",
        },
        {"headers": {"X-A": "1\r\nX-B: 2"}},
        {"headers": {"X A": "1"}},
        {"headers": {"X-A": ""}},
        {"headers": {"authorization": "Bearer x"}},
        {"headers": {"Content-Length": "1"}},
        {"headers": {f"X-{n}": "1" for n in range(21)}},
        {"ca_certificates": "no certificate"},
        {"checksum": "crc32"},
        {"stall_timeout": 0},
        {"something": "else"},
    ],
)
def test_settings_that_contradict_themselves_are_refused(changes: dict[str, object]) -> None:
    HttpSettings.model_validate(GOOD)

    with pytest.raises(ValidationError):
        HttpSettings.model_validate(GOOD | changes)


def test_secrets_are_not_shown() -> None:
    shown = repr(HttpSettings.model_validate(GOOD | {"token": "open-sesame"}))

    assert "open-sesame" not in shown
