"""Secrets, versions, documents and fields that a plugin keeps: all gone with a purge, all there without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import json_util

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseDraft, TrackDraft
from distro_core.catalogue.extensions import ExtensionService
from distro_core.catalogue.releases import ReleaseService
from distro_core.identity.documents import TenantDocument
from distro_core.identity.plugin_versions import PluginVersions
from distro_core.platform import Platform
from distro_core.plugins.enablement import PluginService
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop
from tests.marketplace.test_uninstallation import contents

SECRET = "correct horse battery staple"
KEEPER = """
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr
from distro_sdk import Plugin
from distro_sdk.graphql import ExtendedModel, GraphQLApi, ModelExtension
from distro_sdk.migrations import ConfigurationMigration, DocumentMigration

class Nest(BaseModel):
    tree: str = "oak"
    key: SecretStr | None = None

class Remark(BaseModel):
    "A remark."
    text: Annotated[str, Field(description="What is remarked.")] = ""

def same(configuration):
    return configuration

def same_document(key, content):
    return content

class Owl(Plugin):
    id = {id!r}
    configuration = Nest

    def register_migrations(self):
        if {version} == 1:
            return ()
        return (ConfigurationMigration(2, same), DocumentMigration(2, "nests", same_document),)

    def register_graphql(self):
        both = [ModelExtension(model, "Remarks.", Remark) for model in ExtendedModel]
        return (GraphQLApi({namespace!r}, "Owls.", extensions=both),)

    async def after_release(self, context, release):
        await context.collection("nests").put(release.id, {{"eggs": 3}})
"""


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    market = Market(tmp_path, now=datetime.now(UTC))
    market.offer(WheelDraft("stays-here"))
    async with open_shop(settings, market) as opened:
        await opened.install("stays-here")
        yield opened
        await empty_shop(opened)


def keeper(id: str, version: int) -> WheelDraft:
    namespace = "o" + id.replace("-", "")
    hooks = ["register_graphql", "after_release", *(["register_migrations"] if version > 1 else [])]
    code = KEEPER.format(id=id, version=version, namespace=namespace)
    if version == 1:
        code = code.replace("    def register_migrations(self):", "    def _register_migrations(self):")
    configuration = {"model": f"{id.replace('-', '_')}:Nest", "version": version}
    told: dict[str, Any] = {"graphql_namespace": namespace, "configuration": configuration}
    return WheelDraft(id, f"{version}.0.0", code, hooks=hooks, documents_version=version, **told)


class Tenant:
    """A tenant with a release, that has the plugin for a while."""

    def __init__(self, shop: Shop, tenant: TenantDocument) -> None:
        self.shop, self.tenant = shop, tenant

    async def prepare(self) -> Tenant:
        # The data key is the tenant's, whoever seals with it first.
        await self.shop.platform.sealer.seal(self.tenant.id, "target:any:password", "something else")
        draft = ReleaseDraft(title="Night Drive", display_artist="Ada", tracks=(TrackDraft(title="One"),))
        self.release = await ReleaseService(await self._scope()).create(draft)
        return self

    async def use(self, plugin: str) -> PluginService:
        service = await self.shop.plugins_of(self.tenant.id)
        await service.enable(plugin)
        await service.configure(plugin, {"tree": "beech", "key": SECRET})
        extensions = ExtensionService(await self._scope(), plugin)
        await extensions.set_release(self.release.id, {"text": "calm"})
        await extensions.set_track(self.release.tracks[0].id, {"text": "fast"})
        return service

    async def stored(self) -> TenantDocument:
        return await self.shop.platform.control.collection(TenantDocument).get(self.tenant.id)

    async def release_stored(self) -> ReleaseDocument:
        return await ReleaseService(await self._scope()).get(self.release.id)

    async def dump(self) -> str:
        """Everything of the tenant, as text."""
        control = self.shop.platform.control
        found = []
        for database in (control.database, control.tenant(self.tenant.id, self.tenant.key).database):
            for name in await database.list_collection_names():
                found += await database[name].find({}).to_list(length=None)
        return json_util.dumps(found)

    async def _scope(self) -> Any:
        return await self.shop.platform.scope(self.tenant.id, SYSTEM_ACTOR)


@pytest.mark.proves("PLG-03")
async def test_with_a_purge_secrets_versions_documents_and_fields_are_gone(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(keeper(id, 2))
    tenants = [await Tenant(shop, tenant).prepare() for tenant in (tenant_a, tenant_b)]
    before = [await contents(shop.platform, each.tenant) for each in tenants]

    await shop.install(id)
    for each in tenants:
        service = await each.use(id)
        stored = await each.stored()
        assert stored.plugin_versions[id] == PluginVersions(configuration=2, documents=2)
        assert list(stored.plugin_secrets[id]) == ["key"]
        assert SECRET not in await each.dump()
        await service.disable(id)
    assert [await contents(shop.platform, each.tenant) for each in tenants] != before

    await shop.uninstall(id, purge=True)

    assert [await contents(shop.platform, each.tenant) for each in tenants] == before
    assert (await tenants[0].release_stored()).extensions == {}


@pytest.mark.proves("PLG-03")
async def test_without_a_purge_they_are_there_for_the_next_time_and_nothing_else_is(
    shop: Shop, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(keeper(id, 2))
    label = await Tenant(shop, tenant_a).prepare()
    before = await contents(shop.platform, tenant_a)
    await shop.install(id)
    await (await label.use(id)).disable(id)

    await shop.uninstall(id)

    after = await contents(shop.platform, tenant_a)
    changed = {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}
    assert changed == {"tenants", "releases", f"p_{id}_nests"}
    stored = await label.stored()
    assert stored.plugin_configuration[id] == {"tree": "beech"}
    assert list(stored.plugin_secrets[id]) == ["key"]
    release = await label.release_stored()
    assert (release.extensions[id], release.tracks[0].extensions[id]) == ({"text": "calm"}, {"text": "fast"})
    assert SECRET not in await label.dump()

    await shop.install(id)
    state = await (await shop.plugins_of(tenant_a.id)).enable(id)
    assert state.configuration == {"tree": "beech"}
    assert [(secret.name, secret.is_set) for secret in state.secrets] == [("key", True)]


async def test_an_earlier_version_is_not_installed_over_what_a_later_one_has_written(
    shop: Shop, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    for version in (1, 2):
        shop.market.offer(keeper(id, version))
    label = await Tenant(shop, tenant_a).prepare()
    await shop.install(id)
    await (await label.use(id)).disable(id)
    await shop.uninstall(id)
    before = await contents(shop.platform, tenant_a)

    job = await shop.install(id, version="1.0.0")

    assert job.error is not None
    assert (job.error.code, job.error.message) == (
        "PLUGIN_DOWNGRADE_REFUSED",
        f"1 tenants keep what a later version of plugin {id} has written",
    )
    assert await contents(shop.platform, tenant_a) == before
    # Purged by the version that it is from, an earlier one begins anew.
    await shop.install(id)
    await shop.uninstall(id, purge=True)
    assert (await shop.install(id, version="1.0.0")).error is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "ConfigurationMigration(2, same), DocumentMigration",
            "DocumentMigration",
            "plugin.json has version 2 of its configuration",
        ),
        (
            "    key: SecretStr",
            "    keys: list[SecretStr] = []\n    key: SecretStr",
            "its configuration hides a secret",
        ),
        ('text: Annotated[str, Field(description="What is remarked.")]', "text: str", "Remark.text is not described"),
    ],
)
async def test_a_plugin_that_cannot_keep_its_promise_is_not_installed(
    shop: Shop, old: str, new: str, reason: str
) -> None:
    id = fresh_id()
    draft = keeper(id, 2)
    module = f"{id.replace('-', '_')}/__init__.py"
    draft.files[module] = draft.files[module].replace(old.encode(), new.encode())
    shop.market.offer(draft)

    job = await shop.install(id)

    assert job.error is not None
    assert job.error.code == "PLUGIN_TRIAL_FAILED"
    assert reason in job.error.message
    assert id not in await shop.installed()
