"""Operators find, install, upgrade and uninstall plugins over GraphQL; tenants switch them on and configure them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from distro_core.identity.documents import Role, TenantDocument, UserDocument
from distro_core.identity.users import UserService
from distro_core.settings import Settings
from distro_core.store.collection import Change
from tests.api.client import Client
from tests.api.conftest import PASSWORD, hire, serve_api
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop

PROGRESS = "subscription($id: ID!) { pluginJobProgress(id: $id) { status step done progress size error { code } } }"
JOB = "job { id kind pluginId version dryRun status step done error { code message } needsRestart }"
SHOWN = "{ id name version installedVersion upgrade compatible problems licenseModel price { amount currency } }"
FOUND = "query($query: String!, $filter: MarketplaceFilter, $first: Int!, $after: String) { marketplacePlugins("
FOUND += "query: $query, filter: $filter, first: $first, after: $after) {"
FOUND += f"nodes {SHOWN} pageInfo {{ hasNextPage endCursor }} }} }}"
ONE = f"query($id: ID!) {{ marketplacePlugin(id: $id) {SHOWN} }}"


@dataclass
class Counter:
    """A shop with its API, its operator, and the admins of two tenants."""

    shop: Shop
    operator: Client
    admin: Client
    other_operator: Client
    other_admin: Client
    tenant: TenantDocument

    async def operating_admin(self) -> Client:
        """The admin of tenant A, after it was made an operator."""
        email = f"admin@{self.tenant.id}.example"
        users = self.shop.platform.control.collection(UserDocument)
        user = await users.find_one({"email": email})
        assert user is not None
        await users.update(user.id, Change(set={"operator": True}))
        payload = await self.admin.with_token(None).sign_in(email, PASSWORD)
        return self.admin.with_token(payload["session"]["accessToken"])

    async def run(self, mutation: str, **input: Any) -> dict[str, Any]:
        """The job that a mutation asks for, after a worker has done it."""
        payload = await self.operator.mutate(mutation, JOB, **input)
        assert payload["errors"] == []
        await self.shop.jobs.run(payload["job"]["id"])
        document = "query($id: ID!) { pluginJob(id: $id) { id status done error { code message } needsRestart } }"
        job: dict[str, Any] = (await self.operator.data(document, id=payload["job"]["id"]))["pluginJob"]
        return job


@pytest.fixture
def market(tmp_path: Path) -> Market:
    folder = tmp_path / "market"
    folder.mkdir()
    return Market(folder, now=datetime.now(UTC))


@pytest.fixture
def tenants(tenant_a: TenantDocument, tenant_b: TenantDocument) -> tuple[TenantDocument, TenantDocument]:
    return tenant_a, tenant_b


@pytest.fixture
async def counter(
    settings: Settings, market: Market, http: httpx2.AsyncClient, tenants: tuple[TenantDocument, TenantDocument]
) -> AsyncIterator[Counter]:
    async with open_shop(settings, market) as shop:
        async with serve_api(shop.platform, development=False) as url:
            anybody = Client(http, url)
            operators = []
            for tenant in tenants:
                email = f"operator@{tenant.id}.example"
                users = UserService(shop.platform.control, tenant.id)
                await users.create(email, "Operator", Role.VIEWER, password=PASSWORD, operator=True)
                payload = await anybody.sign_in(email, PASSWORD)
                operators.append(anybody.with_token(payload["session"]["accessToken"]))
            admin, other = [await hire(shop.platform, anybody, tenant, Role.ADMIN) for tenant in tenants]
            yield Counter(shop, operators[0], admin, operators[1], other, tenants[0])
        await empty_shop(shop)


@pytest.mark.proves("API-28")
async def test_an_operator_installs_a_plugin_and_sees_it_go_on(counter: Counter) -> None:
    id = fresh_id()
    counter.shop.market.offer(WheelDraft(id))

    asked = await counter.operator.mutate("pluginInstall", JOB, id=id)
    job = asked["job"]

    assert asked["errors"] == []
    assert (job["kind"], job["pluginId"], job["status"], job["done"]) == ("install", id, "waiting", [])

    async with counter.operator.events(PROGRESS, id=job["id"]) as events:
        seen = [(await anext(events))["data"]["pluginJobProgress"]]
        working = asyncio.create_task(counter.shop.jobs.run(job["id"]))
        seen += [event["data"]["pluginJobProgress"] async for event in events]
        await working

    assert (seen[0]["status"], seen[-1]["status"], seen[-1]["error"]) == ("waiting", "completed", None)
    assert seen[-1]["done"] == [
        "authorise", "resolve", "license", "download", "verify", "inspect", "store", "unpack", "try", "activate",
    ]  # fmt: skip
    assert seen[-1]["progress"] == seen[-1]["size"] > 0
    shown = (await counter.admin.data(ONE, id=id))["marketplacePlugin"]
    assert (shown["version"], shown["installedVersion"], shown["upgrade"]) == ("1.0.0", "1.0.0", None)


CONFIGURED = """
from pydantic import BaseModel
from distro_sdk import Plugin

class Hours(BaseModel):
    night: int = 8

class Owl(Plugin):
    id = {id!r}
    configuration = Hours

    async def on_event(self, context, event):
        return None
"""


@pytest.mark.proves("TEN-05", "API-30", "API-31", "PLG-16")
async def test_an_installed_plugin_is_shown_enabled_and_configured_for_one_tenant_alone(counter: Counter) -> None:
    id = fresh_id()
    counter.shop.market.offer(WheelDraft(id, code=CONFIGURED.format(id=id)))
    await counter.run("pluginInstall", id=id)
    shown = "query($id: ID!) { plugin(id: $id) { status failure category source support licenseModel hooks"
    shown += " needsRestart restsUntil configurationSchema configuration } }"

    before = (await counter.admin.data(shown, id=id))["plugin"]
    assert before == {
        "status": "available",
        "failure": None,
        "category": "WORKFLOW_AUTOMATION",
        "source": "THIRD_PARTY",
        "support": "owls@example.com",
        "licenseModel": "free",
        "hooks": ["on_event"],
        "needsRestart": False,
        "restsUntil": None,
        "configurationSchema": None,
        "configuration": {},
    }

    await counter.admin.mutate("pluginEnable", "plugin { id }", id=id)
    wrong = await counter.admin.mutate("pluginConfigure", "plugin { id }", id=id, configuration={"night": "long"})
    await counter.admin.mutate("pluginConfigure", "plugin { id }", id=id, configuration={"night": 9})
    after = (await counter.admin.data(shown, id=id))["plugin"]

    assert [(error["code"], error["path"]) for error in wrong["errors"]] == [
        ("PLUGIN_CONFIGURATION_INVALID", ["configuration", "night"])
    ]
    assert (after["status"], after["configuration"]) == ("enabled", {"night": 9})
    assert after["configurationSchema"]["properties"]["night"]["type"] == "integer"
    tenants = "query($id: ID!) { plugin(id: $id) { enabledTenants } }"
    assert await counter.admin.refused(tenants, id=id) == "FORBIDDEN"
    seen = (await counter.other_admin.data(shown, id=id))["plugin"]
    assert (seen["status"], seen["configuration"]) == ("available", {})
    operator = await counter.operating_admin()
    keys = (await operator.data(tenants, id=id))["plugin"]["enabledTenants"]
    assert keys == [counter.tenant.key]


async def test_only_an_operator_may_install_and_jobs_are_their_tenants(counter: Counter) -> None:
    id = fresh_id()
    counter.shop.market.offer(WheelDraft(id))
    document = "mutation($input: PluginInstallInput!) { pluginInstall(input: $input) { job { id } } }"

    assert await counter.admin.refused(document, input={"id": id}) == "FORBIDDEN"

    asked = await counter.operator.mutate("pluginInstall", JOB, id=id, dryRun=True)
    watched = "query($id: ID!) { pluginJob(id: $id) { id } }"
    assert await counter.other_operator.refused(watched, id=asked["job"]["id"]) == "NOT_FOUND"
    listing = "{ pluginJobs { nodes { id } } }"
    assert (await counter.operator.data(listing))["pluginJobs"]["nodes"] == [{"id": asked["job"]["id"]}]
    assert (await counter.other_operator.data(listing))["pluginJobs"]["nodes"] == []
    async with counter.other_operator.events(PROGRESS, id=asked["job"]["id"]) as events:
        assert (await anext(events))["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.proves("API-29")
async def test_a_plugin_is_tried_upgraded_and_uninstalled(counter: Counter) -> None:
    id = fresh_id()
    counter.shop.market.offer(WheelDraft(id))

    dry = await counter.run("pluginInstall", id=id, dryRun=True)
    assert (dry["status"], await counter.shop.installed()) == ("completed", {})
    refused = await counter.operator.mutate("pluginUpgrade", JOB, id=id)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("PLUGIN_NOT_INSTALLED", ["id"])]

    assert (await counter.run("pluginInstall", id=id))["status"] == "completed"
    counter.shop.market.offer(WheelDraft(id, "1.1.0"))
    assert (await counter.admin.data(ONE, id=id))["marketplacePlugin"]["upgrade"] == "1.1.0"
    assert (await counter.run("pluginUpgrade", id=id, version="1.1.0"))["status"] == "completed"
    assert (await counter.admin.data(ONE, id=id))["marketplacePlugin"]["installedVersion"] == "1.1.0"

    gone = await counter.run("pluginUninstall", id=id, purge=True)
    assert (gone["status"], gone["error"]) == ("completed", None)
    assert (await counter.admin.data(ONE, id=id))["marketplacePlugin"]["installedVersion"] is None
    again = await counter.operator.mutate("pluginUninstall", JOB, id=id)
    assert [error["code"] for error in again["errors"]] == ["PLUGIN_NOT_INSTALLED"]


async def test_what_may_not_be_installed_is_refused_before_a_job_is_made(counter: Counter) -> None:
    id = fresh_id()
    counter.shop.market.offer(WheelDraft(id, license_model="paid"), price={"amount": 990, "currency": "EUR"})

    paid = await counter.operator.mutate("pluginInstall", JOB, id=id)
    unknown = await counter.operator.mutate("pluginInstall", JOB, id="no-such-plugin")

    assert (paid["job"], unknown["job"]) == (None, None)
    assert paid["errors"] == [{"code": "LICENSE_REQUIRED", "message": "Valid license required", "path": ["id"]}]
    assert [(error["code"], error["path"]) for error in unknown["errors"]] == [("NOT_FOUND", ["id"])]
    shown = (await counter.admin.data(ONE, id=id))["marketplacePlugin"]
    assert (shown["licenseModel"], shown["price"]) == ("paid", {"amount": 990, "currency": "EUR"})


@pytest.mark.proves("PLG-05")
async def test_the_plugins_that_a_plugin_requires_are_told_before_it_is_installed(counter: Counter) -> None:
    # Given a plugin whose code must not run, and the one that it requires; neither is installed
    base, upper = fresh_id(), fresh_id()
    counter.shop.market.offer(WheelDraft(upper, code="raise AssertionError", requires={base: ">=2"}))
    counter.shop.market.offer(WheelDraft(base, version="1.0.0"))
    wanted = f"query($id: ID!) {{ marketplacePlugin(id: $id) {SHOWN[:-1]} versions {{ version problems }} }} }}"

    async def shown() -> tuple[bool, list[str], list[dict[str, Any]]]:
        one = (await counter.admin.data(wanted, id=upper))["marketplacePlugin"]
        return one["compatible"], one["problems"], one["versions"]

    async def found(compatible: bool) -> bool:
        page = await counter.admin.data(FOUND, query="", filter={"compatible": compatible}, first=100)
        return upper in {node["id"] for node in page["marketplacePlugins"]["nodes"]}

    # Then what it requires is told, and it is found among what does not fit
    missing = f"it needs plugin {base} >=2, which is not installed"
    assert await shown() == (False, [missing], [{"version": "1.0.0", "problems": [missing]}])
    assert (await found(True), await found(False)) == (False, True)

    # When the other one is there in a version that is too old, and in one that will do
    assert (await counter.run("pluginInstall", id=base))["status"] == "completed"
    old = f"it needs plugin {base} >=2, installed is 1.0.0"
    assert (await shown())[:2] == (False, [old])
    counter.shop.market.offer(WheelDraft(base, version="2.0.0"))
    assert (await counter.run("pluginInstall", id=base))["status"] == "completed"
    await counter.shop.platform.marketplace.installed.sync(counter.shop.platform.runtimes)

    # Then it fits
    assert await shown() == (True, [], [{"version": "1.0.0", "problems": []}])
    assert (await found(True), await found(False)) == (True, False)


OWL_API = """
from distro_sdk import Plugin
from distro_sdk.graphql import GraphQLApi, GraphQLField

async def calls(context, arguments):
    return "hoo"

class Owl(Plugin):
    id = {id!r}

    def register_graphql(self):
        return (GraphQLApi({namespace!r}, "Owls.", (GraphQLField("calls", "Calls.", "catalogue:read", str, calls),)),)
"""


async def test_a_plugin_that_takes_a_name_of_the_schema_is_not_installed(counter: Counter) -> None:
    def offer(namespace: str) -> str:
        id = fresh_id()
        code = OWL_API.format(id=id, namespace=namespace)
        counter.shop.market.offer(WheelDraft(id, code=code, hooks=["register_graphql"], graphql_namespace=namespace))
        return id

    rival, first, second = offer("releases"), offer("owlCalls"), offer("owlCalls")

    refused = await counter.run("pluginInstall", id=rival)
    assert (refused["status"], refused["error"]["code"]) == ("failed", "PLUGIN_TRIAL_FAILED")
    assert "its GraphQL name Query.releases is one of the platform's" in refused["error"]["message"]
    assert (await counter.run("pluginInstall", id=first))["status"] == "completed"
    taken = await counter.run("pluginInstall", id=second)
    assert (taken["status"], taken["error"]["code"]) == ("failed", "PLUGIN_KEY_TAKEN")
    assert list(await counter.shop.installed()) == [first]


@pytest.mark.proves("MKT-01", "MKT-02", "API-27")
async def test_plugins_are_found_by_words_and_filters_page_by_page(counter: Counter) -> None:
    market = counter.shop.market
    market.offer(WheelDraft("barn-owl", name="Barn owl"))
    market.offer(WheelDraft("eagle-owl", name="Eagle owl", category="audio-processing", license_model="paid"))
    market.offer(WheelDraft("future-owl", name="Future owl", sdk=">=9", source="open-source"))
    market.entry("hidden-owl")["listed"] = False
    market.publish()

    async def found(words: str = "", after: str | None = None, first: int = 10, **filter: Any) -> list[str]:
        page = await counter.admin.data(FOUND, query=words, filter=filter, first=first, after=after)
        return [node["id"] for node in page["marketplacePlugins"]["nodes"]]

    assert await found() == ["barn-owl", "eagle-owl", "future-owl"]
    assert await found("eagle") == ["eagle-owl"]
    assert await found(category="AUDIO_PROCESSING") == ["eagle-owl"]
    assert await found(publisher="Owls & Co") == ["barn-owl", "eagle-owl", "future-owl"]
    assert await found(licenseModel="free") == ["barn-owl", "future-owl"]
    assert await found(source="OPEN_SOURCE") == ["future-owl"]
    assert await found(compatible=False) == ["future-owl"]
    assert await found("owl", licenseModel="free", compatible=True, source="THIRD_PARTY") == ["barn-owl"]
    assert await found(first=2) == ["barn-owl", "eagle-owl"]
    assert await found(first=2, after="eagle-owl") == ["future-owl"]
    shown = (await counter.admin.data(ONE, id="future-owl"))["marketplacePlugin"]
    assert shown["compatible"] is False
    assert [problem.split(",")[0] for problem in shown["problems"]] == ["it needs version >=9 of the SDK"]
    registries = await counter.admin.data("{ marketplaceRegistries { name fault } }")
    assert registries["marketplaceRegistries"] == [{"name": "owls", "fault": None}]


async def test_admins_see_that_a_plugin_was_revoked_and_cannot_switch_it_on_anew(counter: Counter) -> None:
    id = fresh_id()
    counter.shop.market.offer(WheelDraft(id))
    await counter.run("pluginInstall", id=id)
    enabled = "plugin { enabled } errors { code message }"
    assert (await counter.admin.mutate("pluginEnable", enabled, id=id))["errors"] == []
    sha256 = (await counter.shop.installed())[id].sha256
    counter.shop.market.edition["revoked"].append({"sha256": sha256, "reason": "a stolen key"})
    counter.shop.market.publish()
    marketplace = counter.shop.platform.marketplace
    await marketplace.registries.catalogue(fresh=True)
    await marketplace.installed.sync(counter.shop.platform.runtimes)

    asked = "query($id: ID!) { plugin(id: $id) { enabled status fault revoked } }"
    seen = (await counter.admin.data(asked, id=id))["plugin"]
    refused = await counter.other_admin.mutate("pluginEnable", enabled, id=id)

    reason = "version 1.0.0 was revoked: a stolen key"
    assert seen == {"enabled": True, "status": "enabled", "fault": None, "revoked": reason}
    assert refused["plugin"] is None
    assert [error["code"] for error in refused["errors"]] == ["PLUGIN_REVOKED"]
