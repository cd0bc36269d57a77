"""Signing in, staying signed in and signing out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from distro_core.clock import SystemClock
from distro_core.identity.documents import RefreshTokenDocument, Role, TenantDocument, UserDocument
from distro_core.identity.throttle import MAX_ATTEMPTS
from distro_core.identity.tokens import TokenPurpose, open_token_signer
from distro_core.identity.users import UserService
from distro_core.platform import Platform
from tests.api.client import Client
from tests.api.conftest import PASSWORD, Staff

ME = "{ me { user { email role } tenant { key } permissions memberships { tenant { key } role } } }"


def tokens(payload: dict[str, Any]) -> tuple[str, str]:
    return payload["session"]["accessToken"], payload["session"]["refreshToken"]


@pytest.mark.proves("USR-06", "API-24")
async def test_a_user_signs_in_and_sees_who_it_is(staff_a: Staff) -> None:
    me = (await staff_a.manager.data(ME))["me"]

    assert me["user"] == {"email": f"manager@{staff_a.tenant.id}.example", "role": "manager"}
    assert me["tenant"] == {"key": staff_a.tenant.key}
    assert me["permissions"] == ["catalogue:read", "catalogue:write", "delivery:read", "delivery:write"]


@pytest.mark.parametrize(
    ("email", "password"),
    [("admin@{tenant}.example", "a wrong password"), ("nobody@{tenant}.example", PASSWORD), ("", ""), ("@", PASSWORD)],
)
async def test_wrong_credentials_are_refused_without_saying_what_was_wrong(
    staff_a: Staff, anybody: Client, email: str, password: str
) -> None:
    payload = await anybody.sign_in(email.format(tenant=staff_a.tenant.id), password)

    assert payload["session"] is None
    assert payload["errors"] == [
        {
            "code": "CREDENTIALS_INVALID",
            "message": "no user with this e-mail address and password belongs here",
            "path": [],
        }
    ]


async def test_an_address_counts_in_any_case(staff_a: Staff, anybody: Client) -> None:
    payload = await anybody.sign_in(f"  ADMIN@{staff_a.tenant.id}.Example ", PASSWORD)

    assert payload["session"]["user"]["email"] == f"admin@{staff_a.tenant.id}.example"


async def test_who_is_switched_off_cannot_sign_in(platform: Platform, staff_a: Staff, anybody: Client) -> None:
    email = f"viewer@{staff_a.tenant.id}.example"
    await platform.control.collection(UserDocument).raw.update_one({"email": email}, {"$set": {"active": False}})

    payload = await anybody.sign_in(email, PASSWORD)

    assert [error["code"] for error in payload["errors"]] == ["CREDENTIALS_INVALID"]


@pytest.mark.proves("TEN-01")
async def test_one_person_in_two_tenants_chooses_where_to_sign_in(
    platform: Platform, staff_a: Staff, staff_b: Staff, anybody: Client
) -> None:
    email = f"admin@{staff_a.tenant.id}.example"
    await UserService(platform.control, staff_b.tenant.id).create(email, "Admin", Role.VIEWER, password=None)

    undecided = await anybody.sign_in(email, PASSWORD)
    at_a = await anybody.sign_in(email, PASSWORD, staff_a.tenant.key)
    at_b = await anybody.sign_in(email, PASSWORD, staff_b.tenant.key)
    elsewhere = await anybody.sign_in(email, PASSWORD, "no-such-tenant")

    assert [(error["code"], error["path"]) for error in undecided["errors"]] == [("TENANT_REQUIRED", ["tenant"])]
    assert (at_a["session"]["tenant"]["key"], at_a["session"]["role"]) == (staff_a.tenant.key, "admin")
    assert (at_b["session"]["tenant"]["key"], at_b["session"]["role"]) == (staff_b.tenant.key, "viewer")
    assert [error["code"] for error in elsewhere["errors"]] == ["CREDENTIALS_INVALID"]
    me = (await anybody.with_token(at_b["session"]["accessToken"]).data(ME))["me"]
    assert me["permissions"] == ["catalogue:read"]
    assert {entry["tenant"]["key"]: entry["role"] for entry in me["memberships"]} == {
        staff_a.tenant.key: "admin",
        staff_b.tenant.key: "viewer",
    }


async def test_attempts_at_the_same_moment_all_count(staff_a: Staff, anybody: Client) -> None:
    email = f"viewer@{staff_a.tenant.id}.example"

    burst = await asyncio.gather(*(anybody.sign_in(email, "a wrong password") for _ in range(MAX_ATTEMPTS + 3)))
    afterwards = await anybody.sign_in(email, PASSWORD)

    codes = sorted(payload["errors"][0]["code"] for payload in burst)
    assert codes == ["CREDENTIALS_INVALID"] * MAX_ATTEMPTS + ["SIGN_IN_THROTTLED"] * 3
    assert [error["code"] for error in afterwards["errors"]] == ["SIGN_IN_THROTTLED"]


async def test_a_successful_sign_in_forgets_the_attempts(staff_a: Staff, anybody: Client) -> None:
    email = f"viewer@{staff_a.tenant.id}.example"

    for _ in range(2):
        for _ in range(MAX_ATTEMPTS - 1):
            await anybody.sign_in(email, "a wrong password")
        assert (await anybody.sign_in(email, PASSWORD))["errors"] == []


async def test_a_refresh_token_is_traded_for_new_tokens(staff_a: Staff, anybody: Client) -> None:
    _, refresh = tokens(await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD))

    payload = await anybody.mutate("authRefresh", "session { accessToken refreshToken role }", refreshToken=refresh)

    access, successor = tokens(payload)
    assert successor != refresh
    assert (await anybody.with_token(access).data(ME))["me"]["tenant"]["key"] == staff_a.tenant.key


async def test_an_old_refresh_token_ends_the_whole_session(staff_a: Staff, anybody: Client) -> None:
    access, stolen = tokens(await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD))
    selection = "session { accessToken refreshToken }"
    _, successor = tokens(await anybody.mutate("authRefresh", selection, refreshToken=stolen))

    reused = await anybody.mutate("authRefresh", selection, refreshToken=stolen)
    afterwards = await anybody.mutate("authRefresh", selection, refreshToken=successor)

    assert [error["code"] for error in reused["errors"]] == ["REFRESH_TOKEN_REUSED"]
    assert [error["code"] for error in afterwards["errors"]] == ["REFRESH_TOKEN_INVALID"]
    assert access != ""


async def test_two_trades_of_one_refresh_token_at_once_give_one_session(staff_a: Staff, anybody: Client) -> None:
    _, refresh = tokens(await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD))

    payloads = await asyncio.gather(
        *(anybody.mutate("authRefresh", "session { accessToken }", refreshToken=refresh) for _ in range(5))
    )

    assert sum(payload["session"] is not None for payload in payloads) <= 1


async def test_only_the_hash_of_a_refresh_token_is_stored(platform: Platform, staff_a: Staff, anybody: Client) -> None:
    _, refresh = tokens(await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD))

    stored = await platform.control.collection(RefreshTokenDocument).raw.find({}).to_list(length=None)

    assert stored
    assert refresh not in str(stored)


@pytest.mark.parametrize("token", ["", "nonsense", "a" * 5000])
async def test_an_unknown_refresh_token_is_refused(anybody: Client, token: str) -> None:
    payload = await anybody.mutate("authRefresh", "session { accessToken }", refreshToken=token)

    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("REFRESH_TOKEN_INVALID", ["refreshToken"])
    ]


async def test_who_signed_out_is_nobody_any_more(staff_a: Staff, anybody: Client) -> None:
    access, refresh = tokens(await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD))
    caller = anybody.with_token(access)

    assert (await caller.mutate("authSignOut", "signedOut"))["signedOut"] is True

    assert await caller.refused(ME) == "UNAUTHENTICATED"
    payload = await anybody.mutate("authRefresh", "session { accessToken }", refreshToken=refresh)
    assert [error["code"] for error in payload["errors"]] == ["REFRESH_TOKEN_INVALID"]
    assert await staff_a.admin.data(ME)


async def test_signing_out_everywhere_ends_every_session(staff_a: Staff, anybody: Client) -> None:
    access, _ = tokens(await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD))

    await anybody.with_token(access).mutate("authSignOut", "signedOut", everywhere=True)

    assert await staff_a.admin.refused(ME) == "UNAUTHENTICATED"
    assert await staff_a.manager.data(ME)


async def test_a_tenant_that_is_not_active_lets_nobody_in(
    platform: Platform, staff_a: Staff, anybody: Client, tenant_a: TenantDocument
) -> None:
    await platform.control.collection(TenantDocument).raw.update_one({"_id": tenant_a.id}, {"$set": {"active": False}})

    payload = await anybody.sign_in(f"admin@{staff_a.tenant.id}.example", PASSWORD)

    assert [error["code"] for error in payload["errors"]] == ["CREDENTIALS_INVALID"]


def claims_of(staff: Staff) -> dict[str, Any]:
    return {"sub": "x", "tenant": staff.tenant.id, "session": "x", "iss": "stardust-distro", "aud": "access"}


async def test_a_token_of_another_purpose_or_signature_opens_nothing(platform: Platform, staff_a: Staff) -> None:
    signer = open_token_signer(platform.settings, platform.clock)
    upload, _ = signer.sign(TokenPurpose.UPLOAD, claims_of(staff_a), timedelta(minutes=5))
    expired, _ = signer.sign(TokenPurpose.ACCESS, claims_of(staff_a), timedelta(minutes=-5))
    forged = jwt.encode(
        {"alg": "HS256"}, {**claims_of(staff_a), "exp": 4_000_000_000}, OctKey.import_key(b"k" * 32), ["HS256"]
    )
    head, body, signature = (staff_a.admin.token or "").split(".")
    unsigned = f"{head}.{body}."
    swapped = f"{head}.{body[:-4]}AAAA.{signature}"

    for token in (upload, expired, forged, unsigned, swapped, "distro_" + "0" * 64, "x"):
        assert await staff_a.admin.with_token(token).refused(ME) == "UNAUTHENTICATED"


async def test_why_a_token_does_not_count_is_told(platform: Platform, staff_a: Staff) -> None:
    signer = open_token_signer(platform.settings, SystemClock())
    expired, _ = signer.sign(TokenPurpose.ACCESS, claims_of(staff_a), timedelta(minutes=-5))

    answer = await staff_a.admin.with_token(expired).run(ME)

    assert answer["errors"][0]["message"] == "the access token has expired"


async def test_another_scheme_than_bearer_is_refused(staff_a: Staff) -> None:
    response = await staff_a.admin.with_token(None).post(ME, authorization=f"Basic {staff_a.admin.token}")

    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
