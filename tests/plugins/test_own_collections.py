"""What plugins keep: collections of their own for each tenant, bounded, prepared at first and gone with a purge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.plugins import own_collections
from distro_core.plugins.own_collections import TenantCollection, open_collection
from distro_core.settings import Settings
from distro_sdk.collections import LARGEST_DOCUMENT, MOST_COLLECTIONS, OwnCollection
from distro_sdk.errors import DomainError
from distro_sdk.plugin import PluginContext
from distro_sdk.testing.clock import SettableClock
from distro_sdk.testing.collections import context_in_memory
from tests.marketplace.market import NOW, Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop

DIARY = """
from distro_sdk import Plugin
from distro_sdk.errors import DomainError

class Owl(Plugin):
    id = {id!r}

    async def installed(self, context, previous):
        if context.configuration.get("refuse"):
            raise DomainError("NOT_TODAY", "the owl sleeps")
        log = context.collection("log")
        await log.put(f"installed {{len(await log.list())}}", {{"previous": previous}})

    async def uninstalling(self, context, purge):
        await context.collection("log").put("uninstalling", {{"purge": purge}})
        {goodbye}
"""

HOOKS = ["installed", "uninstalling"]


def wheel(id: str, version: str = "1.0.0", goodbye: str = "return None") -> WheelDraft:
    return WheelDraft(id, version, DIARY.format(id=id, goodbye=goodbye), hooks=HOOKS)


@pytest.fixture(params=["database", "memory"])
def collection(request: pytest.FixtureRequest, platform: Platform, tenant_a: TenantDocument) -> OwnCollection:
    """The collection of the platform, and that of the test kit."""
    if request.param == "memory":
        return context_in_memory("night-owl").collection("pages")
    return open_collection(platform.control.tenant(tenant_a.id, tenant_a.key), "night-owl", "pages")


async def code_of(work: Awaitable[Any]) -> str:
    with pytest.raises(DomainError) as refused:
        await work
    return refused.value.code


async def test_documents_are_kept_changed_listed_and_removed(collection: OwnCollection) -> None:
    assert await collection.get("b") is None

    first = await collection.put("b", {"title": "光と影", "$set": {"a.b": [1, 2.5, None]}})
    second = await collection.put("b", {"title": "Waterloo"}, revision=first.revision)
    await collection.put("a", {})

    assert (first.revision, second.revision) == (1, 2)
    assert first.content == {"title": "光と影", "$set": {"a.b": [1, 2.5, None]}}
    assert await collection.get("b") == second
    assert [document.key for document in await collection.list()] == ["a", "b"]
    assert [document.key for document in await collection.list(after="a", first=1)] == ["b"]
    assert (await collection.delete("b"), await collection.delete("b")) == (True, False)


async def test_nobody_loses_anybodys_change(collection: OwnCollection) -> None:
    await collection.put("count", {"times": 0}, revision=0)

    async def count() -> None:
        while True:
            document = await collection.get("count")
            assert document is not None
            try:
                changed = {"times": document.content["times"] + 1}
                await collection.put("count", changed, revision=document.revision)
                return
            except DomainError as error:
                if error.code != "REVISION_CONFLICT":
                    raise

    await asyncio.gather(*(count() for _ in range(8)))

    counted = await collection.get("count")
    assert counted is not None
    assert (counted.content, counted.revision) == ({"times": 8}, 9)
    assert await code_of(collection.put("count", {}, revision=0)) == "REVISION_CONFLICT"
    assert await code_of(collection.put("none", {}, revision=3)) == "REVISION_CONFLICT"


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), b"bytes", "x" * LARGEST_DOCUMENT])
async def test_what_is_no_document_is_refused(collection: OwnCollection, value: object) -> None:
    assert await code_of(collection.put("a", {"a": value})) == "PLUGIN_DOCUMENT_INVALID"
    assert await collection.get("a") is None


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "\x00"])
async def test_what_is_no_key_is_refused(collection: OwnCollection, key: str) -> None:
    assert await code_of(collection.put(key, {})) == "PLUGIN_DOCUMENT_INVALID"
    assert await code_of(collection.get(key)) == "PLUGIN_DOCUMENT_INVALID"


@pytest.mark.parametrize("name", ["", "A", "a_b", "../a", "a.b", "$a", "_life", "x" * 32])
def test_a_collection_has_a_plain_name(platform: Platform, tenant_a: TenantDocument, name: str) -> None:
    store = platform.control.tenant(tenant_a.id, tenant_a.key)

    with pytest.raises(DomainError) as refused:
        open_collection(store, "owl", name)
    with pytest.raises(DomainError) as refused_in_memory:
        context_in_memory("owl").collection(name)

    assert {refused.value.code, refused_in_memory.value.code} == {"PLUGIN_COLLECTION_INVALID"}


async def test_a_plugin_keeps_a_bounded_number_of_things(
    platform: Platform, tenant_a: TenantDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = platform.control.tenant(tenant_a.id, tenant_a.key)
    monkeypatch.setattr(own_collections, "MOST_DOCUMENTS", 2)
    id, other = fresh_id(), fresh_id()
    full = [open_collection(store, id, f"c{number}") for number in range(MOST_COLLECTIONS)]
    for one in full:
        await one.put("a", {})
    await full[0].put("b", {})

    assert await code_of(full[0].put("c", {})) == "PLUGIN_COLLECTION_FULL"
    assert (await full[0].put("b", {"changed": True})).revision == 2
    assert await code_of(open_collection(store, id, "one-more").put("a", {})) == "PLUGIN_COLLECTION_FULL"
    assert (await open_collection(store, other, "one-more").put("a", {})).revision == 1


async def test_a_page_is_bounded(platform: Platform, tenant_a: TenantDocument) -> None:
    pages = open_collection(platform.control.tenant(tenant_a.id, tenant_a.key), "night-owl", "pages")

    assert await code_of(pages.list(first=0)) == "PAGE_SIZE_INVALID"
    assert await code_of(pages.list(first=1001)) == "PAGE_SIZE_INVALID"


async def test_neither_another_tenant_nor_another_plugin_sees_it(
    platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    stores = [platform.control.tenant(tenant.id, tenant.key) for tenant in (tenant_a, tenant_b)]
    await open_collection(stores[0], "night-owl", "pages").put("a", {"secret": True})

    assert await open_collection(stores[1], "night-owl", "pages").list() == []
    assert await open_collection(stores[0], "night", "pages").list() == []
    assert await open_collection(stores[0], "night-owl", "page").list() == []


def test_without_a_database_there_is_a_clear_refusal() -> None:
    with pytest.raises(DomainError) as refused:
        PluginContext("label", "night-owl").collection("pages")

    assert refused.value.code == "PLUGIN_COLLECTIONS_UNAVAILABLE"


@pytest.fixture
async def shop(settings: Settings, platform: Platform, market: Market) -> AsyncIterator[Shop]:
    async with open_shop(settings, market, SettableClock(NOW)) as opened:
        yield opened
        await empty_shop(opened)


@pytest.fixture
def market(tmp_path: Any) -> Market:
    return Market(tmp_path)


@pytest.fixture
def log_of(platform: Platform) -> Callable[[TenantDocument, str], TenantCollection]:
    return lambda tenant, id: open_collection(platform.control.tenant(tenant.id, tenant.key), id, "log")


async def collections_of(platform: Platform, tenant: TenantDocument, id: str) -> set[str]:
    names = await platform.control.tenant(tenant.id, tenant.key).database.list_collection_names()
    return {name for name in names if name.startswith("p_") and id in name}


@pytest.mark.proves("PLG-03")
@pytest.mark.hook("installed", "uninstalling")
async def test_a_plugin_prepares_itself_once_for_each_tenant_and_says_goodbye(
    *,
    shop: Shop,
    market: Market,
    platform: Platform,
    tenant_a: TenantDocument,
    tenant_b: TenantDocument,
    log_of: Callable[[TenantDocument, str], TenantCollection],
) -> None:
    id = fresh_id()
    market.offer(wheel(id))
    assert (await shop.install(id)).error is None
    plugins = await shop.plugins_of(tenant_a.id)

    await plugins.enable(id)
    await plugins.disable(id)
    await plugins.enable(id)

    log = log_of(tenant_a, id)
    assert [(entry.key, entry.content) for entry in await log.list()] == [("installed 0", {"previous": None})]
    assert await collections_of(platform, tenant_a, id) == {f"p_{id}_log", f"p_{id}__life"}
    assert await collections_of(platform, tenant_b, id) == set()

    # Without a purge what it keeps stays, and it prepares itself anew next time.
    assert (await shop.uninstall(id, force=True)).error is None
    assert (await log.list())[-1].content == {"purge": False}
    assert await collections_of(platform, tenant_a, id) == {f"p_{id}_log"}
    assert (await shop.install(id)).error is None
    await plugins.enable(id)
    assert [entry.key for entry in await log.list()] == ["installed 0", "installed 2", "uninstalling"]

    # With a purge nothing is left.
    assert (await shop.uninstall(id, force=True, purge=True)).error is None
    assert await collections_of(platform, tenant_a, id) == set()


@pytest.mark.hook("uninstalling")
async def test_a_plugin_that_breaks_in_its_goodbye_goes_all_the_same(
    shop: Shop, market: Market, platform: Platform, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    market.offer(wheel(id, goodbye="raise RuntimeError('I stay')"))
    await shop.install(id)
    await (await shop.plugins_of(tenant_a.id)).enable(id)

    job = await shop.uninstall(id, force=True, purge=True)

    assert job.error is None
    assert id not in await shop.installed()
    assert await collections_of(platform, tenant_a, id) == set()


@pytest.mark.hook("installed")
async def test_a_plugin_that_cannot_prepare_itself_is_not_switched_on(
    shop: Shop, market: Market, platform: Platform, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    broken = DIARY.format(id=id, goodbye="return None").replace('"previous": previous', '"previous": object()')
    market.offer(WheelDraft(id, code=broken, hooks=HOOKS))
    await shop.install(id)
    plugins = await shop.plugins_of(tenant_a.id)

    assert await code_of(plugins.enable(id)) == "PLUGIN_DOCUMENT_INVALID"

    assert not (await plugins.get(id)).enabled
    assert await collections_of(platform, tenant_a, id) == set()
