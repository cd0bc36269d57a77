"""Plugins add to the GraphQL schema: for tenants that have them, and never in the place of anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

import httpx2
import pytest
from pydantic import BaseModel, Field

from distro_api.graphql.ids import local_id
from distro_core.delivery.documents import LogLevel
from distro_core.delivery.logs import StepLog
from distro_core.identity.documents import Role, TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.registry import Registries
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, PluginError, SetupFailure
from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.plugin import Plugin
from distro_sdk.ui import UIComponent, UISlot
from tests.api.client import Client
from tests.api.conftest import hire, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.api.world import build_world
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed


class Call(BaseModel):
    """A call in the night."""

    text: Annotated[str, Field(description="What was called.")]


class Tone(StrEnum):
    """A tone."""

    SOFT = "soft"
    SHRILL = "shrill"


class Loudness(BaseModel):
    """How loud."""

    level: Annotated[int, Field(ge=0, le=11, description="From 0 to 11.")] = 5
    tone: Annotated[Tone, Field(description="In which tone.")] = Tone.SOFT


async def hoot(context: Any, arguments: Loudness) -> Call:
    if arguments.level == 0:
        raise DomainError("OWL_SILENT", "the owl does not hoot at level 0", ("level",))
    return Call(text=f"hoo{'o' * arguments.level}")


async def calls(context: Any, arguments: Loudness) -> Any:
    if arguments.level == 11:
        raise RuntimeError("too loud")
    if arguments.level == 10:
        return {"no": "call"}
    return [Call(text=context.tenant_id)] * (201 if arguments.level == 9 else 1)


def api(
    namespace: str = "nightOwl", mutation: str = "hoot", queries: Sequence[GraphQLField] | None = None
) -> GraphQLApi:
    asked = GraphQLField("calls", "Calls.", "catalogue:read", list[Call], calls, Loudness)
    made = GraphQLField(mutation, "Hoot.", "catalogue:write", Call, hoot, Loudness)
    return GraphQLApi(namespace, "Owls.", (asked,) if queries is None else queries, (made,))


def plugin(id: str, offered: GraphQLApi) -> type[Plugin]:
    def register_graphql(self: Plugin) -> tuple[GraphQLApi]:
        return (offered,)

    return type(id.title().replace("-", ""), (Plugin,), {"id": id, "register_graphql": register_graphql})


SHOWN = "{ nightOwl { calls { text } } }"
HOOT_FORM = "mutation($input: NightOwlHootInput!) { nightOwlHoot(input: $input) { errors { code } } }"
UNSOUND = {
    "owl-typo": (UIComponent.TABLE, "{ nightOwl { cals { text } } }", "it does not fit the API: Cannot query field"),
    "owl-broken": (UIComponent.TABLE, "{ nightOwl", "it is not GraphQL: Syntax Error"),
    "owl-eager": (UIComponent.TABLE, HOOT_FORM, "what is shown needs a query"),
    "owl-lazy": (UIComponent.FORM, SHOWN, "a form needs a mutation"),
    "owl-asking": (
        UIComponent.FIELDS,
        "query($level: Int!) { nightOwl { calls(level: $level) { text } } }",
        "nobody gives its variable level",
    ),
    "owl-thief": (
        UIComponent.FORM,
        "mutation($input: UserCreateInput!) { userCreate(input: $input) { errors { code } } }",
        "userCreate is no mutation of its plugin",
    ),
    "owl-sly": (
        UIComponent.FORM,
        "mutation($input: UserCreateInput!) { ... { userCreate(input: $input) { errors { code } } } }",
        "a fragment is no mutation of its plugin",
    ),
}


class Owl(plugin("night-owl", api())):  # type: ignore[misc] # a class that is made by a function
    """Also shows its calls, lets people hoot, and has slots that no interface should use."""

    def register_ui_slots(self) -> tuple[UISlot, ...]:
        """Return a table, a form, and the unsound ones."""
        shown = {
            "owl-calls": ("track-editor", UIComponent.TABLE, SHOWN),
            "owl-hoot": ("plugin-page", UIComponent.FORM, HOOT_FORM),
            **{key: ("nowhere", component, document) for key, (component, document, _) in UNSOUND.items()},
        }
        return tuple(
            UISlot(key=key, slot=slot, component=component, title="Calls", document=document)
            for key, (slot, component, document) in shown.items()
        )


@pytest.fixture
async def owls(platform: Platform, settings: Settings) -> AsyncIterator[Platform]:
    sample = installed(Owl, graphql_namespace="nightOwl")
    async with open_platform(settings, find=lambda: (*find_plugins(), sample)) as running:
        yield running


class People:
    """Two tenants of an API: the first has the owl."""

    def __init__(self, with_owl: Client, viewer: Client, without: Client, anybody: Client, tenant: str) -> None:
        self.with_owl, self.viewer, self.without, self.anybody, self.tenant = with_owl, viewer, without, anybody, tenant


@pytest.fixture
async def people(
    owls: Platform, http: httpx2.AsyncClient, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> AsyncIterator[People]:
    async with serve_api(owls, development=False) as url:
        anybody = Client(http, url)
        staff = [await hire(owls, anybody, tenant_a, role) for role in (Role.ADMIN, Role.VIEWER)]
        other = await hire(owls, anybody, tenant_b, Role.ADMIN)
        await (await PluginsOf(owls)(tenant_a.id)).enable("night-owl")
        yield People(staff[0], staff[1], other, anybody, tenant_a.id)


LOGS = "subscription($id: ID!) { deliveryLogs(deliveryId: $id) { message } }"
CALLS = "query($level: Int! = 5) { nightOwl { calls(level: $level) { text } } }"
HOOT = "mutation($input: NightOwlHootInput!) { nightOwlHoot(input: $input) { result { text } errors { code path } } }"


@pytest.mark.hook("register_graphql")
async def test_a_plugin_answers_for_the_tenant_that_has_it_and_no_other(people: People) -> None:
    assert await people.with_owl.data(CALLS) == {"nightOwl": {"calls": [{"text": people.tenant}]}}
    assert await people.with_owl.data(HOOT, input={"level": 2}) == {
        "nightOwlHoot": {"result": {"text": "hoooo"}, "errors": []}
    }

    beside = await people.without.run("query { tenant { id } nightOwl { calls { text } } }")
    assert beside["data"]["nightOwl"] is None
    assert beside["data"]["tenant"] is not None
    assert [error["extensions"]["code"] for error in beside["errors"]] == ["PLUGIN_NOT_ENABLED"]
    refused = await people.without.data(HOOT, input={"level": 2})
    assert refused["nightOwlHoot"]["errors"] == [{"code": "PLUGIN_NOT_ENABLED", "path": []}]


async def test_its_fields_need_permissions_as_the_platforms_own_do(people: People) -> None:
    assert (await people.viewer.data(CALLS))["nightOwl"]["calls"] == [{"text": people.tenant}]
    assert await people.viewer.refused(HOOT, input={"level": 2}) == "FORBIDDEN"
    assert await people.anybody.refused(CALLS) == "UNAUTHENTICATED"
    assert await people.anybody.refused(HOOT, input={"level": 2}) == "UNAUTHENTICATED"


async def test_what_a_plugin_refuses_or_cannot_do_is_told_and_stays_its_own(people: People) -> None:
    silent = (await people.with_owl.data(HOOT, input={"level": 0}))["nightOwlHoot"]
    wrong = (await people.with_owl.data(HOOT, input={"level": 12}))["nightOwlHoot"]

    assert silent == {"result": None, "errors": [{"code": "OWL_SILENT", "path": ["level"]}]}
    assert wrong == {"result": None, "errors": [{"code": "PLUGIN_INPUT_INVALID", "path": ["level"]}]}
    beside = "query($level: Int!) { tenant { id } nightOwl { calls(level: $level) { text } } }"
    for level in (9, 10, 11):
        answer = await people.with_owl.run(beside, level=level)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["PLUGIN_FAILED"]
        assert answer["data"]["tenant"]["id"]


@pytest.mark.proves("PLG-13")
@pytest.mark.hook("register_ui_slots")
async def test_a_user_interface_learns_what_the_tenants_plugins_show(people: People) -> None:
    document = "query($slot: String) { uiSlots(slot: $slot) { key plugin slot component title document fault } }"
    shown = {
        "key": "owl-calls",
        "plugin": "night-owl",
        "slot": "track-editor",
        "component": "table",
        "title": "Calls",
        "document": SHOWN,
        "fault": None,
    }

    everywhere = (await people.viewer.data(document))["uiSlots"]
    assert [each["key"] for each in everywhere] == ["owl-calls", "owl-hoot", *UNSOUND]
    assert await people.viewer.data(document, slot="track-editor") == {"uiSlots": [shown]}
    assert await people.viewer.data(document, slot="release-page") == {"uiSlots": []}
    assert await people.without.data(document) == {"uiSlots": []}
    answer = await people.viewer.data(SHOWN)
    assert answer["nightOwl"]["calls"] == [{"text": people.tenant}]


@pytest.mark.proves("PLG-13")
async def test_a_form_of_a_plugin_says_what_is_asked_for(people: People) -> None:
    document = '{ uiSlots(slot: "plugin-page") { key component fault inputSchema } }'

    (form,) = (await people.viewer.data(document))["uiSlots"]

    assert (form["key"], form["component"], form["fault"]) == ("owl-hoot", "form", None)
    assert form["inputSchema"]["$ref"] == "#/$defs/NightOwlHootInput"
    asked = form["inputSchema"]["$defs"]["NightOwlHootInput"]
    assert (asked["required"], asked["properties"]["level"]["type"]) == ([], "integer")
    assert asked["properties"]["level"]["default"] == 5
    assert asked["properties"]["tone"] == {
        "enum": ["SOFT", "SHRILL"],
        "description": "In which tone.",
        "default": "SOFT",
    }


async def test_a_slot_that_would_do_more_than_it_says_is_told_as_unsound(people: People) -> None:
    found = (await people.viewer.data('{ uiSlots(slot: "nowhere") { key fault inputSchema } }'))["uiSlots"]

    for each in found:
        assert each["fault"].startswith(UNSOUND[each["key"]][2]), each
        assert each["inputSchema"] is None
    assert len(found) == len(UNSOUND)


async def test_the_schema_is_swapped_while_requests_and_subscriptions_run(
    owls: Platform, http: httpx2.AsyncClient, tenant_a: TenantDocument
) -> None:
    scope = await owls.scope(tenant_a.id, SYSTEM_ACTOR)
    world = await build_world(owls, scope)
    async with serve_api(owls, development=False) as url:
        admin = await hire(owls, Client(http, url), tenant_a, Role.ADMIN)
        assert await admin.refused(CALLS) == "GRAPHQL_INVALID"
        swapped, answers = asyncio.Event(), []

        async def ask() -> None:
            while not swapped.is_set():
                answers.append(await admin.run("{ tenant { id } releases(first: 5) { nodes { title } } }"))

        async with admin.events(LOGS, id=world.ids["Delivery"]) as events:
            assert (await anext(events))["data"]["deliveryLogs"]["message"] == "Delivery started"
            asking = [asyncio.create_task(ask()) for _ in range(50)]
            await (await PluginsOf(owls)(tenant_a.id)).enable("night-owl")
            while "errors" in await admin.run(CALLS):
                await asyncio.sleep(0)
            swapped.set()
            await asyncio.gather(*asking)
            delivery_id = local_id("Delivery", world.ids["Delivery"])
            await StepLog(scope, [delivery_id]).write(LogLevel.INFO, "initialization", "after the swap")
            assert (await anext(events))["data"]["deliveryLogs"]["message"] == "after the swap"

    assert len(answers) >= 50
    assert [answer for answer in answers if "errors" in answer] == []


async def test_limits_hold_for_its_fields_too(people: People) -> None:
    many = " ".join(f"a{number}: nightOwl {{ calls {{ text }} }}" for number in range(31))

    assert await people.with_owl.refused(f"{{ {many} }}") == "GRAPHQL_TOO_MANY_ALIASES"


def refusal(refused: type[Plugin], *before: type[Plugin]) -> PluginError:
    registries = Registries()
    for each in before:
        registries.collect(each())
    with pytest.raises(PluginError) as caught:
        registries.collect(refused())
    assert list(registries.graphql.keys_of(refused.id)) == []
    return caught.value


@pytest.mark.parametrize(
    ("offered", "name"),
    [
        (api("releases"), "Query.releases"),
        (api("release", mutation="create"), "Mutation.releaseCreate"),
        (api("user", mutation="hootLoudly"), "Query.user"),
        (api("delivery", mutation="deliver"), "Query.delivery"),
    ],
)
def test_no_plugin_takes_the_place_of_a_field_of_the_platform(offered: GraphQLApi, name: str) -> None:
    error = refusal(plugin("rival", offered))

    assert error.failure is SetupFailure.KEY_TAKEN
    assert "is one of the platform's" in error.message
    assert name in offered.names


def test_no_plugin_takes_the_name_of_another() -> None:
    rival = plugin("rival", api("night", mutation="owlHoot"))

    error = refusal(rival, Owl)

    assert error.failure is SetupFailure.KEY_TAKEN
    assert error.message == "its GraphQL name Mutation.nightOwlHoot is already provided by plugin night-owl"


class Silent(BaseModel):
    word: str


def asked(returns: Any, description: str = "Calls.", permission: str = "catalogue:read") -> GraphQLApi:
    return api(queries=(GraphQLField("calls", description, permission, returns, calls),))


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (api("Night"), "'Night' is no name of a field"),
        (api(queries=()), "it has no query"),
        (asked(str, description=""), "calls is not described"),
        (asked(str, permission="world:rule"), "'world:rule', which there is not"),
        (asked(set), "no type that GraphQL can tell"),
        (asked(Silent), "Silent.word is not described"),
    ],
)
def test_an_api_that_says_too_little_is_refused(offered: GraphQLApi, reason: str) -> None:
    assert reason in refusal(plugin("owl", offered)).message
