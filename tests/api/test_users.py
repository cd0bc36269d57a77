"""Users of a tenant, and one's own account."""

from __future__ import annotations

import pytest

from distro_core.identity.documents import Role, UserDocument
from distro_core.identity.users import UserService
from distro_core.platform import Platform
from tests.api.client import Client
from tests.api.conftest import PASSWORD, Staff

USER = "user { id email displayName role }"


def codes(payload: dict[str, list[dict[str, object]]]) -> list[tuple[object, object]]:
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def test_an_admin_gives_a_person_a_role(admin_a: Client, anybody: Client) -> None:
    made = await admin_a.mutate(
        "userCreate", USER, email="New@Label.Example", displayName=" New ", role="manager", password=PASSWORD
    )

    assert made["errors"] == []
    assert made["user"] | {"id": ""} == {
        "id": "",
        "email": "new@label.example",
        "displayName": "New",
        "role": "manager",
    }
    assert (await anybody.sign_in("new@label.example", PASSWORD))["session"]["role"] == "manager"
    await admin_a.mutate("userRemove", "removedId", id=made["user"]["id"])


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("too short", "PASSWORD_TOO_SHORT"),
        ("x" * 257, "PASSWORD_TOO_LONG"),
        ("aaaaaaaaaaaab", "PASSWORD_TOO_SIMPLE"),
        ("Someone@Label.Example", "PASSWORD_IS_EMAIL"),
        (None, "PASSWORD_REQUIRED"),
    ],
)
@pytest.mark.proves("USR-06")
async def test_a_weak_password_is_refused_with_its_reason(
    platform: Platform, admin_a: Client, password: str | None, code: str
) -> None:
    made = await admin_a.mutate(
        "userCreate", USER, email="someone@label.example", displayName="S", role="viewer", password=password
    )

    assert made["user"] is None
    assert codes(made) == [(code, ["password"])]
    assert await platform.control.collection(UserDocument).find_one({"email": "someone@label.example"}) is None


async def test_every_fault_of_a_new_user_is_told(admin_a: Client) -> None:
    made = await admin_a.mutate(
        "userCreate", USER, email="no address", displayName=" ", role="viewer", password=PASSWORD
    )

    assert codes(made) == [("EMAIL_INVALID", ["email"]), ("DISPLAY_NAME_INVALID", ["displayName"])]


async def test_a_person_of_another_tenant_joins_without_a_password(
    admin_a: Client, admin_b: Client, staff_b: Staff
) -> None:
    email = f"viewer@{staff_b.tenant.id}.example"

    with_password = await admin_a.mutate(
        "userCreate", USER, email=email, displayName="V", role="manager", password=PASSWORD
    )
    joined = await admin_a.mutate("userCreate", USER, email=email, displayName="V", role="manager")
    again = await admin_a.mutate("userCreate", USER, email=email, displayName="V", role="viewer")
    renamed = await admin_a.mutate("userUpdate", USER, id=joined["user"]["id"], displayName="Mine now")
    taken = await admin_a.mutate("userUpdate", USER, id=joined["user"]["id"], password="my own choice 123")

    assert codes(with_password) == [("EMAIL_TAKEN", ["email"])]
    assert joined["user"]["role"] == "manager"
    assert codes(again) == [("ALREADY_MEMBER", ["email"])]
    assert codes(renamed) == codes(taken) == [("USER_SHARED", [])]


@pytest.fixture
async def admin_b(staff_b: Staff) -> Client:
    return staff_b.admin


async def test_a_removed_person_stays_in_the_other_tenant(
    platform: Platform, admin_a: Client, staff_b: Staff, anybody: Client
) -> None:
    email = f"viewer@{staff_b.tenant.id}.example"
    joined = await admin_a.mutate("userCreate", USER, email=email, displayName="V", role="manager")

    removed = await admin_a.mutate("userRemove", "removedId", id=joined["user"]["id"])

    assert removed == {"removedId": joined["user"]["id"], "errors": []}
    assert (await anybody.sign_in(email, PASSWORD))["session"]["tenant"]["key"] == staff_b.tenant.key
    assert "viewer" not in {user["role"] for user in (await users(admin_a))}


async def users(client: Client) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await client.data("{ users { nodes { id email role } } }"))["users"]["nodes"]
    return found


async def test_who_belongs_nowhere_else_is_deleted_and_signed_out(platform: Platform, staff_a: Staff) -> None:
    viewer = next(user for user in await users(staff_a.admin) if user["role"] == "viewer")

    await staff_a.admin.mutate("userRemove", "removedId", id=viewer["id"])

    assert await platform.control.collection(UserDocument).find_one({"email": viewer["email"]}) is None
    assert await staff_a.viewer.refused("{ releases { nodes { id } } }") == "UNAUTHENTICATED"


async def test_a_new_role_counts_at_once(staff_a: Staff) -> None:
    viewer = next(user for user in await users(staff_a.admin) if user["role"] == "viewer")

    assert await staff_a.viewer.refused("{ users { nodes { id } } }") == "FORBIDDEN"
    changed = await staff_a.admin.mutate("userUpdate", USER, id=viewer["id"], role="admin")

    assert changed["user"]["role"] == "admin"
    assert len(await users(staff_a.viewer)) == 3


async def test_the_last_admin_stays(platform: Platform, staff_a: Staff) -> None:
    admin = next(user for user in await users(staff_a.admin) if user["role"] == "admin")

    demoted = await staff_a.admin.mutate("userUpdate", USER, id=admin["id"], role="viewer")
    removed = await staff_a.admin.mutate("userRemove", "removedId", id=admin["id"])

    assert codes(demoted) == codes(removed) == [("LAST_ADMIN", [])]
    assert [user["role"] for user in await users(staff_a.admin)] == ["admin", "manager", "viewer"]


async def test_users_come_in_pages(platform: Platform, staff_a: Staff) -> None:
    document = (
        "query($after: String) { users(first: 2, after: $after) { nodes { role } pageInfo { hasNextPage endCursor } } }"
    )

    first = (await staff_a.admin.data(document))["users"]
    second = (await staff_a.admin.data(document, after=first["pageInfo"]["endCursor"]))["users"]

    assert [user["role"] for user in first["nodes"] + second["nodes"]] == ["admin", "manager", "viewer"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


@pytest.mark.proves("API-25")
async def test_a_new_password_of_ones_own_ends_all_sessions(staff_a: Staff, anybody: Client) -> None:
    email = f"viewer@{staff_a.tenant.id}.example"
    selection = "user { displayName }"

    wrong = await staff_a.viewer.mutate(
        "meUpdate", selection, currentPassword="not my password", newPassword="another long one"
    )
    weak = await staff_a.viewer.mutate("meUpdate", selection, currentPassword=PASSWORD, newPassword="short")
    renamed = await staff_a.viewer.mutate("meUpdate", selection, displayName="Vera")
    changed = await staff_a.viewer.mutate(
        "meUpdate", selection, currentPassword=PASSWORD, newPassword="another long one"
    )

    assert codes(wrong) == [("CURRENT_PASSWORD_WRONG", ["currentPassword"])]
    assert codes(weak) == [("PASSWORD_TOO_SHORT", ["newPassword"])]
    assert renamed["user"] == changed["user"] == {"displayName": "Vera"}
    assert await staff_a.viewer.refused("{ me { permissions } }") == "UNAUTHENTICATED"
    assert (await anybody.sign_in(email, PASSWORD))["session"] is None
    assert (await anybody.sign_in(email, "another long one"))["session"]["role"] == "viewer"


async def test_an_api_key_has_no_account(admin_a: Client) -> None:
    made = await admin_a.mutate("apiKeyCreate", "key", name="Robot", permissions=["catalogue:read"])
    robot = admin_a.with_token(made["key"])

    renamed = await robot.mutate("meUpdate", "user { id }", displayName="Robot")
    signed_out = await robot.mutate("authSignOut", "signedOut")

    assert codes(renamed) == codes(signed_out) == [("USER_NEEDED", [])]


@pytest.mark.proves("VAL-10")
async def test_only_an_admin_says_whether_validation_is_required(staff_a: Staff) -> None:
    change, selection = {"requireValidation": False}, "tenant { requireValidation }"

    before = await staff_a.viewer.data("{ tenant { requireValidation } }")
    refused = await staff_a.manager.refused(
        "mutation { tenantUpdate(input: {requireValidation: false}) { errors { code } } }"
    )
    changed = await staff_a.admin.mutate("tenantUpdate", selection, **change)
    renamed = await staff_a.admin.mutate("tenantUpdate", selection, name="Renamed")

    assert before["tenant"] == {"requireValidation": True}
    assert refused == "FORBIDDEN"
    assert changed["tenant"] == renamed["tenant"] == change


@pytest.mark.proves("API-21", "API-22", "TEN-04")
async def test_an_admin_changes_the_tenant(staff_a: Staff) -> None:
    selection = "tenant { name type dpid revision }"

    changed = await staff_a.admin.mutate(
        "tenantUpdate", selection, name=" Polar Records ", type="aggregator", dpid="PADPIDA2023112901E"
    )
    wrong = await staff_a.admin.mutate("tenantUpdate", selection, name="", dpid="12")
    stale = await staff_a.admin.mutate("tenantUpdate", selection, name="Other", revision=1)
    cleared = await staff_a.admin.mutate("tenantUpdate", selection, dpid=None)
    seen = await staff_a.viewer.data("{ tenant { name type dpid } }")

    assert changed["tenant"] | {"revision": 0} == {
        "name": "Polar Records",
        "type": "aggregator",
        "dpid": "PADPIDA2023112901E",
        "revision": 0,
    }
    assert codes(wrong) == [("TENANT_NAME_INVALID", ["name"]), ("DPID_INVALID", ["dpid"])]
    assert codes(stale) == [("REVISION_CONFLICT", ["revision"])]
    assert cleared["tenant"]["dpid"] is None
    assert seen["tenant"] == {"name": "Polar Records", "type": "aggregator", "dpid": None}


async def test_two_changes_of_one_persons_roles_do_not_lose_each_other(
    platform: Platform, staff_a: Staff, staff_b: Staff
) -> None:
    email = f"manager@{staff_b.tenant.id}.example"
    of_a = UserService(platform.control, staff_a.tenant.id)
    joined = await of_a.create(email, "M", Role.VIEWER, password=None)
    stale = await of_a.get(joined.id)
    await UserService(platform.control, staff_b.tenant.id).update(joined.id, role=Role.VIEWER)

    changed = await of_a._change_memberships(stale, lambda members: of_a._with_role(members, Role.MANAGER))

    assert changed.role_in(staff_a.tenant.id) is Role.MANAGER
    assert changed.role_in(staff_b.tenant.id) is Role.VIEWER
