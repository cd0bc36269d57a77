"""API keys: told once, stored as a hash, bound to a tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from distro_core.identity.documents import ApiKeyDocument
from distro_core.platform import Platform
from tests.api.client import Client
from tests.api.conftest import Staff

KEY = "apiKey { id name hint permissions expiresAt revokedAt } key"


@pytest.mark.proves("SEC-08", "API-38")
async def test_a_key_is_told_once_and_only_its_hash_is_stored(platform: Platform, admin_a: Client) -> None:
    made = await admin_a.mutate(
        "apiKeyCreate", KEY, name=" Robot ", permissions=["delivery:read", "catalogue:read", "catalogue:read"]
    )

    key = made["key"]
    assert key.startswith("distro_")
    assert len(key) == len("distro_") + 64
    assert made["apiKey"]["name"] == "Robot"
    assert made["apiKey"]["hint"] == key[:13]
    assert made["apiKey"]["permissions"] == ["catalogue:read", "delivery:read"]
    stored = await platform.control.collection(ApiKeyDocument).raw.find({}).to_list(length=None)
    assert key not in str(stored)


async def test_a_key_calls_for_its_tenant_and_no_other(staff_a: Staff, admin_b: Client) -> None:
    made = await staff_a.admin.mutate("apiKeyCreate", KEY, name="Robot", permissions=["catalogue:write"])
    robot = staff_a.admin.with_token(made["key"])

    me = (await robot.data("{ me { user { id } apiKey { name } tenant { key } permissions memberships { role } } }"))[
        "me"
    ]
    release = await robot.mutate("releaseCreate", "release { id createdBy }", title="Made by a robot")

    assert me == {
        "user": None,
        "apiKey": {"name": "Robot"},
        "tenant": {"key": staff_a.tenant.key},
        "permissions": ["catalogue:write"],
        "memberships": [],
    }
    assert release["errors"] == []
    foreign = "query($id: ID!) { release(id: $id) { id } }"
    assert await admin_b.refused(foreign, id=release["release"]["id"]) == "NOT_FOUND"


async def test_a_revoked_key_opens_nothing_any_more(admin_a: Client) -> None:
    made = await admin_a.mutate("apiKeyCreate", KEY, name="Robot", permissions=["catalogue:read"])
    robot = admin_a.with_token(made["key"])
    await robot.data("{ releases { nodes { id } } }")

    revoked = await admin_a.mutate("apiKeyRevoke", "apiKey { revokedAt }", id=made["apiKey"]["id"])
    again = await admin_a.mutate("apiKeyRevoke", "apiKey { revokedAt }", id=made["apiKey"]["id"])

    assert await robot.refused("{ releases { nodes { id } } }") == "UNAUTHENTICATED"
    assert revoked["apiKey"]["revokedAt"] == again["apiKey"]["revokedAt"]


async def test_a_key_ends_when_it_was_to_end(platform: Platform, admin_a: Client) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = await admin_a.mutate("apiKeyCreate", KEY, name="Robot", permissions=["catalogue:read"], expiresAt=later)
    robot = admin_a.with_token(made["key"])
    await robot.data("{ releases { nodes { id } } }")

    keys = platform.control.collection(ApiKeyDocument).raw
    await keys.update_one({"hint": made["apiKey"]["hint"]}, {"$set": {"expires_at": datetime.now(UTC)}})
    await admin_a.mutate("apiKeyRevoke", "apiKey { id }", id="bnVs")
    fresh = await admin_a.mutate("apiKeyCreate", KEY, name="Other", permissions=["catalogue:read"])
    await admin_a.mutate("apiKeyRevoke", "apiKey { id }", id=fresh["apiKey"]["id"])

    assert await robot.refused("{ releases { nodes { id } } }") == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"name": " "}, "API_KEY_NAME_INVALID", ["name"]),
        ({"name": "x" * 101}, "API_KEY_NAME_INVALID", ["name"]),
        ({"permissions": []}, "PERMISSIONS_EMPTY", ["permissions"]),
        ({"permissions": ["catalogue:read", "*"]}, "PERMISSION_UNKNOWN", ["permissions", "1"]),
        ({"expiresAt": "2020-01-01T00:00:00+00:00"}, "EXPIRY_IN_THE_PAST", ["expiresAt"]),
    ],
)
async def test_a_wrong_key_is_not_made(
    platform: Platform, admin_a: Client, given: dict[str, object], code: str, path: list[str]
) -> None:
    made = await admin_a.mutate("apiKeyCreate", KEY, **{"name": "Robot", "permissions": ["catalogue:read"], **given})

    assert made["key"] is None
    assert [(error["code"], error["path"]) for error in made["errors"]] == [(code, path)]
    assert (await admin_a.data("{ apiKeys { nodes { id } } }"))["apiKeys"]["nodes"] == []


async def test_a_key_cannot_make_a_key_that_may_do_more(admin_a: Client) -> None:
    made = await admin_a.mutate("apiKeyCreate", KEY, name="Maker", permissions=["api_key:manage", "catalogue:read"])
    maker = admin_a.with_token(made["key"])

    more = await maker.mutate("apiKeyCreate", KEY, name="More", permissions=["catalogue:write"])
    same = await maker.mutate("apiKeyCreate", KEY, name="Same", permissions=["catalogue:read"])

    assert [(error["code"], error["path"]) for error in more["errors"]] == [("PERMISSION_NOT_YOURS", ["permissions"])]
    assert same["apiKey"]["permissions"] == ["catalogue:read"]


async def test_a_moment_needs_a_zone(admin_a: Client) -> None:
    document = "mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { key } }"
    given = {"name": "Robot", "permissions": ["catalogue:read"], "expiresAt": "2040-01-01T00:00:00"}

    assert await admin_a.refused(document, input=given) == "GRAPHQL_INVALID"
