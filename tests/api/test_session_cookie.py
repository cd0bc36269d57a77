"""Browsers keep their refresh token in a cookie that no script can read."""

from __future__ import annotations

from typing import Any

import httpx2

from distro_core.identity.documents import TenantDocument
from tests.api.client import Client
from tests.api.conftest import PASSWORD, Staff

SESSION = "session { accessToken refreshToken }"


async def sign_in(browser: Client, tenant: TenantDocument, **input: Any) -> dict[str, Any]:
    email = f"admin@{tenant.id}.example"
    payload = await browser.mutate("authSignIn", SESSION, email=email, password=PASSWORD, **input)
    session: dict[str, Any] = payload["session"]
    return session


async def test_a_refresh_token_goes_into_a_cookie_for_the_endpoint_alone(staff_a: Staff, anybody: Client) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        browser = Client(http, anybody.url)
        document = "mutation($input: AuthSignInInput!) { authSignIn(input: $input) { session { refreshToken } } }"
        email = f"admin@{staff_a.tenant.id}.example"
        answer = await browser.post(document, {"input": {"email": email, "password": PASSWORD, "inCookie": True}})

    assert answer.json()["data"]["authSignIn"]["session"]["refreshToken"] == ""
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("distro_refresh=")
    assert {"HttpOnly", "Path=/graphql", "SameSite=strict"} <= set(attributes)


async def test_a_browser_trades_its_cookie_for_new_tokens_until_it_signs_out(staff_a: Staff, anybody: Client) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        browser = Client(http, anybody.url)
        await sign_in(browser, staff_a.tenant, inCookie=True)
        first = http.cookies["distro_refresh"]

        refreshed = await browser.mutate("authRefresh", SESSION)
        assert refreshed["session"]["refreshToken"] == ""
        assert http.cookies["distro_refresh"] != first

        await browser.with_token(refreshed["session"]["accessToken"]).mutate("authSignOut", "signedOut")
        assert "distro_refresh" not in http.cookies
        assert [error["code"] for error in (await browser.mutate("authRefresh", SESSION))["errors"]] == [
            "REFRESH_TOKEN_INVALID"
        ]


async def test_programs_get_their_refresh_token_as_before_and_no_cookie(staff_a: Staff, anybody: Client) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        program = Client(http, anybody.url)
        session = await sign_in(program, staff_a.tenant)
        refreshed = await program.mutate("authRefresh", SESSION, refreshToken=session["refreshToken"])

        assert refreshed["session"]["refreshToken"] not in {"", session["refreshToken"]}
        assert len(http.cookies) == 0


async def test_a_cookie_of_one_tenant_opens_no_other(staff_a: Staff, staff_b: Staff, anybody: Client) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        browser = Client(http, anybody.url)
        await sign_in(browser, staff_a.tenant, inCookie=True)

        payload = await browser.mutate("authRefresh", "session { tenant { key } }")

    assert payload["session"]["tenant"]["key"] == staff_a.tenant.key
