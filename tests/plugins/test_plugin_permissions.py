"""Plugins declare permissions of their own: beside the platform's, for their own fields, while they are there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError

from distro_core.identity.documents import ApiKeyDocument, Role, TenantDocument
from distro_core.identity.permissions import OF_PLUGINS, Permission
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.registry import Registries
from distro_core.settings import Settings
from distro_sdk.errors import PluginError
from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.permissions import MOST_PERMISSIONS, BuiltInRole, PluginPermission
from distro_sdk.plugin import Plugin
from tests.api.client import Client
from tests.api.conftest import Staff, hire, hire_all, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed

LOOK = "snow_owl.look"
FEED = "snow_owl.feed"


async def looked(context: Any, arguments: None) -> str:
    return f"an owl of {context.tenant_id}"


def api(look: str = LOOK, feed: str = FEED) -> GraphQLApi:
    seen = GraphQLField("look", "Look at the owl.", look, str, looked)
    fed = GraphQLField("feed", "Feed the owl.", feed, str, looked)
    return GraphQLApi("snowOwl", "Snow owls.", (seen,), (fed,))


class SnowOwl(Plugin):
    """Managers may look, and nobody but admins may feed."""

    id = "snow-owl"
    offered = api()
    declared: tuple[PluginPermission, ...] = (
        PluginPermission(name=LOOK, description="Look at the owl.", roles=frozenset({BuiltInRole.MANAGER})),
        PluginPermission(name=FEED, description="Feed the owl."),
    )

    def register_permissions(self) -> tuple[PluginPermission, ...]:
        """Return what is declared."""
        return self.declared

    def register_graphql(self) -> tuple[GraphQLApi]:
        """Return fields that demand it."""
        return (self.offered,)


class Aviary:
    """An API with the owl installed: the first tenant has switched it on."""

    def __init__(self, platform: Platform, plugins_of: PluginsOf, staff: Staff, stranger: Client) -> None:
        self.platform, self.plugins_of, self.staff, self.stranger = platform, plugins_of, staff, stranger

    async def switch(self, on: bool) -> None:
        service = await self.plugins_of(self.staff.tenant.id)
        await (service.enable("snow-owl") if on else service.disable("snow-owl"))

    async def key(self, *permissions: str) -> Client:
        made = await self.staff.admin.mutate("apiKeyCreate", "key", name="Robot", permissions=list(permissions))
        assert made["errors"] == []
        return self.staff.admin.with_token(made["key"])


@pytest.fixture
async def aviary(
    platform: Platform,
    settings: Settings,
    http: httpx2.AsyncClient,
    tenant_a: TenantDocument,
    tenant_b: TenantDocument,
) -> AsyncIterator[Aviary]:
    sample = installed(SnowOwl, graphql_namespace="snowOwl")
    async with (
        open_platform(settings, find=lambda: (*find_plugins(), sample)) as running,
        serve_api(running, development=False) as url,
    ):
        anybody = Client(http, url)
        staff = await hire_all(running, anybody, tenant_a)
        aviary = Aviary(running, PluginsOf(running), staff, await hire(running, anybody, tenant_b, Role.ADMIN))
        await aviary.switch(on=True)
        yield aviary


SEE = "{ snowOwl { look } }"
GIVE = "mutation { snowOwlFeed { result errors { code } } }"
ME = "{ me { permissions } }"


async def held(client: Client) -> set[str]:
    return {name for name in (await client.data(ME))["me"]["permissions"] if OF_PLUGINS in name}


@pytest.mark.hook("register_permissions")
async def test_roles_have_what_the_plugin_says_and_admins_everything(aviary: Aviary) -> None:
    staff, tenant = aviary.staff, aviary.staff.tenant.id

    assert await held(staff.admin) == {LOOK, FEED}
    assert await held(staff.manager) == {LOOK}
    assert await held(staff.viewer) == set()
    assert await staff.manager.data(SEE) == {"snowOwl": {"look": f"an owl of {tenant}"}}
    assert (await staff.admin.data(GIVE))["snowOwlFeed"] == {"result": f"an owl of {tenant}", "errors": []}
    for refused in (await staff.viewer.run(SEE), await staff.manager.run(GIVE)):
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]


async def test_an_api_key_may_do_what_it_was_given_of_them(aviary: Aviary) -> None:
    robot = await aviary.key(LOOK, "catalogue:read")
    reader = await aviary.key("catalogue:read")

    assert await held(robot) == {LOOK}
    assert (await robot.data(SEE))["snowOwl"]["look"].startswith("an owl")
    assert await robot.refused(GIVE) == "FORBIDDEN"
    assert await reader.refused(SEE) == "FORBIDDEN"


async def test_they_go_with_the_plugin_and_come_back_with_it(aviary: Aviary) -> None:
    robot = await aviary.key(LOOK)
    await aviary.switch(on=False)

    assert await held(aviary.staff.admin) == await held(robot) == set()
    assert await robot.refused(SEE) == await aviary.staff.admin.refused(GIVE) == "PLUGIN_NOT_ENABLED"
    unknown = await aviary.staff.admin.mutate("apiKeyCreate", "key", name="Robot", permissions=[LOOK])
    assert [(error["code"], error["path"]) for error in unknown["errors"]] == [
        ("PERMISSION_UNKNOWN", ["permissions", "0"])
    ]

    await aviary.switch(on=True)
    assert await held(robot) == {LOOK}
    assert (await robot.data(SEE))["snowOwl"]["look"].startswith("an owl")


async def test_another_tenant_has_nothing_of_them(aviary: Aviary) -> None:
    assert await held(aviary.stranger) == set()
    assert await aviary.stranger.refused(SEE) == "PLUGIN_NOT_ENABLED"
    made = await aviary.stranger.mutate("apiKeyCreate", "key", name="Robot", permissions=[LOOK])
    assert [error["code"] for error in made["errors"]] == ["PERMISSION_UNKNOWN"]


async def test_a_key_that_remembers_a_plugin_that_is_gone_still_opens_the_platform(
    aviary: Aviary, platform: Platform, http: httpx2.AsyncClient
) -> None:
    robot = await aviary.key(LOOK, "catalogue:read")

    # The session's platform does not know the plugin: as after its uninstallation.
    async with serve_api(platform, development=False) as url:
        elsewhere = Client(http, url).with_token(robot.token or "")
        assert (await elsewhere.data(ME))["me"]["permissions"] == ["catalogue:read"]
        assert await elsewhere.data("{ releases { nodes { id } } }") == {"releases": {"nodes": []}}
    stored = await platform.control.collection(ApiKeyDocument).list({"tenant_id": aviary.staff.tenant.id})
    assert [key.permissions for key in stored] == [("catalogue:read", LOOK)]


def refusal(declared: tuple[Any, ...], offered: GraphQLApi | None = None) -> str:
    owl = type(
        "Owl", (SnowOwl,), {"declared": declared, "offered": offered or api("catalogue:read", "catalogue:write")}
    )
    registries = Registries()
    with pytest.raises(PluginError) as caught:
        registries.collect(owl())
    assert list(registries.permissions.offered_by(["snow-owl"])) == []
    return caught.value.message


def permission(name: str) -> PluginPermission:
    return PluginPermission(name=name, description="Something.")


def test_a_plugin_declares_nothing_under_the_name_of_another() -> None:
    assert refusal((permission("owl.look"),)) == "its permission owl.look does not begin with snow_owl."
    assert refusal((permission(LOOK), permission(LOOK))).endswith("already provided by plugin snow-owl")
    assert refusal(("snow_owl.look",)) == "its permission is str, not PluginPermission"
    many = tuple(permission(f"snow_owl.p{number}") for number in range(MOST_PERMISSIONS + 1))
    assert refusal(many) == f"it declares more than {MOST_PERMISSIONS} permissions"


@pytest.mark.parametrize("demanded", ["owl.look", "snow_owl.rule", "world:rule", ""])
def test_a_field_demands_nothing_that_nobody_declares(demanded: str) -> None:
    message = refusal((permission(LOOK),), api(look=demanded))

    assert message == f"its GraphQL API: look needs the permission {demanded!r}, which there is not"


@pytest.mark.parametrize(
    "name", ["catalogue:read", "snow_owl:look", "snow-owl.look", "look", "snow_owl.a.b", "Owl.look"]
)
def test_no_permission_of_the_platform_can_be_declared(name: str) -> None:
    with pytest.raises(ValidationError):
        permission(name)


def test_no_permission_of_the_platform_looks_like_one_of_a_plugin() -> None:
    assert [name for name in Permission if OF_PLUGINS in name] == []
