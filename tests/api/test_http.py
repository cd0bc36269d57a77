"""What every answer carries, whether the API can serve, and the explorer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files

import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from distro_api.envelope import Envelope
from distro_core.platform import Platform
from distro_core.queue.arq_queue import ArqTaskQueue
from distro_core.store.driver import Driver, close_client, open_client
from distro_core.store.stores import ControlStore
from tests.api.client import Client
from tests.api.conftest import serve_api, serve_app

PATHS = ["/health", "/ready", "/graphql", "/nowhere", "/uploads/x", "/downloads/x"]


@pytest.mark.proves("SEC-10")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
async def test_every_answer_carries_the_security_headers(anybody: Client, method: str, path: str) -> None:
    headers = (await anybody.http.request(method, f"{anybody.url}{path}")).headers

    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


@pytest.mark.proves("SEC-10")
async def test_over_https_browsers_are_told_to_stay_with_it(anybody: Client) -> None:
    answer = await anybody.http.get(f"{anybody.url}/health", headers={"x-forwarded-proto": "https"})

    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("given", ["my-request.1", "a" * 64])
async def test_a_request_keeps_the_id_that_it_came_with(anybody: Client, given: str) -> None:
    answer = await anybody.post("{ me { permissions } }", None, **{"x-request-id": given})

    assert answer.headers["x-request-id"] == given
    assert answer.json()["errors"][0]["extensions"]["requestId"] == given


@pytest.mark.parametrize("given", ["", "two words", "a" * 65, "<script>"])
async def test_an_id_that_is_not_plain_is_replaced(anybody: Client, given: str) -> None:
    answer = await anybody.http.get(f"{anybody.url}/health", headers={"x-request-id": given})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_the_access_log_has_a_line_for_each_request_and_no_secret(admin_a: Client) -> None:
    made = await admin_a.mutate("uploadCreate", "upload { url }", kind="audio", fileName="one.wav")
    token = made["upload"]["url"].rpartition("/")[2]

    with structlog.testing.capture_logs() as lines:
        await admin_a.http.put(made["upload"]["url"], content=b"text")
        await admin_a.data("{ me { permissions } }")

    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("PUT", "/uploads/…", 422),
        ("POST", "/graphql", 200),
    ]
    assert all(line["client"] == "127.0.0.1" and line["duration"] > 0 and line["size"] > 0 for line in requests)
    assert token not in str(lines)
    assert str(admin_a.token) not in str(lines)


async def test_what_fails_before_graphql_tells_nothing_but_its_id(platform: Platform, http: httpx2.AsyncClient) -> None:
    async def fail(request: Request) -> Response:
        raise RuntimeError("the password is swordfish")

    async def break_off() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("the password is swordfish")

    async def half(request: Request) -> Response:
        return StreamingResponse(break_off())

    app = Starlette(routes=[Route("/", fail), Route("/half", half)], middleware=[Middleware(Envelope)])
    with structlog.testing.capture_logs() as lines:
        async with serve_app(app, platform.settings) as url:
            answer = await http.get(url)
            with pytest.raises(httpx2.RemoteProtocolError):
                await http.get(f"{url}/half")

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {
        "code": "INTERNAL",
        "requestId": answer.headers["x-request-id"],
    }
    assert "swordfish" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert [line["event"] for line in lines] == ["request_failed", "request"] * 2


async def test_a_client_that_leaves_in_mid_request_is_nobodys_error(admin_a: Client) -> None:
    async def leave() -> AsyncIterator[bytes]:
        yield b'{"query": "{ me'
        raise OSError("the cable was cut")

    made = await admin_a.mutate("uploadCreate", "upload { url }", kind="audio", fileName="one.wav")
    with structlog.testing.capture_logs() as lines:
        for method, url in [("POST", f"{admin_a.url}/graphql"), ("PUT", made["upload"]["url"])]:
            with pytest.raises(OSError, match="the cable was cut"):
                await admin_a.http.request(method, url, content=leave(), headers={"content-type": "application/json"})
        while len(requests := [line for line in lines if line["event"] == "request"]) < 2:
            await asyncio.sleep(0.01)

    assert {(line["path"], line["status"], line["log_level"]) for line in requests} == {
        ("/graphql", 499, "info"),
        ("/uploads/…", 499, "info"),
    }
    assert [line for line in lines if line["log_level"] not in {"debug", "info"}] == []


@pytest.mark.proves("API-36")
async def test_health_and_readiness(anybody: Client) -> None:
    health = await anybody.http.get(f"{anybody.url}/health")
    ready = await anybody.http.get(f"{anybody.url}/ready")

    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "mongodb": "up", "redis": "up"})


async def test_without_redis_the_api_lives_but_is_not_ready(platform: Platform, http: httpx2.AsyncClient) -> None:
    queue = ArqTaskQueue("redis://127.0.0.1:1")

    async with serve_api(replace(platform, queue=queue)) as url:
        health, ready = await http.get(f"{url}/health"), await http.get(f"{url}/ready")
    await queue.close()

    assert health.status_code == 200
    assert (ready.status_code, ready.json()) == (503, {"status": "unavailable", "mongodb": "up", "redis": "down"})


@pytest.mark.parametrize("driver", list(Driver))
async def test_without_mongodb_the_api_lives_but_is_not_ready(
    platform: Platform, http: httpx2.AsyncClient, driver: Driver
) -> None:
    client = open_client("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", driver)

    async with serve_api(replace(platform, control=ControlStore(client))) as url:
        health, ready = await http.get(f"{url}/health"), await http.get(f"{url}/ready")
    await close_client(client)

    assert health.status_code == 200
    assert (ready.status_code, ready.json()) == (503, {"status": "unavailable", "mongodb": "down", "redis": "up"})


async def test_the_explorer_is_there_in_development_and_fetches_nothing_from_elsewhere(
    platform: Platform, http: httpx2.AsyncClient
) -> None:
    async with serve_api(platform, development=True) as url:
        page = await http.get(f"{url}/graphql")
        parts = sorted(set(re.findall(r"/graphql/[a-z_]+\.(?:js|css|svg)", page.text)))
        fetched = {part: await http.get(f"{url}{part}") for part in parts}

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert {answer.status_code for answer in fetched.values()} == {200}
    assert len(fetched) == 3
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for file in files("distro_api.explorer").iterdir():
        if not file.name.startswith("__"):
            addresses = re.findall(r"https?://[^\s\"'<>)]+", file.read_text("utf-8"))
            assert set(addresses) <= {"http://www.w3.org/2000/svg"}, file.name


async def test_the_explorer_is_not_there_in_production(anybody: Client) -> None:
    page = await anybody.http.get(f"{anybody.url}/graphql", headers={"accept": "text/html"})
    part = await anybody.http.get(f"{anybody.url}/graphql/explorer.js")

    assert (page.status_code, part.status_code) == (405, 404)


async def test_addresses_are_those_under_which_the_api_is_reached(
    platform: Platform, http: httpx2.AsyncClient, admin_a: Client
) -> None:
    async def upload_url(url: str) -> str:
        client = Client(http, url, admin_a.token)
        made = await client.mutate("uploadCreate", "upload { url }", kind="audio", fileName="one.wav")
        found: str = made["upload"]["url"]
        return found

    assert (await upload_url(admin_a.url)).startswith(f"{admin_a.url}/uploads/")
    async with serve_api(platform, public_url="https://distro.example/api/") as url:
        assert (await upload_url(url)).startswith("https://distro.example/api/uploads/")
