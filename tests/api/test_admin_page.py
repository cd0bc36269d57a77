"""How the admin page is served: from what was built, under a strict policy, and kept by browsers where that is safe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from distro_api.admin import CONTENT_POLICY, admin_routes
from distro_core.platform import Platform
from distro_core.settings import Settings
from tests.api.client import Client
from tests.api.conftest import serve_app


@pytest.fixture
async def page_url(tmp_path: Path, settings: Settings) -> AsyncIterator[str]:
    """The address of a page that was built with one script."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Admin</title>")
    (tmp_path / "assets" / "index-abc123.js").write_text("export {};")
    (tmp_path / "assets" / "index-abc123.js.map").write_text("{}")
    async with serve_app(Starlette(routes=list(admin_routes(tmp_path))), settings) as url:
        yield url


async def test_the_page_answers_every_address_of_its_own(http: httpx2.AsyncClient, page_url: str) -> None:
    for path in ("/admin", "/admin/", "/admin/deliveries/abc", "/admin/index.html"):
        answer = await http.get(page_url + path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-security-policy"] == CONTENT_POLICY
        assert "<title>Admin</title>" in answer.text


async def test_a_page_that_has_not_changed_is_not_sent_again(http: httpx2.AsyncClient, page_url: str) -> None:
    etag = (await http.get(f"{page_url}/admin")).headers["etag"]

    again = await http.get(f"{page_url}/admin", headers={"if-none-match": etag})

    assert (again.status_code, again.content) == (304, b"")


async def test_built_files_are_kept_for_ever_and_old_ones_are_not_mistaken(
    http: httpx2.AsyncClient, page_url: str
) -> None:
    script = await http.get(f"{page_url}/admin/assets/index-abc123.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"

    for gone in ("index-old.js", "index-abc123.js.map", "../__init__.py"):
        assert (await http.get(f"{page_url}/admin/assets/{gone}")).headers["content-type"] != "text/javascript"
    assert (await http.get(f"{page_url}/admin/assets/index-old.js")).status_code == 404


async def test_a_checkout_without_the_page_says_how_to_build_it(
    http: httpx2.AsyncClient, tmp_path: Path, settings: Settings
) -> None:
    async with serve_app(Starlette(routes=list(admin_routes(tmp_path / "nothing"))), settings) as url:
        answer = await http.get(f"{url}/admin")

    assert answer.status_code == 200
    assert "<code>make admin</code>" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert CONTENT_POLICY.startswith("default-src 'none';")
    assert re.findall(r"unsafe|https?:|\*|nonce|blob:", CONTENT_POLICY) == []


async def test_the_api_serves_the_page_under_its_own_policy(
    platform: Platform, http: httpx2.AsyncClient, anybody: Client
) -> None:
    answer = await http.get(f"{anybody.url}/admin")

    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
